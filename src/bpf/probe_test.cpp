// What the probes say fits what really can be loaded.
#include <bpf/bpf.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>

#include <algorithm>

#include "bpf/btf_file.hpp"
#include "bpf/elf_check.hpp"
#include "bpf/features.hpp"
#include "bpf/kernel_btf.hpp"
#include "bpf/probe_object.hpp"
#include "bpf/probe_report.hpp"
#include "bpf/run_test_util.hpp"

namespace gadgetry::bpf {
namespace {

const Finding* find(const FindingSection& section, std::string_view name) {
  auto it = std::find_if(section.findings.begin(), section.findings.end(),
                         [&](const Finding& one) { return one.name == name; });
  return it == section.findings.end() ? nullptr : &*it;
}

TEST(Probe, OptionsAreToldWhenTheyAreMissing) {
  const auto config = sys::KernelConfig::parse("CONFIG_BPF_LSM=y\n# CONFIG_FPROBE is not set\n", "test");
  EXPECT_EQ(option_fix("CONFIG_BPF_LSM", config), "");
  EXPECT_EQ(option_fix("CONFIG_FPROBE", config), "boot a kernel with CONFIG_FPROBE=y");
  EXPECT_EQ(option_fix("CONFIG_BPF_LSM and CONFIG_CGROUP_BPF", config),
            "boot a kernel with CONFIG_CGROUP_BPF=y");
  EXPECT_EQ(option_fix("CONFIG_NETKIT (Linux 6.7)", sys::KernelConfig()),
            "boot a kernel with CONFIG_NETKIT=y");
  EXPECT_EQ(option_fix("", config), "");
}

TEST(Probe, ProgramTypesAreAsked) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  const auto section = probe_program_types(sys::KernelConfig::read());
  EXPECT_EQ(section.findings.size(), all_families().size());
  for (const char* name : {"tracepoint", "raw_tp", "socket", "xdp", "cgroup/connect4", "sk_msg", "sockops"}) {
    ASSERT_NE(find(section, name), nullptr) << name;
    EXPECT_EQ(find(section, name)->answer, Answer::kYes) << name << ": " << find(section, name)->detail;
  }
  for (const Finding& one : section.findings) {
    if (one.answer == Answer::kNo) {
      EXPECT_FALSE(one.detail.empty()) << one.name;
    }
  }
}

TEST(Probe, MapsAndHelpersAreAsked) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  const auto maps = probe_map_types({});
  for (const char* name : {"hash", "array", "ringbuf", "lru_hash", "stack_trace"}) {
    EXPECT_EQ(find(maps, name)->answer, Answer::kYes) << name;
  }
  if (KernelBtf::own().available()) {
    EXPECT_EQ(probe_map_type(4000, {}).answer, Answer::kNo);
  }
  EXPECT_EQ(map_type_name(4000), "type 4000");
  EXPECT_EQ(probe_helper(*find_family("tracepoint"), BPF_FUNC_get_current_pid_tgid), Answer::kYes);
  EXPECT_EQ(probe_helper(*find_family("tracepoint"), BPF_FUNC_skb_store_bytes), Answer::kNo);
  EXPECT_EQ(probe_helper(*find_family("xdp"), 100000), Answer::kNo);
  EXPECT_EQ(helper_name(BPF_FUNC_ringbuf_output), "bpf_ringbuf_output");
  EXPECT_EQ(helper_name(100000), "helper 100000");
  const auto helpers = probe_helpers();
  EXPECT_GE(helpers.findings.size(), 200u);
  EXPECT_EQ(find(helpers, "bpf_map_lookup_elem")->answer, Answer::kYes);
}

TEST(Probe, TheRestIsThere) {
  EXPECT_NE(find(probe_capabilities(), "CAP_BPF"), nullptr);
  EXPECT_NE(find(probe_mounts({}), "tracefs"), nullptr);
  EXPECT_FALSE(find(probe_limits(), "open files")->detail.empty());
  EXPECT_NE(find(probe_security({}), "lockdown"), nullptr);
}

TEST(Probe, CallsAreReadFromInstructions) {
  const bpf_insn code[] = {
      {.code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = 1, .src_reg = 0, .off = 0, .imm = 7},
      {.code = BPF_JMP | BPF_CALL,
       .dst_reg = 0,
       .src_reg = 0,
       .off = 0,
       .imm = 99},  // the other half of a constant
      {.code = BPF_JMP | BPF_CALL, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 14},
      {.code = BPF_JMP | BPF_CALL, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 14},
      {.code = BPF_JMP | BPF_CALL, .dst_reg = 0, .src_reg = BPF_PSEUDO_CALL, .off = 0, .imm = -1},
      {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}};
  const Calls calls = calls_of({reinterpret_cast<const std::byte*>(code), sizeof(code)});
  EXPECT_EQ(calls.helpers, std::vector<uint32_t>{14});
  EXPECT_TRUE(calls.has_functions);
}

TEST(Probe, TargetsAreLookedFor) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  auto kind = [](const char* section, const std::string& target) {
    auto found = find_target(*find_family(section), target);
    return found.ok()                                         ? std::string("there")
           : found.error().kind == base::ErrorKind::kNotFound ? "not there"
                                                              : "not known";
  };
  EXPECT_EQ(kind("kprobe", "vfs_read"), "there");
  EXPECT_EQ(kind("kprobe", "vfs_read+0x4"), "there");
  EXPECT_EQ(kind("kprobe", "vfs_rea"), "not there");
  EXPECT_EQ(kind("ksyscall", "openat"), "there");
  EXPECT_EQ(kind("ksyscall", "no_such_call"), "not there");
  EXPECT_EQ(kind("tracepoint", "syscalls/sys_enter_openat"), "there");
  EXPECT_EQ(kind("tracepoint", "syscalls/no_such"), "not there");
  EXPECT_EQ(kind("tracepoint", "../../etc"), "not there");
  EXPECT_EQ(kind("raw_tp", "sched_switch"), "there");
  EXPECT_EQ(kind("raw_tp", "no_such"), "not there");
  EXPECT_EQ(kind("uprobe", "libc:malloc"), "there");
  EXPECT_NE(kind("uprobe", "libc:no_such_function"), "there");
  EXPECT_EQ(kind("uprobe", "/no/such/file:main"), "not known");
  EXPECT_EQ(kind("xdp", ""), "there");
  if (!KernelBtf::own().available()) GTEST_SKIP() << "the kernel has no BTF";
  EXPECT_EQ(kind("tp_btf", "sched_switch"), "there");
  EXPECT_EQ(kind("fentry", "no_such"), "not there");
  EXPECT_EQ(kind("lsm", "file_open"), "there");
  EXPECT_EQ(kind("iter", "no_such"), "not there");
}

TEST(Probe, ObjectsAreJudged) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  auto bytes = base::read_file(testing::object_path("core"), 1 << 20);
  ASSERT_TRUE(bytes.ok());
  auto object = Object::open("core", base::as_bytes(*bytes));
  ASSERT_TRUE(object.ok()) << object.error().text();
  std::vector<AttachTarget> targets;
  const sys::KernelConfig config;
  ObjectProbe probe{.object = **object, .elf = base::as_bytes(*bytes), .targets = targets, .config = config};
  const auto programs = probe_object_programs(probe);
  ASSERT_FALSE(programs.findings.empty());
  for (const Finding& one : programs.findings) {
    EXPECT_EQ(one.answer, Answer::kYes) << one.name << ": " << one.detail;
    EXPECT_TRUE(one.is_needed);
  }
  for (const Finding& one : probe_object_maps(probe).findings)
    EXPECT_EQ(one.answer, Answer::kYes) << one.name;
  targets.push_back({.program = programs.findings[0].name, .target = std::string(kProgramDisabled)});
  EXPECT_EQ(probe_object_programs(probe).findings[0].detail, "switched off");
  targets[0] = {.program = programs.findings[0].name, .target = "no_such", .optional = true};
  const auto bad = probe_object_programs(probe).findings[0];
  EXPECT_NE(bad.answer, Answer::kYes);
  EXPECT_FALSE(bad.is_needed);
}

TEST(BtfFile, IsReadFromRawAndElfFiles) {
  auto raw = read_btf("/sys/kernel/btf/vmlinux");
  if (!raw.ok()) GTEST_SKIP() << "the kernel has no BTF";
  EXPECT_TRUE(check_btf(base::as_bytes(*raw)).ok());
  auto elf = read_btf(testing::object_path("core"));
  ASSERT_TRUE(elf.ok()) << elf.error().text();
  EXPECT_TRUE(check_btf(base::as_bytes(*elf)).ok());
  auto none = read_btf("/proc/self/exe");
  ASSERT_FALSE(none.ok());
  EXPECT_NE(none.error().text().find("no section .BTF"), std::string::npos);
  EXPECT_FALSE(read_btf("/no/such/file").ok());
}

}  // namespace
}  // namespace gadgetry::bpf
