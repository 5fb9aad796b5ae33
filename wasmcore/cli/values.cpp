// SPDX-License-Identifier: Apache-2.0
// Values of WebAssembly to and from text.
#include "values.hpp"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>
#include <type_traits>

#include "base/strings.hpp"
#include "engine.hpp"
#include "wasmcore.h"

namespace wasmcore::cli {
namespace {

// Decimal, or hex behind 0x. Negative values from the lowest of T on; positive ones up to the highest
// unsigned.
template <typename Unsigned>
std::optional<uint64_t> parse_integer(std::string_view text) {
  using Signed = std::make_signed_t<Unsigned>;
  bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  int radix = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    radix = 16;
    text.remove_prefix(2);
  }
  auto magnitude = base::parse_int<Unsigned>(text, radix);
  if (!magnitude) return std::nullopt;
  constexpr auto kLowest = static_cast<Unsigned>(std::numeric_limits<Signed>::min());
  if (negative && *magnitude > kLowest) return std::nullopt;
  return negative ? static_cast<Unsigned>(0 - *magnitude) : *magnitude;
}

template <typename Float>
struct FloatBits;
template <>
struct FloatBits<float> {
  using Bits = uint32_t;
  static constexpr int kMantissa = 23;
};
template <>
struct FloatBits<double> {
  using Bits = uint64_t;
  static constexpr int kMantissa = 52;
};

// "nan" or "nan:0x..." without a sign.
template <typename Bits>
std::optional<Bits> parse_nan(std::string_view text, int mantissa) {
  constexpr std::string_view kPayload = "nan:0x";
  Bits limit = Bits{1} << mantissa;
  Bits exponent = static_cast<Bits>(~(limit - 1)) & (static_cast<Bits>(-1) >> 1);
  if (text == "nan") return exponent | (limit >> 1);
  if (!text.starts_with(kPayload)) return std::nullopt;
  auto payload = base::parse_int<Bits>(text.substr(kPayload.size()), 16);
  if (!payload || *payload == 0 || *payload >= limit) return std::nullopt;
  return exponent | *payload;
}

template <typename Float>
std::optional<uint64_t> parse_float(std::string_view text) {
  using Bits = typename FloatBits<Float>::Bits;
  constexpr int kMantissa = FloatBits<Float>::kMantissa;
  constexpr Bits kSign = Bits{1} << (sizeof(Bits) * 8 - 1);
  bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  Bits sign = negative ? kSign : 0;
  if (text.starts_with("nan")) {
    auto bits = parse_nan<Bits>(text, kMantissa);
    return bits ? std::optional<uint64_t>(*bits | sign) : std::nullopt;
  }
  auto format = std::chars_format::general;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    format = std::chars_format::hex;
    text.remove_prefix(2);
  }
  if (text.starts_with('-')) return std::nullopt;
  Float value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, format);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return std::bit_cast<Bits>(value) | sign;
}

bool parse_v128(std::string_view text, std::vector<uint64_t>& slots) {
  constexpr size_t kHalf = 16;
  if (!text.starts_with("0x") || text.size() != 2 + 2 * kHalf) return false;
  auto high = base::parse_int<uint64_t>(text.substr(2, kHalf), 16);
  auto low = base::parse_int<uint64_t>(text.substr(2 + kHalf), 16);
  if (!high || !low) return false;
  slots.push_back(*low);
  slots.push_back(*high);
  return true;
}

const char* expected_form(uint8_t type) {
  switch (type) {
    case WASMCORE_I32:
    case WASMCORE_I64:
      return "write a decimal or 0x number that fits";
    case WASMCORE_F32:
    case WASMCORE_F64:
      return "write a number such as 1.5, 0x1.8p3, inf, nan or nan:0x1";
    case WASMCORE_V128:
      return "write 0x and 32 hex digits";
    default:
      return "only null can be passed from here";
  }
}

template <typename Float>
std::string format_float(typename FloatBits<Float>::Bits bits) {
  using Bits = typename FloatBits<Float>::Bits;
  auto value = std::bit_cast<Float>(bits);
  char text[64];
  if (std::isnan(value)) {
    const char* sign = std::signbit(value) ? "-" : "";
    Bits payload = bits & ((Bits{1} << FloatBits<Float>::kMantissa) - 1);
    (void)std::snprintf(text, sizeof(text), "%snan:0x%llx", sign, static_cast<unsigned long long>(payload));
    return text;
  }
  auto result = std::to_chars(text, text + sizeof(text), value);
  return {text, result.ptr};
}

}  // namespace

base::Status parse_value(uint8_t type, std::string_view text, std::vector<uint64_t>& slots) {
  std::optional<uint64_t> slot;
  bool done = false;
  switch (type) {
    case WASMCORE_I32:
      slot = parse_integer<uint32_t>(text);
      break;
    case WASMCORE_I64:
      slot = parse_integer<uint64_t>(text);
      break;
    case WASMCORE_F32:
      slot = parse_float<float>(text);
      break;
    case WASMCORE_F64:
      slot = parse_float<double>(text);
      break;
    case WASMCORE_V128:
      done = parse_v128(text, slots);
      break;
    default:
      if (text == "null") slot = 0;
      break;
  }
  if (slot) slots.push_back(*slot);
  if (slot || done) return {};
  return base::Error::usage(std::string(type_name(type)) + " \"" + base::printable(text) +
                            "\": not such a value")
      .with_hint(expected_form(type));
}

std::string format_value(uint8_t type, const uint64_t* slots) {
  std::string out = std::string(type_name(type)) + ":";
  char text[48];
  switch (type) {
    case WASMCORE_I32:
      return out + std::to_string(static_cast<int32_t>(static_cast<uint32_t>(slots[0])));
    case WASMCORE_I64:
      return out + std::to_string(static_cast<int64_t>(slots[0]));
    case WASMCORE_F32:
      return out + format_float<float>(static_cast<uint32_t>(slots[0]));
    case WASMCORE_F64:
      return out + format_float<double>(slots[0]);
    case WASMCORE_V128:
      (void)std::snprintf(text, sizeof(text), "0x%016llx%016llx", static_cast<unsigned long long>(slots[1]),
                          static_cast<unsigned long long>(slots[0]));
      return out + text;
    default:
      return out + (slots[0] == 0 ? "null" : "set");
  }
}

}  // namespace wasmcore::cli
