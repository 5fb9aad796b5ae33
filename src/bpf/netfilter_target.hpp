// Where a netfilter program goes: "ipv4:input:10".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.hpp"

namespace gadgetry::bpf {

// Where programs go that name no priority: behind the firewall of the machine (0), before its source NAT
// (100).
inline constexpr int32_t kNetfilterPriority = 10;
inline constexpr int32_t kNetfilterTries = 80;  // each program needs a priority of its own

struct NetfilterTarget {
  uint32_t family = 0;  // NFPROTO_...
  uint32_t hook = 0;    // NF_INET_...
  std::optional<int32_t> priority = {};
};

// "PROTOCOL[:HOOK[:PRIORITY]]"; nothing means ipv4:input.
base::Result<NetfilterTarget> parse_netfilter_target(std::string_view text);

}  // namespace gadgetry::bpf
