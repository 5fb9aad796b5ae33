// Maps of the kernel behind the handles of a module.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "wasm/handles.hpp"

namespace gadgetry::wasm {

struct MapSpec {
  std::string_view name;  // cut and cleaned to what the kernel takes
  uint32_t type = 0;      // enum bpf_map_type
  uint32_t key_size = 0;
  uint32_t value_size = 0;
  uint32_t max_entries = 0;
};

enum class MapAccess : uint8_t { kRead, kWrite };

// The last type of map that API version 1 knows. A newer one could hold file descriptors.
inline constexpr uint32_t kLastMapType = 33;

class KernelMap : public Resource {
 public:
  // A new map of at most limits::kWasmMapBytes, and of at most `most`.
  static base::Result<std::unique_ptr<KernelMap>> create(const MapSpec& spec, uint64_t most = UINT64_MAX);
  // A map of the gadget: the descriptor is not closed and must live as long as the handle.
  static base::Result<std::unique_ptr<KernelMap>> borrow(int fd);
  static base::Result<std::unique_ptr<KernelMap>> adopt(base::Fd fd);
  // By the number that a map of maps gives instead of the inner map.
  static base::Result<std::unique_ptr<KernelMap>> open_id(uint32_t id);

  int fd() const { return fd_; }
  uint32_t type() const { return type_; }
  uint32_t key_size() const { return key_size_; }
  uint32_t value_size() const { return value_size_; }
  uint32_t cpus() const { return cpus_; }  // values of an element; 1 unless per CPU
  bool is_per_cpu() const { return per_cpu_; }
  bool is_map_of_maps() const;
  // Bytes from the value of one CPU to that of the next.
  uint64_t stride() const { return per_cpu_ ? (uint64_t{value_size_} + 7) & ~uint64_t{7} : value_size_; }
  // Bytes a lookup writes: the values of all CPUs.
  uint64_t element_bytes() const { return stride() * cpus_; }
  bool was_created() const { return created_; }
  bool is_owner() const { return static_cast<bool>(owned_); }
  uint64_t kernel_bytes() const { return kernel_bytes_; }  // what it may grow to; 0 unless created

  // Why a module may not use the contents: file descriptors would cross the border. Empty: it may.
  std::string_view refusal(MapAccess access) const;

  // Reads elements one behind the other, as the kernel's batch operations do, with a cursor in 32 bits; 0
  // starts. `count` is what there is room for and becomes what was read. At the end errno is ENOENT and the
  // cursor is 0; the last elements may come with it. Returns 0 or the errno: ENOSPC when the room is less
  // than a bucket of the hash table.
  int lookup_batch(uint32_t& cursor, uint8_t* keys, uint8_t* values, uint32_t& count, bool remove);

 private:
  // Where a batch that was read key by key goes on.
  struct SavedKey {
    uint32_t cursor = 0;
    std::vector<uint8_t> key;
  };

  KernelMap() = default;
  base::Status describe();
  bool has_kernel_batches() const;
  int kernel_batch(uint32_t& cursor, uint8_t* keys, uint8_t* values, uint32_t& count, bool remove);
  int batch_by_key(uint32_t& cursor, uint8_t* keys, uint8_t* values, uint32_t& count, bool remove);

  base::Fd owned_;
  int fd_ = -1;
  uint32_t type_ = 0;
  uint32_t key_size_ = 0;
  uint32_t value_size_ = 0;
  uint32_t cpus_ = 1;
  bool per_cpu_ = false;
  bool created_ = false;
  bool batches_work_ = true;  // until the kernel says otherwise
  uint64_t kernel_bytes_ = 0;
  uint32_t last_cursor_ = 0;
  std::array<SavedKey, 4> saved_keys_;  // of batches under way at the same time
};

// Possible CPUs: values of a per-CPU element.
base::Result<uint32_t> possible_cpus();

// What the module's own maps and perf readers take up.
struct KernelUse {
  size_t objects = 0;
  uint64_t bytes = 0;
};
KernelUse kernel_use(Handles& handles);

// Descriptors that a module causes to be opened must leave some to the rest of the program.
base::Status check_descriptor(int fd);

}  // namespace gadgetry::wasm
