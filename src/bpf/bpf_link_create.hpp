// bpf(2) BPF_LINK_CREATE for the kinds of links that the stock libbpf is too old for.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace gadgetry::bpf {

// All of them return the link, or base::Error::system with the error number: the caller says what it means.

// kprobe.multi, kretprobe.multi, kprobe.session: by address, which is quick, or by name where there are no
// addresses.
struct KprobeMultiLink {
  uint32_t attach_type = 0;  // BPF_TRACE_KPROBE_MULTI or kAttachKprobeSession
  bool is_return = false;
  std::span<const char* const> symbols = {};  // either these ...
  std::span<const uint64_t> addresses = {};   // ... or these
  std::span<const uint64_t> cookies = {};     // none, or as many
};
base::Result<base::Fd> create_kprobe_multi_link(int program, const KprobeMultiLink& link);

// uprobe.multi and uprobe.session, and their forms for returns: places in one file.
struct UprobeMultiLink {
  uint32_t attach_type = 0;  // kAttachUprobeMulti or kAttachUprobeSession
  bool is_return = false;
  const char* path = nullptr;  // "/proc/self/fd/5" stands for an open file
  std::span<const uint64_t> offsets = {};
  std::span<const uint64_t> semaphores = {};  // offsets of USDT semaphores: none, or as many
  std::span<const uint64_t> cookies = {};     // none, or as many
  pid_t pid = 0;                              // only this process; 0: all
};
base::Result<base::Fd> create_uprobe_multi_link(int program, const UprobeMultiLink& link);

// Behind all others of the same hook when `relative_fd` is 0 and no flags are set; kLinkBefore and kLinkAfter
// with no relative put it first and last.
struct InterfaceLink {
  uint32_t attach_type = 0;  // kAttachTcxIngress ... kAttachNetkitPeer
  uint32_t ifindex = 0;      // in the network namespace of the calling thread
  uint32_t flags = 0;
  uint32_t relative_fd = 0;
  uint64_t expected_revision = 0;
};
base::Result<base::Fd> create_tcx_link(int program, const InterfaceLink& link);
base::Result<base::Fd> create_netkit_link(int program, const InterfaceLink& link);

struct NetfilterLink {
  uint32_t family = 0;  // NFPROTO_IPV4, NFPROTO_IPV6
  uint32_t hook = 0;    // NF_INET_PRE_ROUTING ...
  int32_t priority = 0;
  uint32_t flags = 0;  // kNetfilterDefrag
};
// In the network namespace of the calling thread.
base::Result<base::Fd> create_netfilter_link(int program, const NetfilterLink& link);

// A map of type STRUCT_OPS that was made with BPF_F_LINK.
base::Result<base::Fd> create_struct_ops_link(int map);

}  // namespace gadgetry::bpf
