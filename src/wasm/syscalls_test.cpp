#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "wasm/syscall_declarations.hpp"

namespace gadgetry::wasm {
namespace {

constexpr std::string_view kOpenat =
    "name: sys_enter_openat\n"
    "ID: 782\n"
    "format:\n"
    "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
    "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n"
    "\n"
    "\tfield:int __syscall_nr;\toffset:8;\tsize:4;\tsigned:1;\n"
    "\tfield:int dfd;\toffset:16;\tsize:8;\tsigned:0;\n"
    "\tfield:const char * filename;\toffset:24;\tsize:8;\tsigned:0;\n"
    "\tfield:const char *const *glued;\toffset:32;\tsize:8;\tsigned:0;\n"
    "\tfield:umode_t nr;\toffset:40;\tsize:8;\tsigned:0;\n"
    "\tfield:__data_loc char[] __filename_val;\toffset:48;\tsize:4;\tsigned:0;\n"
    "\n"
    "print fmt: \"dfd: 0x%08lx\", ((unsigned long)(REC->dfd))\n";

TEST(SyscallDeclarations, ParsesFormats) {
  auto parsed = parse_syscall_format("openat", kOpenat);
  ASSERT_TRUE(parsed.ok()) << parsed.error().text();
  EXPECT_STREQ(parsed->name, "openat");
  ASSERT_EQ(parsed->param_count, 4);
  EXPECT_STREQ(parsed->params[0].name, "dfd");
  EXPECT_EQ(parsed->params[0].flags, 0u);
  EXPECT_STREQ(parsed->params[1].name, "filename");
  EXPECT_EQ(parsed->params[1].flags, kSyscallParamPointer);
  EXPECT_STREQ(parsed->params[2].name, "glued");
  EXPECT_EQ(parsed->params[2].flags, kSyscallParamPointer);
  EXPECT_STREQ(parsed->params[3].name, "nr");
  EXPECT_EQ(parsed->params[4].name[0], 0);
}

TEST(SyscallDeclarations, RefusesOtherFormats) {
  EXPECT_FALSE(parse_syscall_format("x", "").ok());
  EXPECT_FALSE(parse_syscall_format("x", "\tfield:int a;\n").ok());
  EXPECT_FALSE(parse_syscall_format("x", "field:;\nfield:\nfield:x\n;").ok());
  std::string many(kOpenat);
  for (int i = 0; i < 4; i++) many += "\tfield:int more;\toffset:8;\n";
  EXPECT_FALSE(parse_syscall_format("x", many).ok());
  auto none = parse_syscall_format("getpid", "\tfield:int __syscall_nr;\toffset:8;\n");
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(none->param_count, 0);
}

TEST(SyscallDeclarations, LongNamesAreCut) {
  std::string name(40, 'n');
  auto parsed = parse_syscall_format(name, "\tfield:int __syscall_nr;\n\tfield:int " + name + ";\n");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(std::memcmp(parsed->name, name.data(), kSyscallNameBytes), 0);
  EXPECT_EQ(std::memcmp(parsed->params[0].name, name.data(), kSyscallNameBytes), 0);
  EXPECT_EQ(parsed->params[0].flags, 0u);
}

TEST(SyscallDeclarations, ReadsThoseOfTheKernel) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root: reads tracefs";
  auto execve = syscall_declaration("execve");
  ASSERT_TRUE(execve.ok()) << execve.error().text();
  EXPECT_STREQ((*execve)->name, "execve");
  ASSERT_EQ((*execve)->param_count, 3);
  EXPECT_STREQ((*execve)->params[0].name, "filename");
  EXPECT_EQ((*execve)->params[0].flags, kSyscallParamPointer);
  EXPECT_EQ(*syscall_declaration("execve"), *execve);

  // Known under the name of the system call, not under that of the tracepoint.
  auto fstat = syscall_declaration("fstat");
  ASSERT_TRUE(fstat.ok()) << fstat.error().text();
  EXPECT_STREQ((*fstat)->name, "fstat");
  EXPECT_EQ((*fstat)->param_count, 2);
  EXPECT_FALSE(syscall_declaration("newfstat").ok());
  EXPECT_TRUE(syscall_declaration("umount2").ok());
  EXPECT_TRUE(syscall_declaration("uname").ok());

  auto mmap = syscall_declaration("mmap");
  ASSERT_TRUE(mmap.ok()) << mmap.error().text();
  EXPECT_EQ((*mmap)->param_count, 6);
}

TEST(SyscallDeclarations, NamesAreUntrusted) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root: reads tracefs";
  for (std::string_view name :
       {"foobar", "", "../sched", "execve/../sys_enter_execve", "exec\0ve", "EXECVE"}) {
    EXPECT_FALSE(syscall_declaration(name).ok()) << name;
  }
  EXPECT_FALSE(syscall_declaration(std::string_view("execve\0", 7)).ok());
  EXPECT_FALSE(syscall_declaration(std::string(1 << 20, 'a')).ok());
}

}  // namespace
}  // namespace gadgetry::wasm
