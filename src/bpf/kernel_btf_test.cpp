#include "bpf/kernel_btf.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace gadgetry::bpf {
namespace {

TEST(KernelBtf, AnswersAboutTheRunningKernel) {
  KernelBtf kernel("/sys/kernel/btf/vmlinux");
  if (!kernel.available()) GTEST_SKIP() << "this kernel has no readable /sys/kernel/btf/vmlinux";
  auto table = kernel.find_enum("bpf_map_type");
  ASSERT_TRUE(table.has_value());
  auto hash =
      std::find_if(table->entries.begin(), table->entries.end(), [](const auto& e) { return e.value == 1; });
  ASSERT_NE(hash, table->entries.end());
  EXPECT_EQ(hash->name, "BPF_MAP_TYPE_HASH");
  EXPECT_FALSE(table->is_set);

  EXPECT_TRUE(kernel.has(KernelType::kStruct, "task_struct"));
  EXPECT_FALSE(kernel.has(KernelType::kUnion, "task_struct"));
  EXPECT_TRUE(kernel.has(KernelType::kTypedef, "pid_t"));
  EXPECT_FALSE(kernel.has(KernelType::kFunction, "no_such_function_in_any_kernel"));
  EXPECT_TRUE(kernel.has_member("task_struct", "comm"));
  EXPECT_FALSE(kernel.has_member("task_struct", "no_such_member"));
  EXPECT_FALSE(kernel.find_enum("no_such_enum").has_value());
  EXPECT_FALSE(kernel.find_enum("").has_value());

  kernel.release();
  EXPECT_TRUE(kernel.has(KernelType::kStruct, "task_struct"));
}

TEST(KernelBtf, FindsNothingWithoutTheFile) {
  KernelBtf missing("/nonexistent/btf");
  EXPECT_FALSE(missing.available());
  EXPECT_FALSE(missing.find_enum("bpf_map_type").has_value());
  KernelBtf garbage("/proc/version");
  EXPECT_FALSE(garbage.available());
  EXPECT_FALSE(garbage.has(KernelType::kStruct, "task_struct"));
}

}  // namespace
}  // namespace gadgetry::bpf
