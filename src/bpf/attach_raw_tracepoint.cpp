// raw_tp/NAME, raw_tracepoint/NAME (and .w): a tracepoint with its raw arguments; the cheapest hook there is.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>

#include "base/strings.hpp"
#include "bpf/attach_families.hpp"

namespace gadgetry::bpf {

base::Result<std::vector<Link>> attach_raw_tracepoint(const AttachRequest& request) {
  if (request.target.empty()) {
    return base::Error("the target names no tracepoint").with_hint("set attach_to in the metadata");
  }
  base::Fd link(bpf_raw_tracepoint_open(request.target.c_str(), bpf_program__fd(request.program)));
  if (!link && errno == ENOENT) {
    return base::Error("this kernel has no tracepoint '" + base::printable(request.target) + "'",
                       base::ErrorKind::kNotFound)
        .with_hint("raw tracepoints go by their name alone, without a category: sys_enter, sched_switch ...");
  }
  if (!link) return base::Error::system("raw tracepoint", errno);
  std::vector<Link> links;
  links.emplace_back(request.name, std::string(request.family.prefix) + " " + request.target,
                     std::move(link));
  return links;
}

}  // namespace gadgetry::bpf
