// A YAML document as a plain tree that remembers where every part stands. yaml-cpp reads; this is its only
// user.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "metadata/diagnostic.hpp"

namespace gadgetry::metadata {

struct YamlNode {
  enum class Type : uint8_t { kNull, kScalar, kSequence, kMapping };
  struct Entry;

  Type type = Type::kNull;
  bool is_quoted = false;  // a scalar in quotes or a block scalar: text, whatever it looks like
  bool is_flow = false;    // a sequence or mapping in brackets
  Position at;
  std::string scalar;
  std::vector<YamlNode> items;  // of a sequence
  std::vector<Entry> entries;   // of a mapping, in order

  bool is_null() const { return type == Type::kNull; }
  bool is_scalar() const { return type == Type::kScalar; }
  bool is_sequence() const { return type == Type::kSequence; }
  bool is_mapping() const { return type == Type::kMapping; }
  // The value of a key, matched without regard to case; the last one when a key stands twice. Null when
  // absent.
  const YamlNode* find(std::string_view key) const;
  const Entry* find_entry(std::string_view key) const;
};

struct YamlNode::Entry {
  std::string key;
  Position key_at;
  YamlNode value;
};

// "a mapping", "text" ...: what a message calls a node.
std::string_view type_name(YamlNode::Type type);

// The first document of the text; null for empty text. Aliases are followed (copied) within
// limits::kYamlNodes; keys must be scalars. Errors begin with "LINE:COLUMN: ".
base::Result<YamlNode> read_yaml(std::string_view text);

// The node as a YAML document in block style, for keeping a part of a file.
std::string write_yaml(const YamlNode& node);

}  // namespace gadgetry::metadata
