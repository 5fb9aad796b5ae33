// Turns the contents of a map into rows.
#pragma once

#include <cstdint>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "bpf/declarations.hpp"

namespace gadgetry::bpf {

enum class MapReadMode : uint8_t {
  kConsume,  // what is read is taken out of the map (arrays: set to zero)
  kKeep,
};

// An integer of the value that is added up over CPUs.
struct SumField {
  uint32_t offset = 0;  // in the value
  uint32_t size = 0;    // 1, 2, 4 or 8 bytes
};

struct MapReadOptions {
  // Where key, value and CPU go in a row. Zeros: one behind the other, each aligned to 4 bytes.
  MapLayout layout = {};
  MapReadMode mode = MapReadMode::kConsume;
  PerCpu per_cpu = PerCpu::kSum;  // for per-CPU maps
  // For kSum; all other bytes are those of the first CPU with anything in the value.
  std::vector<SumField> sum_fields = {};
  bool skip_zero = true;       // arrays and shown CPUs: leave out values that are all zero
  bool without_batch = false;  // read key by key, as on kernels without batch operations
};

// Hash, LRU hash and array maps and their per-CPU kinds.
//
// A row: the key, padding up to value_offset, the value, and for per-CPU maps with kShow the CPU number (u32
// at cpu_offset()). Programs may change the map meanwhile: a fetch always ends, rows are as they were at some
// moment of it, and an update of an array element between reading and zeroing it is lost.
class MapReader {
 public:
  static base::Result<MapReader> open(int map_fd, MapReadOptions options);

  uint32_t row_size() const { return options_.layout.sample_size; }
  // As given, with what was zero filled in; cpu_offset is 0 when rows have no CPU number.
  const MapLayout& layout() const { return options_.layout; }

  // Appends the rows to `rows`; returns how many.
  base::Result<size_t> fetch(std::vector<uint8_t>& rows);

 private:
  MapReader() = default;
  base::Status complete_layout();
  // Each calls add_element() for every element: its key and the values of all CPUs.
  base::Status read_hash_batch();
  base::Status read_hash_single();
  base::Status read_array();
  base::Result<bool> take_element(const uint8_t* key);
  base::Status add_element(const uint8_t* key, const uint8_t* values);
  void add_row(const uint8_t* key, const uint8_t* value, uint32_t cpu);
  void add_to_slots(const uint8_t* key, const uint8_t* value);
  void sum_cpus(const uint8_t* values, uint8_t* out) const;

  base::Fd fd_;
  MapReadOptions options_;
  uint32_t key_size_ = 0;
  uint32_t value_size_ = 0;
  uint32_t max_entries_ = 0;
  bool per_cpu_ = false;
  bool is_array_ = false;
  uint32_t cpus_ = 1;           // values of an element
  uint32_t value_stride_ = 0;   // bytes from one CPU's value to the next
  uint32_t element_bytes_ = 0;  // bytes the kernel writes for one element: all CPUs
  bool batch_works_ = true;     // until the kernel says otherwise
  uint32_t batch_ = 0;          // elements asked for at a time

  // Of the fetch under way; kept to be reused.
  std::vector<uint8_t>* rows_ = nullptr;
  size_t row_count_ = 0;
  std::vector<uint8_t> keys_;
  std::vector<uint8_t> values_;
  std::vector<uint8_t> sum_;
};

}  // namespace gadgetry::bpf
