#include "bpf/verifier_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

namespace gadgetry::bpf {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

KernelFeatures kernel(unsigned major, unsigned minor) {
  KernelFeatures out;
  out.version = {major, minor, 0};
  out.btf = true;
  return out;
}

constexpr std::string_view kPointerLog =
    "0: R1=ctx() R10=fp0\n"
    "; __u32 key = (__u32)bpf_get_current_pid_tgid(); @ a.bpf.c:24\n"
    "0: (85) call bpf_get_current_pid_tgid#14      ; R0_w=scalar()\n"
    "1: (63) *(u32 *)(r10 -4) = r0         ; R0_w=scalar() R10=fp0 fp-8=mmmm????\n"
    "; __u64 *value = bpf_map_lookup_elem(&values, &key); @ a.bpf.c:25\n"
    "2: (85) call bpf_map_lookup_elem#1    ; R0=map_value_or_null(id=1)\n"
    "; *value += 1; @ a.bpf.c:27\n"
    "7: (79) r1 = *(u64 *)(r0 +0)\n"
    "R0 invalid mem access 'map_value_or_null'\n"
    "processed 8 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n";

TEST(VerifierLog, KeepsTheLastInstructionsAndTheirSource) {
  VerifierReport report = summarise_verifier_log(kPointerLog);
  EXPECT_EQ(report.error, "R0 invalid mem access 'map_value_or_null'");
  ASSERT_GE(report.excerpt.size(), 4u);
  EXPECT_EQ(report.excerpt.back(), report.error);
  EXPECT_EQ(report.excerpt[report.excerpt.size() - 2], "7: (79) r1 = *(u64 *)(r0 +0)");
  EXPECT_EQ(report.excerpt[report.excerpt.size() - 3], "; *value += 1; @ a.bpf.c:27");
  EXPECT_THAT(load_hint(report, EACCES, kernel(6, 1)), HasSubstr("check the pointer"));
}

TEST(VerifierLog, IsShortForALongLog) {
  std::string log;
  for (int i = 0; i < 100000; ++i) {
    log += std::to_string(i) + ": (b7) r1 = " + std::string(i % 7 == 0 ? 5000 : 5, '1') + "\n";
  }
  log += "BPF program is too large. Processed 1000001 insn\nprocessed 1000001 insns (limit 1000000)\n";
  VerifierReport report = summarise_verifier_log(log);
  EXPECT_EQ(report.error, "BPF program is too large. Processed 1000001 insn");
  EXPECT_LE(report.excerpt.size(), 12u);
  for (const std::string& line : report.excerpt) EXPECT_LT(line.size(), 400u);
  EXPECT_THAT(load_hint(report, E2BIG, kernel(6, 1)), HasSubstr("smaller loops"));
}

TEST(VerifierLog, IsEmptyForNothing) {
  for (const char* log : {"", "\n\n", "processed 0 insns\n"}) {
    VerifierReport report = summarise_verifier_log(log);
    EXPECT_EQ(report.error, "");
    EXPECT_THAT(report.excerpt, IsEmpty());
  }
}

TEST(VerifierLog, HoldsNoControlCharacters) {
  VerifierReport report = summarise_verifier_log("; \x1b[31m evil @ a.c:1\n1: (85) call x\nbad \x07 error\n");
  EXPECT_EQ(report.error.find('\x07'), std::string::npos);
  for (const std::string& line : report.excerpt) EXPECT_EQ(line.find('\x1b'), std::string::npos) << line;
}

TEST(VerifierLog, AnUnknownHelperNeedsANewerKernel) {
  VerifierReport report = summarise_verifier_log("0: (85) call unknown#181\ninvalid func unknown#181\n");
  EXPECT_EQ(load_hint(report, EINVAL, kernel(5, 10)), "bpf_loop needs Linux 5.17, this is 5.10");
  EXPECT_EQ(load_hint(report, EINVAL, kernel(6, 1)), "bpf_loop is not for programs of this type");
  report = summarise_verifier_log(
      "0: (85) call bpf_probe_read_kernel#113\nunknown func bpf_probe_read_kernel#113\n");
  KernelFeatures unprivileged = kernel(6, 1);
  unprivileged.missing_capabilities = {"CAP_PERFMON"};
  EXPECT_EQ(load_hint(report, EINVAL, unprivileged), "needs CAP_PERFMON: run as root or grant it");
}

TEST(VerifierLog, HelpersHaveNamesAndVersions) {
  EXPECT_EQ(helper_name(1), "bpf_map_lookup_elem");
  EXPECT_EQ(helper_name(130), "bpf_ringbuf_output");
  EXPECT_EQ(helper_since(130), "5.8");
  EXPECT_EQ(helper_since(113), "5.5");
  EXPECT_EQ(helper_since(125), "5.8");
  EXPECT_EQ(helper_since(181), "5.17");
  EXPECT_EQ(helper_since(0), "");
  EXPECT_EQ(helper_since(100000), "");
  EXPECT_EQ(helper_name(0), "");
  EXPECT_EQ(helper_name(100000), "");
}

TEST(VerifierLog, ARefusalWithoutAWordIsExplained) {
  VerifierReport none;
  EXPECT_THAT(load_hint(none, EPERM, kernel(6, 18)), HasSubstr("security module"));
  KernelFeatures confidential = kernel(6, 1);
  confidential.lockdown = "confidentiality";
  EXPECT_THAT(load_hint(none, EPERM, confidential), HasSubstr("lockdown"));
  EXPECT_EQ(load_hint(none, EINVAL, kernel(6, 1)), "");
}

TEST(VerifierLog, IsFoundByProgram) {
  std::string text =
      "prog 'a': BPF program load failed: Permission denied\n"
      "prog 'a': -- BEGIN PROG LOAD LOG --\n0: (95) exit\nR0 !read_ok\n-- END PROG LOAD LOG --\n"
      "prog 'a': failed to load: -13\n";
  EXPECT_EQ(find_program_log(text, "a"), "0: (95) exit\nR0 !read_ok\n");
  EXPECT_EQ(find_program_log(text, "b"), "");
}

}  // namespace
}  // namespace gadgetry::bpf
