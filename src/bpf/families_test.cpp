#include "bpf/families.hpp"

#include <bpf/libbpf.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>

#include <set>
#include <string>

#include "bpf/libbpf_log.hpp"

namespace gadgetry::bpf {
namespace {

TEST(Families, AreFoundBySection) {
  EXPECT_EQ(find_family("kprobe/do_open")->family, Family::kKprobe);
  EXPECT_TRUE(find_family("kretprobe/do_open")->is_return);
  EXPECT_EQ(find_family("?tp/a/b")->family, Family::kTracepoint);
  EXPECT_EQ(find_family("perf_event")->family, Family::kPerfEvent);
  EXPECT_EQ(find_family("perf_event/cycles")->family, Family::kPerfEvent);
  EXPECT_EQ(find_family("iter/task")->family, Family::kIter);
  for (const char* section : {"socket", "socket1", "socket/main"}) {
    EXPECT_EQ(find_family(section)->family, Family::kSocketFilter) << section;
  }
  for (const char* other : {"", "/", "?", "kprob", "kprobes/x", "kprobe.multy/x", "cgroup", "cgroup/nothing",
                            "cgroup/connect", "cgroup/connect44", "xdpx", "sk_skbx", "license", ".maps"}) {
    EXPECT_EQ(find_family(other), nullptr) << other;
  }
}

TEST(Families, TheLongestPrefixWins) {
  EXPECT_EQ(find_family("cgroup/sock_create")->prefix, "cgroup/sock_create");
  EXPECT_EQ(find_family("cgroup/sock")->prefix, "cgroup/sock");
  EXPECT_EQ(find_family("cgroup/sock/mine")->prefix, "cgroup/sock");
  EXPECT_EQ(find_family("sk_skb/stream_parser")->attach_type, uint32_t{BPF_SK_SKB_STREAM_PARSER});
  EXPECT_EQ(find_family("sk_skb/mine")->prefix, "sk_skb");
  EXPECT_EQ(find_family("sk_reuseport/migrate/tcp:80")->attach_type,
            uint32_t{BPF_SK_REUSEPORT_SELECT_OR_MIGRATE});
  EXPECT_EQ(find_family("sk_reuseport/tcp:80")->attach_type, uint32_t{BPF_SK_REUSEPORT_SELECT});
  EXPECT_EQ(find_family("xdp.frags/devmap")->family, Family::kXdpMap);
  EXPECT_EQ(find_family("xdp.frags")->family, Family::kXdp);
  EXPECT_EQ(find_family("tc/egress")->prefix, "tc/egress");
  EXPECT_EQ(find_family("fentry.s/f")->load_flags, uint32_t{BPF_F_SLEEPABLE});
}

TEST(Families, EveryRowIsFoundByItsPrefixAndKeepsItsTarget) {
  std::set<std::string_view> seen;
  for (const ProgramFamily& family : all_families()) {
    SCOPED_TRACE(family.prefix);
    EXPECT_TRUE(seen.insert(family.prefix).second) << "stands twice";
    std::string prefix(family.prefix);
    EXPECT_EQ(find_family(prefix), &family);
    EXPECT_EQ(find_family("?" + prefix), &family);
    EXPECT_EQ(section_target(prefix), "");
    EXPECT_EQ(section_target(prefix + "/"), "");
    EXPECT_EQ(find_family(prefix + "/some:target+0x10"), &family);
    EXPECT_EQ(section_target(prefix + "/some:target+0x10"), "some:target+0x10");
    EXPECT_EQ(section_target("?" + prefix + "//a/b"), "/a/b");
    EXPECT_NE(supported_sections().find(prefix), std::string::npos);
    bool runs_elsewhere = family.family == Family::kIter || family.family == Family::kStructOps;
    EXPECT_EQ(family.function == nullptr, runs_elsewhere);
    EXPECT_NE(family.type, 0u);
  }
}

// Programs whose section libbpf knows keep the type that it gives them: the table must not say another one.
TEST(Families, AgreeWithLibbpf) {
  LibbpfLog quiet;
  size_t known = 0;
  for (const ProgramFamily& family : all_families()) {
    SCOPED_TRACE(family.prefix);
    bpf_prog_type type{};
    bpf_attach_type attach_type{};
    std::string section(family.prefix);
    int code = libbpf_prog_type_by_name(section.c_str(), &type, &attach_type);
    if (code != 0) code = libbpf_prog_type_by_name((section + "/a").c_str(), &type, &attach_type);
    if (code != 0) continue;  // younger than this libbpf
    known++;
    EXPECT_EQ(family.type, static_cast<uint32_t>(type));
    EXPECT_EQ(family.attach_type, static_cast<uint32_t>(attach_type));
  }
  EXPECT_GT(known, 60u);
}

TEST(Families, SectionTargetsOfUnknownSections) {
  EXPECT_EQ(section_target("uprobe//bin/bash:readline"), "/bin/bash:readline");
  EXPECT_EQ(section_target("perf_event"), "");
  EXPECT_EQ(section_target("nothing"), "");
  EXPECT_EQ(section_target("nothing/a/b"), "a/b");
  EXPECT_EQ(section_target("socket1"), "");
}

}  // namespace
}  // namespace gadgetry::bpf
