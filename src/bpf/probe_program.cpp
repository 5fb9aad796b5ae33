#include "bpf/probe_program.hpp"

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include <array>
#include <cerrno>
#include <map>

#include "base/strings.hpp"
#include "bpf/attach_families.hpp"
#include "bpf/features.hpp"
#include "bpf/kernel_btf.hpp"
#include "bpf/kernel_symbols.hpp"
#include "bpf/libbpf_log.hpp"

namespace gadgetry::bpf {
namespace {

constexpr bpf_insn move_to_r0(int value) {
  return {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .src_reg = 0, .off = 0, .imm = value};
}
constexpr std::string_view kAnyFunction = "vfs_read";
constexpr bpf_insn kExit = {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0};

// What the verifier lets such a program return: most hooks of cgroups know 1 ("go on") alone, tracing 0.
int result_of(const ProgramFamily& family) {
  return family.place == PlaceKind::kCgroup ? 1 : 0;
}

base::Error refused(const ProgramFamily& family, const std::string& target, int code) {
  std::string what = "the kernel refuses " + std::string(family.prefix) + " programs";
  if (!target.empty()) what += " on '" + base::printable(target) + "'";
  base::Error error = base::Error::system(what, code);
  std::string missing =
      missing_capabilities_text(missing_capabilities({"CAP_BPF", "CAP_PERFMON", "CAP_NET_ADMIN"}));
  // Who is refused in spite of all capabilities lacks no option.
  if (code == EPERM || code == EACCES) return std::move(error).with_hint(missing);
  if (!family.option.empty())
    return std::move(error).with_hint("this kernel may lack it: " + std::string(family.option));
  return error;
}

struct Question {
  std::string_view prefix;
  uint32_t btf_id;
  auto operator<=>(const Question&) const = default;
};

// 0, or the error number of the load.
int try_load(const ProgramFamily& family, uint32_t btf_id) {
  const std::array<bpf_insn, 2> instructions = {move_to_r0(result_of(family)), kExit};
  bpf_prog_load_opts options{};
  options.sz = sizeof(options);
  options.expected_attach_type = static_cast<bpf_attach_type>(family.attach_type);
  options.prog_flags = family.load_flags;
  options.attach_btf_id = btf_id;
  LibbpfLog log;
  base::Fd program(bpf_prog_load(static_cast<bpf_prog_type>(family.type), "probe", "GPL", instructions.data(),
                                 instructions.size(), &options));
  return program ? 0 : errno;
}

const char* kind_of(LoadTarget kind) {
  switch (kind) {
    case LoadTarget::kTracepoint:
      return "tracepoint";
    case LoadTarget::kLsmHook:
      return "LSM hook";
    case LoadTarget::kIterator:
      return "iterator";
    default:
      return "function";
  }
}

// The function in the kernel's type information that stands for a target.
std::string btf_name(LoadTarget kind, const std::string& target) {
  switch (kind) {
    case LoadTarget::kTracepoint:
      return "btf_trace_" + target;
    case LoadTarget::kLsmHook:
      return "bpf_lsm_" + target;
    case LoadTarget::kIterator:
      return "bpf_iter_" + target.substr(0, target.find(':'));  // "cgroup:ancestors_up"
    default:
      return target;
  }
}

}  // namespace

base::Result<uint32_t> load_target_id(const ProgramFamily& family, const std::string& target) {
  LoadTarget kind = family.load_target;
  KernelBtf& kernel = KernelBtf::own();
  if (!kernel.available()) {
    return base::Error("the kernel has no type information").with_hint("it needs CONFIG_DEBUG_INFO_BTF=y");
  }
  uint32_t id = kernel.find_id(kind == LoadTarget::kTracepoint ? KernelType::kTypedef : KernelType::kFunction,
                               btf_name(kind, target));
  if (id != 0) return id;
  return base::Error(
      "this kernel has no " + std::string(kind_of(kind)) + " '" + base::printable(target) + "'",
      base::ErrorKind::kNotFound);
}

base::Status probe_program(const ProgramFamily& family, const std::string& target) {
  static std::map<Question, int> answers;
  // struct_ops need an operation, freplace a program to stand in for: the real load is the question there.
  if (family.family == Family::kStructOps || family.family == Family::kExtension) return {};
  uint32_t id = 0;
  if (family.load_target != LoadTarget::kNone) {
    auto found = load_target_id(family, target);
    // Functions of modules have type information of their own. One of the kernel itself answers whether such
    // programs are taken at all; libbpf finds the one that is meant.
    bool is_in_module =
        !found.ok() && family.load_target == LoadTarget::kFunction && has_kernel_function(target);
    if (is_in_module) found = load_target_id(family, std::string(kAnyFunction));
    if (!found.ok()) return std::move(found).error();
    id = *found;
  }
  auto [answer, is_new] = answers.try_emplace({family.prefix, id}, 0);
  if (is_new) answer->second = try_load(family, id);
  if (answer->second == 0) return {};
  return refused(family, target, answer->second);
}

namespace {

base::Status has_pmu(std::string_view name) {
  auto pmu = find_probe_pmu(name);
  if (!pmu.ok()) return std::move(pmu).error();
  return {};
}

}  // namespace

base::Status probe_attachment(const ProgramFamily& family) {
  switch (family.family) {
    case Family::kKprobe:
      return has_pmu("kprobe");
    case Family::kKprobeMulti:
      return probe_kprobe_multi(family);
    case Family::kUprobe:
    case Family::kUsdt:
      return has_pmu("uprobe");
    case Family::kUprobeMulti:
      return probe_uprobe_multi(family);
    case Family::kTcx:
    case Family::kNetkit:
      return probe_tcx(family);
    case Family::kTracing:
    case Family::kLsmCgroup:
      return family.load_target == LoadTarget::kLsmHook ? probe_lsm() : base::Status();
    default:
      return {};
  }
}

}  // namespace gadgetry::bpf
