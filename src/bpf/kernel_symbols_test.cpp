#include "bpf/kernel_symbols.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

namespace gadgetry::bpf {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(KernelSymbols, FindsFunctionsOnly) {
  constexpr std::string_view kText =
      "0000000000000000 A fixed_percpu_data\n"
      "ffffffff81000000 T vfs_read\n"
      "ffffffff81000100 t vfs_read_helper\n"
      "ffffffff81000200 D vfs_table\n"
      "ffffffffc0000000 t nf_hook\t[nf_tables]\n"
      "ffffffffc0000100 W weak_one";
  struct Case {
    std::string_view name;
    bool found;
  };
  for (const Case& one :
       {Case{"vfs_read", true}, Case{"vfs_rea", false}, Case{"read", false}, Case{"read_helper", false},
        Case{"vfs_read_helper", true}, Case{"vfs_table", false}, Case{"nf_hook", true},
        Case{"weak_one", true}, Case{"", false}, Case{"T vfs_read", false},
        Case{"nf_hook\t[nf_tables]", false}, Case{"fixed_percpu_data", false}}) {
    EXPECT_EQ(has_function(kText, one.name), one.found) << one.name;
  }
}

TEST(KernelSymbols, KnowsTheRunningKernel) {
  EXPECT_TRUE(has_kernel_function("vfs_read"));
  EXPECT_FALSE(has_kernel_function("gadgetry_no_such_function"));
  EXPECT_TRUE(has_kernel_function(syscall_function("openat"))) << syscall_function("openat");
}

std::vector<std::string> names(const std::vector<TraceableFunction>& functions) {
  std::vector<std::string> out;
  for (const TraceableFunction& one : functions) out.push_back(one.name);
  return out;
}

TEST(KernelSymbols, MatchesPatterns) {
  constexpr std::string_view kList =
      "vfs_read\nvfs_write\ndo_vfs_ioctl\nsame\nsame\nnft_init [nf_tables]\nvfs_x\t[odd]\n\n";
  EXPECT_THAT(names(match_traceable(kList, false, "vfs_*")), ElementsAre("vfs_read", "vfs_write", "vfs_x"));
  EXPECT_THAT(names(match_traceable(kList, false, "*vfs_[iw]*")), ElementsAre("vfs_write", "do_vfs_ioctl"));
  EXPECT_THAT(names(match_traceable(kList, false, "nft_?nit")), ElementsAre("nft_init"));
  EXPECT_THAT(names(match_traceable(kList, false, "vfs_read")), ElementsAre("vfs_read"));
  EXPECT_THAT(match_traceable(kList, false, "same"), IsEmpty()) << "which of them is not known";
  EXPECT_THAT(match_traceable(kList, false, "none*"), IsEmpty());
  EXPECT_THAT(match_traceable("", false, "*"), IsEmpty());
}

TEST(KernelSymbols, AddressesTellFunctionsOfOneNameApart) {
  auto found = match_traceable(
      "ffffffff81000004 same\nffffffff81000104 same\nffffffff81000204 vfs_read [m]\nbroken\nxyz vfs_y\n",
      true, "*");
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].address, 0xffffffff81000004u);
  EXPECT_EQ(found[1].address, 0xffffffff81000104u);
  EXPECT_EQ(found[2].name, "vfs_read");
}

}  // namespace
}  // namespace gadgetry::bpf
