#include "metadata/reader.hpp"

#include <set>

#include "base/limits.hpp"
#include "base/strings.hpp"

namespace gadgetry::metadata {
namespace {

// YAML's other spellings of the booleans, in plain scalars.
std::string normal_scalar(const YamlNode& node) {
  if (!node.is_quoted) {
    if (node.scalar == "True" || node.scalar == "TRUE") return "true";
    if (node.scalar == "False" || node.scalar == "FALSE") return "false";
  }
  return node.scalar;
}

}  // namespace

void Reader::error(Position at, std::string message, std::string hint) {
  if (issues_.size() < limits::kMetadataIssues) {
    issues_.push_back({at, Severity::kError, std::move(message), std::move(hint)});
  }
}

void Reader::warning(Position at, std::string message, std::string hint) {
  if (issues_.size() < limits::kMetadataIssues) {
    issues_.push_back({at, Severity::kWarning, std::move(message), std::move(hint)});
  }
}

void Reader::unknown_key(const YamlNode::Entry& entry, std::string_view where,
                         const std::vector<std::string>& known) {
  std::string near = base::closest(base::to_lower(entry.key), known);
  if (near.empty()) near = base::closest(entry.key, known);
  std::string hint =
      near.empty() ? "known are: " + base::join(known, ", ") : "did you mean \"" + near + "\"?";
  warning(entry.key_at, "unknown key \"" + entry.key + "\" in " + std::string(where), std::move(hint));
}

void Reader::check_duplicates(const YamlNode& mapping) {
  std::set<std::string> seen;
  for (const auto& entry : mapping.entries) {
    if (!seen.insert(base::to_lower(entry.key)).second) {
      error(entry.key_at, "the key \"" + entry.key + "\" stands twice", "remove one of them");
    }
  }
}

bool Reader::is_mapping(const YamlNode& node, std::string_view what) {
  if (node.is_mapping()) {
    check_duplicates(node);
    return true;
  }
  if (!node.is_null()) {
    error(node.at, std::string(what) + " must be a mapping, but is " + std::string(type_name(node.type)));
  }
  return false;
}

bool Reader::is_sequence(const YamlNode& node, std::string_view what) {
  if (node.is_sequence()) return true;
  if (!node.is_null()) {
    error(node.at, std::string(what) + " must be a list, but is " + std::string(type_name(node.type)));
  }
  return false;
}

std::optional<std::string> Reader::text(const YamlNode& node, std::string_view what) {
  if (node.is_null()) return std::string();
  if (node.is_scalar()) return normal_scalar(node);
  error(node.at, std::string(what) + " must be text, but is " + std::string(type_name(node.type)));
  return std::nullopt;
}

std::optional<bool> Reader::boolean(const YamlNode& node, std::string_view what) {
  auto value = text(node, what);
  if (!value) return std::nullopt;
  auto parsed = base::parse_bool(*value);
  if (!parsed) error(node.at, std::string(what) + " is \"" + *value + "\"", "write true or false");
  return parsed;
}

std::optional<int64_t> Reader::integer(const YamlNode& node, std::string_view what) {
  auto value = text(node, what);
  if (!value) return std::nullopt;
  auto parsed = base::parse_int<int64_t>(*value);
  if (!parsed) error(node.at, std::string(what) + " is \"" + *value + "\"", "write a whole number");
  return parsed;
}

std::vector<std::string> Reader::texts(const YamlNode& node, std::string_view what) {
  std::vector<std::string> out;
  if (node.is_scalar()) {
    out.push_back(node.scalar);
  } else if (is_sequence(node, what)) {
    for (const auto& item : node.items) {
      if (auto value = text(item, std::string("an item of ") + std::string(what)))
        out.push_back(std::move(*value));
    }
  }
  return out;
}

std::vector<Annotation> Reader::annotations(const YamlNode& node, std::string_view what) {
  std::vector<Annotation> out;
  if (!is_mapping(node, what)) return out;
  for (const auto& entry : node.entries) {
    auto value = text(entry.value, "annotation \"" + entry.key + "\"");
    if (!value) continue;
    out.push_back({entry.key, std::move(*value), entry.key_at, entry.value.at, entry.value.is_null()});
  }
  return out;
}

void Reader::settings(const YamlNode& node, const std::string& prefix, std::vector<Setting>& out) {
  check_duplicates(node);
  for (const auto& entry : node.entries) {
    std::string key = prefix + base::to_lower(entry.key);
    if (entry.value.is_mapping()) {
      settings(entry.value, key + ".", out);
    } else if (entry.value.is_sequence()) {
      out.push_back({key, base::join(texts(entry.value, key), ","), entry.key_at});
    } else if (auto value = text(entry.value, key)) {
      out.push_back({key, std::move(*value), entry.key_at});
    }
  }
}

}  // namespace gadgetry::metadata
