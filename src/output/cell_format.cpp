#include "output/cell_format.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>

#include "data/access.hpp"
#include "output/histogram.hpp"
#include "output/number_format.hpp"
#include "output/text.hpp"

namespace gadgetry::output {
namespace {

using data::Field;
using data::Kind;
using data::Record;

size_t append_ascii(std::string& out, std::string_view text) {
  out.append(text);
  return text.size();
}

size_t append_float(std::string& out, double value, int precision) {
  if (!std::isfinite(value))
    return append_ascii(out, std::isnan(value) ? "NaN" : value < 0 ? "-Inf" : "+Inf");
  char text[400];  // the largest double has 309 digits in front of the point
  auto end = std::to_chars(text, text + sizeof(text), value, std::chars_format::fixed, precision);
  return append_ascii(out, {text, static_cast<size_t>(end.ptr - text)});
}

size_t append_integer(std::string& out, uint64_t value, bool is_signed, bool hex) {
  char text[kIntegerBound];
  char* end = hex         ? write_hex_integer(text, value)
              : is_signed ? write_signed(text, static_cast<int64_t>(value))
                          : write_unsigned(text, value);
  return append_ascii(out, {text, static_cast<size_t>(end - text)});
}

size_t append_hex(std::string& out, std::string_view bytes, const Field& field) {
  size_t size = field.is_dynamic ? bytes.size() : field.is_array ? field.stride : field.size;
  size_t before = out.size();
  out.resize(before + 2 * size, '0');  // what a short sample leaves out is zero
  write_hex_bytes(out.data() + before, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  return 2 * size;
}

// Only the slots with a count, each by its range.
size_t append_slots(std::string& out, const Record& record, const Field& field, uint32_t base) {
  size_t before = out.size();
  out.push_back('[');
  for (uint32_t i = 0; i < field.count; i++) {
    uint64_t count = data::read_integer(record, field, i, base);
    if (count == 0) continue;
    if (out.size() > before + 1) out.push_back(' ');
    SlotRange range = slot_range(i);
    append_integer(out, range.low, false, false);
    if (range.high > range.low) {
      out += "..";
      append_integer(out, range.high, false, false);
    }
    out.push_back(':');
    append_integer(out, count, false, false);
  }
  out.push_back(']');
  return out.size() - before;
}

// Bits of the kind, so that a negative number in hex is no longer than its type.
uint64_t narrowed(uint64_t value, Kind kind) {
  uint32_t bits = 8 * data::kind_size(kind);
  return bits == 0 || bits >= 64 ? value : value & ((uint64_t{1} << bits) - 1);
}

}  // namespace

size_t append_element(std::string& out, const Record& record, const Field& field, const CellFormat& format,
                      uint32_t element, uint32_t base) {
  switch (field.kind) {
    case Kind::kBool:
      return append_ascii(out, data::read_integer(record, field, element, base) != 0 ? "true" : "false");
    case Kind::kFloat32:
    case Kind::kFloat64:
      return append_float(out, data::read_float(record, field, element, base),
                          std::clamp(format.precision, 0, 40));
    case Kind::kString:
    case Kind::kCString:
      return append_printable(out, data::read_text(record, field, element, base), format.utf8);
    case Kind::kBytes:
      return append_hex(out, data::read_text(record, field, element, base), field);
    case Kind::kInvalid:
      return 0;
    default:
      break;
  }
  uint64_t value = data::read_integer(record, field, element, base);
  if (format.hex && field.bit_size == 0) value = narrowed(value, field.kind);
  return append_integer(out, value, data::is_signed(field.kind), format.hex);
}

size_t append_field(std::string& out, const Record& record, const Field& field, const CellFormat& format,
                    uint32_t base) {
  if (!field.is_array) return append_element(out, record, field, format, 0, base);
  if (is_histogram(field)) return append_slots(out, record, field, base);
  size_t cells = append_ascii(out, "[");
  const Record elements = data::list_record(record, field);
  uint32_t count = data::element_count(record, field);
  for (uint32_t i = 0; i < count; i++) {
    if (i > 0) cells += append_ascii(out, " ");
    cells += append_element(out, elements, field, format, i, base);
  }
  return cells + append_ascii(out, "]");
}

size_t append_struct_array(std::string& out, const Record& record, const Field& array,
                           const std::vector<ArrayMember>& members, bool bare, const CellFormat& format) {
  bare = bare && members.size() == 1;
  size_t cells = append_ascii(out, "[");
  for (uint32_t i = 0; i < array.count; i++) {
    if (i > 0) cells += append_ascii(out, " ");
    if (!bare) cells += append_ascii(out, "{");
    for (const ArrayMember& member : members) {
      if (&member != members.data()) cells += append_ascii(out, " ");
      if (!bare) cells += append_ascii(out, member.name) + append_ascii(out, ":");
      cells += append_field(out, record, *member.field, format, array.offset + i * array.stride);
    }
    if (!bare) cells += append_ascii(out, "}");
  }
  return cells + append_ascii(out, "]");
}

}  // namespace gadgetry::output
