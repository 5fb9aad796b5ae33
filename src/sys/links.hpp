// The network interfaces of the network namespace this thread is in. Source: rtnetlink(7), linux/if_link.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace gadgetry::sys {

struct NetworkLink {
  uint32_t ifindex = 0;
  std::string name;
  std::string kind;         // "veth", "netkit", "bridge"; empty for hardware and loopback
  uint32_t peer_index = 0;  // the other end of a veth or netkit pair, in whatever namespace it is; 0: none
  bool is_up = false;
  bool is_loopback = false;
};

base::Result<std::vector<NetworkLink>> list_links();

}  // namespace gadgetry::sys
