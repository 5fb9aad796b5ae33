// Points in time as text, by a layout in the notation of Go's time package ("2006-01-02 15:04:05.000").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gadgetry::sys {

inline constexpr std::string_view kDefaultTimeLayout = "2006-01-02T15:04:05.000000000Z07:00";

// Formats in the local time zone. Keeps the text of the last second: within one second a call only writes the
// digits of the fraction. Not for use by several threads at once.
class TimeLayout {
 public:
  explicit TimeLayout(std::string_view layout = kDefaultTimeLayout);

  // The time as text; valid until the next call. unix_ns: nanoseconds since 1970.
  std::string_view format(int64_t unix_ns);

  struct Part {
    enum class Code : uint8_t {
      kLiteral,
      kYear4,
      kYear2,
      kMonth2,
      kMonth1,
      kMonthName,
      kMonthShort,
      kDay2,
      kDay1,
      kDaySpace,
      kYearDay3,
      kYearDaySpace,
      kHour24,
      kHour12Zero,
      kHour12,
      kMinute2,
      kMinute1,
      kSecond2,
      kSecond1,
      kAmUpper,
      kAmLower,
      kWeekdayName,
      kWeekdayShort,
      kZoneName,
      kZone,
      kFraction,
      kFractionTrimmed,
    };
    Code code = Code::kLiteral;
    std::string literal;      // kLiteral; kFraction*: the "." or ","
    uint8_t digits = 0;       // kFraction*
    bool zone_z = false;      // kZone: "Z" for UTC
    bool zone_colon = false;  // kZone: colons between the parts
    uint8_t zone_parts = 2;   // kZone: 1 hours, 2 and minutes, 3 and seconds
  };

 private:
  void render(int64_t second, uint32_t nanosecond);

  std::vector<Part> parts_;
  std::string text_;
  int64_t second_ = INT64_MIN;
  bool fast_ =
      false;  // at most one fraction, of fixed width: the rest of the text depends on the second only
  size_t fraction_at_ = 0;  // of its digits in text_
  uint8_t fraction_digits_ = 0;
};

}  // namespace gadgetry::sys
