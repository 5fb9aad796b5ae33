// Links of bpf(2) to a network interface: tcx, netkit, XDP.
#pragma once

#include <cstdint>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "bpf/place.hpp"

namespace gadgetry::bpf {

// The error has its number alone: what it means depends on the type.
base::Result<base::Fd> link_to_interface(const Place& place, int program, uint32_t attach_type,
                                         uint32_t flags);

// Can this kernel do it? Only for tcx and netkit.
base::Status has_interface_links(uint32_t attach_type);

// Another descriptor of the place's network namespace; empty when it is that of this process.
base::Result<base::Fd> copy_net_ns(const Place& place);

// The descriptor of the place's network namespace, also when it is that of this process.
base::Result<base::Fd> open_net_ns(const Place& place);

}  // namespace gadgetry::bpf
