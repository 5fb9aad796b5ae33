// Program types: what the kernel loads, and what it can attach.
#include <bpf/bpf.h>
#include <linux/bpf.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>

#include "base/fd.hpp"
#include "base/strings.hpp"
#include "bpf/features.hpp"
#include "bpf/kernel_btf.hpp"
#include "bpf/libbpf_log.hpp"
#include "bpf/probe_program.hpp"
#include "bpf/probe_report.hpp"

namespace gadgetry::bpf {
namespace {

constexpr bpf_insn kReturnZero[] = {
    {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .src_reg = 0, .off = 0, .imm = 0},
    {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}};

// What nearly every kernel has; the first that is accepted counts. Which functions may be slept in or changed
// differs between kernels.
std::span<const char* const> usual_targets(const ProgramFamily& family) {
  static constexpr const char* kPlain[] = {"bpf_fentry_test1", "vfs_read"};
  static constexpr const char* kSleepable[] = {"bpf_fentry_test1", "__x64_sys_getpgid",
                                               "__arm64_sys_getpgid"};
  static constexpr const char* kChanged[] = {"bpf_modify_return_test", "security_file_open"};
  static constexpr const char* kTracepoint[] = {"sched_switch"};
  static constexpr const char* kHook[] = {"file_open"};
  static constexpr const char* kSocketHook[] = {"socket_bind"};
  static constexpr const char* kIterator[] = {"task"};
  switch (family.load_target) {
    case LoadTarget::kFunction:
      if (family.attach_type == BPF_MODIFY_RETURN) return kChanged;
      return (family.load_flags & BPF_F_SLEEPABLE) != 0 ? std::span<const char* const>(kSleepable) : kPlain;
    case LoadTarget::kTracepoint:
      return kTracepoint;
    case LoadTarget::kLsmHook:
      return family.family == Family::kLsmCgroup ? std::span<const char* const>(kSocketHook) : kHook;
    case LoadTarget::kIterator:
      return kIterator;
    default:
      return {};
  }
}

base::Status load_any(const ProgramFamily& family, const std::string& target) {
  if (!target.empty() || family.load_target == LoadTarget::kNone ||
      family.load_target == LoadTarget::kProgram)
    return probe_program(family, target);
  base::Status first = {};
  for (const char* one : usual_targets(family)) {
    auto loaded = probe_program(family, one);
    if (loaded.ok()) return loaded;
    if (first.ok() || first.error().kind == base::ErrorKind::kNotFound) first = std::move(loaded);
  }
  return first;
}

// An operation of TCP congestion control, which needs no argument checked: ssthresh(sk).
base::Status load_struct_ops(const ProgramFamily& family) {
  KernelBtf& kernel = KernelBtf::own();
  const uint32_t id = kernel.find_id(KernelType::kStruct, "tcp_congestion_ops");
  const int member = kernel.member_index("tcp_congestion_ops", "ssthresh");
  if (id == 0 || member < 0)
    return base::Error("the kernel's types name no operations of TCP congestion control");
  bpf_prog_load_opts options{};
  options.sz = sizeof(options);
  options.attach_btf_id = id;
  options.expected_attach_type = static_cast<bpf_attach_type>(member);
  LibbpfLog log;
  const base::Fd program(bpf_prog_load(static_cast<bpf_prog_type>(family.type), "probe", "GPL", kReturnZero,
                                       std::size(kReturnZero), &options));
  if (program) return {};
  return base::Error::system("the kernel refuses struct_ops programs", errno);
}

// fentry programs may load where the processor's trampolines are missing; this attaches one to a function
// that only test runs call.
base::Status attach_fentry() {
  const uint32_t id = KernelBtf::own().find_id(KernelType::kFunction, "bpf_fentry_test1");
  if (id == 0) return {};
  bpf_prog_load_opts options{};
  options.sz = sizeof(options);
  options.attach_btf_id = id;
  options.expected_attach_type = BPF_TRACE_FENTRY;
  LibbpfLog log;
  const base::Fd program(
      bpf_prog_load(BPF_PROG_TYPE_TRACING, "probe", "GPL", kReturnZero, std::size(kReturnZero), &options));
  if (!program) return {};
  const base::Fd link(bpf_raw_tracepoint_open(nullptr, program.get()));
  if (link) return {};
  return base::Error::system("it loads, but cannot be attached", errno);
}

bool needs_trampoline(const ProgramFamily& family) {
  return family.load_target == LoadTarget::kFunction || family.load_target == LoadTarget::kLsmHook ||
         family.load_target == LoadTarget::kProgram;
}

bool is_lsm(const ProgramFamily& family) {
  return family.load_target == LoadTarget::kLsmHook;
}

std::string lsm_fix(const std::vector<std::string>& active) {
  return "boot with lsm=" + base::join(active, ",") + ",bpf";
}

// Since when there are families that are younger than Linux 5.15.
KernelVersion since(const ProgramFamily& family) {
  if (family.prefix.ends_with("_unix")) return {6, 7, 0};
  if (family.prefix == "kprobe.session") return {6, 10, 0};
  if (family.prefix.starts_with("uprobe.session")) return {6, 13, 0};
  if (family.family == Family::kUprobeMulti || family.family == Family::kTcx) return {6, 6, 0};
  if (family.family == Family::kKprobeMulti) return {5, 18, 0};
  if (family.family == Family::kNetkit) return {6, 7, 0};
  if (family.type == kProgTypeNetfilter) return {6, 4, 0};
  return {};
}

Finding refused(Finding out, const base::Error& why, const ProgramFamily& family,
                const sys::KernelConfig& config) {
  out.answer = Answer::kNo;
  out.detail = why.errno_value != 0 ? base::Error::system("the kernel refuses it", why.errno_value).message
                                    : why.message;
  out.fix = version_fix(since(family), family.option);
  if (out.fix.empty()) out.fix = option_fix(family.option, config);
  if (out.fix.empty()) out.fix = why.hint;
  if (config.is_known() && out.fix.starts_with("this kernel may lack it")) out.fix.clear();
  const bool denied = why.errno_value == EPERM || why.errno_value == EACCES;
  if (denied && !missing_capabilities({"CAP_BPF"}).empty()) out.answer = Answer::kUnknown;
  if (denied && out.fix.empty() && needs_trampoline(family)) {
    out.fix =
        "the kernel or what it runs under forbids programs on its functions; other sections do what it does: "
        "tp_btf, tracepoint, raw_tp";
  }
  return out;
}

// What gadgets are made of, as far as they are for everybody.
bool is_needed(std::string_view prefix) {
  static constexpr std::string_view kNeeded[] = {"tracepoint", "raw_tracepoint", "kprobe", "kretprobe",
                                                 "uprobe",     "uretprobe",      "tp_btf", "iter",
                                                 "perf_event", "socket"};
  return std::find(std::begin(kNeeded), std::end(kNeeded), prefix) != std::end(kNeeded);
}

}  // namespace

Finding probe_family(const ProgramFamily& family, const std::string& target,
                     const sys::KernelConfig& config) {
  Finding out{.name = std::string(family.prefix), .is_needed = is_needed(family.prefix)};
  if (family.family == Family::kExtension) {
    // What it replaces has to be loaded first; the kernel binds it as it binds fentry.
    const Finding fentry = probe_family(*find_family("fentry"), {}, config);
    if (fentry.answer == Answer::kYes) {
      out.answer = Answer::kYes;
    } else {
      out = fentry;
      out.name = family.prefix;
    }
    return out;
  }
  auto loaded = family.family == Family::kStructOps ? load_struct_ops(family) : load_any(family, target);
  if (!loaded.ok()) return refused(std::move(out), loaded.error(), family, config);
  auto attached = probe_attachment(family);
  if (attached.ok() && family.load_target == LoadTarget::kFunction) attached = attach_fentry();
  if (!attached.ok()) return refused(std::move(out), attached.error(), family, config);
  const std::string lacking = config.is_known() ? option_fix(family.option, config) : std::string();
  if (!lacking.empty()) {
    out.answer = Answer::kNo;
    out.detail = "it loads, but there is nothing to attach it to";
    out.fix = lacking;
    return out;
  }
  const auto lsms = is_lsm(family) ? active_lsms() : std::vector<std::string>();
  if (!lsms.empty() && std::find(lsms.begin(), lsms.end(), "bpf") == lsms.end()) {
    out.answer = Answer::kNo;
    out.detail = "it loads, but bpf is not among the active security modules: it is never called";
    out.fix = lsm_fix(lsms);
    return out;
  }
  out.answer = Answer::kYes;
  return out;
}

FindingSection probe_program_types(const sys::KernelConfig& config) {
  FindingSection out{"programs", "Programs", {}};
  for (const ProgramFamily& family : all_families()) out.findings.push_back(probe_family(family, {}, config));
  return out;
}

}  // namespace gadgetry::bpf
