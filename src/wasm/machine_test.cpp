#include "wasm/machine.hpp"

#include <gtest/gtest.h>
#include <linux/btf.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/limits.hpp"
#include "bpf/kernel_btf.hpp"
#include "wasm/kernel_types.hpp"

namespace gadgetry::wasm {
namespace {

constexpr const char* kVmlinux = "/sys/kernel/btf/vmlinux";

bool has_kernel_types() {
  return std::filesystem::exists(kVmlinux);
}

// Lines of /proc/kallsyms in a file of their own.
class SymbolsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "wasm_symbols_XXXXXX").string();
    int fd = ::mkstemp(pattern.data());
    ASSERT_GE(fd, 0);
    ::close(fd);
    path_ = pattern;
  }
  void TearDown() override { std::filesystem::remove(path_); }
  void put(const std::string& text) { std::ofstream(path_) << text; }

  std::string path_;
};

TEST_F(SymbolsTest, ByName) {
  put("ffffffff81000000 T first\nffffffff81000100 t twice\nffffffff81000200 t twice\n"
      "ffffffff82000000 D data_symbol\nffffffffc0000000 t of_module\t[mod]\nnonsense\n\nzz T bad\nffff T \n");
  Machine machine(path_);
  uint64_t cost = 0;
  auto address = [&](std::string_view name) { return *machine.symbol_address(name, cost); };
  EXPECT_EQ(address("first"), 0xffffffff81000000u);
  EXPECT_EQ(cost, Machine::kReadsEverything);
  EXPECT_EQ(address("twice"), 0xffffffff81000100u);
  EXPECT_EQ(cost, Machine::kCheap);
  EXPECT_EQ(address("data_symbol"), 0xffffffff82000000u);
  EXPECT_EQ(address("of_module"), 0xffffffffc0000000u);
  for (std::string_view none : {"", "firs", "first2", "bad", "of_module\t[mod]", "nonsense"}) {
    EXPECT_FALSE(address(none).has_value()) << none;
  }
  // Kept, until it is given back.
  put("ffffffff81000000 T fresh\n");
  EXPECT_TRUE(address("first").has_value());
  machine.release();
  EXPECT_FALSE(address("first").has_value());
  EXPECT_TRUE(address("fresh").has_value());
}

TEST_F(SymbolsTest, ByAddress) {
  put("ffffffff81000000 T first\nffffffff81000100 t second\n");
  Machine machine(path_);
  uint64_t cost = 0;
  auto at = machine.symbol_at(0xffffffff81000104, cost);
  ASSERT_TRUE(at.ok() && at->has_value());
  EXPECT_EQ((*at)->name, "second");
  EXPECT_EQ((*at)->start, 0xffffffff81000100u);
  EXPECT_FALSE(machine.symbol_at(16, cost)->has_value());
  EXPECT_FALSE(machine.symbol_at(UINT64_MAX, cost)->has_value());
}

TEST_F(SymbolsTest, Failures) {
  uint64_t cost = 0;
  Machine none("/no/such/file");
  EXPECT_FALSE(none.symbol_address("x", cost).ok());
  EXPECT_FALSE(none.symbol_at(1, cost).ok());
  put("ffffffff81000000 T " + std::string(100'000, 'x') + "\n");
  EXPECT_FALSE(Machine(path_).symbol_address("x", cost).ok());
  put("0000000000000000 T hidden\n");
  Machine hidden(path_);
  EXPECT_EQ(*hidden.symbol_address("hidden", cost), 0u);
  EXPECT_FALSE(hidden.symbol_at(1, cost).ok());
  put("");
  EXPECT_FALSE(Machine(path_).symbol_address("x", cost)->has_value());
}

TEST(Machine, SymbolsOfThisKernel) {
  uint64_t cost = 0;
  auto found = Machine::instance().symbol_address("vfs_read", cost);
  if (!found.ok()) GTEST_SKIP() << found.error().text();
  EXPECT_TRUE(found->has_value());
  EXPECT_FALSE(Machine::instance().symbol_address("no_such_symbol_at_all", cost)->has_value());
  if (**found != 0) {
    auto at = Machine::instance().symbol_at(**found + 1, cost);
    ASSERT_TRUE(at.ok() && at->has_value());
    EXPECT_EQ((*at)->name, "vfs_read");
  }
  Machine::instance().release();
}

TEST(Machine, KernelTypes) {
  if (!has_kernel_types()) GTEST_SKIP() << "no kernel types";
  auto type = [](std::string_view name) { return Machine::has_type(name).code; };
  for (std::string_view name : {"struct task_struct", "task_struct", "struct  task_struct ", "union bpf_attr",
                                "enum bpf_map_type", "bpf_map_type", "u64", "pid_t", "int"}) {
    EXPECT_EQ(type(name), Code::kOk) << name;
  }
  for (std::string_view name : {"", " ", "struct", "struct ", "union task_struct", "enum task_struct",
                                "task_struc", "struct pid_t", "const task_struct", "structtask_struct"}) {
    EXPECT_EQ(type(name), Code::kNotFound) << name;
  }
}

TEST(Machine, KernelFields) {
  if (!has_kernel_types()) GTEST_SKIP() << "no kernel types";
  auto field = [](std::string_view name, std::string_view path) {
    return Machine::has_field(name, path).code;
  };
  EXPECT_EQ(field("struct task_struct", "pid"), Code::kOk);
  EXPECT_EQ(field("task_struct", "comm"), Code::kOk);
  EXPECT_EQ(field("task_struct", "mm.exe_file"), Code::kOk);  // behind a pointer
  EXPECT_EQ(field("task_struct", "mm.exe_file.f_inode.i_ino"), Code::kOk);
  EXPECT_EQ(field("task_struct", "real_parent.tgid"), Code::kOk);
  EXPECT_EQ(field("union bpf_attr", "map_type"), Code::kOk);      // in a struct without a name
  EXPECT_EQ(field("struct sock", "sk_family"), Code::kNotFound);  // a macro of the kernel, no member
  EXPECT_EQ(field("struct sock", "__sk_common.skc_daddr"), Code::kOk);
  EXPECT_EQ(field("atomic_t", "counter"), Code::kOk);  // a typedef
  for (std::string_view none :
       {"", ".", "pid.", ".pid", "pid.x", "nothing", "mm.nothing", "mm..exe_file", "comm.x"}) {
    EXPECT_EQ(field("task_struct", none), Code::kNotFound) << none;
  }
  EXPECT_EQ(field("no_such_struct", "x"), Code::kNotFound);
  EXPECT_EQ(field("enum bpf_map_type", "x"), Code::kNotFound);
  EXPECT_EQ(field("u64", "x"), Code::kNotFound);
  EXPECT_EQ(field("task_struct", std::string(2 * limits::kBtfNesting, '.')), Code::kNotFound);
  std::string deep;
  for (int i = 0; i < 60; i++) deep += "real_parent.";
  EXPECT_EQ(field("task_struct", deep + "pid"), Code::kOk);
  for (int i = 0; i < 200; i++) deep += "real_parent.";
  EXPECT_EQ(field("task_struct", deep + "pid"), Code::kNotFound);
}

TEST(Machine, DamagedTypes) {
  if (!has_kernel_types()) GTEST_SKIP() << "no kernel types";
  EXPECT_FALSE(has_type({}, "int"));
  EXPECT_FALSE(has_field({}, "task_struct", "pid"));
  // A struct whose only member, without a name, is itself.
  struct {
    btf_header header{};
    btf_type type{};
    btf_member member{};
    char strings[4] = {'\0', 's', '\0', '\0'};
  } loop;
  loop.header.magic = BTF_MAGIC;
  loop.header.version = BTF_VERSION;
  loop.header.hdr_len = sizeof(btf_header);
  loop.header.type_len = sizeof(btf_type) + sizeof(btf_member);
  loop.header.str_off = loop.header.type_len;
  loop.header.str_len = sizeof loop.strings;
  loop.type.name_off = 1;
  loop.type.info = BTF_KIND_STRUCT << 24 | 1;
  loop.member.type = 1;
  auto bytes = std::as_bytes(std::span(&loop, 1));
  EXPECT_TRUE(has_type(bytes, "struct s"));
  EXPECT_FALSE(has_field(bytes, "s", "x"));
  loop.member.type = 77;
  loop.member.name_off = 1;
  EXPECT_TRUE(has_field(bytes, "s", "s"));
  EXPECT_FALSE(has_field(bytes, "s", "s.s"));
  loop.member.type = 1;
  EXPECT_TRUE(has_field(bytes, "s", "s.s.s"));
}

TEST(Machine, Features) {
  auto feature = [](std::string_view name) { return Machine::has_feature(name).code; };
  EXPECT_EQ(feature("btf"), has_kernel_types() ? Code::kOk : Code::kNotFound);
  for (std::string_view bad :
       {"", "x", "program:", "program:nothing", "map", "map:", "map:hashes", "helper:bpf_loop",
        "helper:bpf_loop@", "helper:@kprobe", "helper:bpf_unspec@kprobe", "helper:none@kprobe",
        "program:unspec", "kernel:6"}) {
    EXPECT_EQ(feature(bad), Code::kInvalid) << bad;
  }
  if (::geteuid() != 0) GTEST_SKIP() << "probing needs root";
  for (std::string_view good :
       {"program:kprobe", "program:tracepoint", "map:hash", "map:array", "map:perf_event_array",
        "helper:bpf_map_lookup_elem@kprobe", "helper:probe_read@tracepoint"}) {
    EXPECT_EQ(feature(good), Code::kOk) << good << ": " << Machine::has_feature(good).why;
  }
  EXPECT_EQ(feature("helper:bpf_skb_store_bytes@kprobe"), Code::kNotFound);
  EXPECT_EQ(feature("helper:bpf_map_lookup_elem@tracing"), Code::kUnsupported);
}

}  // namespace
}  // namespace gadgetry::wasm
