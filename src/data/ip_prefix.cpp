#include "data/ip_prefix.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "base/strings.hpp"

namespace gadgetry::data {
namespace {

constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

bool IpAddress::is_v4() const {
  return std::memcmp(bytes.data(), kMapped, sizeof(kMapped)) == 0;
}

bool parse_ip(std::string_view text, IpAddress& address) {
  char copy[INET6_ADDRSTRLEN];
  if (text.empty() || text.size() >= sizeof(copy) || text.find('\0') != std::string_view::npos) return false;
  std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  if (text.find(':') != std::string_view::npos) return inet_pton(AF_INET6, copy, address.bytes.data()) == 1;
  std::memcpy(address.bytes.data(), kMapped, sizeof(kMapped));
  return inet_pton(AF_INET, copy, address.bytes.data() + sizeof(kMapped)) == 1;
}

bool IpPrefix::contains(const IpAddress& other) const {
  size_t whole = bits / 8;
  if (std::memcmp(address.bytes.data(), other.bytes.data(), whole) != 0) return false;
  unsigned rest = bits % 8;
  if (rest == 0) return true;
  unsigned mask = 0xffu << (8 - rest);
  return ((static_cast<unsigned>(address.bytes[whole]) ^ other.bytes[whole]) & mask) == 0;
}

base::Result<IpPrefix> parse_ip_prefix(std::string_view text) {
  auto fail = [&] {
    return base::Error::usage("\"" + base::printable(text) + "\" is not a network")
        .with_hint("write an address and a prefix length: 10.0.0.0/8 or fd00::/8");
  };
  size_t slash = text.find('/');
  IpPrefix prefix;
  std::string_view address = text.substr(0, slash);
  if (!parse_ip(address, prefix.address)) return fail();
  bool written_as_v4 = address.find(':') == std::string_view::npos;
  if (slash != std::string_view::npos) {
    auto bits = base::parse_int<uint8_t>(text.substr(slash + 1));
    if (!bits || *bits > (written_as_v4 ? 32 : 128)) return fail();
    prefix.bits = static_cast<uint8_t>(*bits + (written_as_v4 ? 96 : 0));
  }
  return prefix;
}

}  // namespace gadgetry::data
