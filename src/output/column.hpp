// What a column of a table shows and how: taken from a field and its columns.* annotations.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "data/data_source.hpp"
#include "output/cell_format.hpp"
#include "output/field_selection.hpp"

namespace gadgetry::output {

enum class Ellipsis : uint8_t { kNone, kStart, kMiddle, kEnd };

struct Column {
  std::string title;                   // upper case, printable
  const data::Field* owner = nullptr;  // the field the column stands for
  const data::Field* field = nullptr;  // the one that is printed: owner, or what columns.replace names
  std::vector<ArrayMember> members;    // of an array of structs
  bool bare = false;                   // one member of an array of structs: without its name
  CellFormat format;
  Ellipsis ellipsis = Ellipsis::kEnd;
  bool right = false;  // aligned to the right
  bool fixed = false;  // keeps its width
  size_t natural = 0;  // width when there is no reason for another one, in terminal cells
  size_t min = 0;
  size_t max = 0;
  size_t width = 0;  // in force
};

// The columns of the selection, in order. Marks what they print as needed. Fails when none is left.
base::Result<std::vector<Column>> make_columns(data::DataSource& source, const FieldSelection& selection,
                                               bool utf8);

// Sets the widths for a terminal that is `cells` wide (0: their natural widths). Columns that keep their
// width have columns.fixed; numbers grow no further
// than their type can need. Returns the width of the whole row.
size_t fit_columns(std::vector<Column>& columns, size_t cells);

}  // namespace gadgetry::output
