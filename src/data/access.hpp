// Reading and writing the fields of a record. Everything here is inline: it is the hot path.
//
// `element` is the index in an array (0 for a scalar). For the members of an array of structs pass the
// member's Field and `base` = element_base(array, index): their offsets count from the start of an element.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "data/field.hpp"
#include "data/record.hpp"

namespace gadgetry::data {

// Where element `index` of an array of structs starts in its slot; `base` is that of the element the array
// itself is in.
inline uint32_t element_base(const Field& array, uint32_t index, uint32_t base = 0) {
  return base + array.offset + index * array.stride;
}

// Copies size bytes at offset of the field's slot to out; what lies beyond a short sample is zero.
inline void copy_bytes(const Record& record, Slot slot, uint32_t offset, void* out, uint32_t size) {
  if (slot == Slot::kAdded) {
    std::memcpy(out, record.added + offset, size);
    return;
  }
  if (static_cast<uint64_t>(offset) + size <= record.sample_size) [[likely]] {
    std::memcpy(out, record.sample + offset, size);
    return;
  }
  std::memset(out, 0, size);
  if (offset < record.sample_size) std::memcpy(out, record.sample + offset, record.sample_size - offset);
}

template <typename T>
inline T load(const Record& record, Slot slot, uint32_t offset) {
  T value;
  copy_bytes(record, slot, offset, &value, sizeof(T));
  return value;
}

inline uint64_t load_bits(const Record& record, const Field& field, uint32_t base) {
  uint32_t bytes = (static_cast<uint32_t>(field.bit_offset) + field.bit_size + 7) / 8;  // at most 9
  unsigned __int128 raw = 0;
  copy_bytes(record, field.slot, field.offset + base, &raw, std::min<uint32_t>(bytes, 16));
  uint64_t value = static_cast<uint64_t>(raw >> field.bit_offset);
  if (field.bit_size < 64) {
    value &= (uint64_t{1} << field.bit_size) - 1;
    if (is_signed(field.kind) && (value >> (field.bit_size - 1)) != 0)
      value |= ~uint64_t{0} << field.bit_size;
  }
  return value;
}

// An integer (or bool) as 64 bits: signed kinds are sign-extended, so a cast to int64_t gives the value.
inline uint64_t read_integer(const Record& record, const Field& field, uint32_t element = 0,
                             uint32_t base = 0) {
  if (field.bit_size != 0) return load_bits(record, field, base);
  uint32_t at = field.offset + base + element * field.stride;
  switch (field.kind) {
    case Kind::kBool:
      return load<uint8_t>(record, field.slot, at) != 0 ? 1 : 0;
    case Kind::kUint8:
      return load<uint8_t>(record, field.slot, at);
    case Kind::kUint16:
      return load<uint16_t>(record, field.slot, at);
    case Kind::kUint32:
      return load<uint32_t>(record, field.slot, at);
    case Kind::kInt8:
      return static_cast<uint64_t>(static_cast<int64_t>(load<int8_t>(record, field.slot, at)));
    case Kind::kInt16:
      return static_cast<uint64_t>(static_cast<int64_t>(load<int16_t>(record, field.slot, at)));
    case Kind::kInt32:
      return static_cast<uint64_t>(static_cast<int64_t>(load<int32_t>(record, field.slot, at)));
    case Kind::kUint64:
    case Kind::kInt64:
      return load<uint64_t>(record, field.slot, at);
    default:
      return 0;
  }
}

inline double read_float(const Record& record, const Field& field, uint32_t element = 0, uint32_t base = 0) {
  uint32_t at = field.offset + base + element * field.stride;
  if (field.kind == Kind::kFloat32) return static_cast<double>(load<float>(record, field.slot, at));
  return load<double>(record, field.slot, at);
}

// Text (kString, kCString) or raw bytes (kBytes, dynamic or fixed). A view into the record: valid as long as
// it is.
inline std::string_view read_text(const Record& record, const Field& field, uint32_t element = 0,
                                  uint32_t base = 0) {
  uint32_t at = field.offset + base + element * field.stride;
  if (field.is_dynamic) return load<Text>(record, field.slot, at).view();
  uint32_t size = field.is_array ? field.stride : field.size;
  const uint8_t* start = nullptr;
  if (field.slot == Slot::kAdded) {
    start = record.added + at;
  } else {
    if (at >= record.sample_size) return {};
    start = record.sample + at;
    size = std::min(size, record.sample_size - at);
  }
  const char* text = reinterpret_cast<const char*>(start);
  return {text, field.kind == Kind::kCString ? strnlen(text, size) : size};
}

// Elements of an array in this record; 1 for a scalar.
inline uint32_t element_count(const Record& record, const Field& field) {
  if (field.is_list) return static_cast<uint32_t>(load<Text>(record, field.slot, field.offset).size);
  return field.is_array ? field.count : 1;
}

// What to pass as record for the elements of a list: a view in which they stand at field.offset. For anything else
// the record itself.
inline Record list_record(const Record& record, const Field& field) {
  Record view = record;
  if (field.is_list) {
    auto* elements = reinterpret_cast<uint8_t*>(
        const_cast<char*>(load<Text>(record, field.slot, field.offset).data));
    // Never dereferenced below `elements`: readers add field.offset again.
    view.added = elements == nullptr ? nullptr : elements - field.offset;  // NOLINT
  }
  return view;
}

// Writers, for fields in the added block only.
template <typename T>
inline void store(Record& record, const Field& field, T value) {
  std::memcpy(record.added + field.offset, &value, sizeof(T));
}
inline void store_text(Record& record, const Field& field, std::string_view text) {
  store(record, field, Text::of(text));
}

}  // namespace gadgetry::data
