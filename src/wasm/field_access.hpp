// Reading and writing fields of records on behalf of a module. Fields and records come from handles: that they belong to
// the same data source was checked; everything else is checked here.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "data/access.hpp"
#include "data/data_source.hpp"
#include "wasm/handles.hpp"

namespace gadgetry::wasm {

class Host;

// Where the bytes of an element (or a scalar) are: offset in the slot of `record`, which is a view for lists.
struct Place {
  data::Record record;
  uint32_t offset = 0;
  uint32_t size = 0;  // of the element, in its slot
};

// The record's added block, in bytes.
inline uint32_t added_bytes(const data::Record& record, const data::DataSource& source) {
  return record.added_size != 0 ? record.added_size : source.added_size();
}

// Whether the field's bytes in the added block exist in this record: a packet may be older than the field.
inline bool has_bytes(const data::Record& record, const data::DataSource& source, const data::Field& field) {
  return field.slot != data::Slot::kAdded || field.offset + field.size <= added_bytes(record, source);
}

// The innermost array of structs that the field is a member of, or null. Offsets of members count from the start of an
// element.
const data::Field* struct_array_of(const data::DataSource& source, const data::Field& field);
inline bool is_array_member(const data::DataSource& source, const data::Field& field) {
  return field.parent >= 0 && struct_array_of(source, field) != nullptr;
}

// Bytes of a scalar of this field; 0 for text, bytes, structs.
uint32_t scalar_size(const data::Field& field);

// The value of a number as the module sees it: sign-extended to 64 bits; floats as bits.
uint64_t read_scalar_bits(const data::Record& record, const data::Field& field, uint32_t element = 0, uint32_t base = 0);

// Sets a number. The slot becomes writable first (a sample is copied).
void write_scalar(Packet& packet, data::Record& record, const data::Field& field, uint64_t value, uint32_t offset);

// Sets text or bytes; why not, or null. `offset` is that of the element in the slot.
const char* write_bytes(Host& host, Packet& packet, data::Record& record, const data::Field& field,
                        std::string_view bytes, uint32_t offset, uint32_t size);

// What the host keeps for a field of this name, and for parents made with it.
size_t field_bytes(std::string_view full_name);

// All bytes of a field, whatever its kind: text without its NULs, numbers and arrays as they stand.
std::string_view raw_bytes(const data::Record& record, const data::DataSource& source, const data::Field& field);

}  // namespace gadgetry::wasm
