// Routes whose packets run programs (lightweight tunnels of type bpf). Called in the network namespace of the
// route.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace gadgetry::bpf {

enum class LwtHook : uint8_t { kIn, kOut, kXmit, kSeg6Local };

struct LwtRoute {
  uint8_t family = 0;  // AF_INET, AF_INET6
  uint8_t prefix_bits = 0;
  std::array<std::byte, 16> destination = {};
  std::string interface;
  bool has_gateway = false;
  std::array<std::byte, 16> gateway = {};
};

// "10.9.0.0/24 dev veth0 [via 10.0.0.1]".
base::Result<LwtRoute> parse_lwt_route(std::string_view text);

// EEXIST when there is such a route already; one that a killed run of ours left is replaced.
base::Status add_lwt_route(const LwtRoute& route, LwtHook hook, int program, const std::string& name);
base::Status remove_lwt_route(const LwtRoute& route);

}  // namespace gadgetry::bpf
