// Names of the numbers the kernel speaks in: errno values, signals, system calls, protocols.
//
// All names are static text: callers keep the views for ever. An empty view means "no name for this number".
#pragma once

#include <cstdint>
#include <string_view>

namespace gadgetry::sys {

// "ENOENT" for 2. Where Linux gives one number two names, the one that comes first in the alphabet is used
// (EAGAIN, EDEADLK, ENOTSUP). Numbers from 512 on, which a program sees inside the kernel only, have names
// too (ERESTARTSYS).
std::string_view errno_name(uint64_t number);

// "SIGKILL" for 9. Real-time signals have no name.
std::string_view signal_name(uint64_t number);

// "SYS_OPENAT" for the number of openat on the architecture we run on.
std::string_view syscall_name(uint64_t number);

// "TCP" for 6: the IP protocol numbers of the kernel's in.h, without IPPROTO_.
std::string_view protocol_name(uint64_t number);

}  // namespace gadgetry::sys
