// One event on its way through the house, and batches of them.
//
// A Record is a view: the sample stays where the kernel wrote it (ring buffer memory) until its batch is done.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "data/field.hpp"

namespace gadgetry::data {

// How text of unfixed length stands in the added block. The bytes belong to the batch's Arena, or live for ever.
struct Text {
  const char* data = nullptr;
  uint64_t size = 0;

  static Text of(std::string_view view) { return {view.data(), view.size()}; }
  std::string_view view() const { return {data, static_cast<size_t>(size)}; }
};
static_assert(sizeof(Text) == 16);

// The bits of Record::flags.
enum RecordFlag : uint32_t {
  kRecordOwnSample = 1,  // the sample is a copy in the arena of its batch, writable up to sample_size
  kRecordDropped = 2,    // a callback dropped it; the stage takes it out of the batch
};

struct Record {
  const uint8_t* sample = nullptr;
  uint32_t sample_size = 0;  // bytes there are; fields beyond them read as zero
  uint32_t cpu = 0;          // where it was produced, if the source knows
  uint8_t* added = nullptr;  // DataSource::added_size() bytes, 8-byte aligned, zeroed before the first stage
  uint32_t added_size = 0;   // of `added`, for records that a module made; 0: as the data source says
  uint32_t flags = 0;
};

// With the address sanitizer each allocation of an arena is one of its own, so that it sees what goes beyond the end, and
// what is used after reset().
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kArenaIsExact = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
inline constexpr bool kArenaIsExact = true;
#else
inline constexpr bool kArenaIsExact = false;
#endif
#else
inline constexpr bool kArenaIsExact = false;
#endif

// Memory for text made while a batch is processed. Blocks are kept: a warm arena never allocates.
class Arena {
 public:
  // Room for size bytes, valid until reset().
  char* allocate(size_t size) {
    if (kArenaIsExact || size > left_) grow(size);
    char* out = next_;
    next_ += size;
    left_ -= size;
    return out;
  }
  Text copy(std::string_view text) {
    char* out = allocate(text.size());
    if (!text.empty()) std::memcpy(out, text.data(), text.size());
    return {out, text.size()};
  }
  // Gives back the unused end of the latest allocation.
  void shrink_last(size_t unused) {
    next_ -= unused;
    left_ += unused;
  }
  void reset();

 private:
  void grow(size_t size);

  struct Block {
    std::unique_ptr<char[]> bytes;
    size_t size;
  };
  std::vector<Block> blocks_;
  size_t current_ = 0;
  char* next_ = nullptr;
  size_t left_ = 0;
};

class DataSource;

// The records a stage works on. For a data source of single events: some that came together, in order. For an array
// data source: one whole fetch. Stages drop records by compacting `records`.
struct Batch {
  DataSource* source = nullptr;
  Arena* arena = nullptr;
  std::vector<Record> records;
};

}  // namespace gadgetry::data
