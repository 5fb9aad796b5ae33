// What the files of the reference interpreter share.
#ifndef WASMCORE_FUZZ_REFERENCE_PARTS_HPP
#define WASMCORE_FUZZ_REFERENCE_PARTS_HPP

#include <cstdint>
#include <cstring>

#include "wasmcore.h"

namespace wasmcore::fuzz {

inline constexpr wasmcore_trap kNone = WASMCORE_TRAP_NONE;

template <typename T>
T get(const uint8_t* from) {
  T v;
  std::memcpy(&v, from, sizeof(v));
  return v;
}

}  // namespace wasmcore::fuzz

#endif
