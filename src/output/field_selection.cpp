#include "output/field_selection.hpp"

#include <algorithm>

#include "base/strings.hpp"

namespace gadgetry::output {
namespace {

using base::Error;
using base::Result;
using data::DataSource;
using data::Field;

// The part of "a:f1,f2;b:+f3" that is for the source; a part without a name is for every source.
std::string_view part_for(std::string_view text, std::string_view source) {
  std::string_view general;
  for (std::string_view part : base::split(text, ';')) {
    size_t colon = part.find(':');
    if (colon == std::string_view::npos) {
      general = part;
    } else if (base::trim(part.substr(0, colon)) == source) {
      return part.substr(colon + 1);
    }
  }
  return general;
}

// A field by the title of its column, when just one has it.
const Field* find_by_title(const DataSource& source, std::string_view title) {
  std::string wanted = base::to_lower(title);
  const Field* found = nullptr;
  for (const Field& field : source.fields()) {
    if (field.unreferenced() || base::to_lower(column_title(source, field)) != wanted) continue;
    if (found != nullptr) return nullptr;
    found = &field;
  }
  return found;
}

Error unknown_field(const DataSource& source, std::string_view name) {
  std::vector<std::string> known = source.field_names();
  Error error = Error::usage("--fields: data source " + source.name() + " has no field \"" +
                             base::printable(name) + "\"");
  std::string near = base::closest(name, known);
  if (!near.empty()) return std::move(error).with_hint("did you mean " + near + "?");
  constexpr size_t kListed = 40;
  size_t shown = std::min(known.size(), kListed);
  known.resize(shown);
  return std::move(error).with_hint("its fields are " + base::join(known, ", "));
}

}  // namespace

std::string column_title(const DataSource& source, const Field& field) {
  std::string_view alias = field.annotation("columns.alias");
  if (!alias.empty()) return std::string(alias);
  if (field.parent < 0) return field.full_name;
  const Field& parent = source.fields()[static_cast<size_t>(field.parent)];
  if (parent.has_tag("type:gadget_process") || parent.has_tag("type:gadget_creds")) return field.name;
  if (parent.has_tag("type:gadget_parent")) return "p" + field.name;
  return field.full_name;
}

Result<FieldSelection> FieldSelection::parse(std::string_view text, const DataSource& source) {
  FieldSelection selection;
  std::string_view part = base::trim(part_for(text, source.name()));
  if (part.empty()) return selection;
  bool first = true;
  for (std::string_view entry : base::split(part, ',')) {
    entry = base::trim(entry);
    char sign = !entry.empty() && (entry[0] == '+' || entry[0] == '-') ? entry[0] : ' ';
    if (first) selection.relative = sign != ' ';
    first = false;
    if (selection.relative != (sign != ' ')) {
      return Error::usage("--fields: \"" + base::printable(part) + "\" mixes names with and without a sign")
          .with_hint(
              "either list the fields to show, or write + or - in front of each to change the default ones");
    }
    std::string_view name = base::trim(sign == ' ' ? entry : entry.substr(1));
    if (name.empty()) {
      return Error::usage("--fields: \"" + base::printable(part) + "\" has an empty name")
          .with_hint("separate the names with single commas");
    }
    const Field* field = source.find(name);
    if (field == nullptr || field->unreferenced()) field = find_by_title(source, name);
    if (field == nullptr) return unknown_field(source, name);
    auto& list = sign == '-' ? selection.removed : selection.added;
    if (std::find(list.begin(), list.end(), field) == list.end()) list.push_back(field);
  }
  return selection;
}

base::Status check_selection_sources(std::string_view text, const std::vector<std::string>& sources) {
  for (std::string_view part : base::split(text, ';')) {
    size_t colon = part.find(':');
    if (colon == std::string_view::npos) continue;
    std::string name(base::trim(part.substr(0, colon)));
    if (std::find(sources.begin(), sources.end(), name) != sources.end()) continue;
    Error error = Error::usage("--fields: there is no data source \"" + base::printable(name) + "\"");
    std::string near = base::closest(name, sources);
    return std::move(error).with_hint(near.empty() ? "there are " + base::join(sources, ", ")
                                                   : "did you mean " + near + "?");
  }
  return {};
}

}  // namespace gadgetry::output
