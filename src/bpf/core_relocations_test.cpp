#include "bpf/core_relocations.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "bpf/core_types.hpp"
#include "bpf/elf_check.hpp"
#include "bpf/kernel_btf.hpp"
#include "bpf/run_test_util.hpp"

namespace gadgetry::bpf {
namespace {

std::string object_bytes(const std::string& name) {
  auto bytes = base::read_file(testing::object_path(name), 1 << 20);
  EXPECT_TRUE(bytes.ok());
  EXPECT_TRUE(check_object(base::as_bytes(*bytes)).ok());
  return *bytes;
}

TEST(CoreRelocations, AreReadFromTheObject) {
  const std::string object = object_bytes("core");
  const auto all = core_relocations(base::as_bytes(object));
  EXPECT_GE(all.size(), 10u);
  for (CoreKind kind :
       {CoreKind::kFieldOffset, CoreKind::kFieldExists, CoreKind::kFieldSize, CoreKind::kTypeSize,
        CoreKind::kTypeExists, CoreKind::kEnumValue, CoreKind::kEnumValueExists}) {
    EXPECT_TRUE(std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.kind == kind; }))
        << static_cast<uint32_t>(kind);
  }
  EXPECT_EQ(all[0].section, "raw_tp/sys_enter");
  const std::string plain = object_bytes("rings");
  EXPECT_TRUE(core_relocations(base::as_bytes(plain)).empty());
}

TEST(CoreRelocations, NamesLoseTheirFlavour) {
  EXPECT_EQ(essential_name("task_struct___old"), "task_struct");
  EXPECT_EQ(essential_name("task_struct"), "task_struct");
  EXPECT_EQ(essential_name("___x"), "___x");
  EXPECT_EQ(essential_name(""), "");
}

TEST(CoreRelocations, ResolveAgainstTheKernelOfThisMachine) {
  KernelBtf& kernel = KernelBtf::instance();
  if (!kernel.available()) GTEST_SKIP() << "the kernel has no BTF";
  const std::string object = object_bytes("core");
  const auto lost = unresolved_relocations(base::as_bytes(object), kernel.bytes());
  for (const auto& one : lost) ADD_FAILURE() << one.section << ": " << one.what;
  kernel.release();
}

// The object's own types in place of a kernel's: they lack what the kernel's version of a struct has.
TEST(CoreRelocations, WhatIsMissingIsNamed) {
  const std::string object = object_bytes("core");
  const std::string other = object_bytes("rings");
  const auto lost =
      unresolved_relocations(base::as_bytes(object), find_elf_section(base::as_bytes(other), ".BTF"));
  auto named = [&](const char* text) {
    return std::any_of(lost.begin(), lost.end(), [&](const auto& one) { return one.what == text; });
  };
  EXPECT_TRUE(named("no struct task_struct"));
  EXPECT_TRUE(named("no enum pid_type"));
  for (const auto& one : lost) EXPECT_EQ(one.section, "raw_tp/sys_enter");
  const auto against_itself =
      unresolved_relocations(base::as_bytes(object), find_elf_section(base::as_bytes(object), ".BTF"));
  EXPECT_TRUE(against_itself.empty());
}

TEST(CoreRelocations, TheCutOfAnArchiveServesThemToo) {
  KernelBtf& kernel = KernelBtf::instance();
  if (!kernel.available()) GTEST_SKIP() << "the kernel has no BTF";
  const std::string object = object_bytes("core");
  const std::string cut = cut_for_archive(base::as_bytes(object), kernel.bytes());
  EXPECT_LT(cut.size(), kernel.bytes().size() / 4);
  EXPECT_TRUE(check_btf(base::as_bytes(cut)).ok());
  EXPECT_TRUE(unresolved_relocations(base::as_bytes(object), base::as_bytes(cut)).empty());
  EXPECT_EQ(cut_for_archive(base::as_bytes(object), kernel.bytes()), cut);
  EXPECT_EQ(cut_for_archive(base::as_bytes(object_bytes("rings")), kernel.bytes()), "");
  // Types of another kernel may lack some of them: the cut is made of the others.
  EXPECT_FALSE(cut_for_archive(base::as_bytes(object_bytes("core_type_id")), kernel.bytes()).empty());
  kernel.release();
}

}  // namespace
}  // namespace gadgetry::bpf
