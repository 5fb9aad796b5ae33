#include "metadata/metadata.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "data/annotations.hpp"
#include "metadata/names.hpp"

namespace gadgetry::metadata {
namespace {

template <typename Items>
auto find_named(const Items& items, std::string_view name) -> decltype(items.data()) {
  auto found = std::find_if(items.begin(), items.end(), [&](const auto& one) { return one.name == name; });
  if (found == items.end()) {
    std::string wanted = base::to_lower(name);
    found = std::find_if(items.begin(), items.end(),
                         [&](const auto& one) { return base::to_lower(one.name) == wanted; });
  }
  return found == items.end() ? nullptr : &*found;
}

std::string_view setting(const std::vector<Setting>& settings, std::string_view key,
                         std::string_view fallback) {
  std::string wanted = base::to_lower(key);
  for (const auto& one : settings) {
    if (one.key == wanted) return one.value;
  }
  return fallback;
}

const Annotation* find_annotation(const std::vector<Annotation>& annotations, std::string_view key) {
  std::string wanted = base::to_lower(key);
  for (const auto& one : annotations) {
    if (base::to_lower(one.key) == wanted) return &one;
  }
  return nullptr;
}

void add_tags(const std::vector<std::string>& tags, std::vector<std::string>& out) {
  for (const auto& tag : tags) {
    if (std::find(out.begin(), out.end(), tag) == out.end()) out.push_back(tag);
  }
}

void apply_field(const FieldInfo& info, data::Field& field) {
  for (const auto& one : info.annotations) field.annotations[field_annotation_key(one.key)] = one.value;
  add_tags(info.tags, field.tags);
  if (info.order) field.order = *info.order;
  auto hidden = field.annotations.find("columns.hidden");
  if (hidden != field.annotations.end() && info.find("columns.hidden") != nullptr) {
    if (hidden->second == "true") {
      field.flags |= data::kFlagHidden;
    } else {
      field.flags &= ~uint32_t{data::kFlagHidden};
    }
  }
}

void apply_fields(const std::vector<FieldInfo>& fields, data::DataSource& source,
                  std::vector<std::string>* missing) {
  for (const auto& info : fields) {
    if (data::Field* field = find_field(source, info.name)) {
      apply_field(info, *field);
    } else if (missing != nullptr) {
      missing->push_back(info.name);
    }
  }
}

}  // namespace

const Annotation* FieldInfo::find(std::string_view key) const {
  return find_annotation(annotations, key);
}
const Annotation* SourceInfo::find(std::string_view key) const {
  return find_annotation(annotations, key);
}
const FieldInfo* SourceInfo::find_field(std::string_view full_name) const {
  return find_named(fields, full_name);
}
const SourceInfo* Metadata::find_source(std::string_view source) const {
  return find_named(sources, source);
}

const ProgramInfo* Metadata::find_program(std::string_view program) const {
  return find_named(programs, program);
}

const ParamInfo* Metadata::find_ebpf_param(std::string_view variable) const {
  return find_named(ebpf_params, variable);
}

std::string_view Metadata::operator_setting(std::string_view key, std::string_view fallback) const {
  return setting(operators, key, fallback);
}

std::string_view Metadata::param_default(std::string_view key, std::string_view fallback) const {
  return setting(param_defaults, key, fallback);
}

std::string_view Metadata::annotation(std::string_view key, std::string_view fallback) const {
  const Annotation* found = find_annotation(annotations, key);
  return found == nullptr ? fallback : std::string_view(found->value);
}

void apply_to(const Metadata& metadata, data::DataSource& source, std::vector<std::string>* missing) {
  for (const auto& loose : metadata.loose_fields) {
    if (!loose.source.empty() && loose.source != source.name()) continue;
    apply_fields(loose.fields, source, loose.source.empty() ? nullptr : missing);
  }
  const SourceInfo* info = metadata.find_source(source.name());
  if (info == nullptr) return;
  for (const auto& one : info->annotations) source.annotations()[source_annotation_key(one.key)] = one.value;
  add_tags(info->tags, source.tags());
  apply_fields(info->fields, source, missing);
}

}  // namespace gadgetry::metadata
