#include "bpf/place.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "bpf/run_test_util.hpp"
#include "sys/links.hpp"
#include "sys/namespaces.hpp"

namespace gadgetry::bpf {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

std::vector<std::string> names(const std::vector<Place>& places) {
  std::vector<std::string> out;
  for (const Place& place : places) out.push_back(place.interface);
  return out;
}

std::string error_of(const Scope& scope, PlaceKind kind) {
  auto places = find_places(scope, kind);
  return places.ok() ? "(found)" : places.error().text();
}

// A network namespace with the two ends of a veth pair, east and west, and one interface that is down.
class NetPlaces : public ::testing::Test {
 protected:
  void SetUp() override {
    GADGETRY_NEEDS_ROOT();
    std::thread([this] {
      ASSERT_EQ(unshare(CLONE_NEWNET), 0);
      space_ = base::Fd(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
      ASSERT_EQ(
          std::system(
              "ip link add east type veth peer name west && ip link add idle type veth peer name idle2 && "
              "ip link set east up && ip link set west up"),
          0);
    }).join();
    ASSERT_TRUE(space_);
  }
  std::string file() const { return "/proc/self/fd/" + std::to_string(space_.get()); }
  Scope scope(std::vector<std::string> interfaces) const {
    Scope out;
    out.interfaces = std::move(interfaces);
    out.net_namespaces = {file()};
    return out;
  }
  base::Fd space_;
};

TEST_F(NetPlaces, NamespacesAreThoseThatAreNamed) {
  Scope here;
  auto own = find_places(here, PlaceKind::kNetNamespace);
  ASSERT_TRUE(own.ok());
  ASSERT_EQ(own->size(), 1u);
  EXPECT_FALSE((*own)[0].net_ns);
  EXPECT_EQ((*own)[0].net_ns_id, sys::own_namespace(sys::NamespaceType::kNet).value());

  Scope twice;
  twice.net_namespaces = {file(), file(), "/proc/self/ns/net"};
  auto places = find_places(twice, PlaceKind::kNetNamespace);
  ASSERT_TRUE(places.ok()) << places.error().text();
  ASSERT_EQ(places->size(), 2u) << "each namespace once";
  EXPECT_NE((*places)[0].net_ns_id, (*own)[0].net_ns_id);
  EXPECT_TRUE((*places)[0].net_ns);
  EXPECT_NE((*places)[0].key, (*places)[1].key);
  EXPECT_EQ((*places)[1].key, (*own)[0].key);

  Scope wrong;
  wrong.net_namespaces = {"/run/netns/no-such-namespace"};
  EXPECT_THAT(error_of(wrong, PlaceKind::kNetNamespace), HasSubstr("/run/netns/no-such-namespace"));
}

TEST_F(NetPlaces, InterfacesByNameAndPattern) {
  auto one = find_places(scope({"east"}), PlaceKind::kInterface);
  ASSERT_TRUE(one.ok()) << one.error().text();
  ASSERT_EQ(one->size(), 1u);
  EXPECT_EQ((*one)[0].interface, "east");
  EXPECT_FALSE((*one)[0].is_found);
  EXPECT_FALSE((*one)[0].is_peer);
  EXPECT_NE((*one)[0].ifindex, 0u);
  EXPECT_TRUE((*one)[0].net_ns);

  auto some = find_places(scope({"*st", "east"}), PlaceKind::kInterface);
  ASSERT_TRUE(some.ok());
  EXPECT_THAT(names(*some), UnorderedElementsAre("east", "west"));
  EXPECT_TRUE((*some)[0].is_found);
  auto none = find_places(scope({"north*"}), PlaceKind::kInterface);
  ASSERT_TRUE(none.ok()) << "a pattern may fit nothing yet";
  EXPECT_TRUE(none->empty());
  auto all = find_places(scope({}), PlaceKind::kInterface);
  ASSERT_TRUE(all.ok());
  EXPECT_THAT(names(*all), UnorderedElementsAre("east", "west")) << "those that are up, without loopback";

  EXPECT_THAT(error_of(scope({"east", "north"}), PlaceKind::kInterface),
              HasSubstr("no network interface 'north'"));
  EXPECT_THAT(error_of(scope({"north"}), PlaceKind::kInterface), HasSubstr("ip link"));
}

TEST_F(NetPlaces, OnlyPatternsComeAndGo) {
  EXPECT_FALSE(scope({"east"}).is_dynamic());
  EXPECT_TRUE(scope({"east", "we*"}).is_dynamic());
  EXPECT_TRUE(scope({"we[st]t"}).is_dynamic());
  EXPECT_TRUE(scope({}).is_dynamic());
  Scope containers = scope({"east"});
  containers.containers = true;
  EXPECT_TRUE(containers.is_dynamic());
}

TEST_F(NetPlaces, FunctionsRunInANamespace) {
  auto before = sys::own_namespace(sys::NamespaceType::kNet).value();
  size_t count = 0;
  auto listed = in_net_namespace(space_, [&]() -> base::Status {
    GADGETRY_ASSIGN(auto links, sys::list_links());
    count = links.size();
    return {};
  });
  ASSERT_TRUE(listed.ok());
  EXPECT_GE(count, 5u) << "loopback and two pairs";
  EXPECT_EQ(sys::own_namespace(sys::NamespaceType::kNet).value(), before);
  auto failed = in_net_namespace(space_, []() -> base::Status { return base::Error("no"); });
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().message, "no");
  base::Fd file(open("/proc/self/status", O_RDONLY | O_CLOEXEC));
  auto wrong = in_net_namespace(file, []() -> base::Status { return {}; });
  ASSERT_FALSE(wrong.ok());
  EXPECT_THAT(wrong.error().text(), HasSubstr("network namespace"));
}

TEST(Places, HostAndFiles) {
  auto none = find_places({}, PlaceKind::kNone);
  ASSERT_TRUE(none.ok());
  ASSERT_EQ(none->size(), 1u);
  EXPECT_EQ((*none)[0].key, "host");
  auto files = find_places({}, PlaceKind::kFiles);
  ASSERT_TRUE(files.ok());
  ASSERT_EQ(files->size(), 1u);
  EXPECT_EQ((*files)[0].root, "");
  Scope own;
  own.pids = {getpid()};
  auto process = find_places(own, PlaceKind::kFiles);
  ASSERT_TRUE(process.ok());
  ASSERT_EQ(process->size(), 1u);
  EXPECT_EQ((*process)[0].pid, getpid());
  own.pids = {4194001};
  EXPECT_THAT(error_of(own, PlaceKind::kFiles), HasSubstr("no process 4194001"));
}

// A cgroup of its own, below the root of version 2.
class CgroupPlaces : public ::testing::Test {
 protected:
  void SetUp() override {
    GADGETRY_NEEDS_ROOT();
    auto root = cgroup2_root();
    if (!root.ok()) GTEST_SKIP() << root.error().text();
    root_ = *root;
    name_ = "gadgetry-place-" + std::to_string(getpid());
    ASSERT_EQ(mkdir((root_ + "/" + name_).c_str(), 0755), 0);
  }
  void TearDown() override {
    if (!name_.empty()) rmdir((root_ + "/" + name_).c_str());
  }
  std::string root_;
  std::string name_;
};

TEST_F(CgroupPlaces, ByPathOrTheRoot) {
  auto root = find_places({}, PlaceKind::kCgroup);
  ASSERT_TRUE(root.ok()) << root.error().text();
  ASSERT_EQ(root->size(), 1u);
  EXPECT_TRUE((*root)[0].cgroup);
  Scope scope;
  scope.cgroups = {name_, root_ + "/" + name_, "/" + name_};
  auto places = find_places(scope, PlaceKind::kCgroup);
  ASSERT_TRUE(places.ok()) << places.error().text();
  ASSERT_EQ(places->size(), 3u);
  EXPECT_EQ((*places)[0].key, (*places)[1].key);
  EXPECT_EQ((*places)[0].key, (*places)[2].key);
  EXPECT_NE((*places)[0].key, (*root)[0].key);
}

TEST_F(CgroupPlaces, WrongPaths) {
  Scope scope;
  scope.cgroups = {"no/such/cgroup"};
  EXPECT_THAT(error_of(scope, PlaceKind::kCgroup), HasSubstr("no/such/cgroup"));
  scope.cgroups = {"/tmp"};
  EXPECT_THAT(error_of(scope, PlaceKind::kCgroup), HasSubstr("no folder of cgroup v2"));
  scope.cgroups = {"../../../etc"};
  EXPECT_NE(error_of(scope, PlaceKind::kCgroup), "(found)");
  scope.cgroups = {name_ + "/cgroup.procs"};
  EXPECT_NE(error_of(scope, PlaceKind::kCgroup), "(found)");
}

}  // namespace
}  // namespace gadgetry::bpf
