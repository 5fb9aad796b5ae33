// The value of a field as text in a table, safe for a terminal.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/record.hpp"

namespace gadgetry::output {

struct CellFormat {
  bool hex = false;   // integers as 0x2a
  int precision = 2;  // digits behind the point of a float
  bool utf8 = true;   // may use characters outside ASCII
};

// One element: `base` is where the struct around the field starts (0 unless that is an element of an array).
// All append functions return the terminal cells they took.
size_t append_element(std::string& out, const data::Record& record, const data::Field& field,
                      const CellFormat& format, uint32_t element = 0, uint32_t base = 0);

// A whole field. Arrays in brackets: [1 2 3], histograms by their ranges: [1:2 4..7:12].
size_t append_field(std::string& out, const data::Record& record, const data::Field& field,
                    const CellFormat& format, uint32_t base = 0);

// A member of an array of structs, by its name there ("point.x").
struct ArrayMember {
  std::string name;
  const data::Field* field;
};
// An array of structs: [{a:1 b:2} {a:3 b:4}]; without names when `bare` and there is one member: [1 3].
size_t append_struct_array(std::string& out, const data::Record& record, const data::Field& array,
                           const std::vector<ArrayMember>& members, bool bare, const CellFormat& format);

}  // namespace gadgetry::output
