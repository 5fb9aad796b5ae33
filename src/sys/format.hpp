// Numbers as text for people. Every function writes into a buffer of the caller and returns the bytes
// written, without a NUL; the buffer must have room for the size named beside the function. Nothing
// allocates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace gadgetry::sys {

inline constexpr size_t kUint64Chars = 20;
size_t format_uint(uint64_t value, char* out);

// open(2) flags of the architecture we run on: "O_RDONLY|O_CREAT|O_CLOEXEC". The access mode comes first
// (nothing for the invalid mode 3), then the flags from the lowest bit up. O_SYNC and O_TMPFILE, which
// consist of two bits, take the place of the flag they contain. Bits without a name are left out.
inline constexpr size_t kOpenFlagsChars = 256;
size_t format_open_flags(uint32_t flags, char* out);

// The raw value read as Go's fs.FileMode: the letters of "dalTLDpSugct?" for the bits from 31 down, or '-'
// when none is set, then rwxrwxrwx. Note that S_IFMT, setuid, setgid and sticky of st_mode are other bits:
// they have no letter.
inline constexpr size_t kFileModeChars = 22;
size_t format_file_mode(uint32_t mode, char* out);

// Bytes in powers of 1000: "9 B", "4.1 kB", "83 MB". One decimal below 10, none above.
inline constexpr size_t kBytesChars = 16;
size_t format_bytes(uint64_t bytes, char* out);

// Nanoseconds: "950ns", "1.50µs", "12.25ms"; from one second on as Go prints a duration: "1m0.5s". Negative
// values (the value is a signed difference that wrapped) are given in ns.
inline constexpr size_t kDurationChars = 40;
size_t format_duration(int64_t nanoseconds, char* out);

// IP addresses from bytes in network order. IPv6 as RFC 5952 recommends, "::ffff:192.0.2.1" for mapped IPv4.
inline constexpr size_t kIpChars = 45;
size_t format_ipv4(std::span<const uint8_t, 4> address, char* out);
size_t format_ipv6(std::span<const uint8_t, 16> address, char* out);

}  // namespace gadgetry::sys
