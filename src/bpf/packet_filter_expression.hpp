// Filter expressions in pcap syntax ("tcp port 80 and host 10.0.0.1").
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gadgetry::bpf {

// One instruction of classic BPF, as pcap_compile gives it (pcap/bpf.h: struct bpf_insn).
struct ClassicInsn {
  uint16_t code = 0;
  uint8_t jt = 0;
  uint8_t jf = 0;
  uint32_t k = 0;
};

// Lets no packet pass.
inline constexpr std::string_view kRejectAll = "__reject_all__";

// A filter expression for Ethernet packets as classic BPF, by libpcap, optimised. Names of hosts are looked
// up. Fails with a usage error that has libpcap's reason.
base::Result<std::vector<ClassicInsn>> compile_packet_filter(std::string_view expression);

}  // namespace gadgetry::bpf
