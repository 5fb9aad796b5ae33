#include "bpf/listening_sockets.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

namespace gadgetry::bpf {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

TEST(ListenAddress, IsRead) {
  auto plain = parse_listen_address("tcp:8080");
  ASSERT_TRUE(plain.ok());
  EXPECT_FALSE(plain->is_udp);
  EXPECT_FALSE(plain->has_address);
  EXPECT_EQ(plain->port, 8080);
  auto four = parse_listen_address("udp:127.0.0.1:53");
  ASSERT_TRUE(four.ok());
  EXPECT_TRUE(four->is_udp);
  EXPECT_TRUE(four->has_address);
  EXPECT_FALSE(four->is_ipv6);
  EXPECT_EQ(four->address[0], 127);
  auto six = parse_listen_address("udp:[::1]:5300");
  ASSERT_TRUE(six.ok());
  EXPECT_TRUE(six->is_ipv6);
  EXPECT_EQ(six->address[15], 1);
  EXPECT_EQ(six->port, 5300);
  for (const char* wrong :
       {"", "8080", "tcp", "tcp:", "tcp:0", "tcp:65536", "tcp:x", "sctp:80", "tcp:::1:80", "tcp:[::1]",
        "tcp:[127.0.0.1]:80", "tcp:localhost:80", "tcp:1.2.3:80", "tcp:80:", "tcp:[]:80"}) {
    auto refused = parse_listen_address(wrong);
    ASSERT_FALSE(refused.ok()) << wrong;
    EXPECT_THAT(refused.error().text(), ::testing::HasSubstr("udp:[::]:5300"));
  }
}

TEST(ListenAddress, LinesOfProc) {
  auto any = parse_listen_address("tcp:8080").value();
  std::string line =
      "   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 "
      "0000 100 0";
  EXPECT_EQ(listening_inode(line, any, false), 4711u);
  EXPECT_EQ(listening_inode(line, parse_listen_address("tcp:0.0.0.0:8080").value(), false), 4711u);
  EXPECT_EQ(listening_inode(line, parse_listen_address("tcp:127.0.0.1:8080").value(), false), 0u);
  EXPECT_EQ(listening_inode(line, parse_listen_address("tcp:[::]:8080").value(), false), 0u);
  EXPECT_EQ(listening_inode(line, parse_listen_address("tcp:8081").value(), false), 0u);
  EXPECT_EQ(listening_inode(line, parse_listen_address("udp:8080").value(), false), 0u)
      << "its state is no UDP one";
  std::string connected = line;
  connected.replace(connected.find(" 0A "), 4, " 01 ");
  EXPECT_EQ(listening_inode(connected, any, false), 0u);
  for (size_t length = 0; length < line.find("4711"); length++) {
    EXPECT_EQ(listening_inode(line.substr(0, length), any, false), 0u) << length;
  }
  EXPECT_EQ(
      listening_inode(
          "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
          any, false),
      0u);
  EXPECT_EQ(listening_inode(line, any, true), 0u) << "an address of IPv4 in the list of IPv6";
}

// A listening socket; its port is chosen by the kernel.
base::Fd listener(int family, int type) {
  base::Fd out(socket(family, type | SOCK_CLOEXEC, 0));
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  six.sin6_addr = in6addr_loopback;
  sockaddr_in four{};
  four.sin_family = AF_INET;
  four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool is_ipv6 = family == AF_INET6;
  const auto* address =
      is_ipv6 ? reinterpret_cast<const sockaddr*>(&six) : reinterpret_cast<const sockaddr*>(&four);
  EXPECT_EQ(bind(out.get(), address, is_ipv6 ? sizeof(six) : sizeof(four)), 0);
  if (type == SOCK_STREAM) {
    EXPECT_EQ(listen(out.get(), 1), 0);
  }
  return out;
}

uint16_t port_of(const base::Fd& socket) {
  sockaddr_in6 address{};  // the port stands at the same place in that of IPv4
  socklen_t size = sizeof(address);
  EXPECT_EQ(getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  return ntohs(address.sin6_port);
}

uint64_t inode_of(const base::Fd& file) {
  struct stat info{};
  EXPECT_EQ(fstat(file.get(), &info), 0);
  return info.st_ino;
}

TEST(ListeningSockets, AreFoundAndBorrowed) {
  for (int family : {AF_INET, AF_INET6}) {
    for (int type : {SOCK_STREAM, SOCK_DGRAM}) {
      base::Fd socket = listener(family, type);
      std::string port = std::to_string(port_of(socket));
      std::string protocol = type == SOCK_STREAM ? "tcp:" : "udp:";
      std::string address = family == AF_INET ? "127.0.0.1:" : "[::1]:";
      auto found = find_listening(parse_listen_address(protocol + address + port).value());
      ASSERT_TRUE(found.ok()) << found.error().text();
      EXPECT_THAT(*found, ElementsAre(inode_of(socket))) << protocol << address;
      auto elsewhere = find_listening(
          parse_listen_address(protocol + (family == AF_INET ? "127.0.0.2:" : "[::2]:") + port).value());
      ASSERT_TRUE(elsewhere.ok());
      EXPECT_THAT(*elsewhere, Not(Contains(inode_of(socket))));
      auto borrowed = borrow_sockets(*found);
      ASSERT_TRUE(borrowed.ok()) << borrowed.error().text();
      ASSERT_EQ(borrowed->size(), 1u);
      EXPECT_EQ(inode_of((*borrowed)[0]), inode_of(socket));
    }
  }
}

TEST(ListeningSockets, WhoseProcessIsNotSeen) {
  auto none = borrow_sockets({1});
  ASSERT_FALSE(none.ok());
  EXPECT_THAT(none.error().text(), ::testing::HasSubstr("no process that is seen from here"));
}

}  // namespace
}  // namespace gadgetry::bpf
