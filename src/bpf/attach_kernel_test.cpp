// Parts of the attachers of kernel programs that need no kernel, and what this machine's kernel says to the
// others.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gmock/gmock.h>

#include <cstring>

#include "bpf/attach_families.hpp"
#include "bpf/bpf_link_create.hpp"
#include "bpf/kernel_abi.hpp"
#include "bpf/kernel_symbols.hpp"
#include "bpf/run_test_util.hpp"
#include "bpf/struct_ops.hpp"

namespace gadgetry::bpf {
namespace {

using ::testing::HasSubstr;

TEST(AttachKernel, ExtensionTargets) {
  struct Case {
    const char* text;
    const char* program;  // null: refused
    const char* function;
  };
  for (const Case& one :
       {Case{"17:parse", "17", "parse"}, Case{"/sys/fs/bpf/a:b:parse", "/sys/fs/bpf/a:b", "parse"},
        Case{"parse", nullptr, nullptr}, Case{":parse", nullptr, nullptr}, Case{"x:", nullptr, nullptr},
        Case{"", nullptr, nullptr}}) {
    auto target = parse_extension_target(one.text);
    ASSERT_EQ(target.ok(), one.program != nullptr) << one.text;
    if (!target.ok()) continue;
    EXPECT_EQ(target->program, one.program);
    EXPECT_EQ(target->function, one.function);
  }
}

TEST(AttachKernel, SecurityModules) {
  EXPECT_TRUE(check_lsm_list("lockdown,capability,bpf\n").ok());
  EXPECT_TRUE(check_lsm_list("bpf").ok());
  EXPECT_TRUE(check_lsm_list("").ok()) << "not known";
  auto without = check_lsm_list("capability,bpfx\n");
  ASSERT_FALSE(without.ok());
  EXPECT_THAT(without.error().text(), HasSubstr("boot with lsm=capability,bpfx,bpf"));
}

TEST(AttachKernel, SystemCallsHaveTheirFunctions) {
  EXPECT_EQ(kprobe_symbol(*find_family("kprobe/x"), "vfs_read+0x10"), "vfs_read");
  EXPECT_EQ(kprobe_symbol(*find_family("ksyscall/openat"), "openat"), syscall_function("openat"));
  EXPECT_EQ(kprobe_symbol(*find_family("kretsyscall/openat"), "openat"), syscall_function("openat"));
  EXPECT_EQ(kprobe_symbol(*find_family("ksyscall"), ""), "");
}

TEST(AttachKernel, TablesAreRenamedForLibbpf) {
  EXPECT_FALSE(plain_struct_ops({}).value().has_value());
  const std::string noise(4096, '\x7f');
  EXPECT_FALSE(plain_struct_ops(std::as_bytes(std::span(noise))).value().has_value());
}

// The kernel takes the layouts apart: a wrong descriptor of a program is found first, a wrong layout would be
// EINVAL.
TEST(AttachKernel, LinksNeedAProgram) {
  GADGETRY_NEEDS_ROOT();
  const char* symbol = "vfs_read";
  auto link = create_kprobe_multi_link(-1, {.attach_type = BPF_TRACE_KPROBE_MULTI, .symbols = {&symbol, 1}});
  ASSERT_FALSE(link.ok());
  EXPECT_EQ(link.error().errno_value, EBADF);
  EXPECT_FALSE(create_struct_ops_link(-1).ok());
  EXPECT_FALSE(create_netfilter_link(-1, {}).ok());
}

}  // namespace
}  // namespace gadgetry::bpf
