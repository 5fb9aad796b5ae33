#include "data/value.hpp"

#include <algorithm>

#include "base/strings.hpp"

namespace gadgetry::data {
namespace {

constexpr size_t kNamesShown = 30;
constexpr size_t kLongestGuess = 256;  // the search for a similar name takes time by its length

// Fields a person can name and compare.
std::vector<std::string> nameable_fields(const DataSource& source) {
  std::vector<std::string> names;
  for (const Field& field : source.fields()) {
    ValueType type;
    if (!field.unreferenced() && value_type_of(field, type)) names.push_back(field.full_name);
  }
  return names;
}

// "proc.comm" for "comm": people see short column titles.
std::string longer_name(std::string_view name, const std::vector<std::string>& names) {
  std::string suffix = "." + std::string(name);
  auto it =
      std::find_if(names.begin(), names.end(), [&](const std::string& n) { return n.ends_with(suffix); });
  return it == names.end() ? std::string() : *it;
}

std::string field_hint(const DataSource& source, std::string_view name) {
  std::vector<std::string> names = nameable_fields(source);
  if (names.empty()) return "the data source has no fields to compare";
  std::string near = longer_name(name, names);
  if (near.empty() && name.size() <= kLongestGuess) near = base::closest(name, names);
  std::string more;
  if (names.size() > kNamesShown) {
    more = " and " + std::to_string(names.size() - kNamesShown) + " more";
    names.resize(kNamesShown);
  }
  return (near.empty() ? "" : "did you mean " + near + "? ") + "fields are " + base::join(names, ", ") + more;
}

// The array of structs a field is a member of, or null.
const Field* enclosing_array(const DataSource& source, const Field& field) {
  for (int32_t at = field.parent; at >= 0;) {
    const Field& parent = source.fields()[static_cast<size_t>(at)];
    if (parent.is_struct_array()) return &parent;
    at = parent.parent;
  }
  return nullptr;
}

}  // namespace

std::string_view value_type_name(ValueType type) {
  switch (type) {
    case ValueType::kBool:
      return "a condition";
    case ValueType::kInt:
      return "a number";
    case ValueType::kFloat:
      return "a fraction";
    case ValueType::kText:
      return "text";
  }
  return "";
}

bool value_type_of(const Field& field, ValueType& type) {
  if (field.is_struct() || (field.flags & kFlagEmpty) != 0) return false;
  if (field.kind == Kind::kBool) {
    type = ValueType::kBool;
  } else if (is_integer(field.kind)) {
    type = ValueType::kInt;
  } else if (is_float(field.kind)) {
    type = ValueType::kFloat;
  } else if (is_text(field.kind)) {
    type = ValueType::kText;
  } else {
    return false;
  }
  return true;
}

base::Result<Field*> find_field(DataSource& source, std::string_view full_name) {
  Field* field = source.find(full_name);
  if (field == nullptr || field->unreferenced()) {
    return base::Error("unknown field \"" + base::printable(full_name) + "\" of data source " + source.name(),
                       base::ErrorKind::kUsage)
        .with_hint(field_hint(source, full_name));
  }
  if (field->is_struct() && !field->is_array) {
    if (Field* shown = source.find(field->annotation("columns.replace")); shown != nullptr) return shown;
  }
  return field;
}

base::Result<FieldRef> find_value(DataSource& source, std::string_view full_name, bool array_ok) {
  GADGETRY_ASSIGN(Field * field, find_field(source, full_name));
  auto fail = [&](const std::string& why, const std::string& hint) {
    return base::Error::usage("field " + field->full_name + " of data source " + source.name() + " " + why)
        .with_hint(hint);
  };
  if (const Field* array = enclosing_array(source, *field); array != nullptr) {
    return fail("has one value for each element of " + array->full_name,
                "--filter-expr can take one: " + array->full_name + "[0]" +
                    field->full_name.substr(array->full_name.size()));
  }
  FieldRef ref{field};
  if (!value_type_of(*field, ref.type)) {
    if (!field->is_struct()) return fail("holds raw bytes, which have no order", "choose another field");
    std::vector<std::string> members;
    members.reserve(field->children.size());
    for (uint32_t child : field->children) members.push_back(source.fields()[child].full_name);
    return fail("is a struct", "name one of its members: " + base::join(members, ", "));
  }
  if (field->is_array && (!array_ok || field->is_list)) {
    return fail("is an array", "--filter-expr knows \"value in " + field->full_name + "\" and \"" +
                                   field->full_name + "[0]\"");
  }
  return ref;
}

}  // namespace gadgetry::data
