#include "output/yaml_sink.hpp"

#include <algorithm>
#include <cmath>

#include "base/strings.hpp"
#include "data/access.hpp"
#include "output/number_format.hpp"
#include "output/text.hpp"

namespace gadgetry::output {
namespace {

using data::Field;
using data::Kind;
using data::Record;

// Words that some YAML reader takes for a boolean, null or a number (YAML 1.1 and 1.2).
bool is_reserved_word(std::string_view text) {
  static constexpr std::string_view kWords[] = {"true", "false", "yes", "no", "on", "off", "y", "n", "null"};
  if (text.size() > 5) return false;
  std::string lower = base::to_lower(text);
  return std::find(std::begin(kWords), std::end(kWords), lower) != std::end(kWords);
}

bool is_plain_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '/' ||
         c == '.' || c == '-' || c == '+' || c == '=' || c == '@' || c == '(' || c == ')' || c == ';' ||
         c == ' ';
}

// Starts with a letter (or as a path), so it is no number, date or indicator; every other character is
// harmless.
bool is_plain(std::string_view text) {
  if (text.empty() || text.back() == ' ' || is_reserved_word(text)) return false;
  char first = text.front();
  bool letter =
      (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') || first == '_' || first == '/';
  return letter && std::all_of(text.begin(), text.end(), is_plain_char);
}

template <typename Float>
void append_float(Writer& out, Float value) {
  if (std::isnan(value)) return out.append(".nan");
  if (std::isinf(value)) return out.append(value < 0 ? "-.inf" : ".inf");
  out.commit(write_es6(out.reserve(kFloatBound), value));
}

}  // namespace

void append_yaml_text(Writer& out, std::string_view text) {
  if (is_plain(text)) return out.append(text);
  // JSON strings are double-quoted YAML.
  out.commit(write_json_string(out.reserve(json_string_bound(text.size())), text, false));
}

base::Status YamlSink::plan(data::DataSource& source) {
  GADGETRY_ASSIGN(FieldSelection selection, FieldSelection::parse(fields_, source));
  nodes_ = build_field_tree(source, selection);
  return {};
}

void YamlSink::process(data::Batch& batch) {
  Writer& out = writer();
  for (const Record& record : batch.records) {
    out.append("---\n");
    if (nodes_.empty()) out.append("{}\n");
    mapping(nodes_, record, {});
    out.end_record();
  }
  count_delivered(batch);
}

void YamlSink::mapping(const std::vector<FieldNode>& nodes, const Record& record, Place place) {
  Writer& out = writer();
  for (const FieldNode& node : nodes) {
    if (place.array != nullptr && !node.is_object() && node.field->slot != place.array->slot) continue;
    if (!place.inline_first) out.fill(place.indent, ' ');
    place.inline_first = false;
    append_yaml_text(out, node.field->name);
    out.append(':');
    value(node, record, place);
  }
  if (place.inline_first) out.append("{}\n");
}

// Behind "key:", with the end of the line.
void YamlSink::value(const FieldNode& node, const Record& record, Place place) {
  Writer& out = writer();
  if (node.field->is_array) {
    array(node, record, place);
  } else if (!node.is_object()) {
    out.append(' ');
    scalar(*node.field, record, 0, place.base);
    out.append('\n');
  } else if (node.children.empty()) {
    out.append(" {}\n");
  } else {
    out.append('\n');
    place.indent += 2;
    mapping(node.children, record, place);
  }
}

void YamlSink::array(const FieldNode& node, const Record& record, Place place) {
  Writer& out = writer();
  const Field& field = *node.field;
  const Record elements = data::list_record(record, field);
  uint32_t count = data::element_count(record, field);
  if (count == 0) return out.append(" []\n");
  out.append('\n');
  for (uint32_t i = 0; i < count; i++) {
    out.fill(place.indent, ' ');
    out.append("- ");
    if (!node.is_object()) {
      scalar(field, elements, i, place.base);
      out.append('\n');
    } else if (node.children.empty()) {
      out.append("{}\n");
    } else {
      const Field* outermost = place.array != nullptr ? place.array : &field;
      mapping(node.children, record,
              {.indent = place.indent + 2,
               .base = place.base + field.offset + i * field.stride,
               .array = outermost,
               .inline_first = true});
    }
  }
}

void YamlSink::scalar(const Field& field, const Record& record, uint32_t element, uint32_t base) {
  Writer& out = writer();
  switch (field.kind) {
    case Kind::kBool:
      return out.append(data::read_integer(record, field, element, base) != 0 ? "true" : "false");
    case Kind::kFloat32:
      return append_float(out, static_cast<float>(data::read_float(record, field, element, base)));
    case Kind::kFloat64:
      return append_float(out, data::read_float(record, field, element, base));
    case Kind::kString:
    case Kind::kCString:
      return append_yaml_text(out, data::read_text(record, field, element, base));
    case Kind::kBytes:
    case Kind::kInvalid: {
      std::string_view bytes = data::read_text(record, field, element, base);
      out.append('"');
      out.commit(write_hex_bytes(out.reserve(2 * bytes.size()),
                                 reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
      // What a short sample leaves out is zero.
      size_t size = field.is_dynamic ? bytes.size() : field.is_array ? field.stride : field.size;
      if (size > bytes.size()) out.fill(2 * (size - bytes.size()), '0');
      return out.append('"');
    }
    default: {
      uint64_t number = data::read_integer(record, field, element, base);
      char* at = out.reserve(kIntegerBound);
      out.commit(data::is_signed(field.kind) ? write_signed(at, static_cast<int64_t>(number))
                                             : write_unsigned(at, number));
    }
  }
}

}  // namespace gadgetry::output
