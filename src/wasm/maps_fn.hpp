// What the host functions for maps of both modules share.
#pragma once

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace gadgetry::wasm::fn {

inline constexpr uint64_t kCallFuel = 300;     // of the guest, for a system call
inline constexpr uint64_t kBytesPerFuel = 16;  // copied

// What an errno of an operation on a map means.
inline std::string_view errno_text(int code) {
  if (code == ENOENT) return "there is no such key";
  if (code == EEXIST) return "the key exists";
  if (code == E2BIG) return "the map is full";
  const char* text = strerrordesc_np(code);
  return text == nullptr ? "the kernel does not support it" : text;  // numbers that only the kernel knows
}

inline std::string size_mismatch(std::string_view what, uint64_t given, uint64_t needed) {
  return std::string(what) + " of " + std::to_string(given) + " bytes, not " + std::to_string(needed);
}

}  // namespace gadgetry::wasm::fn
