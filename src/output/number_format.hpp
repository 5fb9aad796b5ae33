// Numbers as text, fast. Every function writes at `out`, may scribble on up to 16 bytes behind the end of the
// number, and returns that end.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace gadgetry::output {

static_assert(std::endian::native == std::endian::little, "digits are put together in little-endian words");

inline constexpr size_t kIntegerBound = 20 + 16;  // room write_unsigned and write_signed need
inline constexpr size_t kFloatBound = 48;         // room write_es6 needs

// The eight decimal digits of value (below 10^8), one in each byte, the first one lowest. Splits the number
// in halves, quarters and digits, all lanes at once.
inline uint64_t eight_digits(uint32_t value) {
  uint64_t halves = value / 10000 | (static_cast<uint64_t>(value % 10000) << 32);
  uint64_t top = ((halves * 10486) >> 20) & 0x0000007f0000007f;  // each half / 100
  uint64_t pairs = top | ((halves - 100 * top) << 16);
  uint64_t tens = ((pairs * 103) >> 10) & 0x000f000f000f000f;  // each pair / 10
  return tens | ((pairs - 10 * tens) << 8);
}

inline constexpr uint64_t kAsciiZeros = 0x3030303030303030;

// How many digits a number has, by the place of its highest bit: (entry + number) >> 32. Where the digits
// change between 2^i and 2^(i+1) the entry carries over into the upper half from that number on.
struct DigitTable {
  uint64_t entries[32];
  constexpr DigitTable() : entries() {
    uint64_t power = 10;  // the smallest number with more digits than 2^i
    uint64_t digits = 1;
    for (unsigned i = 0; i < 32; i++) {
      uint64_t low = uint64_t{1} << i;
      if (low >= power) {
        power *= 10;
        digits++;
      }
      bool changes = power <= 2 * low - 1;
      entries[i] = changes ? ((digits + 1) << 32) - power : digits << 32;
    }
  }
};
inline constexpr DigitTable kDigitTable;
inline unsigned count_digits(uint32_t value) {
  unsigned highest = 31 - static_cast<unsigned>(std::countl_zero(value | 1));
  return static_cast<unsigned>((kDigitTable.entries[highest] + value) >> 32);
}

// value below 10^8, without leading zeros. The length does not wait for the digits: the next number can start
// early.
inline char* write_up_to_eight(char* out, uint32_t value) {
  unsigned length = count_digits(value);
  uint64_t word = (eight_digits(value) | kAsciiZeros) >> (64 - 8 * length);
  std::memcpy(out, &word, 8);
  return out + length;
}

inline char* write_eight(char* out, uint32_t value) {
  uint64_t word = eight_digits(value) | kAsciiZeros;
  std::memcpy(out, &word, 8);
  return out + 8;
}

// "000102...99", and one byte more: of numbers below 10 the second digit is copied, and what is behind it.
struct PairTable {
  char digits[201];
  constexpr PairTable() : digits() {
    for (size_t i = 0; i < 100; i++) {
      digits[2 * i] = static_cast<char>('0' + i / 10);
      digits[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
  }
};
inline constexpr PairTable kPairTable;

// value below 10^4, the usual pid, user id or file descriptor.
inline char* write_up_to_four(char* out, uint32_t value) {
  uint32_t high = value / 100;
  if (value >= 100) {
    unsigned skip = high < 10 ? 1 : 0;
    std::memcpy(out, kPairTable.digits + size_t{2} * high + skip, 2);
    out += 2 - skip;
    std::memcpy(out, kPairTable.digits + size_t{2} * (value % 100), 2);
    return out + 2;
  }
  unsigned skip = value < 10 ? 1 : 0;
  std::memcpy(out, kPairTable.digits + size_t{2} * value + skip, 2);
  return out + 2 - skip;
}

inline char* write_unsigned(char* out, uint64_t value) {
  constexpr uint64_t kSplit = 100000000;
  if (value < 10000) return write_up_to_four(out, static_cast<uint32_t>(value));
  if (value < kSplit) return write_up_to_eight(out, static_cast<uint32_t>(value));
  uint64_t high = value / kSplit;
  auto low = static_cast<uint32_t>(value % kSplit);
  if (high < kSplit) {
    out = write_up_to_eight(out, static_cast<uint32_t>(high));
  } else {
    out = write_up_to_eight(out, static_cast<uint32_t>(high / kSplit));
    out = write_eight(out, static_cast<uint32_t>(high % kSplit));
  }
  return write_eight(out, low);
}

inline char* write_signed(char* out, int64_t value) {
  auto magnitude = static_cast<uint64_t>(value);
  if (value < 0) {
    *out++ = '-';
    magnitude = 0 - magnitude;
  }
  return write_unsigned(out, magnitude);
}

// Lower-case hexadecimal digits of raw bytes, two each. Needs room for 2 * size bytes.
char* write_hex_bytes(char* out, const uint8_t* bytes, size_t size);
// "0x" and the digits of value. Needs room for 18 bytes.
char* write_hex_integer(char* out, uint64_t value);

// The shortest text that reads back as the same number, the way ECMAScript's Number::toString lays it out
// (ECMA-262, 6.1.6.1.20): "1", "0.5", "1e+21", "1.5e-7". -0 is "0". The caller deals with NaN and infinities.
char* write_es6(char* out, double value);
char* write_es6(char* out, float value);

}  // namespace gadgetry::output
