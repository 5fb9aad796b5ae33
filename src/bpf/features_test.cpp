#include "bpf/features.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gadgetry::bpf {
namespace {

TEST(Features, KernelVersionsAreParsed) {
  EXPECT_EQ(parse_kernel_version("6.1.0-13-amd64"), (KernelVersion{6, 1, 0}));
  EXPECT_EQ(parse_kernel_version("5.15"), (KernelVersion{5, 15, 0}));
  EXPECT_EQ(parse_kernel_version("6.18.44-fc"), (KernelVersion{6, 18, 44}));
  EXPECT_EQ(parse_kernel_version("none"), (KernelVersion{0, 0, 0}));
  EXPECT_EQ(parse_kernel_version(""), (KernelVersion{0, 0, 0}));
  EXPECT_LT((KernelVersion{5, 15, 9}), (KernelVersion{6, 0, 0}));
  EXPECT_GE(kernel_version(), (KernelVersion{4, 0, 0}));
}

TEST(Features, MissingCapabilitiesAreTold) {
  EXPECT_EQ(missing_capabilities_text({}), "");
  EXPECT_EQ(missing_capabilities_text({"CAP_BPF"}), "needs CAP_BPF: run as root or grant it");
  EXPECT_EQ(missing_capabilities_text({"CAP_BPF", "CAP_PERFMON"}),
            "needs CAP_BPF and CAP_PERFMON: run as root or grant them");
  EXPECT_EQ(missing_capabilities_text({"A", "B", "C"}), "needs A, B and C: run as root or grant them");
  EXPECT_FALSE(has_capability("CAP_OF_NO_KIND"));
}

TEST(Features, RootMayLoad) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  EXPECT_TRUE(check_privileges().ok());
  EXPECT_TRUE(has_capability("CAP_BPF"));
  EXPECT_TRUE(kernel_features().missing_capabilities.empty());
}

TEST(Features, TracefsIsFoundOrMountedPrivately) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root: opens tracefs";
  auto folder = open_tracefs();
  ASSERT_TRUE(folder.ok()) << folder.error().text();
  EXPECT_EQ(faccessat(folder->get(), "events/syscalls", F_OK, 0), 0);

  pid_t child = fork();
  if (child == 0) {
    bool hidden =
        unshare(CLONE_NEWNS) == 0 && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    while (umount2("/sys/kernel/tracing", MNT_DETACH) == 0) {
    }
    while (umount2("/sys/kernel/debug/tracing", MNT_DETACH) == 0) {
    }
    auto own = open_tracefs();
    _exit(hidden && own.ok() && faccessat(own->get(), "events/syscalls", F_OK, 0) == 0 ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(Features, OtherFileSystemsAreNotBpf) {
  EXPECT_FALSE(is_bpffs("/tmp"));
  EXPECT_FALSE(is_bpffs("/tmp/no/such/folder"));
  EXPECT_FALSE(is_bpffs(""));
  EXPECT_FALSE(is_bpffs("relative"));
}

}  // namespace
}  // namespace gadgetry::bpf
