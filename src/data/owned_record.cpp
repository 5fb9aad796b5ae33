#include "data/owned_record.hpp"

#include <cstring>

#include "data/access.hpp"

namespace gadgetry::data {

OwnedRecord::OwnedRecord(const DataSource& source, const Record& record) : record_(record) {
  record_.sample = copy(record.sample, record.sample_size);
  record_.added = copy(record.added, source.added_size());
  for (const Field& field : source.fields()) {
    if (field.is_list) {
      store(record_, field, copy_list(record, field));
    } else if (field.is_dynamic) {
      store(record_, field, copy_text(load<Text>(record, field.slot, field.offset)));
    }
  }
}

uint8_t* OwnedRecord::copy(const void* bytes, size_t size) {
  std::vector<uint64_t>& words = parts_.emplace_back((size + sizeof(uint64_t) - 1) / sizeof(uint64_t));
  if (size > 0) std::memcpy(words.data(), bytes, size);
  return reinterpret_cast<uint8_t*>(words.data());
}

Text OwnedRecord::copy_text(Text text) {
  return {reinterpret_cast<const char*>(copy(text.data, static_cast<size_t>(text.size))), text.size};
}

Text OwnedRecord::copy_list(const Record& record, const Field& field) {
  auto list = load<Text>(record, field.slot, field.offset);
  uint32_t count = element_count(record, field);
  uint8_t* elements = copy(list.data, size_t{count} * field.stride);
  for (size_t i = 0; field.is_dynamic && i < count; i++) {
    Text text;
    std::memcpy(&text, elements + i * sizeof(text), sizeof(text));
    text = copy_text(text);
    std::memcpy(elements + i * sizeof(text), &text, sizeof(text));
  }
  return {reinterpret_cast<const char*>(elements), count};
}

}  // namespace gadgetry::data
