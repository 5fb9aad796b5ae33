// uprobe/PATH:FUNCTION, uprobe/LIBRARY:FUNCTION and uretprobe: entry or return of a function of a program or
// library.
#include "bpf/attach_uprobe.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <optional>

#include "base/log.hpp"
#include "base/strings.hpp"

namespace gadgetry::bpf {
namespace {

// For all processes the event lives on any one CPU; the kernel puts the breakpoint into all.
base::Result<base::Fd> open_uprobe(perf_event_attr attributes, pid_t pid) {
  if (pid == 0) return open_perf_event(attributes, 0);
  attributes.size = sizeof(attributes);
  base::Fd event(
      static_cast<int>(syscall(SYS_perf_event_open, &attributes, pid, -1, -1, PERF_FLAG_FD_CLOEXEC)));
  if (!event) return base::Error::system("perf_event_open", errno);
  return event;
}

std::string key_of(const ProbedFile& file, uint64_t offset, pid_t pid) {
  char text[64];
  std::snprintf(text, sizeof(text), "+0x%" PRIx64, offset);
  std::string key = file.id + text;
  if (pid != 0) key += " pid " + std::to_string(pid);
  return key;
}

base::Result<Link> attach_one(const AttachRequest& request, const ProbePmu& pmu, const ProbedFile& file,
                              uint64_t offset) {
  std::string path = file.proc_path();
  perf_event_attr attributes{};
  attributes.type = pmu.type;
  attributes.config = request.family.is_return ? pmu.return_bit : 0;
  attributes.uprobe_path = reinterpret_cast<uint64_t>(path.c_str());
  attributes.probe_offset = offset;
  GADGETRY_ASSIGN(base::Fd event, open_uprobe(attributes, request.place.pid));
  return attach_to_event(request, std::move(event));
}

}  // namespace

base::Result<UprobeTarget> parse_uprobe_target(std::string_view target) {
  size_t colon = target.rfind(':');
  if (colon == std::string_view::npos || colon == 0) {
    return base::Error("the target must be PATH:FUNCTION or LIBRARY:FUNCTION")
        .with_hint("such as /usr/bin/bash:readline or libc:malloc");
  }
  return UprobeTarget{.binary = target.substr(0, colon), .function = target.substr(colon + 1)};
}

base::Status check_return_probe(const ProgramFamily& family, const Function& function) {
  bool at_return = family.is_return || family.attach_type == kAttachUprobeSession;
  if (!at_return || !function.is_go) return {};
  return base::Error("'" + base::printable(function.name) +
                     "' is a function of Go, and a probe at its return would crash "
                     "the program: Go moves stacks while functions run")
      .with_hint("probe its entry, or with uprobe and an offset the place before it returns: FUNCTION+0x1f");
}

base::Result<std::vector<Link>> attach_uprobe(const AttachRequest& request) {
  GADGETRY_ASSIGN(UprobeTarget target, parse_uprobe_target(request.target));
  GADGETRY_ASSIGN(ProbePoint point, parse_probe_point(target.function));
  GADGETRY_ASSIGN(ProbePmu pmu, find_probe_pmu("uprobe"));
  GADGETRY_ASSIGN(std::vector<ProbedFile> files, open_binaries(request, target.binary));
  std::vector<Link> links;
  std::optional<base::Error> missing;
  bool is_known = false;
  for (const ProbedFile& file : files) {
    auto found = find_functions(file.file.get(), {point.symbol});
    if (!found.ok()) {  // of several versions of a library one may not have it
      if (!missing) missing = std::move(found).error().context(file.path);
      continue;
    }
    for (const Function& function : *found) {
      std::string key = key_of(file, function.offset + point.offset, request.place.pid);
      is_known = is_known || request.is_attached(key);
      if (request.is_attached(key)) continue;
      if (auto allowed = check_return_probe(request.family, function); !allowed.ok()) {
        return std::move(allowed).error().context(file.path);
      }
      if (function.is_indirect) {
        base::log_warning(
            file.path + ": '" + base::printable(function.name) +
            "' is chosen at run time among several implementations (an indirect function): only the "
            "choice is seen, not the calls");
      }
      auto link = attach_one(request, pmu, file, function.offset + point.offset);
      if (!link.ok()) return std::move(link).error().context(file.path);
      base::log_debug("program " + request.name + " attached to " + file.path + " (" + key + ")");
      link->set_key(std::move(key));
      links.push_back(std::move(link).value());
    }
  }
  if (links.empty() && !is_known && missing) return std::move(*missing);
  return links;
}

}  // namespace gadgetry::bpf
