// IPv4 and IPv6 addresses in text, and whether they are in a network.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/result.hpp"

namespace gadgetry::data {

// An address as 16 bytes; IPv4 (also written ::ffff:1.2.3.4) in the last four, after ten bytes 0 and two
// 0xff.
struct IpAddress {
  std::array<uint8_t, 16> bytes{};

  bool is_v4() const;
};

// False when the text is not an address. Does not allocate.
bool parse_ip(std::string_view text, IpAddress& address);

struct IpPrefix {
  IpAddress address;
  uint8_t bits = 128;  // leading bits that must agree; an IPv4 prefix has 96 more than it is written with

  bool contains(const IpAddress& other) const;
};

// "10.0.0.0/8", "fd00::/8"; an address alone is a network of one.
base::Result<IpPrefix> parse_ip_prefix(std::string_view text);

}  // namespace gadgetry::data
