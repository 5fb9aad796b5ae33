// --fields: which fields are shown, for all modes.
//
//   f1,f2          exactly these, in this order
//   +f1,-f2        the default fields, with f1 and without f2
//   a:f1;b:+f2     for several data sources: the part behind "a:" is for data source a
//
// A struct stands for everything in it. A name is the full name of a field, or the title of its column.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "data/data_source.hpp"

namespace gadgetry::output {

struct FieldSelection {
  bool relative = true;                   // without any name: the default fields
  std::vector<const data::Field*> added;  // in the order given; all there are, when not relative
  std::vector<const data::Field*> removed;

  bool is_default() const { return relative && added.empty() && removed.empty(); }

  // Usage errors name the unknown field and the nearest known one.
  static base::Result<FieldSelection> parse(std::string_view text, const data::DataSource& source);
};

// Whether each "source:" in text names one of the data sources there are.
base::Status check_selection_sources(std::string_view text, const std::vector<std::string>& sources);

// The heading of a field's column before it is upper-cased: columns.alias, a short name for the members of
// the well-known structs (gadget_process ...), else the full name.
std::string column_title(const data::DataSource& source, const data::Field& field);

}  // namespace gadgetry::output
