// Raw BTF bytes as a header, a type section and strings, with bounds checked: what the validation and the
// linear scan of the kernel's BTF share. Format: Documentation/bpf/btf.rst of the kernel.
#pragma once

#include <linux/btf.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace gadgetry::bpf {

class BtfView {
 public:
  explicit BtfView(std::span<const std::byte> bytes);

  // Why the header is refused; null when it is fine. Nothing else may be called when it is not.
  const char* problem() const { return problem_; }

  uint64_t type_bytes() const { return types_.size(); }
  uint64_t string_bytes() const { return strings_.size(); }

  // Offset must be below string_bytes(). The strings end with a NUL.
  std::string_view string(uint32_t offset) const { return strings_.data() + offset; }
  const char* raw_string(uint32_t offset) const { return strings_.data() + offset; }

  // A T at an offset of the type section, which must be inside.
  template <typename T>
  T read(uint64_t offset) const {
    T value;
    std::memcpy(&value, types_.data() + offset, sizeof(T));
    return value;
  }
  // Bytes of the type that starts at offset; 0 when its kind is unknown or it does not end inside the
  // section.
  uint64_t type_size(uint64_t offset) const;

 private:
  std::span<const std::byte> types_;
  std::string_view strings_;
  const char* problem_ = nullptr;
};

}  // namespace gadgetry::bpf
