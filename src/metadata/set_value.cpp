#include "metadata/set_value.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/strings.hpp"

namespace gadgetry::metadata {
namespace {

constexpr std::string_view kAnnotations = ".annotations.";
constexpr std::string_view kFields = ".fields.";

base::Error not_settable(std::string_view key) {
  return base::Error("setConfig: key " + base::printable(key) + " is not one that can be set", base::ErrorKind::kNotFound)
      .with_hint(
          "keys are programs.NAME.attach_to, datasources.NAME.annotations.KEY, "
          "datasources.NAME.fields.FIELD.annotations.KEY, params.ebpf.VARIABLE.defaultValue, "
          "paramDefaults.KEY and "
          "operator.KEY");
}

bool same_word(std::string_view a, std::string_view b) {
  return base::to_lower(a) == base::to_lower(b);
}

// The entry of that name, exactly or else in another case; a new one when there is none. Null: there are too
// many.
template <typename Item>
Item* find_or_add(std::vector<Item>& items, std::string Item::* name_of, std::string_view name) {
  for (Item& item : items) {
    if (item.*name_of == name) return &item;
  }
  for (Item& item : items) {
    if (same_word(item.*name_of, name)) return &item;
  }
  if (items.size() >= limits::kConfigEntries) return nullptr;
  Item item{};
  item.*name_of = name;
  items.push_back(std::move(item));
  return &items.back();
}

base::Error too_many(std::string_view key) {
  return base::Error("setConfig: " + base::printable(key) + ": there are too many entries already");
}

// One value under the key, whichever way it is written elsewhere in the list.
base::Status set_annotation(std::vector<Annotation>& annotations, std::string_view key,
                            std::string_view value) {
  Annotation* annotation = find_or_add(annotations, &Annotation::key, key);
  if (annotation == nullptr) return too_many(key);
  annotation->value = value;
  annotation->is_null = false;
  return {};
}

base::Status set_setting(std::vector<Setting>& settings, std::string_view key, std::string_view value) {
  Setting* setting = find_or_add(settings, &Setting::key, base::to_lower(key));
  if (setting == nullptr) return too_many(key);
  setting->value = value;
  return {};
}

// `rest` is what follows the first word of the key.
base::Status set_program(Metadata& metadata, std::string_view key, std::string_view rest,
                         std::string_view value) {
  size_t dot = rest.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || !same_word(rest.substr(dot + 1), "attach_to")) {
    return not_settable(key);
  }
  ProgramInfo* program = find_or_add(metadata.programs, &ProgramInfo::name, rest.substr(0, dot));
  if (program == nullptr) return too_many(key);
  program->attach_to = value.empty() ? std::nullopt : std::optional<std::string>(value);
  return {};
}

base::Status set_source(Metadata& metadata, std::string_view key, std::string_view rest,
                        std::string_view value) {
  std::string lower = base::to_lower(rest);
  size_t annotations = lower.find(kAnnotations);
  size_t fields = lower.find(kFields);
  bool of_field = fields < annotations;
  // The key of the annotation comes last, so the first ".annotations." ends the name of the field.
  if (annotations == std::string::npos || annotations == 0 || fields == 0) return not_settable(key);
  std::string_view name = rest.substr(0, of_field ? fields : annotations);
  std::string_view annotation = rest.substr(annotations + kAnnotations.size());
  std::string_view field;
  if (of_field) {
    size_t start = fields + kFields.size();
    if (annotations <= start) return not_settable(key);
    field = rest.substr(start, annotations - start);
  }
  if (annotation.empty()) return not_settable(key);
  SourceInfo* source = find_or_add(metadata.sources, &SourceInfo::name, name);
  if (source == nullptr) return too_many(key);
  if (!of_field) return set_annotation(source->annotations, annotation, value);
  FieldInfo* info = find_or_add(source->fields, &FieldInfo::name, field);
  if (info == nullptr) return too_many(key);
  return set_annotation(info->annotations, annotation, value);
}

base::Status set_param(Metadata& metadata, std::string_view key, std::string_view rest,
                       std::string_view value) {
  size_t first = rest.find('.');
  size_t last = rest.rfind('.');
  if (first == std::string_view::npos || last <= first + 1 || !same_word(rest.substr(0, first), "ebpf") ||
      !same_word(rest.substr(last + 1), "defaultValue")) {
    return not_settable(key);
  }
  ParamInfo* param =
      find_or_add(metadata.ebpf_params, &ParamInfo::name, rest.substr(first + 1, last - first - 1));
  if (param == nullptr) return too_many(key);
  if (param->key.empty()) param->key = param->name;
  param->default_value = value;
  return {};
}

}  // namespace

base::Status set_value(Metadata& metadata, std::string_view key, std::string_view value) {
  if (key.size() > limits::kConfigKeyBytes || value.size() > limits::kConfigValueBytes) {
    return base::Error("setConfig: the key or the value is too long");
  }
  size_t dot = key.find('.');
  if (dot == std::string_view::npos || dot + 1 == key.size()) return not_settable(key);
  std::string first = base::to_lower(key.substr(0, dot));
  std::string_view rest = key.substr(dot + 1);
  if (first == "programs") return set_program(metadata, key, rest, value);
  if (first == "datasources") return set_source(metadata, key, rest, value);
  if (first == "params") return set_param(metadata, key, rest, value);
  if (first == "paramdefaults") return set_setting(metadata.param_defaults, rest, value);
  if (first == "operator") return set_setting(metadata.operators, rest, value);
  return not_settable(key);
}

}  // namespace gadgetry::metadata
