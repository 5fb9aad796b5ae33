// The choices that an input makes, and random types.
#ifndef WASMCORE_FUZZ_GENERATOR_SOURCE_HPP
#define WASMCORE_FUZZ_GENERATOR_SOURCE_HPP

#include <cstddef>
#include <cstdint>
#include <vector>

#include "wasmcore.h"

namespace wasmcore::fuzz {

using Types = std::vector<uint8_t>;

inline constexpr uint8_t kI32 = WASMCORE_I32, kI64 = WASMCORE_I64, kF32 = WASMCORE_F32, kF64 = WASMCORE_F64,
                         kV128 = WASMCORE_V128, kFunc = WASMCORE_FUNCREF, kExtern = WASMCORE_EXTERNREF;

// The input's bytes; behind their end a generator that they seed, so that short inputs give whole modules
// too.
class Source {
 public:
  Source(const uint8_t* data, size_t size) : data_(data), left_(size) {
    for (size_t i = 0; i < size; i++) state_ = (state_ ^ data[i]) * 0x100000001b3u;
    state_ |= 1;
  }

  uint8_t byte() {
    if (left_ != 0) {
      left_--;
      return *data_++;
    }
    return static_cast<uint8_t>(next() >> 56);
  }

  uint32_t below(uint32_t n) { return byte() % n; }
  bool one_in(uint32_t n) { return below(n) == 0; }
  uint64_t bits() {
    uint64_t v = 0;
    for (int i = 0; i < 8; i++) v = v << 8 | byte();
    return v;
  }
  template <typename T>
  const T& pick(const std::vector<T>& v) {
    return v[below(static_cast<uint32_t>(v.size()))];
  }

 private:
  uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_ * 0x2545f4914f6cdd1du;
  }

  const uint8_t* data_;
  size_t left_;
  uint64_t state_ = 0xcbf29ce484222325u;
};

inline uint8_t random_type(Source& source) {
  static const Types types = {kI32, kI32, kI32, kI32, kI32,  kI32,  kI64,  kI64,
                              kI64, kF32, kF64, kF64, kV128, kV128, kFunc, kExtern};
  return source.pick(types);
}

inline Types random_types(Source& source, uint32_t most) {
  Types types(source.below(most + 1));
  for (uint8_t& t : types) t = random_type(source);
  return types;
}

}  // namespace wasmcore::fuzz

#endif
