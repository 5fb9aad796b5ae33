// Small text helpers.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gadgetry::base {

std::string_view trim(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);  // "a,,b" -> "a", "", "b"
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);
inline bool starts_with(std::string_view text, std::string_view prefix) { return text.starts_with(prefix); }

// The whole text as an integer of type T; empty for anything else (overflow, spaces, sign on unsigned ...).
template <std::integral T>
std::optional<T> parse_int(std::string_view text, int base = 10) {
  T value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}
std::optional<double> parse_double(std::string_view text);
std::optional<bool> parse_bool(std::string_view text);  // true false 1 0

// A duration in Go's notation ("1.5s", "100ms", "1h30m", "0") in nanoseconds.
Result<int64_t> parse_duration(std::string_view text);
// The same, or a plain number of seconds, and never negative: for flags.
Result<int64_t> parse_time(std::string_view text);

// The candidate closest to word by edit distance, for "did you mean"; empty when none is near.
std::string closest(std::string_view word, const std::vector<std::string>& candidates);

// Text from an untrusted source made safe for a terminal: control characters as \xNN, newline as \n.
std::string printable(std::string_view text);

std::string hex(const void* bytes, size_t size);

}  // namespace gadgetry::base
