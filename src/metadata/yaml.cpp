#include "metadata/yaml.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <map>
#include <optional>
#include <sstream>

#include "base/limits.hpp"
#include "base/strings.hpp"

namespace gadgetry::metadata {
namespace {

Position place(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {static_cast<uint32_t>(mark.line) + 1, static_cast<uint32_t>(mark.column) + 1};
}

base::Error error_at(Position at, std::string_view text) {
  std::string prefix;
  if (at.line != 0) prefix = std::to_string(at.line) + ":" + std::to_string(at.column) + ": ";
  return base::Error(prefix + std::string(text));
}

// Thrown by the handler to stop yaml-cpp; caught in read_yaml.
struct Stop : std::exception {
  Position at;
  std::string text;
  Stop(Position where, std::string what_is_wrong) : at(where), text(std::move(what_is_wrong)) {}
};

size_t count_nodes(const YamlNode& node) {
  size_t count = 1;
  for (const auto& item : node.items) count += count_nodes(item);
  for (const auto& entry : node.entries) count += count_nodes(entry.value);
  return count;
}

size_t depth_of(const YamlNode& node) {
  size_t depth = 0;
  for (const auto& item : node.items) depth = std::max(depth, depth_of(item));
  for (const auto& entry : node.entries) depth = std::max(depth, depth_of(entry.value));
  return depth + 1;
}

// Builds the tree from yaml-cpp's events. `open_` holds the collections that are not finished yet.
class TreeBuilder final : public YAML::EventHandler {
 public:
  YamlNode take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    YamlNode node;
    node.at = place(mark);
    finish(std::move(node), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw Stop(place(mark), "an alias stands inside of what it names");
    if (found->second.depth + open_.size() > limits::kYamlDepth) {
      throw Stop(place(mark), "nested too deeply");
    }
    YamlNode copy = found->second.node;
    spend(found->second.nodes, place(mark));
    finish(std::move(copy), 0);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node;
    node.type = YamlNode::Type::kScalar;
    node.at = place(mark);
    node.is_quoted = tag == "!";
    node.scalar = value;
    if (!node.is_quoted && (value.empty() || value == "~" || value == "null"))
      node.type = YamlNode::Type::kNull;
    finish(std::move(node), anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    begin(YamlNode::Type::kSequence, mark, anchor, style);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    begin(YamlNode::Type::kMapping, mark, anchor, style);
  }
  void OnMapEnd() override { end(); }

 private:
  struct Open {
    YamlNode node;
    YAML::anchor_t anchor;
    std::optional<YamlNode> key;  // of a mapping, between a key and its value
  };
  struct Anchored {
    YamlNode node;
    size_t nodes;
    size_t depth;
  };

  void spend(size_t nodes, Position at) {
    nodes_ += nodes;
    if (nodes_ > limits::kYamlNodes) throw Stop(at, "too many values (aliases count with all they name)");
  }

  void begin(YamlNode::Type type, const YAML::Mark& mark, YAML::anchor_t anchor,
             YAML::EmitterStyle::value style) {
    if (open_.size() >= limits::kYamlDepth) throw Stop(place(mark), "nested too deeply");
    Open open;
    open.node.type = type;
    open.node.at = place(mark);
    open.node.is_flow = style == YAML::EmitterStyle::Flow;
    open.anchor = anchor;
    open_.push_back(std::move(open));
  }

  void end() {
    Open open = std::move(open_.back());
    open_.pop_back();
    finish(std::move(open.node), open.anchor);
  }

  void finish(YamlNode node, YAML::anchor_t anchor) {
    spend(1, node.at);
    if (anchor != 0) {
      size_t nodes = count_nodes(node);
      size_t depth = depth_of(node);
      spend(nodes, node.at);
      anchors_[anchor] = {node, nodes, depth};
    }
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.is_sequence()) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.key) {
      if (!node.items.empty() || !node.entries.empty() || node.is_sequence() || node.is_mapping()) {
        throw Stop(node.at, "a key must be text");
      }
      parent.key = std::move(node);
    } else {
      parent.node.entries.push_back({std::move(parent.key->scalar), parent.key->at, std::move(node)});
      parent.key.reset();
    }
  }

  YamlNode root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  size_t nodes_ = 0;
};

// Text as a double-quoted YAML scalar.
std::string quote(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  return out + '"';
}

void write_node(const YamlNode& node, size_t indent, std::string& out) {
  std::string pad(indent, ' ');
  switch (node.type) {
    case YamlNode::Type::kNull:
      out += " null\n";
      return;
    case YamlNode::Type::kScalar:
      // A plain scalar over several lines has line breaks in it, which would not stay plain.
      out +=
          " " +
          (node.is_quoted || node.scalar.find('\n') != std::string::npos ? quote(node.scalar) : node.scalar) +
          "\n";
      return;
    case YamlNode::Type::kSequence:
      out += node.items.empty() ? " []\n" : "\n";
      for (const auto& item : node.items) {
        out += pad + "-";
        write_node(item, indent + 2, out);
      }
      return;
    case YamlNode::Type::kMapping:
      out += node.entries.empty() ? " {}\n" : "\n";
      for (const auto& entry : node.entries) {
        out += pad + quote(entry.key) + ":";
        write_node(entry.value, indent + 2, out);
      }
      return;
  }
}

}  // namespace

const YamlNode::Entry* YamlNode::find_entry(std::string_view key) const {
  std::string wanted = base::to_lower(key);
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    if (base::to_lower(entry->key) == wanted) return &*entry;
  }
  return nullptr;
}

const YamlNode* YamlNode::find(std::string_view key) const {
  const Entry* entry = find_entry(key);
  return entry == nullptr ? nullptr : &entry->value;
}

std::string_view type_name(YamlNode::Type type) {
  switch (type) {
    case YamlNode::Type::kNull:
      return "nothing";
    case YamlNode::Type::kScalar:
      return "a single value";
    case YamlNode::Type::kSequence:
      return "a list";
    case YamlNode::Type::kMapping:
      return "a mapping";
  }
  return "";
}

base::Result<YamlNode> read_yaml(std::string_view text) {
  if (text.size() > limits::kMetadataBytes) {
    return base::Error("the text is longer than " + std::to_string(limits::kMetadataBytes) + " bytes");
  }
  if (text.find('\0') != std::string_view::npos) return base::Error("the text holds a NUL byte");
  TreeBuilder builder;
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
  } catch (const Stop& stop) {
    return error_at(stop.at, stop.text);
  } catch (const YAML::Exception& failure) {
    return error_at(place(failure.mark), failure.msg);
  } catch (const std::exception& failure) {
    return base::Error(std::string("cannot be read as YAML: ") + failure.what());
  }
  return builder.take();
}

std::string write_yaml(const YamlNode& node) {
  std::string out;
  write_node(node, 0, out);
  return out;
}

}  // namespace gadgetry::metadata
