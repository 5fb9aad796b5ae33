#include "sys/time_layout.hpp"

#include <array>
#include <cstring>
#include <ctime>
#include <utility>

#include "base/limits.hpp"

namespace gadgetry::sys {
namespace {

using Part = TimeLayout::Part;
using Code = Part::Code;

struct Token {
  std::string_view text;
  Code code;
  bool zone_z = false;
  bool zone_colon = false;
  uint8_t zone_parts = 2;
};

// The reference time of Go's layouts, piece by piece. A longer piece stands before its prefix.
constexpr Token kTokens[] = {
    {"January", Code::kMonthName},
    {"Jan", Code::kMonthShort},
    {"Monday", Code::kWeekdayName},
    {"Mon", Code::kWeekdayShort},
    {"MST", Code::kZoneName},
    {"2006", Code::kYear4},
    {"002", Code::kYearDay3},
    {"__2", Code::kYearDaySpace},
    {"_2", Code::kDaySpace},
    {"01", Code::kMonth2},
    {"02", Code::kDay2},
    {"03", Code::kHour12Zero},
    {"04", Code::kMinute2},
    {"05", Code::kSecond2},
    {"06", Code::kYear2},
    {"15", Code::kHour24},
    {"1", Code::kMonth1},
    {"2", Code::kDay1},
    {"3", Code::kHour12},
    {"4", Code::kMinute1},
    {"5", Code::kSecond1},
    {"PM", Code::kAmUpper},
    {"pm", Code::kAmLower},
    {"Z07:00:00", Code::kZone, true, true, 3},
    {"Z070000", Code::kZone, true, false, 3},
    {"Z07:00", Code::kZone, true, true, 2},
    {"Z0700", Code::kZone, true, false, 2},
    {"Z07", Code::kZone, true, false, 1},
    {"-07:00:00", Code::kZone, false, true, 3},
    {"-070000", Code::kZone, false, false, 3},
    {"-07:00", Code::kZone, false, true, 2},
    {"-0700", Code::kZone, false, false, 2},
    {"-07", Code::kZone, false, false, 1},
};

constexpr std::string_view kMonths[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
constexpr std::string_view kWeekdays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                          "Thursday", "Friday", "Saturday"};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// ".000" or ",999": a separator and equal digits, nothing numeric behind. The length, or 0.
size_t fraction_length(std::string_view layout) {
  if (layout.size() < 2 || (layout[0] != '.' && layout[0] != ',') || (layout[1] != '0' && layout[1] != '9'))
    return 0;
  size_t end = 1;
  while (end < layout.size() && layout[end] == layout[1]) end++;
  if ((end < layout.size() && is_digit(layout[end])) || end > 10) return 0;
  return end;
}

const Token* token_at(std::string_view layout) {
  if (layout.starts_with("_2006")) return nullptr;  // an underscore before a year
  for (const Token& token : kTokens) {
    if (!layout.starts_with(token.text)) continue;
    if (token.code == Code::kMonthShort || token.code == Code::kWeekdayShort) {
      // "Janet" and "Month" are words.
      if (layout.size() > 3 && layout[3] >= 'a' && layout[3] <= 'z') continue;
    }
    return &token;
  }
  return nullptr;
}

std::vector<Part> compile(std::string_view layout) {
  std::vector<Part> parts;
  std::string literal;
  auto flush = [&] {
    if (literal.empty()) return;
    parts.emplace_back();
    parts.back().literal = std::exchange(literal, {});
  };
  while (!layout.empty()) {
    if (size_t length = fraction_length(layout); length != 0) {
      flush();
      Part& part = parts.emplace_back();
      part.code = layout[1] == '0' ? Code::kFraction : Code::kFractionTrimmed;
      part.literal = layout[0];
      part.digits = static_cast<uint8_t>(length - 1);
      layout.remove_prefix(length);
    } else if (const Token* token = token_at(layout)) {
      flush();
      Part& part = parts.emplace_back();
      part.code = token->code;
      part.zone_z = token->zone_z;
      part.zone_colon = token->zone_colon;
      part.zone_parts = token->zone_parts;
      layout.remove_prefix(token->text.size());
    } else {
      literal += layout.front();
      layout.remove_prefix(1);
    }
  }
  flush();
  return parts;
}

void append_number(std::string& out, int64_t value, size_t width, char fill) {
  bool negative = value < 0;
  std::string digits = std::to_string(negative ? -value : value);
  if (negative) out += '-';
  if (digits.size() < width) out.append(width - digits.size(), fill);
  out += digits;
}

void append_zone(std::string& out, const Part& part, int64_t offset) {
  if (part.zone_z && offset == 0) {
    out += 'Z';
    return;
  }
  out += offset < 0 ? '-' : '+';
  if (offset < 0) offset = -offset;
  append_number(out, offset / 3600, 2, '0');
  if (part.zone_parts < 2) return;
  if (part.zone_colon) out += ':';
  append_number(out, offset / 60 % 60, 2, '0');
  if (part.zone_parts < 3) return;
  if (part.zone_colon) out += ':';
  append_number(out, offset % 60, 2, '0');
}

// The first `count` of nine digits. From the right, two at a time: this is most of the cost of a timestamp.
void write_digits(char* out, uint32_t nanosecond, size_t count) {
  static constexpr auto kPairs = [] {
    std::array<char, 200> pairs{};
    for (size_t i = 0; i < 100; i++) {
      pairs[2 * i] = static_cast<char>('0' + i / 10);
      pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
    return pairs;
  }();
  for (size_t i = 9; i > count; i--) nanosecond /= 10;
  size_t at = count;
  for (; at >= 2; nanosecond /= 100) {
    at -= 2;
    std::memcpy(out + at, &kPairs[static_cast<size_t>(nanosecond % 100) * 2], 2);
  }
  if (at == 1) out[0] = static_cast<char>('0' + nanosecond % 10);
}

void append_fraction(std::string& out, const Part& part, uint32_t nanosecond) {
  char digits[9];
  write_digits(digits, nanosecond, part.digits);
  size_t count = part.digits;
  if (part.code == Code::kFractionTrimmed) {
    while (count > 0 && digits[count - 1] == '0') count--;
    if (count == 0) return;
  }
  out += part.literal;
  out.append(digits, count);
}

void append_part(std::string& out, const Part& part, const tm& time, uint32_t nanosecond) {
  int64_t year = int64_t{time.tm_year} + 1900;
  int hour12 = time.tm_hour % 12 == 0 ? 12 : time.tm_hour % 12;
  switch (part.code) {
    case Code::kLiteral:
      out += part.literal;
      break;
    case Code::kYear4:
      append_number(out, year, 4, '0');
      break;
    case Code::kYear2:
      append_number(out, year % 100, 2, '0');
      break;
    case Code::kMonth2:
      append_number(out, time.tm_mon + 1, 2, '0');
      break;
    case Code::kMonth1:
      append_number(out, time.tm_mon + 1, 0, '0');
      break;
    case Code::kMonthName:
      out += kMonths[time.tm_mon];
      break;
    case Code::kMonthShort:
      out += kMonths[time.tm_mon].substr(0, 3);
      break;
    case Code::kDay2:
      append_number(out, time.tm_mday, 2, '0');
      break;
    case Code::kDay1:
      append_number(out, time.tm_mday, 0, '0');
      break;
    case Code::kDaySpace:
      append_number(out, time.tm_mday, 2, ' ');
      break;
    case Code::kYearDay3:
      append_number(out, time.tm_yday + 1, 3, '0');
      break;
    case Code::kYearDaySpace:
      append_number(out, time.tm_yday + 1, 3, ' ');
      break;
    case Code::kHour24:
      append_number(out, time.tm_hour, 2, '0');
      break;
    case Code::kHour12Zero:
      append_number(out, hour12, 2, '0');
      break;
    case Code::kHour12:
      append_number(out, hour12, 0, '0');
      break;
    case Code::kMinute2:
      append_number(out, time.tm_min, 2, '0');
      break;
    case Code::kMinute1:
      append_number(out, time.tm_min, 0, '0');
      break;
    case Code::kSecond2:
      append_number(out, time.tm_sec, 2, '0');
      break;
    case Code::kSecond1:
      append_number(out, time.tm_sec, 0, '0');
      break;
    case Code::kAmUpper:
      out += time.tm_hour >= 12 ? "PM" : "AM";
      break;
    case Code::kAmLower:
      out += time.tm_hour >= 12 ? "pm" : "am";
      break;
    case Code::kWeekdayName:
      out += kWeekdays[time.tm_wday];
      break;
    case Code::kWeekdayShort:
      out += kWeekdays[time.tm_wday].substr(0, 3);
      break;
    case Code::kZoneName:
      out += time.tm_zone != nullptr ? time.tm_zone : "UTC";
      break;
    case Code::kZone:
      append_zone(out, part, time.tm_gmtoff);
      break;
    case Code::kFraction:
    case Code::kFractionTrimmed:
      append_fraction(out, part, nanosecond);
      break;
  }
}

}  // namespace

TimeLayout::TimeLayout(std::string_view layout)
    : parts_(compile(layout.substr(0, limits::kTimeLayoutBytes))) {
  size_t fractions = 0;
  bool trimmed = false;
  for (const Part& part : parts_) {
    if (part.code == Code::kFraction) fractions++;
    if (part.code == Code::kFractionTrimmed) trimmed = true;
  }
  fast_ = fractions <= 1 && !trimmed;
}

void TimeLayout::render(int64_t second, uint32_t nanosecond) {
  time_t seconds = second;
  tm time{};
  if (localtime_r(&seconds, &time) == nullptr) (void)gmtime_r(&seconds, &time);
  text_.clear();
  for (const Part& part : parts_) {
    if (part.code == Code::kFraction) {
      fraction_at_ = text_.size() + part.literal.size();
      fraction_digits_ = part.digits;
    }
    append_part(text_, part, time, nanosecond);
  }
}

std::string_view TimeLayout::format(int64_t unix_ns) {
  constexpr int64_t kSecond = 1'000'000'000;
  int64_t second = unix_ns / kSecond;
  int64_t rest = unix_ns % kSecond;
  if (rest < 0) {
    rest += kSecond;
    second--;
  }
  auto nanosecond = static_cast<uint32_t>(rest);
  if (fast_ && second == second_) [[likely]] {
    write_digits(text_.data() + fraction_at_, nanosecond, fraction_digits_);
  } else {
    render(second, nanosecond);
    second_ = second;
  }
  return text_;
}

}  // namespace gadgetry::sys
