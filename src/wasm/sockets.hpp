// Connections that a module opens, to the addresses that were granted. Addresses are numbers: no name is
// resolved, so nothing of what a module does reaches a name server that was not granted.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "base/fd.hpp"
#include "wasm/errno_code.hpp"
#include "wasm/handles.hpp"
#include "wasm/permissions.hpp"

namespace gadgetry::wasm {

// Of netConnect; part of the interface.
inline constexpr uint32_t kProtocolTcp = 0;
inline constexpr uint32_t kProtocolUdp = 1;

// Asked at least every 100 ms: true when a function that waits must return.
using Interrupted = std::function<bool()>;

class Socket : public Resource {
 public:
  Socket(base::Fd fd, uint32_t protocol, std::shared_ptr<uint32_t> open)
      : fd_(std::move(fd)), protocol_(protocol), open_(std::move(open)) {
    ++*open_;
  }
  ~Socket() override { --*open_; }

  // A TCP connection may take less than all of it. kAgain when nothing could be sent for a second.
  Outcome send(std::string_view bytes, const Interrupted& interrupted, uint32_t& count);
  // A datagram longer than the buffer is cut. kAgain when nothing came in time, kEnd when the other side
  // closed.
  Outcome receive(std::span<uint8_t> out, uint32_t timeout_ms, const Interrupted& interrupted,
                  uint32_t& count);

 private:
  base::Fd fd_;
  uint32_t protocol_;
  std::shared_ptr<uint32_t> open_;
};

// The sockets of one module.
class Sockets {
 public:
  Outcome connect(const Permissions& permissions, std::string_view address, uint32_t protocol,
                  uint32_t timeout_ms, const Interrupted& interrupted, std::unique_ptr<Socket>& socket);

 private:
  std::shared_ptr<uint32_t> open_ = std::make_shared<uint32_t>(0);
};

}  // namespace gadgetry::wasm
