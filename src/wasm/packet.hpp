// The records that a module works on: a batch on its way through the stages, or a packet that the module makes.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "data/data_source.hpp"
#include "data/record.hpp"

namespace gadgetry::wasm {

struct Packet {
  data::DataSource* source = nullptr;
  data::Batch* batch = nullptr;   // the records and the arena of their text; `own` unless live
  bool is_live = false;           // the batch belongs to a stage: it cannot be emitted or freed by the module
  size_t charged = 0;             // bytes the host allocated for it
  uint32_t array_handle = 0;      // of the whole, while a callback has it

  data::Batch own;
  data::Arena arena;
  std::deque<data::Record> loose;  // rows that were made and not appended
};

// A zeroed record of the packet's data source, with memory of the packet's arena. Its added block has the size that
// the data source has now, at least 8 bytes: fields added later are known to be missing by it.
data::Record new_record(Packet& packet);
// Bytes new_record() takes.
size_t record_bytes(const data::DataSource& source);

// Bytes of the arena, aligned to 8.
uint8_t* allocate_aligned(data::Arena& arena, size_t size);

// Makes the sample of a record writable up to `end`: a copy of it in the arena, at least that long, unless it is one
// already.
void own_sample(data::Record& record, const data::DataSource& source, data::Arena& arena, uint32_t end);

}  // namespace gadgetry::wasm
