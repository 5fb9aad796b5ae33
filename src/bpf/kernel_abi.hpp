// Numbers of bpf(2) that are younger than the headers this is built with (Linux 6.1). Source:
// include/uapi/linux/bpf.h.
#pragma once

#include <cstdint>

namespace gadgetry::bpf {

inline constexpr uint32_t kProgTypeNetfilter = 32;
inline constexpr uint32_t kMapTypeArena = 33;

inline constexpr uint32_t kAttachStructOps = 44;
inline constexpr uint32_t kAttachNetfilter = 45;
inline constexpr uint32_t kAttachTcxIngress = 46;
inline constexpr uint32_t kAttachTcxEgress = 47;
inline constexpr uint32_t kAttachUprobeMulti = 48;
inline constexpr uint32_t kAttachUnixConnect = 49;
inline constexpr uint32_t kAttachUnixSendmsg = 50;
inline constexpr uint32_t kAttachUnixRecvmsg = 51;
inline constexpr uint32_t kAttachUnixGetpeername = 52;
inline constexpr uint32_t kAttachUnixGetsockname = 53;
inline constexpr uint32_t kAttachNetkitPrimary = 54;
inline constexpr uint32_t kAttachNetkitPeer = 55;
inline constexpr uint32_t kAttachKprobeSession = 56;
inline constexpr uint32_t kAttachUprobeSession = 57;

// Flags of BPF_LINK_CREATE.
inline constexpr uint32_t kKprobeMultiReturn = 1;
inline constexpr uint32_t kUprobeMultiReturn = 1;
inline constexpr uint32_t kLinkBefore = 1u << 3;  // tcx, netkit: in front of the relative, or of all
inline constexpr uint32_t kLinkAfter = 1u << 4;
inline constexpr uint32_t kNetfilterDefrag = 1;  // netfilter: packets are put together first
// Flag of BPF_MAP_CREATE for STRUCT_OPS: registered by a link.
inline constexpr uint32_t kMapLink = 1u << 13;

}  // namespace gadgetry::bpf
