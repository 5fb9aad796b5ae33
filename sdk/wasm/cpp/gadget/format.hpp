// Text from values, and logging. No printf: a value is written by its type.
#pragma once

#include "base.hpp"

namespace gadget {

/// A number in hexadecimal, with 0x: gadget::log_info("at ", gadget::Hex(address)).
struct Hex {
  uint64_t value;
  constexpr explicit Hex(uint64_t v) : value(v) {}
};

/// Levels of messages; the user chooses from which one on they are shown.
enum class Level : uint32_t { kError = 0, kWarning = 1, kInfo = 2, kDebug = 3, kTrace = 4 };

namespace detail {

template <class Out>
void put_number(Out& out, uint64_t value, uint32_t base) {
  char digits[20];
  uint32_t at = sizeof(digits);
  do {
    digits[--at] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value != 0);
  out.append(Text(digits + at, static_cast<uint32_t>(sizeof(digits)) - at));
}

// Whole part and six decimals, without zeros at the end. Beyond 2^63 only "large".
template <class Out>
void put_float(Out& out, double value) {
  if (value != value) return out.append(Text("NaN"));
  if (value < 0) {
    out.append('-');
    value = -value;
  }
  if (value >= 9.2e18) return out.append(Text("large"));
  auto millionths =
      static_cast<uint64_t>((value - static_cast<double>(static_cast<uint64_t>(value))) * 1e6 + 0.5);
  uint64_t whole = static_cast<uint64_t>(value) + millionths / 1000000;
  millionths %= 1000000;
  put_number(out, whole, 10);
  if (millionths == 0) return;
  char digits[6];
  for (uint32_t i = 6; i > 0; i--, millionths /= 10) digits[i - 1] = static_cast<char>('0' + millionths % 10);
  uint32_t size = 6;
  while (digits[size - 1] == '0') size--;
  out.append('.');
  out.append(Text(digits, size));
}

template <class Out, class T>
void put(Out& out, const T& value) {
  if constexpr (is_same<T, bool>) {
    out.append(value ? Text("true") : Text("false"));
  } else if constexpr (is_same<T, char>) {
    out.append(value);
  } else if constexpr (is_same<T, Hex>) {
    out.append(Text("0x"));
    put_number(out, value.value, 16);
  } else if constexpr (is_same<T, float> || is_same<T, double>) {
    put_float(out, static_cast<double>(value));
  } else if constexpr (__is_integral(T)) {
    if constexpr (T(-1) < T(0)) {
      if (value < 0) out.append('-');
      put_number(out, value < 0 ? uint64_t(0) - static_cast<uint64_t>(value) : static_cast<uint64_t>(value),
                 10);
    } else {
      put_number(out, value, 10);
    }
  } else if constexpr (__is_enum(T)) {
    put(out, static_cast<__underlying_type(T)>(value));
  } else {
    out.append(Text(value));
  }
}

}  // namespace detail

/// Appends values: text, characters, numbers, bool, Hex, enums (as numbers). What does not fit is cut off.
template <uint32_t N, class... Values>
void append(FixedString<N>& out, const Values&... values) {
  (detail::put(out, values), ...);
}

/// The same in a new text: gadget::format<64>("pid ", pid).
template <uint32_t N, class... Values>
FixedString<N> format(const Values&... values) {
  FixedString<N> out;
  append(out, values...);
  return out;
}

/// Longest message of log().
inline constexpr uint32_t kMaxMessage = 512;

/// Logs a message made of values. Nothing is put together when the level is not shown.
template <class... Values>
void log(Level level, const Values&... values) {
  auto number = static_cast<uint32_t>(level);
  if (gadget_ig_gadgetShouldLog(number) == 0) return;
  FixedString<kMaxMessage> message;
  append(message, values...);
  gadget_ig_gadgetLog(number, detail::ref(message.text()));
}

template <class... Values>
void log_error(const Values&... values) {
  log(Level::kError, values...);
}
template <class... Values>
void log_warning(const Values&... values) {
  log(Level::kWarning, values...);
}
template <class... Values>
void log_info(const Values&... values) {
  log(Level::kInfo, values...);
}
template <class... Values>
void log_debug(const Values&... values) {
  log(Level::kDebug, values...);
}
template <class... Values>
void log_trace(const Values&... values) {
  log(Level::kTrace, values...);
}

/// Logs an error and gives 1, to be returned from a function of the lifecycle: return gadget::fail("no such
/// field").
template <class... Values>
int fail(const Values&... values) {
  log_error(values...);
  return 1;
}

namespace detail {

// Collects the text of print(), to call the host seldom.
class OutputText {
 public:
  void append(Text text) {
    if (buffer_.size() + text.size() > buffer_.capacity()) flush();
    if (text.size() > buffer_.capacity()) {
      gadget_v2_outputWrite(ref(text));
    } else {
      buffer_.append(text);
    }
  }
  void append(char c) { append(Text(&c, 1)); }
  void flush() {
    if (!buffer_.empty()) gadget_v2_outputWrite(ref(buffer_.text()));
    buffer_.clear();
  }

 private:
  FixedString<2048> buffer_;
};

inline OutputText& output_text() {
  static constinit OutputText text;
  return text;
}

}  // namespace detail

/// Writes text made of values, within an output mode (Source::output_mode).
template <class... Values>
void print(const Values&... values) {
  (detail::put(detail::output_text(), values), ...);
}

/// The number that a text is, in decimal or with 0x in hexadecimal; `other` when it is none.
inline uint64_t parse_number(Text text, uint64_t other = 0) {
  uint32_t base = text.starts_with("0x") ? 16 : 10;
  if (base == 16) text = text.part(2);
  if (text.empty()) return other;
  uint64_t value = 0;
  for (char c : text) {
    uint32_t digit = c >= '0' && c <= '9'   ? static_cast<uint32_t>(c - '0')
                     : c >= 'a' && c <= 'f' ? static_cast<uint32_t>(c - 'a' + 10)
                     : c >= 'A' && c <= 'F' ? static_cast<uint32_t>(c - 'A' + 10)
                                            : 16;
    if (digit >= base || value > (UINT64_MAX - digit) / base) return other;
    value = value * base + digit;
  }
  return value;
}

}  // namespace gadget
