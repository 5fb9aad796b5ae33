// Programs of cgroups and sockets, with sockets of this process.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <memory>

#include "bpf/attach.hpp"
#include "bpf/place.hpp"
#include "bpf/run_test_util.hpp"

namespace gadgetry::bpf {
namespace {

using ::testing::HasSubstr;

const AttachTarget kNoCreate = {.program = "on_create", .disabled = true};
const AttachTarget kNoSkb = {.program = "on_skb", .disabled = true};
const AttachTarget kNoMsg = {.program = "on_msg", .disabled = true};
const AttachTarget kNoReuseport = {.program = "on_reuseport", .disabled = true};

class SocketPrograms : public ::testing::Test {
 protected:
  void SetUp() override {
    GADGETRY_NEEDS_ROOT();
    auto root = cgroup2_root();
    if (!root.ok()) GTEST_SKIP() << root.error().text();
    cgroup_ = *root + "/gadgetry-attach-" + std::to_string(getpid());
    ASSERT_EQ(mkdir(cgroup_.c_str(), 0755), 0);
    auto own = base::read_file("/proc/self/cgroup", 4096);
    ASSERT_TRUE(own.ok());
    size_t begin = own->find("0::");
    ASSERT_NE(begin, std::string::npos);
    home_ = *root + own->substr(begin + 3, own->find('\n', begin) - begin - 3);
    move_to(cgroup_);
    object_ = loaded();
  }
  void TearDown() override {
    if (cgroup_.empty()) return;
    if (!home_.empty()) move_to(home_);
    rmdir(cgroup_.c_str());
  }
  static void move_to(const std::string& folder) {
    base::Fd file(open((folder + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
    ASSERT_TRUE(base::write_all(file.get(), std::to_string(getpid()), folder).ok());
  }
  static testing::ObjectHandle loaded() {
    testing::ObjectHandle object = testing::open_object("sockets");
    auto status = load(object.get(), {});
    EXPECT_TRUE(status.ok()) << status.error().text();
    return object;
  }
  base::Result<Attachments> attach(std::vector<AttachTarget> targets) {
    return attach(object_, std::move(targets));
  }
  base::Result<Attachments> attach(const testing::ObjectHandle& object, std::vector<AttachTarget> targets) {
    AttachOptions options;
    options.scope.cgroups = {cgroup_};
    return Attachments::open(object.get(), std::move(targets), std::move(options));
  }
  std::string error(std::vector<AttachTarget> targets) {
    auto links = attach(std::move(targets));
    return links.ok() ? "(it was attached)" : links.error().text();
  }
  static uint64_t count(const testing::ObjectHandle& object, uint32_t index) {
    uint64_t value = 0;
    EXPECT_EQ(bpf_map_lookup_elem(testing::map_fd(object, "counts"), &index, &value), 0);
    return value;
  }

  // A UDP socket on loopback that shares its port when asked to.
  static base::Fd receiver(uint16_t port, bool is_shared) {
    base::Fd out(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    int on = is_shared ? 1 : 0;
    EXPECT_EQ(setsockopt(out.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)), 0);
    sockaddr_in address = loopback(port);
    EXPECT_EQ(bind(out.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    return out;
  }
  static sockaddr_in loopback(uint16_t port) {
    sockaddr_in out{};
    out.sin_family = AF_INET;
    out.sin_port = htons(port);
    out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return out;
  }
  static uint16_t port_of(const base::Fd& socket) {
    sockaddr_in address{};
    socklen_t size = sizeof(address);
    EXPECT_EQ(getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    return ntohs(address.sin_port);
  }
  static void send_to(uint16_t port) {
    base::Fd sender(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = loopback(port);
    EXPECT_EQ(sendto(sender.get(), "x", 1, 0, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 1);
  }

  std::string cgroup_;
  std::string home_;
  testing::ObjectHandle object_;
};

TEST_F(SocketPrograms, OfACgroupRunBesideOthers) {
  testing::ObjectHandle other = loaded();
  auto first = attach({kNoSkb, kNoMsg, kNoReuseport});
  ASSERT_TRUE(first.ok()) << first.error().text();
  auto second = attach(other, {kNoSkb, kNoMsg, kNoReuseport});
  ASSERT_TRUE(second.ok()) << second.error().text();
  base::Fd made(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(count(object_, 0), 1u);
  EXPECT_EQ(count(other, 0), 1u);
  first->detach();
  base::Fd again(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(count(object_, 0), 1u);
  EXPECT_EQ(count(other, 0), 2u);
}

TEST_F(SocketPrograms, SomebodyElsesExclusiveProgramIsSaid) {
  testing::ObjectHandle other = loaded();
  base::Fd folder(open(cgroup_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  int program = testing::program_fd(other, "on_create");
  ASSERT_EQ(bpf_prog_attach(program, folder.get(), BPF_CGROUP_INET_SOCK_CREATE, 0), 0);
  EXPECT_THAT(error({kNoSkb, kNoMsg, kNoReuseport}), HasSubstr("for itself alone: bpftool cgroup tree"));
  EXPECT_EQ(bpf_prog_detach2(program, folder.get(), BPF_CGROUP_INET_SOCK_CREATE), 0);
  EXPECT_EQ(error({kNoSkb, kNoMsg, kNoReuseport}), "(it was attached)");
}

TEST_F(SocketPrograms, DirectionsOfPackets) {
  auto send_once = [&] {
    base::Fd socket = receiver(0, false);
    send_to(port_of(socket));
  };
  struct Case {
    const char* target;
    size_t links;
    uint64_t packets;
  };
  for (const Case& one : {Case{"", 2, 2}, Case{"ingress", 1, 1}, Case{"egress", 1, 1}}) {
    auto links = attach({{.program = "on_skb", .target = one.target}, kNoCreate, kNoMsg, kNoReuseport});
    ASSERT_TRUE(links.ok()) << links.error().text();
    EXPECT_EQ(links->size(), one.links) << one.target;
    uint64_t before = count(object_, 1);
    send_once();
    EXPECT_EQ(count(object_, 1) - before, one.packets) << one.target;
  }
  EXPECT_THAT(error({{.program = "on_skb", .target = "sideways"}, kNoCreate, kNoMsg, kNoReuseport}),
              HasSubstr("ingress or egress"));
}

TEST_F(SocketPrograms, OfAMap) {
  auto hook_count = [&] {
    uint32_t programs = 0;
    EXPECT_EQ(bpf_prog_query(testing::map_fd(object_, "sockets"), BPF_SK_MSG_VERDICT, 0, nullptr, nullptr,
                             &programs),
              0);
    return programs;
  };
  auto links = attach({kNoCreate, kNoSkb, kNoReuseport});
  ASSERT_TRUE(links.ok()) << links.error().text();
  EXPECT_EQ((*links)[0].target(), "sk_msg sockets");
  EXPECT_EQ(hook_count(), 1u);
  EXPECT_THAT(error({kNoCreate, kNoSkb, kNoReuseport}), HasSubstr("one of each kind"))
      << "it has one already";
  links->detach();
  EXPECT_EQ(hook_count(), 0u);
  EXPECT_THAT(error({{.program = "on_msg", .target = "counts"}, kNoCreate, kNoSkb, kNoReuseport}),
              HasSubstr("holds no sockets"));
  EXPECT_THAT(error({{.program = "on_msg", .target = "nothing"}, kNoCreate, kNoSkb, kNoReuseport}),
              HasSubstr("no map 'nothing'"));
}

TEST_F(SocketPrograms, OfASharedPort) {
  base::Fd one = receiver(0, true);
  uint16_t port = port_of(one);
  base::Fd two = receiver(port, true);
  std::string target = "udp:127.0.0.1:" + std::to_string(port);
  auto links = attach({{.program = "on_reuseport", .target = target}, kNoCreate, kNoSkb, kNoMsg});
  ASSERT_TRUE(links.ok()) << links.error().text();
  send_to(port);
  EXPECT_EQ(count(object_, 2), 1u);
  one.reset();  // the group goes on with the other socket
  links->detach();
  send_to(port);
  EXPECT_EQ(count(object_, 2), 1u);
  int unused = 0;
  EXPECT_NE(setsockopt(two.get(), SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, &unused, sizeof(unused)), 0)
      << "nothing is left";
}

TEST_F(SocketPrograms, PortsThatCannotBeChosenFor) {
  base::Fd alone = receiver(0, false);
  std::string port = std::to_string(port_of(alone));
  auto said = [&](const std::string& target) {
    return error({{.program = "on_reuseport", .target = target}, kNoCreate, kNoSkb, kNoMsg});
  };
  EXPECT_THAT(said("udp:" + port), HasSubstr("does not share its port"));
  EXPECT_THAT(said("udp:" + port), HasSubstr("SO_REUSEPORT"));
  alone.reset();
  EXPECT_THAT(said("udp:" + port), HasSubstr("nothing listens there"));
  EXPECT_THAT(said("8080"), HasSubstr("no address of a socket"));
  EXPECT_THAT(said(""), HasSubstr("which port"));
}

}  // namespace
}  // namespace gadgetry::bpf
