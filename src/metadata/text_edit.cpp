#include "metadata/text_edit.hpp"

#include <algorithm>
#include <tuple>

#include "base/strings.hpp"

namespace gadgetry::metadata {

TextEdit::TextEdit(std::string_view text) {
  for (std::string_view line : base::split(text, '\n')) lines_.emplace_back(line);
  if (!lines_.empty() && lines_.back().empty()) lines_.pop_back();
}

void TextEdit::insert(uint32_t line, std::string text) {
  size_t index = line == 0 ? 0 : line - 1;
  insertions_.push_back({std::min(index, lines_.size()), 0, std::move(text)});
}

// The line behind the last one of a block mapping whose first entry stands at line.
size_t TextEdit::block_end(size_t line, size_t indent) const {
  size_t end = line + 1;
  for (size_t at = line + 1; at < lines_.size(); ++at) {
    const std::string& text = lines_[at];
    size_t start = text.find_first_not_of(" \r");
    if (start == std::string::npos) continue;
    bool is_comment = text[start] == '#';
    if (start < indent && !is_comment) break;
    if (indent == 0 && (text.starts_with("---") || text.starts_with("..."))) break;
    // A comment at the indentation of the keys may belong to what follows the mapping.
    if (!is_comment || start > indent) end = at + 1;
  }
  return end;
}

// "key:", "key: {}" and "key: ~" become "key:".
base::Status TextEdit::open_empty(const YamlNode::Entry& owner) {
  std::string& line = lines_[owner.key_at.line - 1];
  size_t colon = line.find(':', owner.key_at.column - 1 + owner.key.size());
  if (colon != std::string::npos) {
    std::string_view rest = std::string_view(line).substr(colon + 1);
    size_t comment = std::min(rest.find(" #"), rest.size());
    std::string_view value = base::trim(rest.substr(0, comment));
    if (value.empty()) return {};
    if (value == "{}" || value == "~" || value == "null") {
      std::string kept(rest.substr(comment));
      line = line.substr(0, colon + 1) + kept;
      return {};
    }
  }
  return base::Error(std::to_string(owner.key_at.line) + ":" + std::to_string(owner.key_at.column) + ": \"" +
                     owner.key + "\" cannot be completed in place")
      .with_hint("write it as indented lines");
}

base::Status TextEdit::append(const YamlNode& mapping, const YamlNode::Entry* owner,
                              const std::function<std::string(size_t indent)>& block) {
  if (mapping.is_mapping() && !mapping.entries.empty() && !mapping.is_flow) {
    Position first = mapping.entries.front().key_at;
    if (first.line > 0 && first.line <= lines_.size()) {
      size_t indent = first.column - 1;
      insertions_.push_back({block_end(first.line - 1, indent), indent, block(indent)});
      return {};
    }
  }
  bool is_empty = mapping.is_null() || (mapping.is_mapping() && mapping.entries.empty());
  if (is_empty && owner != nullptr && owner->key_at.line > 0 && owner->key_at.line <= lines_.size()) {
    GADGETRY_TRY(open_empty(*owner));
    size_t indent = owner->key_at.column - 1 + 2;
    insertions_.push_back({owner->key_at.line, indent, block(indent)});
    return {};
  }
  std::string what = owner == nullptr ? "the metadata" : "\"" + owner->key + "\"";
  return base::Error(what + " is written in braces or is no mapping, and cannot be completed in place")
      .with_hint("write it as indented lines");
}

std::string TextEdit::apply() const {
  std::vector<const Insertion*> sorted;
  for (const auto& one : insertions_) sorted.push_back(&one);
  std::sort(sorted.begin(), sorted.end(), [](const Insertion* a, const Insertion* b) {
    return std::tie(a->line, b->indent, a) < std::tie(b->line, a->indent, b);
  });
  std::string out;
  auto next = sorted.begin();
  for (size_t at = 0; at <= lines_.size(); ++at) {
    for (; next != sorted.end() && (*next)->line == at; ++next) out += (*next)->text;
    if (at < lines_.size()) out += lines_[at] + "\n";
  }
  return out;
}

}  // namespace gadgetry::metadata
