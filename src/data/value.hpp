// Typed values of fields: finding the field a person named, reading it, comparing. Shared by filters and
// sorting.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "data/access.hpp"
#include "data/data_source.hpp"

namespace gadgetry::data {

// Every integer of a record fits, signed or not, so comparisons never wrap.
__extension__ using Wide = __int128;

// What can be compared with what.
enum class ValueType : uint8_t { kBool, kInt, kFloat, kText };
std::string_view value_type_name(ValueType type);  // "a condition", "a number", "a fraction", "text"

// A field that was looked up once: one scalar of a record (of element `element` when the field is an array).
struct FieldRef {
  Field* field = nullptr;
  ValueType type = ValueType::kInt;
  uint32_t element = 0;
};

// The field called full_name. A struct with a `columns.replace` annotation stands for the field that is shown
// in its place. The error says "unknown field X of data source Y", with the nearest names in its hint.
base::Result<Field*> find_field(DataSource& source, std::string_view full_name);

// find_field for a value that can be compared: not a struct, not raw bytes. Of an array of fixed length the
// first element is taken when `array_ok`, else it is an error.
base::Result<FieldRef> find_value(DataSource& source, std::string_view full_name, bool array_ok = false);

// The type of one element; false when the field is a struct or raw bytes.
bool value_type_of(const Field& field, ValueType& type);

inline Wide read_wide(const Record& record, const Field& field, uint32_t element = 0, uint32_t base = 0) {
  uint64_t raw = read_integer(record, field, element, base);
  return is_signed(field.kind) ? static_cast<Wide>(static_cast<int64_t>(raw)) : static_cast<Wide>(raw);
}

template <typename T>
inline int three_way(const T& a, const T& b) {
  return a < b ? -1 : (b < a ? 1 : 0);
}

// Order of two fractions in which NaN stands before every number, so that sorting is total.
inline int compare_floats(double a, double b) {
  if (a != a || b != b) return three_way(a == a, b == b);
  return three_way(a, b);
}

// Negative, zero or positive: the order of the values of a field in two records. Text byte by byte.
inline int compare_records(const FieldRef& ref, const Record& a, const Record& b) {
  const Field& field = *ref.field;
  switch (ref.type) {
    case ValueType::kBool:
    case ValueType::kInt: {
      uint64_t x = read_integer(a, field, ref.element);
      uint64_t y = read_integer(b, field, ref.element);
      return is_signed(field.kind) ? three_way(static_cast<int64_t>(x), static_cast<int64_t>(y))
                                   : three_way(x, y);
    }
    case ValueType::kFloat:
      return compare_floats(read_float(a, field, ref.element), read_float(b, field, ref.element));
    case ValueType::kText:
      return read_text(a, field, ref.element).compare(read_text(b, field, ref.element));
  }
  return 0;
}

}  // namespace gadgetry::data
