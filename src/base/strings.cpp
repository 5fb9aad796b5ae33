#include "base/strings.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <numeric>

namespace gadgetry::base {

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const std::string& part : parts) {
    if (&part != &parts.front()) out.append(separator);
    out.append(part);
  }
  return out;
}

std::string to_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string to_upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

std::optional<double> parse_double(std::string_view text) {
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::optional<bool> parse_bool(std::string_view text) {
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return std::nullopt;
}

Result<int64_t> parse_duration(std::string_view text) {
  auto invalid = [&] {
    return Error::usage("duration \"" + printable(text) + "\": not a duration")
        .with_hint("write a number and a unit, such as 500ms, 1s or 1m30s");
  };
  struct Unit {
    std::string_view name;
    double ns;
  };
  static constexpr Unit kUnits[] = {{"ns", 1},  {"us", 1e3}, {"\u00b5s", 1e3}, {"ms", 1e6},
                                    {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}};
  std::string_view rest = text;
  if (rest == "0") return int64_t{0};
  bool negative = !rest.empty() && rest.front() == '-';
  if (negative) rest.remove_prefix(1);
  if (rest.empty()) return invalid();
  double total = 0;
  while (!rest.empty()) {
    size_t digits = std::min(rest.find_first_not_of("0123456789."), rest.size());
    auto number = parse_double(rest.substr(0, digits));
    rest.remove_prefix(digits);
    size_t letters = std::min(rest.find_first_of("0123456789."), rest.size());
    std::string_view name = rest.substr(0, letters);
    rest.remove_prefix(letters);
    const Unit* unit = std::find_if(std::begin(kUnits), std::end(kUnits), [&](const Unit& u) { return u.name == name; });
    if (!number || unit == std::end(kUnits)) return invalid();
    total += *number * unit->ns;
  }
  if (!(total < 9.2e18)) return invalid();
  return static_cast<int64_t>(negative ? -std::llround(total) : std::llround(total));
}

Result<int64_t> parse_time(std::string_view text) {
  std::string whole(text);
  if (parse_double(text)) whole += "s";
  auto time = parse_duration(whole);
  if (!time.ok()) return time;
  if (*time < 0) return Error::usage(printable(text) + " is negative");
  return time;
}

std::string closest(std::string_view word, const std::vector<std::string>& candidates) {
  size_t best = std::max<size_t>(2, word.size() / 3) + 1;
  std::string found;
  for (const std::string& candidate : candidates) {
    std::vector<size_t> row(candidate.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 0; i < word.size(); i++) {
      size_t diagonal = row[0];
      row[0] = i + 1;
      for (size_t j = 0; j < candidate.size(); j++) {
        size_t substitute = diagonal + (word[i] == candidate[j] ? 0 : 1);
        diagonal = row[j + 1];
        row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, substitute});
      }
    }
    if (row.back() < best) {
      best = row.back();
      found = candidate;
    }
  }
  return found;
}

std::string hex(const void* bytes, size_t size) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(size * 2);
  const auto* p = static_cast<const unsigned char*>(bytes);
  for (size_t i = 0; i < size; i++) {
    out.push_back(kDigits[p[i] >> 4]);
    out.push_back(kDigits[p[i] & 15]);
  }
  return out;
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (char c : text) {
    auto u = static_cast<unsigned char>(c);
    if (c == '\n') {
      out += "\\n";
    } else if (u < 0x20 || u == 0x7f) {
      out += "\\x" + hex(&u, 1);
    } else {
      out.push_back(c);
    }
  }
  return out;
}

}  // namespace gadgetry::base
