#include "sys/containers.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "sys/links.hpp"

namespace gadgetry::sys {
namespace {

TEST(Containers, IdsInPaths) {
  std::string id(64, 'a');
  EXPECT_EQ(container_id_in("/docker/" + id), id);
  EXPECT_EQ(container_id_in("/system.slice/docker-" + id + ".scope"), id);
  EXPECT_EQ(container_id_in("/kubepods/pod1/cri-containerd-" + id + ".scope/init"), id);
  EXPECT_EQ(container_id_in("/docker/" + id + "a"), "");
  EXPECT_EQ(container_id_in("/user.slice"), "");
  EXPECT_EQ(container_id_in(""), "");
}

TEST(Containers, Patterns) {
  Container container{.id = "3f2a99"};
  EXPECT_TRUE(matches(container, ""));
  EXPECT_TRUE(matches(container, "3f2"));
  EXPECT_TRUE(matches(container, "*99"));
  EXPECT_FALSE(matches(container, "99"));
}

// A process in a pid namespace of its own is a container, whoever made it.
TEST(Containers, FindsTheFirstProcessOfANamespace) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root: makes a pid namespace";
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  pid_t parent = fork();
  ASSERT_GE(parent, 0);
  if (parent == 0) {
    if (unshare(CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWNS) != 0) _exit(1);
    pid_t child = fork();
    if (child == 0) {
      pause();
      _exit(0);
    }
    if (write(ends[1], &child, sizeof(child)) != sizeof(child)) _exit(1);
    waitpid(child, nullptr, 0);
    _exit(0);
  }
  pid_t child = 0;
  ASSERT_EQ(read(ends[0], &child, sizeof(child)), static_cast<ssize_t>(sizeof(child)));
  auto found = list_containers();
  ASSERT_TRUE(found.ok()) << found.error().text();
  auto is_it = [&](const Container& one) { return one.pid == child; };
  auto one = std::find_if(found->begin(), found->end(), is_it);
  ASSERT_NE(one, found->end());
  EXPECT_NE(one->mnt_ns, 0u);
  EXPECT_FALSE(one->id.empty());
  kill(child, SIGKILL);
  waitpid(parent, nullptr, 0);
  auto later = list_containers();
  ASSERT_TRUE(later.ok());
  EXPECT_TRUE(std::none_of(later->begin(), later->end(), is_it));
  close(ends[0]);
  close(ends[1]);
}

TEST(Links, KnowsLoopback) {
  auto links = list_links();
  ASSERT_TRUE(links.ok()) << links.error().text();
  EXPECT_TRUE(std::any_of(links->begin(), links->end(), [](const NetworkLink& link) {
    return link.name == "lo" && link.is_loopback && link.ifindex == 1 && link.peer_index == 0;
  }));
}

}  // namespace
}  // namespace gadgetry::sys
