// kprobe.multi/FUNCTIONS, kretprobe.multi/FUNCTIONS, kprobe.session/FUNCTIONS: one link for many functions,
// which are names and patterns: "vfs_read", "vfs_*,do_sys_open*".
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <set>

#include "base/log.hpp"
#include "base/strings.hpp"
#include "bpf/attach_families.hpp"
#include "bpf/bpf_link_create.hpp"
#include "bpf/kernel_symbols.hpp"
#include "bpf/libbpf_log.hpp"

namespace gadgetry::bpf {
namespace {

bool is_pattern(std::string_view text) {
  return text.find_first_of("*?[") != std::string_view::npos;
}

// The kernel takes names or addresses for a link, not both.
struct Chosen {
  std::vector<std::string> names;
  std::vector<uint64_t> addresses;  // of all of them, or empty
};

base::Error no_such_function(const std::string& name) {
  return base::Error(is_pattern(name) ? "no function of this kernel fits '" + base::printable(name) + "'"
                                      : "this kernel has no function '" + base::printable(name) + "'",
                     base::ErrorKind::kNotFound)
      .with_hint("see available_filter_functions in /sys/kernel/tracing, or set another attach_to");
}

base::Result<Chosen> choose(const std::string& target) {
  Chosen out;
  for (std::string_view part : base::split(target, ',')) {
    if (!base::trim(part).empty()) out.names.emplace_back(base::trim(part));
  }
  if (out.names.empty())
    return base::Error("the target names no function").with_hint("set attach_to in the metadata");
  // The kernel looks names up by itself, quickly. Where there are patterns its list is to be read anyway.
  if (std::none_of(out.names.begin(), out.names.end(), is_pattern)) return out;
  std::map<std::string, uint64_t> by_name;
  std::set<uint64_t> addresses;
  for (const std::string& pattern : out.names) {
    GADGETRY_ASSIGN(auto found, find_traceable(pattern));
    if (found.empty()) return no_such_function(pattern);
    for (TraceableFunction& one : found) {
      if (one.address != 0) addresses.insert(one.address);
      by_name.emplace(std::move(one.name), one.address);
    }
  }
  out.names.clear();
  for (const auto& [name, address] : by_name) out.names.push_back(name);
  bool all_have =
      std::none_of(by_name.begin(), by_name.end(), [](const auto& one) { return one.second == 0; });
  if (all_have) out.addresses.assign(addresses.begin(), addresses.end());
  return out;
}

base::Error explain(base::Error error, const Chosen& chosen) {
  int code = error.errno_value;
  if (code == ESRCH || code == ENOENT) {
    for (const std::string& name : chosen.names) {
      if (!has_kernel_function(name)) return no_such_function(name);
    }
    return std::move(error).with_hint("several functions have one of these names, or one may not be traced");
  }
  if (code == EOPNOTSUPP) {
    return base::Error("this kernel attaches no program to several functions")
        .with_hint("it needs CONFIG_FPROBE=y");
  }
  if (code == EINVAL)
    return std::move(error).with_hint("one of the functions may not be traced, or the kernel is too old");
  return error;
}

}  // namespace

base::Result<std::vector<Link>> attach_kprobe_multi(const AttachRequest& request) {
  GADGETRY_ASSIGN(Chosen chosen, choose(request.target));
  std::vector<const char*> symbols;
  if (chosen.addresses.empty()) {
    for (const std::string& name : chosen.names) symbols.push_back(name.c_str());
  }
  auto made =
      create_kprobe_multi_link(bpf_program__fd(request.program), {.attach_type = request.family.attach_type,
                                                                  .is_return = request.family.is_return,
                                                                  .symbols = symbols,
                                                                  .addresses = chosen.addresses});
  if (!made.ok()) return explain(std::move(made).error(), chosen);
  base::log_debug("program " + request.name + ": " + std::to_string(chosen.names.size()) + " functions");
  std::vector<Link> links;
  links.emplace_back(request.name, std::string(request.family.prefix) + " " + request.target,
                     std::move(made).value());
  return links;
}

base::Status probe_kprobe_multi(const ProgramFamily& family) {
  const std::array<bpf_insn, 2> instructions = {
      bpf_insn{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
      bpf_insn{.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}};
  bpf_prog_load_opts options{};
  options.sz = sizeof(options);
  options.expected_attach_type = static_cast<bpf_attach_type>(family.attach_type);
  auto missing = [&](const std::string& why) {
    return base::Error("this kernel has no " + std::string(family.prefix) + " (" + why + ")",
                       base::ErrorKind::kNotFound)
        .with_hint(family.prefix == "kprobe.session" ? "it came with Linux 6.10 and needs CONFIG_FPROBE=y"
                                                     : "it came with Linux 5.18 and needs CONFIG_FPROBE=y");
  };
  LibbpfLog log;
  base::Fd program(bpf_prog_load(BPF_PROG_TYPE_KPROBE, "probe", "GPL", instructions.data(),
                                 instructions.size(), &options));
  if (!program) return missing(base::Error::system("load", errno).message);
  // A kernel that can do it says that it does not know the function.
  static constexpr const char* kNoFunction = "gadgetry_no_such_function";
  auto made = create_kprobe_multi_link(
      program.get(),
      {.attach_type = family.attach_type, .is_return = family.is_return, .symbols = {&kNoFunction, 1}});
  if (made.ok() || made.error().errno_value == ESRCH || made.error().errno_value == ENOENT) return {};
  if (made.error().errno_value == EPERM || made.error().errno_value == EACCES) return std::move(made).error();
  return missing(made.error().message);
}

}  // namespace gadgetry::bpf
