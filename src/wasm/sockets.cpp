#include "wasm/sockets.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "base/limits.hpp"

namespace gadgetry::wasm {
namespace {

constexpr int64_t kSliceMs = 50;        // between two looks at whether to go on
constexpr uint32_t kSendWaitMs = 1000;  // for room to send

int64_t now_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

// kOk when the socket is ready (or failed: the next call says how), kAgain when time was up.
Outcome wait_for(int fd, short events, uint32_t timeout_ms, const Interrupted& interrupted) {
  int64_t deadline = now_ms() + std::min<int64_t>(timeout_ms, limits::kWasmNetTimeoutMs);
  for (;;) {
    int64_t left = std::max<int64_t>(deadline - now_ms(), 0);
    pollfd poll{fd, events, 0};
    int ready = ::poll(&poll, 1, static_cast<int>(std::min(left, kSliceMs)));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return Outcome::system(errno);
    if (interrupted()) return {Code::kAgain, "the run ends"};
    if (left == 0) return {Code::kAgain, "nothing in time"};
  }
}

socklen_t fill(const Endpoint& endpoint, sockaddr_storage& out) {
  std::memset(&out, 0, sizeof out);
  const auto& bytes = endpoint.address.bytes;
  if (endpoint.address.is_v6) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(endpoint.port);
    std::memcpy(&v6.sin6_addr, bytes.data(), 16);
    std::memcpy(&out, &v6, sizeof v6);
    return sizeof v6;
  }
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(endpoint.port);
  std::memcpy(&v4.sin_addr, bytes.data(), 4);
  std::memcpy(&out, &v4, sizeof v4);
  return sizeof v4;
}

bool is_granted(const Permissions& permissions, const Endpoint& endpoint) {
  return std::any_of(permissions.net.begin(), permissions.net.end(), [&](const std::string& entry) {
    auto grant = parse_net_grant(entry);
    return grant.ok() && grant->allows(endpoint);
  });
}

Outcome finish_connect(int fd, uint32_t timeout_ms, const Interrupted& interrupted) {
  if (Outcome waited = wait_for(fd, POLLOUT, timeout_ms, interrupted); !waited.ok()) return waited;
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  return error == 0 ? Outcome{} : Outcome::system(error);
}

}  // namespace

Outcome Sockets::connect(const Permissions& permissions, std::string_view address, uint32_t protocol,
                         uint32_t timeout_ms, const Interrupted& interrupted,
                         std::unique_ptr<Socket>& socket) {
  if (protocol > kProtocolUdp) return {Code::kInvalid, "unknown protocol"};
  auto endpoint = parse_endpoint(address);
  if (!endpoint) return {Code::kInvalid, "no address and port in numbers, such as 10.0.0.1:53 or [::1]:53"};
  // The kernel takes it for this machine, which is not what a grant of it looks like.
  if (endpoint->address.is_unspecified()) return {Code::kInvalid, "no address to connect to"};
  if (!is_granted(permissions, *endpoint)) {
    return {Code::kDenied, "not granted; declare it in the metadata and run with --allow-net"};
  }
  if (*open_ >= limits::kWasmSockets) return {Code::kLimit, "too many open sockets"};

  int type = (protocol == kProtocolUdp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
  base::Fd fd(::socket(endpoint->address.is_v6 ? AF_INET6 : AF_INET, type, 0));
  if (!fd) return Outcome::system(errno);
  sockaddr_storage storage;
  socklen_t size = fill(*endpoint, storage);
  // An interrupted connect goes on by itself, as one in progress does.
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&storage), size) != 0) {
    if (errno != EINPROGRESS && errno != EINTR) return Outcome::system(errno);
    if (Outcome done = finish_connect(fd.get(), timeout_ms, interrupted); !done.ok()) return done;
  }
  socket = std::make_unique<Socket>(std::move(fd), protocol, open_);
  return {};
}

Outcome Socket::send(std::string_view bytes, const Interrupted& interrupted, uint32_t& count) {
  count = 0;
  bool is_stream = protocol_ == kProtocolTcp;
  if (bytes.empty() && is_stream) return {};
  size_t size = is_stream ? std::min(bytes.size(), limits::kWasmTransferBytes) : bytes.size();
  for (;;) {
    ssize_t sent = ::send(fd_.get(), bytes.data(), size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      count = static_cast<uint32_t>(sent);
      return {};
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return Outcome::system(errno);
    if (Outcome waited = wait_for(fd_.get(), POLLOUT, kSendWaitMs, interrupted); !waited.ok()) return waited;
  }
}

Outcome Socket::receive(std::span<uint8_t> out, uint32_t timeout_ms, const Interrupted& interrupted,
                        uint32_t& count) {
  count = 0;
  if (out.empty()) return {Code::kTooSmall, "the buffer has no room"};
  size_t size = std::min(out.size(), limits::kWasmTransferBytes);
  for (bool waited = false;; waited = true) {
    ssize_t got = ::recv(fd_.get(), out.data(), size, MSG_DONTWAIT);
    if (got > 0 || (got == 0 && protocol_ == kProtocolUdp)) {
      count = static_cast<uint32_t>(got);
      return {};
    }
    if (got == 0) return {Code::kEnd, "the other side closed the connection"};
    if (errno == EINTR) continue;
    if (errno != EAGAIN || waited) return Outcome::system(errno);
    if (Outcome ready = wait_for(fd_.get(), POLLIN, timeout_ms, interrupted); !ready.ok()) return ready;
  }
}

}  // namespace gadgetry::wasm
