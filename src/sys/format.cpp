#include "sys/format.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <iterator>
#include <string_view>

namespace gadgetry::sys {
namespace {

// Appends to a buffer that is known to be large enough.
struct Out {
  char* start;
  char* next;

  explicit Out(char* out) : start(out), next(out) {}
  void text(std::string_view text) {
    std::memcpy(next, text.data(), text.size());
    next += text.size();
  }
  void character(char c) { *next++ = c; }
  void number(uint64_t value) { next += format_uint(value, next); }
  void hex16(uint16_t value) { next = std::to_chars(next, next + 4, value, 16).ptr; }
  // With two decimals, rounded as printf does.
  void fixed2(double value) { next = std::to_chars(next, next + 32, value, std::chars_format::fixed, 2).ptr; }
  size_t size() const { return static_cast<size_t>(next - start); }
};

struct OpenFlag {
  uint32_t bits;
  std::string_view name;
};

// From the kernel's asm-generic/fcntl.h and, for arm64, asm/fcntl.h. Combined flags stand before what they
// contain; within that in ascending order.
constexpr uint32_t kOpenSync = 04010000;
#if defined(__aarch64__)
constexpr uint32_t kOpenDirectory = 040000;
constexpr uint32_t kOpenNofollow = 0100000;
constexpr uint32_t kOpenDirect = 0200000;
constexpr uint32_t kOpenLargefile = 0400000;
constexpr uint32_t kOpenTmpfile = 020000000 | kOpenDirectory;
constexpr OpenFlag kOpenFlags[] = {{0100, "O_CREAT"},
                                   {0200, "O_EXCL"},
                                   {0400, "O_NOCTTY"},
                                   {01000, "O_TRUNC"},
                                   {02000, "O_APPEND"},
                                   {04000, "O_NONBLOCK"},
                                   {kOpenSync, "O_SYNC"},
                                   {010000, "O_DSYNC"},
                                   {020000, "O_FASYNC"},
                                   {kOpenTmpfile, "O_TMPFILE"},
                                   {kOpenDirectory, "O_DIRECTORY"},
                                   {kOpenNofollow, "O_NOFOLLOW"},
                                   {kOpenDirect, "O_DIRECT"},
                                   {kOpenLargefile, "O_LARGEFILE"},
                                   {01000000, "O_NOATIME"},
                                   {02000000, "O_CLOEXEC"},
                                   {010000000, "O_PATH"}};
#else
constexpr uint32_t kOpenDirectory = 0200000;
constexpr uint32_t kOpenTmpfile = 020000000 | kOpenDirectory;
constexpr OpenFlag kOpenFlags[] = {{0100, "O_CREAT"},
                                   {0200, "O_EXCL"},
                                   {0400, "O_NOCTTY"},
                                   {01000, "O_TRUNC"},
                                   {02000, "O_APPEND"},
                                   {04000, "O_NONBLOCK"},
                                   {kOpenSync, "O_SYNC"},
                                   {010000, "O_DSYNC"},
                                   {020000, "O_FASYNC"},
                                   {040000, "O_DIRECT"},
                                   {0100000, "O_LARGEFILE"},
                                   {kOpenTmpfile, "O_TMPFILE"},
                                   {kOpenDirectory, "O_DIRECTORY"},
                                   {0400000, "O_NOFOLLOW"},
                                   {01000000, "O_NOATIME"},
                                   {02000000, "O_CLOEXEC"},
                                   {010000000, "O_PATH"}};
#endif

void format_whole_seconds(uint64_t seconds, Out& out) {
  uint64_t hours = seconds / 3600;
  uint64_t minutes = seconds / 60 % 60;
  if (hours != 0) {
    out.number(hours);
    out.character('h');
  }
  if (hours != 0 || minutes != 0) {
    out.number(minutes);
    out.character('m');
  }
  out.number(seconds % 60);
}

// ".25" for 250000000 nanoseconds; nothing for 0.
void format_fraction(uint64_t nanoseconds, Out& out) {
  if (nanoseconds == 0) return;
  char digits[9];
  for (size_t i = 9; i-- > 0; nanoseconds /= 10) digits[i] = static_cast<char>('0' + nanoseconds % 10);
  size_t count = 9;
  while (digits[count - 1] == '0') count--;
  out.character('.');
  out.text({digits, count});
}

}  // namespace

size_t format_uint(uint64_t value, char* out) {
  return static_cast<size_t>(std::to_chars(out, out + kUint64Chars, value).ptr - out);
}

size_t format_open_flags(uint32_t flags, char* buffer) {
  static constexpr std::string_view kAccess[] = {"O_RDONLY", "O_WRONLY", "O_RDWR", ""};
  Out out(buffer);
  out.text(kAccess[flags & 3]);
  uint32_t left = flags & ~uint32_t{3};
  for (const OpenFlag& flag : kOpenFlags) {
    if (left == 0) break;
    if ((left & flag.bits) != flag.bits) continue;
    if (out.size() != 0) out.character('|');
    out.text(flag.name);
    left &= ~flag.bits;
  }
  return out.size();
}

size_t format_file_mode(uint32_t mode, char* buffer) {
  constexpr std::string_view kTypes = "dalTLDpSugct?";
  constexpr std::string_view kPermissions = "rwxrwxrwx";
  Out out(buffer);
  for (size_t i = 0; i < kTypes.size(); i++) {
    if ((mode >> (31 - i) & 1) != 0) out.character(kTypes[i]);
  }
  if (out.size() == 0) out.character('-');
  for (size_t i = 0; i < kPermissions.size(); i++) {
    out.character((mode >> (8 - i) & 1) != 0 ? kPermissions[i] : '-');
  }
  return out.size();
}

size_t format_bytes(uint64_t bytes, char* buffer) {
  static constexpr std::string_view kUnits[] = {" B", " kB", " MB", " GB", " TB", " PB", " EB"};
  Out out(buffer);
  size_t unit = 0;
  uint64_t size = 1;
  while (bytes / size >= 1000) {
    size *= 1000;
    unit++;
  }
  if (unit == 0) {
    out.number(bytes);
  } else {
    // Tenths, rounded half up; from ten on whole numbers, made from the tenths and rounded half to even.
    __extension__ using Wide = unsigned __int128;
    auto tenths =
        static_cast<uint64_t>((static_cast<Wide>(bytes) * 20 + size) / (static_cast<Wide>(size) * 2));
    if (tenths < 100) {
      out.number(tenths / 10);
      out.character('.');
      out.number(tenths % 10);
    } else {
      uint64_t whole = tenths / 10;
      uint64_t rest = tenths % 10;
      if (rest > 5 || (rest == 5 && whole % 2 == 1)) whole++;
      out.number(whole);
    }
  }
  out.text(kUnits[unit]);
  return out.size();
}

size_t format_duration(int64_t nanoseconds, char* buffer) {
  constexpr int64_t kMicrosecond = 1000;
  constexpr int64_t kMillisecond = 1000 * kMicrosecond;
  constexpr int64_t kSecond = 1000 * kMillisecond;
  Out out(buffer);
  if (nanoseconds < kMicrosecond) {
    if (nanoseconds < 0) out.character('-');
    auto value = static_cast<uint64_t>(nanoseconds);
    out.number(nanoseconds < 0 ? uint64_t{0} - value : value);
    out.text("ns");
  } else if (nanoseconds < kMillisecond) {
    out.fixed2(static_cast<double>(nanoseconds) / static_cast<double>(kMicrosecond));
    out.text("µs");
  } else if (nanoseconds < kSecond) {
    out.fixed2(static_cast<double>(nanoseconds) / static_cast<double>(kMillisecond));
    out.text("ms");
  } else {
    format_whole_seconds(static_cast<uint64_t>(nanoseconds / kSecond), out);
    format_fraction(static_cast<uint64_t>(nanoseconds % kSecond), out);
    out.character('s');
  }
  return out.size();
}

size_t format_ipv4(std::span<const uint8_t, 4> address, char* buffer) {
  Out out(buffer);
  for (size_t i = 0; i < 4; i++) {
    if (i != 0) out.character('.');
    out.number(address[i]);
  }
  return out.size();
}

size_t format_ipv6(std::span<const uint8_t, 16> address, char* buffer) {
  uint16_t groups[8];
  for (size_t i = 0; i < 8; i++) groups[i] = static_cast<uint16_t>(address[2 * i] << 8 | address[2 * i + 1]);
  Out out(buffer);
  if (std::all_of(groups, groups + 5, [](uint16_t g) { return g == 0; }) && groups[5] == 0xffff) {
    out.text("::ffff:");
    out.next += format_ipv4(address.subspan<12, 4>(), out.next);
    return out.size();
  }
  // The longest run of at least two zero groups, the first of equals, becomes "::".
  size_t best = 8;
  size_t best_size = 1;
  for (size_t i = 0; i < 8;) {
    size_t end = i;
    while (end < 8 && groups[end] == 0) end++;
    if (end - i > best_size) {
      best = i;
      best_size = end - i;
    }
    i = std::max(end, i + 1);
  }
  for (size_t i = 0; i < 8;) {
    if (i == best) {
      out.text("::");
      i += best_size;
      continue;
    }
    if (i != 0 && i != best + best_size) out.character(':');
    out.hex16(groups[i]);
    i++;
  }
  return out.size();
}

}  // namespace gadgetry::sys
