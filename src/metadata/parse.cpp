// From the YAML tree to Metadata.
#include "base/strings.hpp"
#include "metadata/metadata.hpp"
#include "metadata/reader.hpp"
#include "metadata/yaml.hpp"

namespace gadgetry::metadata {
namespace {

FieldInfo read_field(Reader& reader, const YamlNode::Entry& entry) {
  FieldInfo field;
  field.name = entry.key;
  field.at = entry.key_at;
  std::string what = "field \"" + entry.key + "\"";
  if (!reader.is_mapping(entry.value, what)) return field;
  const YamlNode* attributes = nullptr;
  for (const auto& part : entry.value.entries) {
    std::string key = base::to_lower(part.key);
    if (key == "annotations") {
      field.annotations = reader.annotations(part.value, "annotations of " + what);
    } else if (key == "tags") {
      field.tags = reader.texts(part.value, "tags");
    } else if (key == "attributes") {
      attributes = &part.value;
    } else {
      reader.unknown_key(part, what, {"annotations", "tags", "attributes"});
    }
  }
  if (attributes != nullptr) read_attributes(reader, *attributes, field);
  return field;
}

SourceInfo read_source(Reader& reader, const YamlNode::Entry& entry) {
  SourceInfo source;
  source.name = entry.key;
  source.at = entry.key_at;
  std::string what = "data source \"" + entry.key + "\"";
  if (!reader.is_mapping(entry.value, what)) return source;
  for (const auto& part : entry.value.entries) {
    std::string key = base::to_lower(part.key);
    if (key == "annotations") {
      source.annotations = reader.annotations(part.value, "annotations of " + what);
    } else if (key == "tags") {
      source.tags = reader.texts(part.value, "tags");
    } else if (key == "fields") {
      if (!reader.is_mapping(part.value, "fields of " + what)) continue;
      for (const auto& field : part.value.entries) source.fields.push_back(read_field(reader, field));
    } else {
      reader.unknown_key(part, what, {"annotations", "tags", "fields"});
    }
  }
  return source;
}

void read_params(Reader& reader, const YamlNode& node, std::string_view where, std::vector<ParamInfo>& out) {
  if (!reader.is_mapping(node, where)) return;
  for (const auto& entry : node.entries) out.push_back(read_param(reader, entry, where));
}

ParamInfo read_custom_param(Reader& reader, const YamlNode::Entry& entry) {
  ParamInfo param;
  param.name = param.key = entry.key;
  param.at = param.key_at = entry.key_at;
  param.has_key = true;
  if (!reader.is_mapping(entry.value, "parameter \"" + entry.key + "\"")) return param;
  for (const auto& part : entry.value.entries) {
    std::string key = base::to_lower(part.key);
    if (key == "description") {
      param.description = reader.text(part.value, "description").value_or("");
    } else if (key == "defaultvalue") {
      param.default_value = reader.text(part.value, "defaultValue");
      param.default_at = part.value.at;
    } else if (key == "alias") {
      param.alias = reader.text(part.value, "alias").value_or("");
    } else if (key == "patch") {
      if (reader.is_mapping(part.value, "patch")) param.patch = write_yaml(part.value);
    } else if (key == "values") {
      if (!reader.is_mapping(part.value, "values")) continue;
      for (const auto& value : part.value.entries) {
        param.possible_values.push_back(value.key);
        const YamlNode* patch = value.value.find("patch");
        param.value_patches[value.key] = patch != nullptr && patch->is_mapping() ? write_yaml(*patch) : "";
      }
    } else {
      reader.unknown_key(part, "a custom parameter",
                         {"description", "defaultValue", "alias", "values", "patch"});
    }
  }
  return param;
}

void read_all_params(Reader& reader, const YamlNode& node, Metadata& out) {
  if (!reader.is_mapping(node, "params")) return;
  for (const auto& entry : node.entries) {
    std::string key = base::to_lower(entry.key);
    if (key == "ebpf") {
      read_params(reader, entry.value, "params.ebpf", out.ebpf_params);
    } else if (key == "wasm") {
      read_params(reader, entry.value, "params.wasm", out.wasm_params);
    } else if (key == "custom") {
      if (!reader.is_mapping(entry.value, "params.custom")) continue;
      for (const auto& param : entry.value.entries)
        out.custom_params.push_back(read_custom_param(reader, param));
    } else {
      reader.unknown_key(entry, "params", {"ebpf", "wasm", "custom"});
    }
  }
}

void read_perf(Reader& reader, const YamlNode& node, ProgramInfo& program) {
  program.has_perf = true;
  program.perf_at = node.at;
  if (!reader.is_mapping(node, "perf")) return;
  for (const auto& entry : node.entries) {
    std::string key = base::to_lower(entry.key);
    std::string* target = nullptr;
    if (key == "type") {
      target = &program.perf_type;
    } else if (key == "config") {
      target = &program.perf_config;
    } else if (key == "sampletype") {
      target = &program.perf_sample_type;
    } else {
      reader.unknown_key(entry, "perf", {"type", "config", "sampleType"});
      continue;
    }
    *target = reader.text(entry.value, entry.key).value_or("");
  }
}

void read_sampler(Reader& reader, const YamlNode& node, ProgramInfo& program) {
  program.sampler_at = node.at;
  if (!reader.is_mapping(node, "sampler")) return;
  for (const auto& entry : node.entries) {
    std::string key = base::to_lower(entry.key);
    if (key != "frequency" && key != "period") {
      reader.unknown_key(entry, "sampler", {"frequency", "period"});
      continue;
    }
    program.sampler_at = entry.value.at;
    auto number = reader.integer(entry.value, key);
    if (number && *number > 0) {
      (key == "period" ? program.sampler_period : program.sampler_frequency) = static_cast<uint64_t>(*number);
    } else if (number) {
      reader.error(entry.value.at, key + " must be above 0");
    }
  }
}

void read_programs(Reader& reader, const YamlNode& node, Metadata& out) {
  if (!reader.is_mapping(node, "programs")) return;
  for (const auto& entry : node.entries) {
    ProgramInfo program;
    program.name = entry.key;
    program.at = entry.key_at;
    if (reader.is_mapping(entry.value, "program \"" + entry.key + "\"")) {
      for (const auto& part : entry.value.entries) {
        std::string key = base::to_lower(part.key);
        if (key == "attach_to") {
          program.attach_to = reader.text(part.value, "attach_to");
          program.attach_at = part.value.at;
        } else if (key == "optional") {
          program.optional = reader.boolean(part.value, "optional").value_or(false);
        } else if (key == "instead_of") {
          program.instead_of = reader.text(part.value, "instead_of").value_or("");
          program.instead_at = part.value.at;
        } else if (key == "perf") {
          read_perf(reader, part.value, program);
        } else if (key == "sampler") {
          read_sampler(reader, part.value, program);
        } else {
          reader.unknown_key(part, "program \"" + entry.key + "\"",
                             {"attach_to", "optional", "instead_of", "perf", "sampler"});
        }
      }
    }
    out.programs.push_back(std::move(program));
  }
}

// Texts at the top: where they go.
std::string* text_target(Metadata& out, const std::string& key) {
  if (key == "name") return &out.name;
  if (key == "description") return &out.description;
  if (key == "homepageurl") return &out.homepage_url;
  if (key == "documentationurl") return &out.documentation_url;
  if (key == "sourceurl") return &out.source_url;
  if (key == "documentation") return &out.documentation;
  if (key == "category") return &out.category;
  return nullptr;
}

void read_sources(Reader& reader, const YamlNode& node, Metadata& out) {
  if (!reader.is_mapping(node, "datasources")) return;
  for (const auto& source : node.entries) out.sources.push_back(read_source(reader, source));
}

bool read_legacy_entry(Reader& reader, const YamlNode::Entry& entry, const std::string& key, Metadata& out) {
  if (key == "ebpfparams") {
    read_params(reader, entry.value, "ebpfParams", out.ebpf_params);
  } else if (key == "ebpf_params") {
    read_definition_params(reader, entry.value, out);
  } else if (key == "columns") {
    read_columns(reader, entry.value, out);
  } else if (key == "structs") {
    read_structs(reader, entry.value, out);
  } else if (key == "tracers" || key == "toppers" || key == "snapshotters") {
    read_struct_users(reader, entry.value, entry.key, out);
  } else {
    return false;
  }
  return true;
}

void read_entry(Reader& reader, const YamlNode::Entry& entry, Metadata& out) {
  static const std::vector<std::string> kKnown = {
      "name",        "description",   "homepageURL",   "documentationURL", "sourceURL", "annotations",
      "datasources", "params",        "paramDefaults", "programs",         "operator",  "tags",
      "category",    "documentation", "columns",       "ebpfParams",       "wasm"};
  std::string key = base::to_lower(entry.key);
  if (std::string* target = text_target(out, key)) {
    *target = reader.text(entry.value, entry.key).value_or("");
  } else if (key == "tags") {
    out.tags = reader.texts(entry.value, "tags");
  } else if (key == "annotations") {
    out.annotations = reader.annotations(entry.value, "annotations");
  } else if (key == "datasources") {
    read_sources(reader, entry.value, out);
  } else if (key == "params") {
    read_all_params(reader, entry.value, out);
  } else if (key == "paramdefaults") {
    if (reader.is_mapping(entry.value, entry.key)) reader.settings(entry.value, "", out.param_defaults);
  } else if (key == "operator") {
    if (reader.is_mapping(entry.value, entry.key)) reader.settings(entry.value, "", out.operators);
  } else if (key == "programs") {
    read_programs(reader, entry.value, out);
  } else if (key == "wasm") {
    read_wasm(reader, entry, out.wasm);
  } else if (!read_legacy_entry(reader, entry, key, out)) {
    reader.unknown_key(entry, "the metadata", kKnown);
  }
}

// Dots in a key at the top separate the keys of nested mappings: "operator.process: {interval: 1s}".
YamlNode::Entry expand_dots(YamlNode::Entry entry) {
  size_t dot = entry.key.find('.');
  std::string first = base::to_lower(entry.key.substr(0, dot));
  if (dot == std::string::npos || (first != "operator" && first != "params" && first != "paramdefaults" &&
                                   first != "programs" && first != "wasm")) {
    return entry;
  }
  YamlNode::Entry outer;
  outer.key = entry.key.substr(0, dot);
  outer.key_at = entry.key_at;
  outer.value.type = YamlNode::Type::kMapping;
  outer.value.at = entry.key_at;
  entry.key.erase(0, dot + 1);
  // Variables, programs and defaults have dots of their own; params.ebpf and the like do not.
  if (first == "params" && entry.key.find('.') != std::string::npos) {
    size_t second = entry.key.find('.');
    YamlNode::Entry inner = std::move(entry);
    entry = {};
    entry.key = inner.key.substr(0, second);
    entry.key_at = inner.key_at;
    entry.value.type = YamlNode::Type::kMapping;
    entry.value.at = inner.key_at;
    inner.key.erase(0, second + 1);
    entry.value.entries.push_back(std::move(inner));
  }
  outer.value.entries.push_back(std::move(entry));
  return outer;
}

}  // namespace

ParamInfo read_param(Reader& reader, const YamlNode::Entry& entry, std::string_view where) {
  static const std::vector<std::string> kKnown = {"key",          "alternativeKey", "alias",         "title",
                                                  "defaultValue", "description",    "isMandatory",   "tags",
                                                  "type",         "valueHint",      "possibleValues"};
  ParamInfo param;
  param.name = entry.key;
  param.at = param.key_at = entry.key_at;
  std::string what = std::string(where) + " \"" + entry.key + "\"";
  if (!reader.is_mapping(entry.value, what)) return param;
  for (const auto& part : entry.value.entries) {
    std::string key = base::to_lower(part.key);
    if (key == "key") {
      param.key = reader.text(part.value, "key").value_or("");
      param.key_at = part.value.at;
      param.has_key = true;
    } else if (key == "defaultvalue") {
      param.default_value = reader.text(part.value, "defaultValue");
      param.default_at = part.value.at;
    } else if (key == "ismandatory") {
      param.is_mandatory = reader.boolean(part.value, "isMandatory").value_or(false);
    } else if (key == "tags") {
      param.tags = reader.texts(part.value, "tags");
    } else if (key == "possiblevalues") {
      param.possible_values = reader.texts(part.value, "possibleValues");
    } else if (key == "type") {
      param.type = reader.text(part.value, "type").value_or("");
      param.type_at = part.value.at;
    } else {
      std::string* target = key == "alternativekey" ? &param.alternative_key
                            : key == "alias"        ? &param.alias
                            : key == "title"        ? &param.title
                            : key == "description"  ? &param.description
                            : key == "valuehint"    ? &param.value_hint
                                                    : nullptr;
      if (target == nullptr) {
        reader.unknown_key(part, "a parameter", kKnown);
      } else {
        *target = reader.text(part.value, part.key).value_or("");
      }
    }
  }
  return param;
}

base::Result<Metadata> parse(std::string_view yaml) {
  GADGETRY_ASSIGN(YamlNode root, read_yaml(yaml));
  Metadata out;
  if (root.is_null()) return out;
  if (!root.is_mapping()) {
    return base::Error(std::to_string(root.at.line) + ":" + std::to_string(root.at.column) +
                       ": the metadata must be a mapping, but is " + std::string(type_name(root.type)))
        .with_hint("begin with name: and description:");
  }
  Reader reader(out.issues);
  reader.check_duplicates(root);
  for (auto& entry : root.entries) read_entry(reader, expand_dots(std::move(entry)), out);
  return out;
}

}  // namespace gadgetry::metadata
