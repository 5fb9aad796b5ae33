#include "metadata/validator.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "data/annotations.hpp"
#include "metadata/names.hpp"

namespace gadgetry::metadata {
namespace {

std::vector<std::string> catalogue_keys(bool of_fields) {
  std::vector<std::string> keys;
  for (const auto& one : of_fields ? data::field_annotations() : data::source_annotations()) {
    if (!one.key.ends_with('*')) keys.emplace_back(one.key);
  }
  return keys;
}

// The names of fields in the value of an annotation.
std::vector<std::string_view> referred_names(const data::AnnotationInfo& info, std::string_view value) {
  if (info.type == data::AnnotationType::kFieldName) return {value};
  if (info.type != data::AnnotationType::kFieldNames) return {};
  auto names = base::split(value, ',');
  for (auto& name : names) name = base::trim(name);
  return names;
}

// What word may have been meant to be: a name it is the beginning of, else one that differs little.
std::string nearest(std::string_view word, const std::vector<std::string>& names) {
  for (const auto& name : names) {
    if (word.size() >= 4 && name.starts_with(word)) return name;
  }
  return base::closest(word, names);
}

}  // namespace

void Validator::error(Position at, std::string message, std::string hint) {
  diagnostics_.push_back({at, Severity::kError, std::move(message), std::move(hint)});
}

void Validator::warning(Position at, std::string message, std::string hint) {
  diagnostics_.push_back({at, Severity::kWarning, std::move(message), std::move(hint)});
}

void Validator::unknown(Position at, std::string message, std::string hint) {
  diagnostics_.push_back(
      {at, strict_ ? Severity::kError : Severity::kWarning, std::move(message), std::move(hint)});
}

void Validator::add_issue(const Diagnostic& issue) {
  diagnostics_.push_back(issue);
  if (strict_) diagnostics_.back().severity = Severity::kError;
}

const data::DataSource* Validator::find_source(std::string_view name) const {
  if (facts_ == nullptr) return nullptr;
  std::string wanted = base::to_lower(name);
  for (const auto* source : facts_->sources) {
    if (base::to_lower(source->name()) == wanted) return source;
  }
  return nullptr;
}

std::vector<std::string> Validator::source_names() const {
  std::vector<std::string> names;
  if (facts_ == nullptr) return names;
  for (const auto* source : facts_->sources) names.push_back(source->name());
  return names;
}

std::string Validator::suggestion(std::string_view word, const std::vector<std::string>& names) {
  constexpr size_t kListed = 24;
  std::string near = nearest(word, names);
  if (!near.empty()) return "did you mean \"" + near + "\"?";
  if (names.empty()) return "there are none";
  std::vector<std::string> some(names.begin(),
                                names.begin() + static_cast<ptrdiff_t>(std::min(kListed, names.size())));
  return "there are: " + base::join(some, ", ") + (names.size() > kListed ? " ..." : "");
}

void Validator::check_value(const Annotation& annotation, const std::string& key, bool is_field,
                            std::string_view owner, const std::vector<std::string>& fields) {
  const data::AnnotationInfo* info =
      is_field ? data::find_field_annotation(key) : data::find_source_annotation(key);
  if (info == nullptr) {
    // A key that belongs to the other kind is the likelier mistake than a typing error.
    bool other = (is_field ? data::find_source_annotation(key) : data::find_field_annotation(key)) != nullptr;
    std::string near = nearest(base::to_lower(key), catalogue_keys(is_field));
    std::string hint = other ? std::string("it is an annotation of ") + (is_field ? "data sources" : "fields")
                       : near.empty() ? std::string()
                                      : "did you mean \"" + near + "\"?";
    unknown(annotation.key_at, "unknown annotation \"" + annotation.key + "\" of " + std::string(owner),
            std::move(hint));
    return;
  }
  auto status = is_field ? data::check_field_annotation(key, annotation.value)
                         : data::check_source_annotation(key, annotation.value);
  if (!status.ok()) {
    error(annotation.value_at.line != 0 ? annotation.value_at : annotation.key_at, status.error().message,
          status.error().hint);
    return;
  }
  if (fields.empty()) return;
  for (std::string_view name : referred_names(*info, annotation.value)) {
    if (name.empty() || is_possible_field(fields, name)) continue;
    error(annotation.value_at,
          "\"" + annotation.key + "\" names the field \"" + std::string(name) + "\", which does not exist",
          suggestion(name, fields));
  }
}

void Validator::check_field_annotations(const FieldInfo& field, const std::vector<std::string>& fields) {
  for (const auto& one : field.annotations) {
    check_value(one, field_annotation_key(one.key), true, "field \"" + field.name + "\"", fields);
  }
}

void Validator::check_source_annotations(const SourceInfo& source, const std::vector<std::string>& fields) {
  for (const auto& one : source.annotations) {
    check_value(one, source_annotation_key(one.key), false, "data source \"" + source.name + "\"", fields);
  }
}

}  // namespace gadgetry::metadata
