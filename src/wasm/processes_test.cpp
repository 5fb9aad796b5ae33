#include "wasm/processes.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>
#include <fstream>
#include <functional>

#include "base/fd.hpp"
#include "base/limits.hpp"

namespace gadgetry::wasm {
namespace {

using testing::HasSubstr;

const std::string kId(64, 'a');

std::string container(const std::string& path) {
  auto found = container_of_path(path);
  return found ? found->runtime + " " + found->id : "";
}

TEST(Containers, Runtimes) {
  EXPECT_EQ(container("/system.slice/docker-" + kId + ".scope"), "docker " + kId);
  EXPECT_EQ(container("/docker/" + kId), "docker " + kId);
  EXPECT_EQ(container("/machine.slice/libpod-" + kId + ".scope"), "podman " + kId);
  EXPECT_EQ(container("/machine.slice/libpod-" + kId + ".scope/container"), "podman " + kId);
  EXPECT_EQ(container("/libpod_parent/libpod-" + kId), "podman " + kId);
  EXPECT_EQ(container("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + kId + ".scope"),
            "podman " + kId);
  EXPECT_EQ(
      container("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/cri-containerd-" +
                kId + ".scope"),
      "containerd " + kId);
  EXPECT_EQ(container("/kubepods.slice/kubepods-pod1.slice/crio-" + kId + ".scope"), "cri-o " + kId);
  EXPECT_EQ(container("/kubepods/besteffort/pod12-34/" + kId), "kubernetes " + kId);
  EXPECT_EQ(
      container("/system.slice/containerd.service/kubepods-besteffort-pod1.slice:cri-containerd:" + kId),
      "containerd " + kId);
  EXPECT_EQ(container("/k8s.io/" + kId), "containerd " + kId);
  EXPECT_EQ(container("/system.slice/nerdctl-" + kId + ".scope"), "containerd " + kId);
  EXPECT_EQ(container("/default/my-task_1.0"), "containerd my-task_1.0");
  EXPECT_EQ(container("/lxc/web"), "lxc web");
  EXPECT_EQ(container("/lxc.payload.web/init.scope"), "lxc web");
  EXPECT_EQ(container("/lxc.payload/web/system.slice"), "lxc web");
  EXPECT_EQ(container("/machine.slice/systemd-nspawn@deb.service/payload"), "nspawn deb");
  // Of one inside the other: the inner one.
  std::string inner(64, 'b');
  EXPECT_EQ(container("/docker/" + kId + "/kubepods/burstable/pod1/" + inner), "kubernetes " + inner);
  EXPECT_EQ(container("/docker/" + kId + "/system.slice/ssh.service"), "docker " + kId);
}

TEST(Containers, NoContainers) {
  for (const std::string& path : {std::string(),
                                  std::string("/"),
                                  std::string("/init.scope"),
                                  std::string("/system.slice/docker.service"),
                                  "/machine.slice/libpod-conmon-" + kId + ".scope",
                                  "/system.slice/crio-conmon-" + kId + ".scope",
                                  "/" + kId,
                                  "/user.slice/" + kId,
                                  "/docker/" + kId.substr(1),
                                  "/docker/" + std::string(64, 'A'),
                                  "/docker/" + kId + "a",
                                  std::string("/docker/../etc"),
                                  std::string("/default"),
                                  std::string("/a/default/x"),
                                  std::string("/lxc/bad name"),
                                  std::string("/lxc/.."),
                                  "/lxc/" + std::string(limits::kContainerIdBytes + 1, 'x'),
                                  "/system.slice/other-" + kId + ".scope",
                                  std::string("/lxc.monitor.web"),
                                  std::string("/kubepods/burstable/pod1")}) {
    EXPECT_EQ(container(path), "") << path;
  }
}

TEST(Containers, ProcFile) {
  std::string v2 = "0::/system.slice/docker-" + kId + ".scope\n";
  EXPECT_EQ(container_of_cgroup(v2)->runtime, "docker");
  EXPECT_EQ(cgroup_path(v2), "/system.slice/docker-" + kId + ".scope");
  std::string v1 = "12:pids:/lxc/one\n1:name=systemd:/lxc/one\n";
  EXPECT_EQ(container_of_cgroup(v1)->id, "one");
  EXPECT_EQ(cgroup_path(v1), "/lxc/one");
  std::string both = "12:pids:/lxc/one\n0::/lxc/two\n";
  EXPECT_EQ(container_of_cgroup(both)->id, "two");
  EXPECT_EQ(cgroup_path(both), "/lxc/two");
  EXPECT_EQ(container_of_cgroup("12:pids:/lxc/one\n0::/\n")->id, "one");
  EXPECT_FALSE(container_of_cgroup("no lines").has_value());
  EXPECT_FALSE(container_of_cgroup("").has_value());
  EXPECT_EQ(cgroup_path("0::/a:b\n"), "/a:b");
  EXPECT_EQ(cgroup_path("::\n"), "");
}

// A child that does `prepare`, says so, and waits to be killed.
class Child {
 public:
  explicit Child(const std::function<bool()>& prepare) {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      char done = prepare() ? 1 : 0;
      if (::write(ends[1], &done, 1) != 1) ::_exit(1);
      for (;;) ::pause();
    }
    ::close(ends[1]);
    char done = 0;
    prepared_ = ::read(ends[0], &done, 1) == 1 && done == 1;
    ::close(ends[0]);
  }
  ~Child() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  uint32_t pid() const { return static_cast<uint32_t>(pid_); }
  bool prepared() const { return prepared_; }

 private:
  pid_t pid_ = -1;
  bool prepared_ = false;
};

uint64_t namespace_of(const std::string& name) {
  struct stat info{};
  EXPECT_EQ(::stat(("/proc/self/ns/" + name).c_str(), &info), 0);
  return static_cast<uint64_t>(info.st_ino);
}

TEST(Processes, Info) {
  auto me = read_process("/proc", static_cast<uint32_t>(::getpid()));
  ASSERT_TRUE(me.ok()) << me.error().text();
  EXPECT_EQ(me->pid, static_cast<uint32_t>(::getpid()));
  EXPECT_EQ(me->parent, static_cast<uint32_t>(::getppid()));
  EXPECT_EQ(me->uid, ::getuid());
  EXPECT_EQ(me->gid, ::getgid());
  EXPECT_EQ(me->mount_namespace, namespace_of("mnt"));
  EXPECT_EQ(me->network_namespace, namespace_of("net"));
  EXPECT_EQ(me->pid_namespace, namespace_of("pid"));
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  auto now_ns = static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
  EXPECT_LE(me->start_ns, now_ns);
  EXPECT_GT(me->start_ns + 600'000'000'000, now_ns);
}

TEST(Processes, StrangeNameAndUser) {
  Child child([] {
    return ::prctl(PR_SET_NAME, ") S 1 (x\n") == 0 &&
           (::getuid() != 0 || (::setgid(7) == 0 && ::setuid(9) == 0));
  });
  ASSERT_TRUE(child.prepared());
  auto info = read_process("/proc", child.pid());
  ASSERT_TRUE(info.ok()) << info.error().text();
  EXPECT_STREQ(info->comm, ") S 1 (x\n");
  EXPECT_EQ(info->parent, static_cast<uint32_t>(::getpid()));
  if (::getuid() == 0) {
    EXPECT_EQ(info->uid, 9u);
    EXPECT_EQ(info->gid, 7u);
  }
  EXPECT_EQ(*read_process_text("/proc", child.pid(), ProcessText::kComm), ") S 1 (x\n");
}

TEST(Processes, Text) {
  auto me = static_cast<uint32_t>(::getpid());
  char exe[4096];
  ssize_t size = ::readlink("/proc/self/exe", exe, sizeof exe);
  ASSERT_GT(size, 0);
  EXPECT_EQ(*read_process_text("/proc", me, ProcessText::kExecutable),
            std::string(exe, static_cast<size_t>(size)));
  char cwd[4096];
  ASSERT_NE(::getcwd(cwd, sizeof cwd), nullptr);
  EXPECT_EQ(*read_process_text("/proc", me, ProcessText::kFolder), cwd);
  auto raw = base::read_file("/proc/self/cmdline", limits::kProcessTextBytes);
  ASSERT_TRUE(raw.ok());
  EXPECT_EQ(*read_process_text("/proc", me, ProcessText::kCommandLine), raw->substr(0, raw->size() - 1));
  EXPECT_EQ(read_process_text("/proc", me, ProcessText::kCgroup)->front(), '/');
}

TEST(Processes, Gone) {
  pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  auto pid = static_cast<uint32_t>(child);
  for (auto what : {ProcessText::kComm, ProcessText::kExecutable, ProcessText::kCgroup}) {
    auto text = read_process_text("/proc", pid, what);
    ASSERT_FALSE(text.ok());
    EXPECT_EQ(text.error().kind, base::ErrorKind::kNotFound);
  }
  auto info = read_process("/proc", pid);
  ASSERT_FALSE(info.ok());
  EXPECT_THAT(info.error().text(), HasSubstr("there is no process " + std::to_string(pid)));
  EXPECT_EQ(info.error().kind, base::ErrorKind::kNotFound);
  EXPECT_FALSE(container_of_process("/proc", pid).ok());
  EXPECT_FALSE(read_process("/proc", UINT32_MAX).ok());
}

TEST(Processes, ByMountNamespace) {
  MountNamespaces namespaces;
  int walks = 0;
  auto find = [&](uint64_t number) {
    return namespaces.find("/proc", number, [&] { walks++; }, [] { return false; });
  };
  EXPECT_FALSE(find(1).has_value());
  EXPECT_EQ(walks, 1);
  EXPECT_TRUE(find(namespace_of("mnt")).has_value());
  EXPECT_EQ(walks, 1);  // known from before

  if (::geteuid() != 0) GTEST_SKIP() << "needs root for a mount namespace";
  Child child([] { return ::unshare(CLONE_NEWNS) == 0; });
  ASSERT_TRUE(child.prepared());
  auto info = read_process("/proc", child.pid());
  ASSERT_TRUE(info.ok());
  ASSERT_NE(info->mount_namespace, namespace_of("mnt"));
  MountNamespaces fresh;
  EXPECT_EQ(fresh.find("/proc", info->mount_namespace, [] {}, [] { return false; }), child.pid());
  // An interrupted walk is no walk.
  MountNamespaces stopped;
  int again = 0;
  for (int i = 0; i < 2; i++) stopped.find("/nowhere", 1, [&] { again++; }, [] { return true; });
  EXPECT_EQ(again, 2);
}

// Where cgroups are mounted: the unified hierarchy, or one of the old ones. Empty: nowhere.
std::string cgroup_mount() {
  std::ifstream mounts("/proc/self/mounts");
  std::string device, path, type, rest, old;
  while (mounts >> device >> path >> type && std::getline(mounts, rest)) {
    if (type == "cgroup2") return path;
    if (type == "cgroup" && rest.find("cpuset") == std::string::npos) old = path;
  }
  return old;
}

// A child in a cgroup that looks like that of a container.
TEST(Processes, InAContainer) {
  auto me = container_of_process("/proc", static_cast<uint32_t>(::getpid()));
  ASSERT_TRUE(me.ok());
  std::string mount = cgroup_mount();
  if (::geteuid() != 0 || mount.empty()) GTEST_SKIP() << "needs root and cgroups";
  std::string id = std::to_string(::getpid());
  id.insert(0, 64 - id.size(), '0');
  std::string folder = mount + "/docker-" + id + ".scope";
  if (::mkdir(folder.c_str(), 0755) != 0) GTEST_SKIP() << "cgroups cannot be made here";
  {
    Child child([&] {
      std::ofstream(folder + "/cgroup.procs") << ::getpid() << std::flush;
      return true;
    });
    auto found = container_of_process("/proc", child.pid());
    ASSERT_TRUE(found.ok()) << found.error().text();
    ASSERT_TRUE(found->has_value());
    EXPECT_EQ((*found)->runtime, "docker");
    EXPECT_EQ((*found)->id, id);
  }
  EXPECT_EQ(::rmdir(folder.c_str()), 0);
}

}  // namespace
}  // namespace gadgetry::wasm
