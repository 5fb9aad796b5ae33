// Programs are relocated to the same instructions with the cut of the kernel's types as with all of them.
#include "bpf/core_types.hpp"

#include <bpf/libbpf.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "bpf/elf_check.hpp"
#include "bpf/run_test_util.hpp"

namespace gadgetry::bpf {
namespace {

std::string object_bytes(const std::string& name) {
  auto bytes = base::read_file(testing::object_path(name), 1 << 20);
  EXPECT_TRUE(bytes.ok());
  EXPECT_TRUE(check_object(base::as_bytes(*bytes)).ok());
  return *bytes;
}

// The instructions after the load, without the addresses of maps, which differ from load to load.
std::vector<std::string> instructions(const char* name, const char* btf_path) {
  bpf_object_open_opts options{};
  options.sz = sizeof(options);
  options.btf_custom_path = btf_path;
  LibbpfLog log;
  testing::ObjectHandle object(bpf_object__open_file(testing::object_path(name).c_str(), &options));
  std::vector<std::string> out;
  if (object == nullptr || bpf_object__load(object.get()) != 0) {
    ADD_FAILURE() << name << ": " << log.text();
    return out;
  }
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object.get()) {
    const bpf_insn* code = bpf_program__insns(program);
    for (size_t i = 0; i < bpf_program__insn_cnt(program); i++) {
      if (code[i].code == (BPF_LD | BPF_IMM | BPF_DW) && code[i].src_reg != 0) {
        i++;
        continue;
      }
      out.emplace_back(reinterpret_cast<const char*>(&code[i]), sizeof(bpf_insn));
    }
  }
  return out;
}

TEST(CoreTypes, GiveTheSameInstructions) {
  if (!KernelBtf::instance().available()) GTEST_SKIP() << "the kernel has no BTF";
  const std::string object = object_bytes("core");
  auto file = make_core_types(base::as_bytes(object), KernelBtf::instance());
  const size_t whole_size = KernelBtf::instance().bytes().size();
  KernelBtf::instance().release();
  ASSERT_TRUE(file.has_value());
  struct stat info{};
  ASSERT_EQ(fstat(file->get(), &info), 0);
  EXPECT_LT(static_cast<size_t>(info.st_size), whole_size / 4);
  const std::string path = "/proc/self/fd/" + std::to_string(file->get());
  auto bytes = base::read_file(path, whole_size);
  ASSERT_TRUE(bytes.ok());
  EXPECT_TRUE(check_btf(base::as_bytes(*bytes)).ok()) << check_btf(base::as_bytes(*bytes)).error().text();
  const auto with_all = instructions("core", nullptr);
  EXPECT_GT(with_all.size(), 50u);
  EXPECT_EQ(instructions("core", path.c_str()), with_all);
}

TEST(CoreTypes, AreNotCutWhenNumbersOfTypesMatter) {
  if (!KernelBtf::instance().available()) GTEST_SKIP() << "the kernel has no BTF";
  const std::string object = object_bytes("core_type_id");
  EXPECT_FALSE(make_core_types(base::as_bytes(object), KernelBtf::instance()).has_value());
  KernelBtf::instance().release();
}

TEST(CoreTypes, AreNotNeededWithoutRelocations) {
  const std::string object = object_bytes("rings");
  EXPECT_FALSE(make_core_types(base::as_bytes(object), KernelBtf::instance()).has_value());
  KernelBtf nowhere("/no/such/file");
  EXPECT_FALSE(make_core_types(base::as_bytes(object_bytes("core")), nowhere).has_value());
  KernelBtf::instance().release();
}

}  // namespace
}  // namespace gadgetry::bpf
