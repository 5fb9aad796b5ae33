// The module's linear memory as the host functions see it: every address is checked, nothing traps.
#pragma once

#include <wasmcore.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

namespace gadgetry::wasm {

// A buffer of the guest as one number: length << 32 | address.
struct BufferRef {
  uint32_t address;
  uint32_t size;
  explicit BufferRef(uint64_t value)
      : address(static_cast<uint32_t>(value)), size(static_cast<uint32_t>(value >> 32)) {}
};

class GuestMemory {
 public:
  explicit GuestMemory(wasmcore_instance* instance = nullptr) : instance_(instance) {}

  // size bytes at address, or null. Valid until the guest runs again.
  uint8_t* range(uint32_t address, uint64_t size) const {
    return static_cast<uint8_t*>(wasmcore_range(instance_, address, size));
  }
  // Input. An empty one may have any address.
  std::optional<std::string_view> text(uint64_t buffer) const {
    BufferRef ref(buffer);
    if (ref.size == 0) return std::string_view();
    const uint8_t* bytes = range(ref.address, ref.size);
    if (bytes == nullptr) return std::nullopt;
    return std::string_view(reinterpret_cast<const char*>(bytes), ref.size);
  }
  // Output.
  std::optional<std::span<uint8_t>> buffer(uint64_t buffer) const {
    BufferRef ref(buffer);
    if (ref.size == 0) return std::span<uint8_t>();
    uint8_t* bytes = range(ref.address, ref.size);
    if (bytes == nullptr) return std::nullopt;
    return std::span<uint8_t>(bytes, ref.size);
  }
  template <typename T>
  bool put(uint32_t address, T value) const {
    uint8_t* at = range(address, sizeof(T));
    if (at != nullptr) std::memcpy(at, &value, sizeof(T));
    return at != nullptr;
  }
  template <typename T>
  std::optional<T> get(uint32_t address) const {
    const uint8_t* at = range(address, sizeof(T));
    if (at == nullptr) return std::nullopt;
    T value;
    std::memcpy(&value, at, sizeof(T));
    return value;
  }

 private:
  wasmcore_instance* instance_;
};

}  // namespace gadgetry::wasm
