#include "bpf/iter_reader.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <thread>

#include "bpf/run_test_util.hpp"

namespace gadgetry::bpf {
namespace {

using ::testing::HasSubstr;

struct Row {
  uint32_t pid;
  uint32_t tid;
  bool operator==(const Row&) const = default;
};

std::vector<Row> rows_of(const std::vector<uint8_t>& bytes) {
  std::vector<Row> rows(bytes.size() / sizeof(Row));
  if (!rows.empty()) std::memcpy(rows.data(), bytes.data(), rows.size() * sizeof(Row));
  return rows;
}

class IterReaderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    GADGETRY_NEEDS_ROOT();
    object_ = testing::open_object("iters");
    ASSERT_NE(object_, nullptr);
    auto loaded = load(object_.get(), {});
    ASSERT_TRUE(loaded.ok()) << loaded.error().text();
  }

  base::Result<std::vector<Row>> fetch(const std::vector<std::string>& programs, IterOptions options) {
    options.struct_size = sizeof(Row);
    GADGETRY_ASSIGN(IterReader reader, IterReader::open(object_.get(), programs, std::move(options)));
    std::vector<uint8_t> bytes;
    GADGETRY_ASSIGN(size_t first, reader.fetch(bytes));
    bytes.clear();
    GADGETRY_ASSIGN(size_t again, reader.fetch(bytes));  // the links serve any number of runs
    EXPECT_EQ(again, bytes.size());
    EXPECT_EQ(first > 0, again > 0);
    return rows_of(bytes);
  }

  testing::ObjectHandle object_;
};

IterOptions in_namespaces(std::vector<std::string> files) {
  IterOptions options;
  options.scope.net_namespaces = std::move(files);
  return options;
}

// A TCP socket that listens in the network namespace of the calling thread; its port is written to port.
base::Fd listen_somewhere(uint32_t& port) {
  base::Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) {
    ADD_FAILURE() << "no socket";
    return fd;
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  socklen_t size = sizeof(address);
  EXPECT_EQ(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(listen(fd.get(), 1), 0);
  EXPECT_EQ(getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  port = ntohs(address.sin_port);
  return fd;
}

TEST_F(IterReaderTest, ListsTasks) {
  auto rows = fetch({"tasks"}, {});
  ASSERT_TRUE(rows.ok()) << rows.error().text();
  uint32_t pid = static_cast<uint32_t>(getpid());
  EXPECT_NE(std::find(rows->begin(), rows->end(), Row{pid, pid}), rows->end());
  EXPECT_GT(rows->size(), 5u);
}

TEST_F(IterReaderTest, SeveralProgramsAddUp) {
  auto once = fetch({"tasks"}, {});
  auto twice = fetch({"tasks", "tasks"}, {});
  ASSERT_TRUE(once.ok() && twice.ok());
  EXPECT_GT(twice->size(), once->size() * 3 / 2);
}

TEST_F(IterReaderTest, HalfAStructIsAnError) {
  auto rows = fetch({"odd_tasks"}, {});
  ASSERT_FALSE(rows.ok());
  EXPECT_THAT(rows.error().text(), HasSubstr("iterator 'odd_tasks': it wrote 3 bytes"));
}

TEST_F(IterReaderTest, WalksOverMaps) {
  for (uint32_t key = 1; key <= 3; ++key) {
    uint64_t value = uint64_t{key} * 100;
    bpf_map_update_elem(testing::map_fd(object_, "numbers"), &key, &value, BPF_ANY);
  }
  auto rows = fetch({"elements"}, {.targets = {{.program = "elements", .map = "numbers"}}});
  ASSERT_TRUE(rows.ok()) << rows.error().text();
  std::sort(rows->begin(), rows->end(), [](const Row& a, const Row& b) { return a.pid < b.pid; });
  EXPECT_EQ(*rows, (std::vector<Row>{{1, 100}, {2, 200}, {3, 300}}));

  auto untold = fetch({"elements"}, {});
  ASSERT_FALSE(untold.ok());
  EXPECT_THAT(untold.error().text(), HasSubstr("GADGET_ITER_TARGET_MAP"));
  EXPECT_FALSE(fetch({"elements"}, {.targets = {{.program = "elements", .map = "no_map"}}}).ok());
}

TEST_F(IterReaderTest, ListsSocketsOfOtherNetworkNamespaces) {
  uint32_t own_port = 0;
  base::Fd own = listen_somewhere(own_port);
  auto has_port = [](const std::vector<Row>& rows, uint32_t port) {
    return std::any_of(rows.begin(), rows.end(),
                       [&](const Row& row) { return row.pid == AF_INET && row.tid == port; });
  };
  auto here = fetch({"sockets"}, {});
  ASSERT_TRUE(here.ok()) << here.error().text();
  EXPECT_TRUE(has_port(*here, own_port));

  uint32_t other_port = 0;
  std::string path;
  base::Fd other;
  base::Fd space;
  std::thread([&] {
    if (unshare(CLONE_NEWNET) != 0) return;
    other = listen_somewhere(other_port);
    space = std::move(base::open_file("/proc/thread-self/ns/net", O_RDONLY)).value();
  }).join();
  ASSERT_TRUE(other) << "no network namespace could be made";
  path = "/proc/self/fd/" + std::to_string(space.get());
  auto there = fetch({"sockets"}, in_namespaces({path}));
  ASSERT_TRUE(there.ok()) << there.error().text();
  EXPECT_TRUE(has_port(*there, other_port));
  EXPECT_EQ(there->size(), 1u);
  auto both = fetch({"sockets"}, in_namespaces({path, "/proc/self/ns/net"}));
  ASSERT_TRUE(both.ok());
  EXPECT_TRUE(has_port(*both, other_port) && has_port(*both, own_port));

  auto nowhere = fetch({"sockets"}, in_namespaces({"/no/such/file"}));
  ASSERT_FALSE(nowhere.ok());
  EXPECT_THAT(nowhere.error().text(), HasSubstr("/no/such/file"));
}

TEST_F(IterReaderTest, OtherProgramsAreRefused) {
  EXPECT_FALSE(fetch({"nothing"}, {}).ok());
  EXPECT_THAT(fetch({"nothing"}, {}).error().text(), HasSubstr("iterator 'nothing'"));
}

}  // namespace
}  // namespace gadgetry::bpf
