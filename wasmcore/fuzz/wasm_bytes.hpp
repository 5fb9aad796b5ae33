// Writes WebAssembly binaries byte by byte: valid ones and broken ones alike, nothing is checked.
#ifndef WASMCORE_FUZZ_WASM_BYTES_HPP
#define WASMCORE_FUZZ_WASM_BYTES_HPP

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace wasmcore::fuzz {

class Bytes {
 public:
  Bytes() = default;
  Bytes(std::initializer_list<int> bytes) {
    for (int b : bytes) u8(b);
  }

  Bytes& u8(int b) {
    data_.push_back(static_cast<uint8_t>(b));
    return *this;
  }

  Bytes& add(std::initializer_list<int> bytes) {
    for (int b : bytes) u8(b);
    return *this;
  }

  Bytes& add(const Bytes& other) {
    data_.insert(data_.end(), other.data_.begin(), other.data_.end());
    return *this;
  }

  Bytes& add(const std::vector<uint8_t>& other) {
    data_.insert(data_.end(), other.begin(), other.end());
    return *this;
  }

  Bytes& fill(size_t n, int b) {
    data_.insert(data_.end(), n, static_cast<uint8_t>(b));
    return *this;
  }

  Bytes& repeat(size_t n, const Bytes& what) {
    data_.reserve(data_.size() + n * what.size());
    for (size_t i = 0; i < n; i++) add(what);
    return *this;
  }

  Bytes& u(uint64_t v) {
    do {
      uint8_t low = v & 0x7f;
      v >>= 7;
      u8(v != 0 ? low | 0x80 : low);
    } while (v != 0);
    return *this;
  }

  Bytes& s(int64_t v) {
    for (;;) {
      uint8_t low = v & 0x7f;
      v >>= 7;
      if ((v == 0 && (low & 0x40) == 0) || (v == -1 && (low & 0x40) != 0)) return u8(low);
      u8(low | 0x80);
    }
  }

  Bytes& fixed(uint64_t v, int bytes) {
    for (int i = 0; i < bytes; i++) u8(static_cast<int>(v >> 8 * i & 0xff));
    return *this;
  }

  Bytes& name(std::string_view text) {
    u(text.size());
    data_.insert(data_.end(), text.begin(), text.end());
    return *this;
  }

  // i32.const, i64.const
  Bytes& i32(int64_t v) { return u8(0x41).s(static_cast<int32_t>(v)); }
  Bytes& i64(int64_t v) { return u8(0x42).s(v); }

  // A vector of bytes, and a section.
  Bytes& sized(const Bytes& content) { return u(content.size()).add(content); }
  Bytes& section(int id, const Bytes& content) { return u8(id).sized(content); }

  [[nodiscard]] size_t size() const { return data_.size(); }
  [[nodiscard]] const std::vector<uint8_t>& data() const { return data_; }

 private:
  std::vector<uint8_t> data_;
};

inline Bytes module_header() {
  return Bytes{0, 'a', 's', 'm', 1, 0, 0, 0};
}

}  // namespace wasmcore::fuzz

#endif
