#include "wasm/sockets.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <string>

#include "base/limits.hpp"

namespace gadgetry::wasm {
namespace {

using testing::HasSubstr;
using Clock = std::chrono::steady_clock;

int64_t ms_since(Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start).count();
}

// A server on a free port of 127.0.0.1.
class Server {
 public:
  explicit Server(int type, int backlog = 8) : fd_(::socket(AF_INET, type | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    if (type == SOCK_STREAM) {
      EXPECT_EQ(::listen(fd_.get(), backlog), 0);
    }
    EXPECT_EQ(::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }
  std::string address(const std::string& host = "127.0.0.1") const {
    return host + ":" + std::to_string(port_);
  }
  int get() const { return fd_.get(); }
  base::Fd accept() const { return base::Fd(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC)); }

 private:
  base::Fd fd_;
  uint16_t port_ = 0;
};

class SocketsTest : public testing::Test {
 protected:
  Code connect(const std::string& address, uint32_t protocol = kProtocolTcp, uint32_t timeout_ms = 2000) {
    Outcome outcome = sockets_.connect(permissions_, address, protocol, timeout_ms, interrupted_, socket_);
    why_ = outcome.why;
    return outcome.code;
  }
  Code receive(std::string& text, uint32_t timeout_ms = 2000, size_t room = 100) {
    text.assign(room, '\0');
    uint32_t count = 0;
    Outcome done =
        socket_->receive({reinterpret_cast<uint8_t*>(text.data()), room}, timeout_ms, interrupted_, count);
    text.resize(count);
    return done.code;
  }

  Permissions permissions_ = {.read = {}, .write = {}, .net = {"127.0.0.0/8:*"}};
  Sockets sockets_;
  std::unique_ptr<Socket> socket_;
  Interrupted interrupted_ = [] { return false; };
  std::string why_;
};

TEST_F(SocketsTest, OnlyWhatIsGranted) {
  Server server(SOCK_STREAM);
  permissions_.net = {};
  EXPECT_EQ(connect(server.address()), Code::kDenied);
  EXPECT_THAT(why_, HasSubstr("--allow-net"));
  permissions_.net = {"127.0.0.2:*", "127.0.0.1:1", "[::]/0:*"};
  EXPECT_EQ(connect(server.address()), Code::kDenied);
  permissions_.net = {server.address()};
  EXPECT_EQ(connect(server.address()), Code::kOk) << why_;
  EXPECT_EQ(connect(server.address("[::ffff:127.0.0.1]")), Code::kOk) << why_;
  permissions_.net = {"0.0.0.0/0:*"};
  EXPECT_EQ(connect(server.address("0.0.0.0")), Code::kInvalid);
  EXPECT_EQ(connect(server.address("[::]")), Code::kInvalid);
  EXPECT_EQ(connect(server.address("[::ffff:0.0.0.0]")), Code::kInvalid);
  EXPECT_EQ(connect("localhost:80"), Code::kInvalid);
  EXPECT_EQ(connect("127.0.0.1"), Code::kInvalid);
  EXPECT_EQ(connect(server.address(), 2), Code::kInvalid);
}

TEST_F(SocketsTest, Tcp) {
  Server server(SOCK_STREAM);
  ASSERT_EQ(connect(server.address()), Code::kOk) << why_;
  base::Fd other = server.accept();
  uint32_t count = 0;
  EXPECT_TRUE(socket_->send("question", interrupted_, count).ok());
  EXPECT_EQ(count, 8u);
  char buffer[20];
  EXPECT_EQ(::recv(other.get(), buffer, sizeof buffer, 0), 8);
  ASSERT_EQ(::send(other.get(), "answer", 6, 0), 6);
  std::string text;
  EXPECT_EQ(receive(text, 2000, 4), Code::kOk);
  EXPECT_EQ(text, "answ");
  EXPECT_EQ(receive(text), Code::kOk);
  EXPECT_EQ(text, "er");
  EXPECT_EQ(receive(text, 0), Code::kAgain);
  EXPECT_EQ(receive(text, 10, 0), Code::kTooSmall);
  other.reset();
  EXPECT_EQ(receive(text), Code::kEnd);
}

TEST_F(SocketsTest, SendingToNobodyIsNoSignal) {
  Server server(SOCK_STREAM);
  ASSERT_EQ(connect(server.address()), Code::kOk);
  server.accept().reset();
  std::string text;
  EXPECT_EQ(receive(text), Code::kEnd);
  uint32_t count = 0;
  socket_->send("a", interrupted_, count);  // answered with a reset
  receive(text);
  EXPECT_EQ(socket_->send("b", interrupted_, count).code, Code::kIo);
}

TEST_F(SocketsTest, Udp) {
  Server server(SOCK_DGRAM);
  ASSERT_EQ(connect(server.address(), kProtocolUdp), Code::kOk);
  uint32_t count = 0;
  EXPECT_TRUE(socket_->send("ping", interrupted_, count).ok());
  sockaddr_in from{};
  socklen_t size = sizeof from;
  char buffer[20];
  ASSERT_EQ(::recvfrom(server.get(), buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &size), 4);
  ASSERT_EQ(::sendto(server.get(), "a long answer", 13, 0, reinterpret_cast<sockaddr*>(&from), size), 13);
  ASSERT_EQ(::sendto(server.get(), "", 0, 0, reinterpret_cast<sockaddr*>(&from), size), 0);
  // Somebody else's datagrams do not arrive.
  Server stranger(SOCK_DGRAM);
  ASSERT_EQ(::sendto(stranger.get(), "spam", 4, 0, reinterpret_cast<sockaddr*>(&from), size), 4);
  std::string text;
  EXPECT_EQ(receive(text, 2000, 6), Code::kOk);
  EXPECT_EQ(text, "a long");
  EXPECT_EQ(receive(text), Code::kOk);
  EXPECT_EQ(text, "");
  EXPECT_EQ(receive(text, 20), Code::kAgain);
}

TEST_F(SocketsTest, RefusedConnection) {
  std::string address;
  {
    Server server(SOCK_STREAM);
    address = server.address();
  }
  EXPECT_EQ(connect(address), Code::kIo);
  EXPECT_THAT(why_, HasSubstr("refused"));
}

TEST_F(SocketsTest, WaitingEnds) {
  Server server(SOCK_DGRAM);
  ASSERT_EQ(connect(server.address(), kProtocolUdp), Code::kOk);
  std::string text;
  auto start = Clock::now();
  EXPECT_EQ(receive(text, 30), Code::kAgain);
  EXPECT_GE(ms_since(start), 29);
  // An interrupt ends it within a tenth of a second, whatever time was asked for.
  interrupted_ = [] { return true; };
  start = Clock::now();
  EXPECT_EQ(receive(text, UINT32_MAX), Code::kAgain);
  EXPECT_LT(ms_since(start), 1000);
}

TEST_F(SocketsTest, ConnectingEnds) {
  Server server(SOCK_STREAM, 0);
  // The queue of the listener is full after a few; then the kernel leaves connections unanswered.
  std::vector<std::unique_ptr<Socket>> waiting;
  Code code = Code::kOk;
  auto start = Clock::now();
  for (int i = 0; i < 10 && code == Code::kOk; i++) {
    start = Clock::now();
    code = connect(server.address(), kProtocolTcp, 100);
    if (code == Code::kOk) waiting.push_back(std::move(socket_));
  }
  EXPECT_EQ(code, Code::kAgain) << why_;
  EXPECT_GE(ms_since(start), 99);
  interrupted_ = [] { return true; };
  start = Clock::now();
  EXPECT_EQ(connect(server.address(), kProtocolTcp, 60'000), Code::kAgain);
  EXPECT_LT(ms_since(start), 1000);
}

TEST_F(SocketsTest, FullQueueOfTheOtherSide) {
  Server server(SOCK_STREAM);
  ASSERT_EQ(connect(server.address()), Code::kOk);
  base::Fd other = server.accept();
  interrupted_ = [] { return true; };
  std::string large(limits::kWasmTransferBytes * 2, 'x');
  Code code = Code::kOk;
  uint64_t sent = 0;
  for (int i = 0; i < 1000 && code == Code::kOk; i++) {
    uint32_t count = 0;
    code = socket_->send(large, interrupted_, count).code;
    EXPECT_LE(count, limits::kWasmTransferBytes);
    sent += count;
  }
  EXPECT_EQ(code, Code::kAgain);
  EXPECT_GT(sent, 0u);
}

TEST_F(SocketsTest, Limit) {
  Server server(SOCK_DGRAM);
  std::vector<std::unique_ptr<Socket>> open_sockets;
  for (uint32_t i = 0; i < limits::kWasmSockets; i++) {
    ASSERT_EQ(connect(server.address(), kProtocolUdp), Code::kOk);
    open_sockets.push_back(std::move(socket_));
  }
  EXPECT_EQ(connect(server.address(), kProtocolUdp), Code::kLimit);
  open_sockets.pop_back();
  EXPECT_EQ(connect(server.address(), kProtocolUdp), Code::kOk);
}

}  // namespace
}  // namespace gadgetry::wasm
