// Sockets that listen on a port, found in /proc and borrowed from the processes that hold them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace gadgetry::bpf {

// "tcp:8080", "udp:[::]:5300", "tcp:127.0.0.1:8080".
struct ListenAddress {
  bool is_udp = false;
  bool has_address = false;  // false: any address of either family
  bool is_ipv6 = false;
  std::array<uint8_t, 16> address = {};  // in network order; the first four bytes for IPv4
  uint16_t port = 0;
};
base::Result<ListenAddress> parse_listen_address(std::string_view text);

// The inode of the socket when a line of /proc/net/{tcp,udp}{,6} tells of one that listens there, else 0.
uint64_t listening_inode(std::string_view line, const ListenAddress& wanted, bool is_ipv6);

// Inodes of the sockets that listen there, in the network namespace of the calling thread.
base::Result<std::vector<uint64_t>> find_listening(const ListenAddress& wanted);

// A descriptor of each socket, taken from a process that has it. Those whose process is not seen from here
// are left out. They keep the ports open: not to be held longer than needed.
base::Result<std::vector<base::Fd>> borrow_sockets(const std::vector<uint64_t>& inodes);

}  // namespace gadgetry::bpf
