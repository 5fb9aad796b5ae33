#include "wasm/packet.hpp"

#include <algorithm>
#include <cstring>

namespace gadgetry::wasm {

uint8_t* allocate_aligned(data::Arena& arena, size_t size) {
  auto address = reinterpret_cast<uintptr_t>(arena.allocate(size + 7));
  return reinterpret_cast<uint8_t*>((address + 7) & ~uintptr_t{7});
}

size_t record_bytes(const data::DataSource& source) {
  return sizeof(data::Record) + source.sample_size() + source.added_size() + 32;
}

data::Record new_record(Packet& packet) {
  const data::DataSource& source = *packet.source;
  data::Arena& arena = *packet.batch->arena;
  data::Record record;
  uint8_t* sample = allocate_aligned(arena, source.sample_size());
  std::memset(sample, 0, source.sample_size());
  record.sample = sample;
  record.sample_size = source.sample_size();
  record.flags = data::kRecordOwnSample;
  record.added_size = std::max(source.added_size(), 8u);
  record.added = allocate_aligned(arena, record.added_size);
  std::memset(record.added, 0, record.added_size);
  return record;
}

void own_sample(data::Record& record, const data::DataSource& source, data::Arena& arena, uint32_t end) {
  bool is_own = (record.flags & data::kRecordOwnSample) != 0;
  if (is_own && end <= record.sample_size) return;
  // Programs send short samples of long structs: copying and clearing all of it would cost more than all the rest. One
  // that grows again gets its full size, so that a record is copied twice at most.
  uint32_t size = std::max({record.sample_size, end, is_own ? source.sample_size() : 0});
  uint8_t* copy = allocate_aligned(arena, size);
  if (record.sample_size > 0) std::memcpy(copy, record.sample, record.sample_size);
  std::memset(copy + record.sample_size, 0, size - record.sample_size);
  record.sample = copy;
  record.sample_size = size;
  record.flags |= data::kRecordOwnSample;
}

}  // namespace gadgetry::wasm
