// Adds lines to a YAML text without touching the rest. Internal to this room.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "metadata/yaml.hpp"

namespace gadgetry::metadata {

class TextEdit {
 public:
  explicit TextEdit(std::string_view text);

  // Puts text (whole lines) in front of a line, counted from 1. Of several at one line, the first stands
  // first.
  void insert(uint32_t line, std::string text);

  // Adds entries at the end of a mapping. block gets their indentation. owner is the entry that holds the
  // mapping, null for the whole document. A mapping that has no entries yet is opened; one in braces that has
  // some is an error.
  base::Status append(const YamlNode& mapping, const YamlNode::Entry* owner,
                      const std::function<std::string(size_t indent)>& block);

  std::string apply() const;

 private:
  size_t block_end(size_t line, size_t indent) const;
  base::Status open_empty(const YamlNode::Entry& owner);

  struct Insertion {
    size_t line;    // index of the line it stands in front of
    size_t indent;  // of its entries: at one line, inner mappings are completed before outer ones
    std::string text;
  };
  std::vector<std::string> lines_;
  std::vector<Insertion> insertions_;
};

}  // namespace gadgetry::metadata
