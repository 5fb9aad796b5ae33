// A small program in front of a gadget's packet program: it tells the program which network namespace the
// packet belongs to, in skb->cb[0], and jumps to it.
#pragma once

#include <cstdint>

#include "base/fd.hpp"
#include "base/result.hpp"

struct bpf_program;

namespace gadgetry::bpf {

struct PacketDispatcher {
  base::Fd program;
  base::Fd jumps;  // the program array behind it; the kernel empties it when this closes
};

// `result` is returned when there is nothing to jump to.
base::Result<PacketDispatcher> make_packet_dispatcher(const bpf_program* program, uint32_t net_ns,
                                                      int32_t result);

// May the program read skb->cb[0]? Without a doubt not, or perhaps.
bool may_read_net_ns(const bpf_program* program);

}  // namespace gadgetry::bpf
