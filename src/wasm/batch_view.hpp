// The flat view of many records that a batch callback gets (gadget_v2.subscribeBatch): reading a field is a load.
//
// A record is `stride` bytes: u32 verdict, u32 index, then the columns, each aligned to its size (at most 8). Numbers
// stand in their own size; text, bytes and arrays as {u32 address, u32 length or number of elements} of bytes at the
// end of the buffer, which is filled from both sides. See "Batches" in docs/wasm-api.md.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/data_source.hpp"
#include "data/record.hpp"

namespace gadgetry::wasm {

class Host;
struct Packet;
struct Subscription;

inline constexpr uint32_t kVerdictDrop = 1;       // set by the module
inline constexpr uint32_t kVerdictChanged = 2;    // set by the module: take over the writable columns
inline constexpr uint32_t kVerdictCut = 256;      // set by the host: a text did not fit into the buffer
inline constexpr uint32_t kViewWritable = 1;      // flag of a view entry
inline constexpr uint32_t kViewEntryBytes = 16;   // {u32 field, flags, offset, size}
inline constexpr uint32_t kViewColumnsMax = 256;
inline constexpr uint32_t kViewBufferMin = 4096;

struct BatchView {
  enum class Shape : uint8_t { kNumber, kText, kArray };
  struct Column {
    data::Field* field = nullptr;
    Shape shape = Shape::kNumber;
    bool writable = false;
    uint32_t offset = 0;  // in the record
    uint32_t size = 0;
  };
  std::vector<Column> columns;
  uint32_t stride = 8;
  uint32_t buffer = 0;  // address in the guest
  uint32_t buffer_size = 0;

  // Appends a column and decides where it stands.
  void add(data::Field& field, bool writable);
};

// Calls the module with the packet's records, as many at a time as fit, and takes over what it decided. False: it
// trapped; the records from `done` on were not looked at.
bool run_batch(Host& host, const Subscription& subscription, Packet& packet, uint32_t source, size_t& done);

}  // namespace gadgetry::wasm
