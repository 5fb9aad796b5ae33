// The simple definition file of the original design, and the sections that data sources replaced.
#include <algorithm>

#include "base/strings.hpp"
#include "metadata/reader.hpp"

namespace gadgetry::metadata {
namespace {

struct Mapped {
  std::string_view key;  // lower case
  std::string_view annotation;
};

// One attribute of a column as annotation; false when the key is not known.
bool read_attribute(Reader& reader, const YamlNode::Entry& entry, const std::string& key,
                    const std::vector<Mapped>& known, FieldInfo& field) {
  auto found = std::find_if(known.begin(), known.end(), [&](const Mapped& one) { return one.key == key; });
  if (found == known.end()) return false;
  if (auto value = reader.text(entry.value, "\"" + entry.key + "\"")) {
    add_annotation(field, found->annotation, std::move(*value), entry.value.at);
  }
  return true;
}

// Keys of one element of `columns`.
const std::vector<Mapped>& column_attributes() {
  static const std::vector<Mapped> kKnown = {
      {"alias", "columns.alias"},
      {"width", "columns.width"},
      {"min_width", "columns.minwidth"},
      {"max_width", "columns.maxwidth"},
      {"alignment", "columns.alignment"},
      {"ellipsis_type", "columns.ellipsis"},
      {"fixed_width", "columns.fixed"},
      {"precision", "columns.precision"},
      {"hex", "columns.hex"},
      {"description", "description"},
      {"template", "template"},
  };
  return kKnown;
}

void read_column_entry(Reader& reader, const YamlNode::Entry& entry, FieldInfo& field) {
  static const std::vector<std::string> kKnown = {
      "name",      "raw_name",    "alias",      "width",         "min_width",   "max_width",
      "alignment", "visible",     "group_type", "ellipsis_type", "fixed_width", "precision",
      "hex",       "description", "order",      "tags",          "template"};
  std::string key = base::to_lower(entry.key);
  if (read_attribute(reader, entry, key, column_attributes(), field)) return;
  if (key == "visible") {
    if (auto visible = reader.boolean(entry.value, "visible")) {
      add_annotation(field, "columns.hidden", *visible ? "false" : "true", entry.value.at);
    }
  } else if (key == "order") {
    if (auto order = reader.integer(entry.value, "order")) {
      field.order = static_cast<int32_t>(std::clamp<int64_t>(*order, INT32_MIN, INT32_MAX));
    }
  } else if (key == "tags") {
    field.tags = reader.texts(entry.value, "tags");
  } else if (key != "name" && key != "raw_name" && key != "group_type") {
    reader.unknown_key(entry, "a column", kKnown);
  }
}

FieldInfo read_column(Reader& reader, const YamlNode& node) {
  FieldInfo field;
  field.at = node.at;
  if (!reader.is_mapping(node, "a column")) return field;
  if (const auto* name = node.find("name")) {
    field.name = reader.text(*name, "the name of a column").value_or("");
    field.at = name->at;
  }
  for (const auto& entry : node.entries) read_column_entry(reader, entry, field);
  return field;
}

FieldInfo read_struct_field(Reader& reader, const YamlNode& node) {
  FieldInfo field;
  field.at = node.at;
  if (!reader.is_mapping(node, "a field")) return field;
  for (const auto& entry : node.entries) {
    std::string key = base::to_lower(entry.key);
    if (key == "name") {
      field.name = reader.text(entry.value, "the name of a field").value_or("");
      field.at = entry.value.at;
    } else if (key == "description") {
      if (auto text = reader.text(entry.value, "description")) {
        add_annotation(field, "description", std::move(*text), entry.value.at);
      }
    } else if (key == "attributes") {
      read_attributes(reader, entry.value, field);
    } else if (key == "annotations") {
      for (auto& one : reader.annotations(entry.value, "annotations"))
        field.annotations.push_back(std::move(one));
    } else {
      reader.unknown_key(entry, "a field", {"name", "description", "attributes", "annotations"});
    }
  }
  return field;
}

Metadata::LooseFields& loose_fields(Metadata& out, const std::string& struct_name, Position at) {
  for (auto& loose : out.loose_fields) {
    if (loose.struct_name == struct_name) return loose;
  }
  auto& added = out.loose_fields.emplace_back();
  added.struct_name = struct_name;
  added.at = at;
  return added;
}

}  // namespace

void add_annotation(FieldInfo& field, std::string_view key, std::string value, Position at) {
  if (field.find(key) == nullptr)
    field.annotations.push_back({std::string(key), std::move(value), at, at, false});
}

void read_attributes(Reader& reader, const YamlNode& node, FieldInfo& field) {
  static const std::vector<Mapped> kKnown = {
      {"width", "columns.width"},         {"minwidth", "columns.minwidth"},
      {"maxwidth", "columns.maxwidth"},   {"alignment", "columns.alignment"},
      {"hidden", "columns.hidden"},       {"ellipsis", "columns.ellipsis"},
      {"fixed", "columns.fixed"},         {"hex", "columns.hex"},
      {"precision", "columns.precision"}, {"alias", "columns.alias"},
      {"template", "template"},
  };
  if (!reader.is_mapping(node, "attributes")) return;
  for (const auto& entry : node.entries) {
    if (read_attribute(reader, entry, base::to_lower(entry.key), kKnown, field)) continue;
    reader.unknown_key(entry, "attributes",
                       {"width", "minWidth", "maxWidth", "alignment", "hidden", "ellipsis", "fixed", "hex",
                        "precision", "alias", "template"});
  }
}

void read_columns(Reader& reader, const YamlNode& node, Metadata& out) {
  auto& loose = loose_fields(out, "", node.at);
  if (node.is_mapping()) {  // name: {attributes}, which reads the same
    reader.check_duplicates(node);
    for (const auto& entry : node.entries) {
      FieldInfo field = read_column(reader, entry.value);
      field.name = entry.key;
      field.at = entry.key_at;
      loose.fields.push_back(std::move(field));
    }
    return;
  }
  if (!reader.is_sequence(node, "columns")) return;
  for (const auto& item : node.items) {
    FieldInfo field = read_column(reader, item);
    if (field.name.empty()) {
      reader.error(item.at, "a column has no name", "add name: with the name of a field");
    } else {
      loose.fields.push_back(std::move(field));
    }
  }
}

void read_definition_params(Reader& reader, const YamlNode& node, Metadata& out) {
  if (!reader.is_sequence(node, "ebpf_params")) return;
  for (const auto& item : node.items) {
    const YamlNode::Entry* variable = item.is_mapping() ? item.find_entry("var") : nullptr;
    if (variable == nullptr || !variable->value.is_scalar()) {
      reader.error(item.at, "a parameter names no variable",
                   "add var: with the name of a const volatile variable");
      continue;
    }
    YamlNode::Entry entry{variable->value.scalar, variable->value.at, item};
    std::erase_if(entry.value.entries, [](const auto& one) { return base::to_lower(one.key) == "var"; });
    out.ebpf_params.push_back(read_param(reader, entry, "ebpf_params"));
  }
}

void read_structs(Reader& reader, const YamlNode& node, Metadata& out) {
  if (!reader.is_mapping(node, "structs")) return;
  for (const auto& entry : node.entries) {
    auto& loose = loose_fields(out, entry.key, entry.key_at);
    if (!reader.is_mapping(entry.value, "struct \"" + entry.key + "\"")) continue;
    for (const auto& part : entry.value.entries) {
      if (base::to_lower(part.key) != "fields") {
        reader.unknown_key(part, "struct \"" + entry.key + "\"", {"fields"});
      } else if (reader.is_sequence(part.value, "fields")) {
        for (const auto& item : part.value.items) {
          FieldInfo field = read_struct_field(reader, item);
          if (!field.name.empty()) loose.fields.push_back(std::move(field));
        }
      }
    }
  }
}

void read_struct_users(Reader& reader, const YamlNode& node, std::string_view section, Metadata& out) {
  if (!reader.is_mapping(node, section)) return;
  for (const auto& entry : node.entries) {
    if (!reader.is_mapping(entry.value, section)) continue;
    for (const auto& part : entry.value.entries) {
      std::string key = base::to_lower(part.key);
      if (key == "structname") {
        if (auto name = reader.text(part.value, "structName")) {
          loose_fields(out, *name, entry.key_at).source = entry.key;
        }
      } else if (key != "mapname") {
        reader.unknown_key(part, section, {"mapName", "structName"});
      }
    }
  }
}

}  // namespace gadgetry::metadata
