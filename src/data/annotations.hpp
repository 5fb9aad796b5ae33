// Annotations with a meaning: which keys there are on fields and data sources, what their values may be, and
// the presets ("templates") that set several of them at once.
//
// The metadata validator checks against this catalogue; formatters and the loader apply the presets.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "data/data_source.hpp"

namespace gadgetry::data {

enum class AnnotationType : uint8_t {
  kText,
  kBool,          // "true" or "false"
  kInt,           // minimum .. maximum
  kWidth,         // a number of cells, or "type": as wide as the widest value of the field's integer type
  kWord,          // one of `words`
  kWords,         // a comma list of any words (output modes may be a gadget's own)
  kFieldName,     // full name of a field of the data source
  kFieldNames,    // a comma list of them
  kNewFieldName,  // the name a formatter gives to the field it adds
  kNumbers,       // a comma list of numbers
  kDuration,      // "1.5s"
};

struct AnnotationInfo {
  std::string_view key;  // ends in '*': any key that starts with what is before it
  AnnotationType type;
  std::string_view meaning;
  std::span<const std::string_view> words = {};
  int64_t minimum = 0;
  int64_t maximum = 0;
};

// Null for an unknown key.
const AnnotationInfo* find_field_annotation(std::string_view key);
const AnnotationInfo* find_source_annotation(std::string_view key);

// The whole catalogue, for "did you mean" and for documentation.
std::span<const AnnotationInfo> field_annotations();
std::span<const AnnotationInfo> source_annotations();

// An error for an unknown key or a value the key cannot have: says what is allowed. When `source` is given,
// names of fields must exist in it (call it when formatters have added theirs).
base::Status check_field_annotation(std::string_view key, std::string_view value,
                                    const DataSource* source = nullptr);
base::Status check_source_annotation(std::string_view key, std::string_view value,
                                     const DataSource* source = nullptr);

// A preset of field annotations.
struct Template {
  std::string_view name;
  std::span<const std::pair<std::string_view, std::string_view>> annotations;
};
const Template* find_template(std::string_view name);
std::vector<std::string> template_names();

// Sets the preset's annotations where the field has none of that key.
void apply_template(Field& field, const Template& preset);

// For every field: the preset its `template` annotation names, then the presets of its type tags
// ("type:gadget_pid"), titles of the members of gadget_process and its kin, and kFlagHidden as columns.hidden
// says. What the field's own annotations say always wins. May be called again after fields were added. Fails
// on an unknown template.
base::Status apply_templates(DataSource& source);

}  // namespace gadgetry::data
