#include "output/number_format.hpp"

#include <charconv>

namespace gadgetry::output {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

// Significant digits d[0..count) and the place n of the decimal point, as the standard names them: the value
// is 0.d0d1d2... * 10^n.
char* lay_out(char* out, const char* digits, int count, int n) {
  auto put = [&](const char* from, int size) {
    std::memcpy(out, from, static_cast<size_t>(size));
    out += size;
  };
  auto zeros = [&](int size) {
    std::memset(out, '0', static_cast<size_t>(size));
    out += size;
  };
  if (n >= count && n <= 21) {
    put(digits, count);
    zeros(n - count);
  } else if (n > 0 && n <= 21) {
    put(digits, n);
    *out++ = '.';
    put(digits + n, count - n);
  } else if (n > -6 && n <= 0) {
    put("0.", 2);
    zeros(-n);
    put(digits, count);
  } else {
    *out++ = digits[0];
    if (count > 1) {
      *out++ = '.';
      put(digits + 1, count - 1);
    }
    *out++ = 'e';
    int exponent = n - 1;
    *out++ = exponent < 0 ? '-' : '+';
    out = write_unsigned(out, static_cast<uint64_t>(exponent < 0 ? -exponent : exponent));
  }
  return out;
}

template <typename Float>
char* write_shortest(char* out, Float value) {
  if (value == 0) {
    *out = '0';
    return out + 1;
  }
  char text[40];
  auto end = std::to_chars(text, text + sizeof(text), value, std::chars_format::scientific).ptr;
  const char* at = text;
  if (*at == '-') *out++ = *at++;
  char digits[24] = {};
  int count = 0;
  for (; at < end && *at != 'e'; at++) {
    if (*at != '.') digits[count++] = *at;
  }
  int exponent = 0;
  at++;
  bool negative = *at == '-';
  std::from_chars(at + 1, end, exponent);
  return lay_out(out, digits, count, (negative ? -exponent : exponent) + 1);
}

}  // namespace

char* write_hex_bytes(char* out, const uint8_t* bytes, size_t size) {
  for (size_t i = 0; i < size; i++) {
    *out++ = kHexDigits[bytes[i] >> 4];
    *out++ = kHexDigits[bytes[i] & 15];
  }
  return out;
}

char* write_hex_integer(char* out, uint64_t value) {
  *out++ = '0';
  *out++ = 'x';
  int digits = value == 0 ? 1 : (67 - std::countl_zero(value)) / 4;
  for (int i = digits - 1; i >= 0; i--) *out++ = kHexDigits[(value >> (4 * i)) & 15];
  return out;
}

char* write_es6(char* out, double value) {
  return write_shortest(out, value);
}
char* write_es6(char* out, float value) {
  return write_shortest(out, value);
}

}  // namespace gadgetry::output
