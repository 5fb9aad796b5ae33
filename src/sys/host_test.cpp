// Users, interfaces, namespaces, paths: what is asked of the machine.
#include <gtest/gtest.h>
#include <net/if.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "sys/interfaces.hpp"
#include "sys/namespaces.hpp"
#include "sys/paths.hpp"
#include "sys/users.hpp"

namespace gadgetry::sys {
namespace {

class Folder {
 public:
  Folder() {
    char name[] = "/tmp/gadgetry_sys_XXXXXX";
    path_ = mkdtemp(name);
  }
  ~Folder() { (void)!system(("rm -r " + path_).c_str()); }
  std::string write(const std::string& name, std::string_view text) const {
    std::string path = path_ + "/" + name;
    std::ofstream(path) << text;
    return path;
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST(IdFile, ReadsPasswd) {
  Folder folder;
  IdFile file(folder.write("passwd",
                           "root:x:0:0:root:/root:/bin/bash\n"
                           "# comment:x:5:5\n"
                           "toor:x:0:0::/:/bin/sh\n"
                           "broken\n"
                           "half:x\n"
                           ":x:7:7\n"
                           "negative:x:-1:0\n"
                           "large:x:4294967295:0\n"
                           "toolarge:x:4294967296:0\n"
                           "evil\x1b[31m:x:9:9\n"
                           "last:x:12"));
  EXPECT_EQ(file.name(0), "") << "not read yet";
  file.refresh();
  EXPECT_EQ(file.name(0), "root") << "the first of several";
  EXPECT_EQ(file.name(5), "");
  EXPECT_EQ(file.name(7), "");
  EXPECT_EQ(file.name(4294967295), "large");
  EXPECT_EQ(file.name(9), "evil\\x1b[31m");
  EXPECT_EQ(file.name(12), "last");
}

TEST(IdFile, ReadsAgainWhenChangedAndKeepsViews) {
  Folder folder;
  std::string path = folder.write("group", "wheel:x:10:\n");
  IdFile file(path);
  file.refresh();
  std::string_view before = file.name(10);
  EXPECT_EQ(before, "wheel");
  ASSERT_EQ(rename(folder.write("new", "admin:x:10:\n").c_str(), path.c_str()), 0);
  file.refresh();
  EXPECT_EQ(file.name(10), "admin");
  EXPECT_EQ(before, "wheel");
  unlink(path.c_str());
  file.refresh();
  EXPECT_EQ(file.name(10), "");
}

TEST(UserDatabase, KnowsRoot) {
  UserDatabase users;
  users.refresh();
  EXPECT_EQ(users.user(0), "root");
  EXPECT_EQ(users.group(0), "root");
  EXPECT_EQ(users.user(3999999999), "");
}

TEST(InterfaceNames, KnowsLoopback) {
  InterfaceNames names;
  unsigned index = if_nametoindex("lo");
  if (index == 0) GTEST_SKIP() << "no loopback interface here";
  names.refresh();
  EXPECT_EQ(names.name(index), "lo");
  EXPECT_EQ(names.name(index), "lo");
  EXPECT_EQ(names.name(4000000000), "");
  EXPECT_EQ(names.name(0), "");
}

TEST(Namespaces, OwnAndHost) {
  auto own = own_namespace(NamespaceType::kPid);
  ASSERT_TRUE(own.ok());
  EXPECT_EQ(is_host_pidns(), *own == 0xEFFFFFFC);
  auto same = process_namespace(static_cast<uint32_t>(getpid()), NamespaceType::kNet);
  ASSERT_TRUE(same.ok());
  EXPECT_EQ(*same, *own_namespace(NamespaceType::kNet));
  EXPECT_FALSE(process_namespace(4194305, NamespaceType::kNet).ok());
  EXPECT_EQ(*host_namespace(NamespaceType::kUser), 0xEFFFFFFDu);
  if (is_host_pidns() && geteuid() == 0) {
    EXPECT_TRUE(host_namespace(NamespaceType::kMnt).ok());
    EXPECT_TRUE(open_host_netns().ok());
  }
}

TEST(Paths, DataDir) {
  setenv("GADGETRY_DATA_DIR", "/somewhere", 1);
  EXPECT_EQ(data_dir(), "/somewhere");
  unsetenv("GADGETRY_DATA_DIR");
  EXPECT_TRUE(data_dir().ends_with("/share/gadgetry"));
}

TEST(Paths, HostRoot) {
  Folder folder;
  setenv("HOST_ROOT", (folder.path() + "//").c_str(), 1);
  EXPECT_EQ(host_root(), folder.path());
  EXPECT_EQ(host_file("/etc/passwd"), folder.path() + "/etc/passwd");
  EXPECT_EQ(host_proc(), "/proc");
  mkdir((folder.path() + "/proc").c_str(), 0755);
  EXPECT_EQ(host_proc(), folder.path() + "/proc");
  setenv("HOST_ROOT", "/", 1);
  EXPECT_EQ(host_root(), "");
  unsetenv("HOST_ROOT");
  EXPECT_TRUE(host_file("/etc/passwd").ends_with("/etc/passwd"));
}

}  // namespace
}  // namespace gadgetry::sys
