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
  uint32_t value_offset = 0;  // in a row; at least the key's size. 0: directly behind the key
  MapReadMode mode = MapReadMode::kConsume;
  PerCpu per_cpu = PerCpu::kSum;  // for per-CPU maps
  std::vector<SumField>
      sum_fields;              // for kSum; other bytes are those of the first CPU with anything in the value
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

  uint32_t row_size() const { return row_size_; }
  uint32_t value_offset() const { return options_.value_offset; }
  uint32_t cpu_offset() const { return cpu_offset_; }  // value_offset + value size, rounded up to 4
  bool has_cpu() const { return per_cpu_ && options_.per_cpu == PerCpu::kShow; }

  // Appends the rows to `rows`; returns how many.
  base::Result<size_t> fetch(std::vector<uint8_t>& rows);

 private:
  MapReader() = default;
  base::Result<size_t> fetch_hash_batch(std::vector<uint8_t>& rows);
  base::Result<size_t> fetch_hash_single(std::vector<uint8_t>& rows);
  base::Result<size_t> fetch_array(std::vector<uint8_t>& rows);
  base::Status take_element(const uint8_t* key, uint8_t* value, bool& found);
  size_t append(std::vector<uint8_t>& rows, const uint8_t* key, const uint8_t* value) const;
  void append_row(std::vector<uint8_t>& rows, const uint8_t* key, const uint8_t* value, uint32_t cpu) const;
  void sum_cpus(const uint8_t* values, uint8_t* out) const;

  base::Fd fd_;
  MapReadOptions options_;
  uint32_t type_ = 0;
  uint32_t key_size_ = 0;
  uint32_t value_size_ = 0;
  uint32_t max_entries_ = 0;
  bool per_cpu_ = false;
  bool is_array_ = false;
  uint32_t cpus_ = 1;           // values of an element
  uint32_t value_stride_ = 0;   // bytes from one CPU's value to the next
  uint32_t element_bytes_ = 0;  // bytes the kernel writes for one element: all CPUs
  uint32_t row_size_ = 0;
  uint32_t cpu_offset_ = 0;
  uint32_t batch_ = 0;  // elements a batch operation is asked for; 0: not supported by this kernel or map
};

}  // namespace gadgetry::bpf
