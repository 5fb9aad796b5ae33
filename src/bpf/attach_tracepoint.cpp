// tracepoint/CATEGORY/NAME, tp/CATEGORY/NAME: a stable event of the kernel.
#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "base/strings.hpp"
#include "bpf/attach_families.hpp"
#include "bpf/features.hpp"

namespace gadgetry::bpf {
namespace {

// The target becomes part of a path: only what names of events are made of.
bool is_event_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

base::Result<uint64_t> event_id(int tracefs, const std::string& category, const std::string& name) {
  std::string path = "events/" + category + "/" + name + "/id";
  base::Fd file(openat(tracefs, path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file && errno == ENOENT) {
    return base::Error("this kernel has no tracepoint '" + category + "/" + name + "'",
                       base::ErrorKind::kNotFound)
        .with_hint("see /sys/kernel/tracing/available_events, or set another attach_to");
  }
  if (!file) return base::Error::system("tracefs: " + path, errno).with_hint("run as root");
  GADGETRY_ASSIGN(std::string text, base::read_fd(file.get(), 64, path));
  auto id = base::parse_int<uint64_t>(base::trim(text));
  if (!id) return base::Error("tracefs: " + path + " is not a number");
  return *id;
}

}  // namespace

base::Result<std::vector<Link>> attach_tracepoint(const AttachRequest& request) {
  std::vector<std::string_view> parts = base::split(request.target, '/');
  if (parts.size() != 2 || !is_event_name(parts[0]) || !is_event_name(parts[1])) {
    return base::Error("the target must be CATEGORY/NAME").with_hint("such as syscalls/sys_enter_openat");
  }
  GADGETRY_ASSIGN(base::Fd tracefs, open_tracefs());
  GADGETRY_ASSIGN(uint64_t id, event_id(tracefs.get(), std::string(parts[0]), std::string(parts[1])));
  perf_event_attr attributes{};
  attributes.type = PERF_TYPE_TRACEPOINT;
  attributes.config = id;
  GADGETRY_ASSIGN(base::Fd event, open_perf_event(attributes, 0));
  GADGETRY_ASSIGN(Link link, attach_to_event(request, std::move(event)));
  std::vector<Link> links;
  links.push_back(std::move(link));
  return links;
}

}  // namespace gadgetry::bpf
