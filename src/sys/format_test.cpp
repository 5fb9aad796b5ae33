#include "sys/format.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "sys/names.hpp"

namespace gadgetry::sys {
namespace {

std::string flags(uint32_t value) {
  char out[kOpenFlagsChars];
  return {out, format_open_flags(value, out)};
}
std::string mode(uint32_t value) {
  char out[kFileModeChars];
  return {out, format_file_mode(value, out)};
}
std::string bytes(uint64_t value) {
  char out[kBytesChars];
  return {out, format_bytes(value, out)};
}
std::string duration(int64_t value) {
  char out[kDurationChars];
  return {out, format_duration(value, out)};
}
std::string ipv6(const char* text) {
  uint8_t address[16];
  EXPECT_EQ(inet_pton(AF_INET6, text, address), 1) << text;
  char out[kIpChars];
  return {out, format_ipv6(address, out)};
}

TEST(Names, Errno) {
  EXPECT_EQ(errno_name(0), "");
  EXPECT_EQ(errno_name(2), "ENOENT");
  EXPECT_EQ(errno_name(11), "EAGAIN");
  EXPECT_EQ(errno_name(35), "EDEADLK");
  EXPECT_EQ(errno_name(41), "");
  EXPECT_EQ(errno_name(95), "ENOTSUP");
  EXPECT_EQ(errno_name(133), "EHWPOISON");
  EXPECT_EQ(errno_name(134), "");
  EXPECT_EQ(errno_name(512), "ERESTARTSYS");
  EXPECT_EQ(errno_name(524), "ENOTSUPP");
  EXPECT_EQ(errno_name(531), "ENOGRACE");
  EXPECT_EQ(errno_name(UINT64_MAX), "");
  for (int number = 1; number < 134; number++) {
    const char* glibc = strerrorname_np(number);
    if (glibc == nullptr || number == 95) continue;
    EXPECT_EQ(errno_name(static_cast<uint64_t>(number)), glibc) << number;
  }
}

TEST(Names, Signals) {
  EXPECT_EQ(signal_name(0), "");
  EXPECT_EQ(signal_name(32), "");
  EXPECT_EQ(signal_name(UINT64_MAX), "");
  for (int number = 1; number < 32; number++) {
    const char* glibc = sigabbrev_np(number);
    ASSERT_NE(glibc, nullptr) << number;
    std::string expected = std::string("SIG") + glibc;
    if (expected == "SIGPOLL") expected = "SIGIO";
    EXPECT_EQ(signal_name(static_cast<uint64_t>(number)), expected) << number;
  }
}

TEST(Names, Syscalls) {
#if defined(__x86_64__)
  EXPECT_EQ(syscall_name(0), "SYS_READ");
  EXPECT_EQ(syscall_name(257), "SYS_OPENAT");
#elif defined(__aarch64__)
  EXPECT_EQ(syscall_name(63), "SYS_READ");
  EXPECT_EQ(syscall_name(56), "SYS_OPENAT");
#endif
  EXPECT_EQ(syscall_name(435), "SYS_CLONE3");
  EXPECT_EQ(syscall_name(462), "SYS_MSEAL");
  EXPECT_EQ(syscall_name(1023), "");
  EXPECT_EQ(syscall_name(UINT64_MAX), "");
}

TEST(Names, Protocols) {
  EXPECT_EQ(protocol_name(6), "TCP");
  EXPECT_EQ(protocol_name(17), "UDP");
  EXPECT_EQ(protocol_name(1), "ICMP");
  EXPECT_EQ(protocol_name(132), "SCTP");
  EXPECT_EQ(protocol_name(200), "");
}

TEST(Format, OpenFlags) {
  EXPECT_EQ(flags(0), "O_RDONLY");
  EXPECT_EQ(flags(02000000), "O_RDONLY|O_CLOEXEC");
  EXPECT_EQ(flags(1 | 0100 | 01000), "O_WRONLY|O_CREAT|O_TRUNC");
  EXPECT_EQ(flags(2), "O_RDWR");
  EXPECT_EQ(flags(3), "");
  EXPECT_EQ(flags(3 | 0100), "O_CREAT");
  EXPECT_EQ(flags(04010000), "O_RDONLY|O_SYNC");
  EXPECT_EQ(flags(010000), "O_RDONLY|O_DSYNC");
  EXPECT_EQ(flags(010000000), "O_RDONLY|O_PATH");
  EXPECT_EQ(flags(0x80000000), "O_RDONLY");
#if defined(__aarch64__)
  EXPECT_EQ(flags(040000 | 04000), "O_RDONLY|O_NONBLOCK|O_DIRECTORY");
  EXPECT_EQ(flags(020040002), "O_RDWR|O_TMPFILE");
#else
  EXPECT_EQ(flags(0200000 | 04000), "O_RDONLY|O_NONBLOCK|O_DIRECTORY");
  EXPECT_EQ(flags(0100000 | 040000), "O_RDONLY|O_DIRECT|O_LARGEFILE");
  EXPECT_EQ(flags(020200002), "O_RDWR|O_TMPFILE");
#endif
  EXPECT_LE(flags(UINT32_MAX).size(), kOpenFlagsChars);
}

TEST(Format, FileModeIsGos) {
  EXPECT_EQ(mode(0644), "-rw-r--r--");
  EXPECT_EQ(mode(0), "----------");
  EXPECT_EQ(mode(0777), "-rwxrwxrwx");
  EXPECT_EQ(mode(0x80000000 | 0755), "drwxr-xr-x");
  EXPECT_EQ(mode(0x80000000 | 0x00100000 | 0777), "dtrwxrwxrwx");
  EXPECT_EQ(mode(0100644), "-rw-r--r--") << "S_IFREG is not one of Go's bits";
  EXPECT_EQ(mode(04755), "-rwxr-xr-x") << "nor is S_ISUID";
  EXPECT_EQ(mode(UINT32_MAX), "dalTLDpSugct?rwxrwxrwx");
}

TEST(Format, Bytes) {
  EXPECT_EQ(bytes(0), "0 B");
  EXPECT_EQ(bytes(9), "9 B");
  EXPECT_EQ(bytes(999), "999 B");
  EXPECT_EQ(bytes(1000), "1.0 kB");
  EXPECT_EQ(bytes(4096), "4.1 kB");
  EXPECT_EQ(bytes(1049), "1.0 kB");
  EXPECT_EQ(bytes(1050), "1.1 kB");
  EXPECT_EQ(bytes(9949), "9.9 kB");
  EXPECT_EQ(bytes(9950), "10 kB");
  EXPECT_EQ(bytes(12450), "12 kB");
  EXPECT_EQ(bytes(13450), "14 kB");
  EXPECT_EQ(bytes(82854982), "83 MB");
  EXPECT_EQ(bytes(999999), "1000 kB");
  EXPECT_EQ(bytes(1000000000), "1.0 GB");
  EXPECT_EQ(bytes(UINT64_MAX), "18 EB");
}

TEST(Format, Duration) {
  EXPECT_EQ(duration(0), "0ns");
  EXPECT_EQ(duration(999), "999ns");
  EXPECT_EQ(duration(1000), "1.00µs");
  EXPECT_EQ(duration(1500), "1.50µs");
  EXPECT_EQ(duration(999999), "1000.00µs");
  EXPECT_EQ(duration(12250000), "12.25ms");
  EXPECT_EQ(duration(1000000000), "1s");
  EXPECT_EQ(duration(1500000000), "1.5s");
  EXPECT_EQ(duration(60'000'000'000), "1m0s");
  EXPECT_EQ(duration(60'500'000'000), "1m0.5s");
  EXPECT_EQ(duration(3600'000'000'000), "1h0m0s");
  EXPECT_EQ(duration(7384'000'000'005), "2h3m4.000000005s");
  EXPECT_EQ(duration(INT64_MAX), "2562047h47m16.854775807s");
  EXPECT_EQ(duration(-5), "-5ns");
  EXPECT_EQ(duration(INT64_MIN), "-9223372036854775808ns");
}

TEST(Format, Addresses) {
  char out[kIpChars];
  const uint8_t v4[] = {192, 168, 0, 255};
  EXPECT_EQ(std::string(out, format_ipv4(v4, out)), "192.168.0.255");
  EXPECT_EQ(ipv6("::"), "::");
  EXPECT_EQ(ipv6("::1"), "::1");
  EXPECT_EQ(ipv6("1::"), "1::");
  EXPECT_EQ(ipv6("2001:db8::1"), "2001:db8::1");
  EXPECT_EQ(ipv6("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1") << "one zero group stays";
  EXPECT_EQ(ipv6("2001:0:0:1:0:0:0:1"), "2001:0:0:1::1");
  EXPECT_EQ(ipv6("2001:db8:0:0:1:0:0:1"), "2001:db8::1:0:0:1") << "the first of equals";
  EXPECT_EQ(ipv6("fe80::ABCD:1"), "fe80::abcd:1");
  EXPECT_EQ(ipv6("::ffff:10.0.0.1"), "::ffff:10.0.0.1");
  EXPECT_EQ(ipv6("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

TEST(Format, IPv6ReadsBackAsItself) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; round++) {
    uint8_t address[16] = {};
    for (size_t i = 0; i < 16; i++) {
      if (random() % 3 == 0) address[i] = static_cast<uint8_t>(random());
    }
    char out[kIpChars];
    std::string text(out, format_ipv6(address, out));
    uint8_t back[16];
    ASSERT_EQ(inet_pton(AF_INET6, text.c_str(), back), 1) << text;
    EXPECT_EQ(memcmp(address, back, 16), 0) << text;
  }
}

}  // namespace
}  // namespace gadgetry::sys
