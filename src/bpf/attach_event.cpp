// What kprobes, uprobes, tracepoints and sampling share: a perf event with a program behind it.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/strings.hpp"
#include "bpf/attach_families.hpp"

namespace gadgetry::bpf {

base::Result<base::Fd> open_perf_event(perf_event_attr attributes, uint32_t cpu) {
  attributes.size = sizeof(attributes);
  base::Fd event(static_cast<int>(
      syscall(SYS_perf_event_open, &attributes, -1, static_cast<int>(cpu), -1, PERF_FLAG_FD_CLOEXEC)));
  if (!event) return base::Error::system("perf_event_open", errno);
  return event;
}

base::Result<Link> attach_to_event(const AttachRequest& request, base::Fd event) {
  int program = bpf_program__fd(request.program);
  base::Fd link(bpf_link_create(program, event.get(), BPF_PERF_EVENT, nullptr));
  // Links for perf events came with Linux 5.15; before that the program hangs on the event itself.
  if (!link && ioctl(event.get(), PERF_EVENT_IOC_SET_BPF, program) != 0) {
    return base::Error::system("cannot hang the program on the event", errno);
  }
  if (ioctl(event.get(), PERF_EVENT_IOC_ENABLE, 0) != 0) {
    return base::Error::system("cannot switch the event on", errno);
  }
  return Link(request.name, std::string(request.family.prefix) + " " + request.target, std::move(link),
              std::move(event));
}

base::Result<ProbePmu> find_probe_pmu(std::string_view name) {
  std::string folder = "/sys/bus/event_source/devices/" + std::string(name);
  auto type = base::read_file(folder + "/type", 64);
  if (!type.ok()) {
    return base::Error("this kernel has no " + std::string(name) + "s", base::ErrorKind::kNotFound)
        .with_hint(name == "kprobe"
                       ? "it needs CONFIG_KPROBES=y; tracepoint, raw_tp and tp_btf programs do without"
                       : "it needs CONFIG_UPROBES=y");
  }
  auto number = base::parse_int<uint32_t>(base::trim(*type));
  // "config:0": the bit that says "at the return".
  auto format = base::read_file(folder + "/format/retprobe", 64);
  std::string_view bit = format.ok() ? base::trim(*format) : std::string_view("config:0");
  auto shift = bit.starts_with("config:") ? base::parse_int<unsigned>(bit.substr(7)) : std::nullopt;
  if (!number || !shift || *shift > 63) return base::Error(folder + " is not understood");
  return ProbePmu{.type = *number, .return_bit = uint64_t{1} << *shift};
}

base::Result<ProbePoint> parse_probe_point(std::string_view text) {
  ProbePoint out;
  size_t plus = text.find('+');
  out.symbol = text.substr(0, plus);
  if (plus != std::string_view::npos) {
    std::string_view number = text.substr(plus + 1);
    bool is_hex = number.starts_with("0x");
    auto offset = base::parse_int<uint64_t>(is_hex ? number.substr(2) : number, is_hex ? 16 : 10);
    if (!offset) return base::Error("not an offset: " + base::printable(number));
    out.offset = *offset;
  }
  if (out.symbol.empty())
    return base::Error("the target names no function").with_hint("set attach_to in the metadata");
  return out;
}

}  // namespace gadgetry::bpf
