// tp_btf/NAME, fentry/FUNCTION, fexit/FUNCTION: programs that were bound to their target when they were
// loaded.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>

#include "bpf/attach_families.hpp"

namespace gadgetry::bpf {

base::Result<std::vector<Link>> attach_tracing(const AttachRequest& request) {
  base::Fd link(bpf_raw_tracepoint_open(nullptr, bpf_program__fd(request.program)));
  if (!link) {
    base::Error error = base::Error::system("tracing link", errno);
    if (error.errno_value == EBUSY) {
      error.hint = "another tool holds this function (live patching or ftrace), or several functions have its name";
    }
    return error;
  }
  std::vector<Link> links;
  links.emplace_back(request.name, std::string(request.family.prefix) + " " + request.target,
                     std::move(link));
  return links;
}

}  // namespace gadgetry::bpf
