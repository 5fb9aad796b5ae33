// uprobe/PATH:FUNCTION, uprobe/LIBRARY:FUNCTION and uretprobe: entry or return of a function of a program or
// library.
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "base/log.hpp"
#include "base/strings.hpp"
#include "bpf/attach_families.hpp"

namespace gadgetry::bpf {
namespace {

struct Place {
  base::Fd file;
  std::string path;  // as the user knows it
  uint64_t offset = 0;
};

bool same_file(int a, int b) {
  struct stat one{};
  struct stat two{};
  return fstat(a, &one) == 0 && fstat(b, &two) == 0 && one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

// Where the function is in each of the files; files without it are left out.
base::Result<std::vector<Place>> find_places(const std::string& root, std::string_view binary,
                                             const ProbePoint& point) {
  GADGETRY_ASSIGN(std::vector<std::string> paths, find_binaries(root, binary));
  std::vector<Place> places;
  std::optional<base::Error> first;
  for (const std::string& path : paths) {
    auto file = open_below(root, path);
    auto offset = file.ok() ? find_function_offset(file->get(), point.symbol) : base::Result<uint64_t>(0);
    if (!file.ok() || !offset.ok()) {
      base::Error error = file.ok() ? std::move(offset).error().context(path) : std::move(file).error();
      if (!first) first = std::move(error);
      continue;
    }
    bool known = std::any_of(places.begin(), places.end(),
                             [&](const Place& place) { return same_file(place.file.get(), file->get()); });
    if (!known) places.push_back({std::move(file).value(), path, *offset + point.offset});
  }
  if (places.empty() && first) return std::move(*first);
  return places;
}

}  // namespace

base::Result<std::vector<Link>> attach_uprobe(const AttachRequest& request) {
  size_t colon = request.target.rfind(':');
  if (colon == std::string::npos || colon == 0) {
    return base::Error("the target must be PATH:FUNCTION or LIBRARY:FUNCTION")
        .with_hint("such as /usr/bin/bash:readline or libc:malloc");
  }
  GADGETRY_ASSIGN(ProbePoint point, parse_probe_point(std::string_view(request.target).substr(colon + 1)));
  GADGETRY_ASSIGN(ProbePmu pmu, find_probe_pmu("uprobe"));
  GADGETRY_ASSIGN(
      std::vector<Place> places,
      find_places(request.options.root, std::string_view(request.target).substr(0, colon), point));
  std::vector<Link> links;
  for (Place& place : places) {
    std::string path = "/proc/self/fd/" + std::to_string(place.file.get());
    perf_event_attr attributes{};
    attributes.type = pmu.type;
    attributes.config = request.family.is_return ? pmu.return_bit : 0;
    attributes.uprobe_path = reinterpret_cast<uint64_t>(path.c_str());
    attributes.probe_offset = place.offset;
    auto event = open_perf_event(attributes, 0);
    if (!event.ok()) return std::move(event).error().context(place.path);
    GADGETRY_ASSIGN(Link link, attach_to_event(request, std::move(event).value()));
    base::log_debug("program " + request.name + " attached to " + place.path);
    links.push_back(std::move(link));
  }
  return links;
}

}  // namespace gadgetry::bpf
