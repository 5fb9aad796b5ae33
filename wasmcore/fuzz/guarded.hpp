// What the fuzz targets share: an allocator that notices what is written beside its blocks or never given
// back, and small limits.
#ifndef WASMCORE_FUZZ_GUARDED_HPP
#define WASMCORE_FUZZ_GUARDED_HPP

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

#include "wasmcore.h"

namespace wasmcore::fuzz {

[[noreturn]] inline void fail(const char* what) {
  std::fprintf(stderr, "wasmcore fuzz: %s\n", what);
  std::abort();
}

// Each block stands between two zones of known bytes. Aborts when a zone was written to, a block is freed
// with another size than it was made with, or is not freed at all.
class Guarded {
 public:
  explicit Guarded(size_t most) : left_(most) {}
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;
  ~Guarded() {
    if (!blocks_.empty()) fail("memory was not given back");
  }

  wasmcore_allocator allocator() { return {alloc, free, this}; }

  // The zones of all blocks, and all bytes of the block at `base` from `used` on, which must be zero.
  void check(const uint8_t* base = nullptr, size_t used = 0) const {
    for (const auto& [block, size] : blocks_) {
      check_zone(block - kZone);
      check_zone(block + size);
      if (block != base || used >= size) continue;
      if (block[used] != 0 || std::memcmp(block + used, block + used + 1, size - used - 1) != 0)
        fail("bytes behind the linear memory were written");
    }
  }

 private:
  static constexpr size_t kZone = 64;
  static constexpr int kByte = 0xa5;

  static void* alloc(void* user, size_t size) {
    auto* self = static_cast<Guarded*>(user);
    if (size > self->left_) return nullptr;
    auto* raw = static_cast<uint8_t*>(std::calloc(1, size + 2 * kZone));
    if (raw == nullptr) return nullptr;
    std::memset(raw, kByte, kZone);
    std::memset(raw + kZone + size, kByte, kZone);
    self->left_ -= size;
    self->blocks_[raw + kZone] = size;
    return raw + kZone;
  }

  static void free(void* user, void* ptr, size_t size) {
    auto* self = static_cast<Guarded*>(user);
    auto found = self->blocks_.find(static_cast<uint8_t*>(ptr));
    if (found == self->blocks_.end() || found->second != size) fail("a block was freed wrongly");
    check_zone(found->first - kZone);
    check_zone(found->first + size);
    self->blocks_.erase(found);
    self->left_ += size;
    std::free(static_cast<uint8_t*>(ptr) - kZone);
  }

  static void check_zone(const uint8_t* zone) {
    for (size_t i = 0; i < kZone; i++)
      if (zone[i] != kByte) fail("memory beside a block was written");
  }

  std::map<uint8_t*, size_t> blocks_;
  size_t left_;
};

inline wasmcore_limits small_limits() {
  wasmcore_limits limits = {};
  limits.module_bytes = 1 << 20;
  limits.locals = 2000;
  limits.nesting = 200;
  limits.work_per_byte = 200;
  limits.code_bytes = 4 << 20;
  limits.memory_pages = 4;
  limits.table_size = 1000;
  limits.tables = 20;
  limits.stack_slots = 4096;
  limits.call_depth = 100;
  return limits;
}

}  // namespace wasmcore::fuzz

#endif
