// kprobe/FUNCTION, kretprobe/FUNCTION: entry or return of a kernel function. ksyscall/NAME, kretsyscall/NAME:
// the same for the function behind a system call, whose name each architecture has its own way with.
#include <cerrno>

#include "base/strings.hpp"
#include "bpf/attach_families.hpp"
#include "bpf/kernel_symbols.hpp"

namespace gadgetry::bpf {
namespace {

base::Error explain(base::Error error, const ProbePoint& point) {
  int code = error.errno_value;
  if (code == ENOENT) {
    return base::Error("this kernel has no function '" + base::printable(point.symbol) + "'",
                       base::ErrorKind::kNotFound)
        .with_hint("it may be inlined or named otherwise: look in /proc/kallsyms, or set another attach_to");
  }
  if (code == EADDRNOTAVAIL) {
    return std::move(error).with_hint(
        "several functions have that name, or none may be probed: take another");
  }
  if (code == EILSEQ) {
    return base::Error("the offset in '" + base::printable(point.symbol) +
                       "' is not the start of an instruction")
        .with_hint("leave the offset out, or look at the function's instructions");
  }
  if (code == EINVAL) {
    return std::move(error).with_hint("the kernel does not allow a probe there: take another function");
  }
  return error;
}

bool is_syscall(const ProgramFamily& family) {
  return family.prefix.ends_with("syscall");
}

}  // namespace

std::string kprobe_symbol(const ProgramFamily& family, const std::string& target) {
  std::string name = target.substr(0, target.find('+'));
  return is_syscall(family) && !name.empty() ? syscall_function(name) : name;
}

base::Result<std::vector<Link>> attach_kprobe(const AttachRequest& request) {
  GADGETRY_ASSIGN(ProbePoint point, parse_probe_point(request.target));
  point.symbol = kprobe_symbol(request.family, request.target);
  GADGETRY_ASSIGN(ProbePmu pmu, find_probe_pmu("kprobe"));
  perf_event_attr attributes{};
  attributes.type = pmu.type;
  attributes.config = request.family.is_return ? pmu.return_bit : 0;
  attributes.kprobe_func = reinterpret_cast<uint64_t>(point.symbol.c_str());
  attributes.probe_offset = point.offset;
  auto event = open_perf_event(attributes, 0);
  if (!event.ok()) return explain(std::move(event).error(), point);
  GADGETRY_ASSIGN(Link link, attach_to_event(request, std::move(event).value()));
  std::vector<Link> links;
  links.push_back(std::move(link));
  return links;
}

}  // namespace gadgetry::bpf
