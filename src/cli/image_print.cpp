#include "cli/image_print.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/strings.hpp"
#include "oci/image.hpp"

namespace gadgetry::cli {

std::string format_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    if (widths.size() < row.size()) widths.resize(row.size());
    for (size_t i = 0; i < row.size(); i++) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); i++) {
      out += row[i];
      if (i + 1 < row.size()) out.append(widths[i] - row[i].size() + 2, ' ');
    }
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
  }
  return out;
}

std::string format_size(uint64_t bytes) {
  static constexpr std::array<const char*, 5> kUnits = {"B", "kB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1000;
    unit++;
  }
  std::array<char, 32> text{};
  (void)std::snprintf(text.data(), text.size(), unit == 0 || value >= 99.95 ? "%.0f %s" : "%.1f %s", value,
                kUnits[unit]);
  return text.data();
}

std::string format_age(const std::string& created, int64_t now) {
  auto time = oci::parse_rfc3339(created);
  if (!time || *time == 0) return "-";
  struct Unit {
    const char* name;
    int64_t seconds;
  };
  static constexpr std::array<Unit, 5> kUnits = {
      Unit{"year", 365LL * 86400}, {"month", 30LL * 86400}, {"day", 86400}, {"hour", 3600}, {"minute", 60}};
  int64_t age = now - *time;
  if (age < 0) return created;
  for (const Unit& unit : kUnits) {
    int64_t count = age / unit.seconds;
    if (count > 0) return std::to_string(count) + " " + unit.name + (count > 1 ? "s ago" : " ago");
  }
  return "just now";
}

namespace {

std::string dump(const Json& value, int indent = -1) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

// A word that every YAML reader takes as the text it is.
bool is_plain(const std::string& text) {
  auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '/';
  };
  auto more = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+'; };
  if (text.empty() || !letter(text.front()) || !std::all_of(text.begin(), text.end(), more)) return false;
  static constexpr std::array<std::string_view, 9> kReserved = {"true", "false", "null", "yes", "no",
                                                                "on",   "off",   "y",    "n"};
  std::string lower = base::to_lower(text);
  return std::find(kReserved.begin(), kReserved.end(), lower) == kReserved.end();
}

// Several lines that can stand as they are below a "|".
bool is_block(const std::string& text) {
  if (text.find('\n') == std::string::npos || text.front() == ' ' || text.front() == '\n') return false;
  if (text.ends_with("\n\n")) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    auto byte = static_cast<unsigned char>(c);
    return c == '\n' || (byte >= 0x20 && byte < 0x7f);
  });
}

void put_text(std::string& out, const std::string& text, size_t indent) {
  if (is_plain(text)) {
    out += text + "\n";
    return;
  }
  if (!is_block(text)) {
    out += dump(text) + "\n";
    return;
  }
  bool ends = text.ends_with('\n');
  out += ends ? "|\n" : "|-\n";
  std::string_view body = std::string_view(text).substr(0, text.size() - (ends ? 1 : 0));
  for (std::string_view line : base::split(body, '\n')) {
    if (!line.empty()) out.append(indent, ' ').append(line);
    out += '\n';
  }
}

// Puts value behind "key:" or "-"; ends with a newline.
void put_value(std::string& out, const Json& value, size_t indent);

void put_items(std::string& out, const Json& value, size_t indent) {
  bool first = true;
  for (const auto& [key, item] : value.items()) {
    if (!first || out.empty() || out.back() == '\n') out.append(indent, ' ');
    first = false;
    if (value.is_array()) {
      out += "- ";
      if (item.is_object() && !item.empty()) {
        put_items(out, item, indent + 2);
        continue;
      }
    } else {
      out += (is_plain(key) ? key : dump(key)) + ":";
      if (!item.is_structured() || item.empty()) out += ' ';
    }
    put_value(out, item, indent);
  }
}

void put_value(std::string& out, const Json& value, size_t indent) {
  if (value.is_string()) {
    put_text(out, value.get_ref<const std::string&>(), indent + 2);
  } else if (!value.is_structured() || value.empty()) {
    out += dump(value) + "\n";
  } else {
    out += '\n';
    put_items(out, value, indent + 2);
  }
}

}  // namespace

std::string to_yaml(const Json& value) {
  std::string out;
  if (value.is_structured() && !value.empty()) {
    put_items(out, value, 0);
  } else {
    put_value(out, value, 0);
  }
  return out;
}

base::Result<std::string> format_document(const Json& value, const std::string& format) {
  if (format == "json") return dump(value) + "\n";
  if (format == "jsonpretty") return dump(value, 2) + "\n";
  if (format == "yaml") return to_yaml(value);
  return base::Error::usage("output format \"" + base::printable(format) + "\": unknown")
      .with_hint("use json, jsonpretty or yaml");
}

}  // namespace gadgetry::cli
