#include "wasm/field_access.hpp"

#include <algorithm>
#include <cstring>

#include "wasm/host.hpp"

namespace gadgetry::wasm {

using data::Field;
using data::Kind;
using data::Record;
using data::Slot;

const Field* struct_array_of(const data::DataSource& source, const Field& field) {
  for (int32_t at = field.parent; at >= 0; at = source.fields()[static_cast<size_t>(at)].parent) {
    const Field& parent = source.fields()[static_cast<size_t>(at)];
    if (parent.is_struct_array()) return &parent;
  }
  return nullptr;
}

uint32_t scalar_size(const Field& field) {
  return field.is_struct() ? 0 : data::kind_size(field.kind);
}

uint64_t read_scalar_bits(const Record& record, const Field& field, uint32_t element, uint32_t base) {
  uint32_t at = field.offset + base + element * field.stride;
  if (field.kind == Kind::kFloat32) return data::load<uint32_t>(record, field.slot, at);
  if (field.kind == Kind::kFloat64) return data::load<uint64_t>(record, field.slot, at);
  return data::read_integer(record, field, element, base);
}

namespace {

// `size` bytes that may be written. A sample is copied first, and goes on at least to the end of them.
uint8_t* writable_bytes(Packet& packet, Record& record, const Field& field, uint32_t offset, uint32_t size) {
  if (field.slot == Slot::kAdded) return record.added + offset;
  own_sample(record, *packet.source, *packet.batch->arena, offset + size);
  return const_cast<uint8_t*>(record.sample) + offset;  // own_sample made it ours
}

uint32_t bit_field_bytes(const Field& field) {
  return (uint32_t{field.bit_offset} + field.bit_size + 7) / 8;
}

void write_bit_field(uint8_t* at, const Field& field, uint64_t value) {
  uint32_t bytes = bit_field_bytes(field);
  unsigned __int128 raw = 0;
  std::memcpy(&raw, at, bytes);
  unsigned __int128 mask = ((static_cast<unsigned __int128>(1) << field.bit_size) - 1) << field.bit_offset;
  raw = (raw & ~mask) | ((static_cast<unsigned __int128>(value) << field.bit_offset) & mask);
  std::memcpy(at, &raw, bytes);
}

}  // namespace

void write_scalar(Packet& packet, Record& record, const Field& field, uint64_t value, uint32_t offset) {
  uint32_t size = field.bit_size != 0 ? bit_field_bytes(field) : data::kind_size(field.kind);
  uint8_t* at = writable_bytes(packet, record, field, offset, size);
  if (field.bit_size != 0) {
    write_bit_field(at, field, value);
    return;
  }
  if (field.kind == Kind::kBool) value = (value & 0xff) != 0 ? 1 : 0;
  std::memcpy(at, &value, size);  // little-endian: the low bytes
}

const char* write_bytes(Host& host, Packet& packet, Record& record, const Field& field, std::string_view bytes,
                        uint32_t offset, uint32_t size) {
  if (field.is_dynamic) {
    if (!host.charge(packet, bytes.size())) return "the module made more text than the host keeps for one batch";
    data::Text text = packet.batch->arena->copy(bytes);
    std::memcpy(record.added + offset, &text, sizeof(text));
    return nullptr;
  }
  if (bytes.size() > size) return "the value is longer than the field";
  if (field.kind != Kind::kCString && bytes.size() != size) return "the value must be as long as the field";
  auto length = static_cast<uint32_t>(bytes.size());
  uint8_t* at = writable_bytes(packet, record, field, offset, length);
  if (length > 0) std::memcpy(at, bytes.data(), length);
  // Zeros up to the end of the field, as far as the sample goes.
  uint32_t room = field.slot == Slot::kAdded ? size : std::min(size, record.sample_size - offset);
  std::memset(at + length, 0, room - length);
  return nullptr;
}

size_t field_bytes(std::string_view full_name) {
  auto levels = 1 + static_cast<size_t>(std::count(full_name.begin(), full_name.end(), '.'));
  return levels * (sizeof(Field) + 2 * full_name.size());
}

std::string_view raw_bytes(const Record& record, const data::DataSource& source, const Field& field) {
  if (field.is_list) {
    auto list = data::load<data::Text>(record, field.slot, field.offset);
    // The elements of a list of text have no bytes of their own to show.
    if (field.is_dynamic) return {};
    return {list.data, static_cast<size_t>(list.size) * field.stride};
  }
  if (field.is_dynamic && !field.is_array) return data::read_text(record, field);
  if (field.is_dynamic) return {};
  if (field.slot == Slot::kAdded) {
    return {reinterpret_cast<const char*>(record.added + field.offset), field.size};
  }
  (void)source;
  if (field.offset >= record.sample_size) return {};
  uint32_t size = std::min(field.size, record.sample_size - field.offset);
  return {reinterpret_cast<const char*>(record.sample + field.offset), size};
}

}  // namespace gadgetry::wasm
