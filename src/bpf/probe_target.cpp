// Is there what a program is to be attached to?
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.hpp"
#include "base/strings.hpp"
#include "bpf/attach_families.hpp"
#include "bpf/features.hpp"
#include "bpf/kernel_btf.hpp"
#include "bpf/probe_object.hpp"
#include "bpf/probe_program.hpp"

namespace gadgetry::bpf {
namespace {

using base::Error;
using base::ErrorKind;
using base::Status;

constexpr size_t kKallsymsBytes = 128u << 20;

#if defined(__x86_64__)
constexpr std::string_view kSyscallPrefix = "__x64_sys_";
#else
constexpr std::string_view kSyscallPrefix = "__arm64_sys_";
#endif

Error no_such(const char* what, const std::string& target) {
  return Error(std::string("this kernel has no ") + what + " '" + base::printable(target) + "'",
               ErrorKind::kNotFound);
}

// Lines read "ffffffff81000000 T name" or "... name\t[module]".
bool is_kernel_symbol(const std::string& name) {
  static const std::string symbols = [] {
    auto text = base::read_file("/proc/kallsyms", kKallsymsBytes);
    return text.ok() ? std::move(*text) : std::string();
  }();
  const std::string wanted = " " + name;
  for (size_t at = symbols.find(wanted); at != std::string::npos; at = symbols.find(wanted, at + 1)) {
    const size_t end = at + wanted.size();
    if (end >= symbols.size() || symbols[end] == '\n' || symbols[end] == '\t') return true;
  }
  return false;
}

Status find_function(const std::string& target, bool is_syscall) {
  if (target.empty()) return {};
  if (target.find_first_of("*?") != std::string::npos)
    return {};  // a pattern: what fits is looked up when attaching
  GADGETRY_ASSIGN(const ProbePoint point, parse_probe_point(target));
  const std::string name = (is_syscall ? std::string(kSyscallPrefix) : std::string()) + point.symbol;
  if (is_kernel_symbol(name)) return {};
  return no_such("function", name);
}

Status find_tracepoint(const std::string& target) {
  GADGETRY_ASSIGN(const base::Fd tracefs, open_tracefs());
  const std::string path = "events/" + target + "/id";
  if (target.find("..") == std::string::npos && ::faccessat(tracefs.get(), path.c_str(), F_OK, 0) == 0)
    return {};
  if (errno == EACCES) return Error::system("tracefs", EACCES);
  return no_such("tracepoint", target);
}

Status find_raw_tracepoint(const std::string& target) {
  if (is_kernel_symbol("__tracepoint_" + target) || is_kernel_symbol("__bpf_trace_" + target)) return {};
  if (KernelBtf::own().has(KernelType::kTypedef, "btf_trace_" + target)) return {};
  return no_such("tracepoint", target);
}

// "<path|library>:<symbol>[+offset]", of USDT "<path|library>:<provider>:<name>".
Status find_user_function(const ProgramFamily& family, const std::string& target) {
  const size_t colon = target.find(':');
  const std::string binary = target.substr(0, colon);
  auto files = find_binaries("", binary);
  if (!files.ok() || files->empty()) {
    return Error("this host has no " + base::printable(binary) + "; containers may have it");
  }
  if (family.family != Family::kUprobe || colon == std::string::npos) return {};
  auto point = parse_probe_point(target.substr(colon + 1));
  if (!point.ok()) return std::move(point).error();
  Status last;
  for (const std::string& file : *files) {
    auto fd = open_below("", file);
    if (!fd.ok()) return Error(fd.error().message);
    auto offset = find_function_offset(fd->get(), point->symbol);
    if (offset.ok()) return {};
    last = std::move(offset).error();
  }
  return Error(base::printable(binary) + ": " + last.error().message, last.error().kind);
}

}  // namespace

Status find_target(const ProgramFamily& family, const std::string& target) {
  const bool is_syscall = family.prefix == "ksyscall" || family.prefix == "kretsyscall";
  switch (family.family) {
    case Family::kKprobe:
    case Family::kKprobeMulti:
      return find_function(target, is_syscall);
    case Family::kTracepoint:
      return find_tracepoint(target);
    case Family::kRawTracepoint:
      return find_raw_tracepoint(target);
    case Family::kUprobe:
    case Family::kUprobeMulti:
    case Family::kUsdt:
      return target.empty() ? Status() : find_user_function(family, target);
    default:
      break;
  }
  if (family.load_target == LoadTarget::kNone || family.load_target == LoadTarget::kProgram) return {};
  if (!KernelBtf::own().available()) {
    return Error("the kernel has no type information (BTF) of its own, which " + std::string(family.prefix) +
                     " programs need; archives of images do not help",
                 ErrorKind::kNotFound);
  }
  if (target.empty()) return {};
  auto id = load_target_id(family, target);
  if (id.ok()) return {};
  // A function of a module stands in the types of the module, which are not looked at.
  if (family.load_target == LoadTarget::kFunction && is_kernel_symbol(target)) return {};
  return std::move(id).error();
}

}  // namespace gadgetry::bpf
