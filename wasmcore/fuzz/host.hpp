// Imports of any module: a host function for each function, which gives its arguments back or zeros.
#ifndef WASMCORE_FUZZ_HOST_HPP
#define WASMCORE_FUZZ_HOST_HPP

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "wasmcore.h"

namespace wasmcore::fuzz {

// Letters of struct wasmcore_host_function for a type.
inline char letter_of(uint8_t type) {
  switch (type) {
    case WASMCORE_I32:
      return 'i';
    case WASMCORE_I64:
      return 'I';
    case WASMCORE_F32:
      return 'f';
    case WASMCORE_F64:
      return 'F';
    case WASMCORE_V128:
      return 'V';
    case WASMCORE_FUNCREF:
      return 'r';
    default:
      return 'e';
  }
}

inline uint32_t slots_of(const uint8_t* types, uint32_t n) {
  uint32_t slots = 0;
  for (uint32_t i = 0; i < n; i++) slots += types[i] == WASMCORE_V128 ? 2 : 1;
  return slots;
}

class AnyHost {
 public:
  AnyHost() = default;
  AnyHost(const AnyHost&) = delete;
  AnyHost& operator=(const AnyHost&) = delete;

  // For wasmcore_options.resolve, with this as the user. Tables, memories and globals are not there.
  static bool resolve(void* user, const wasmcore_extern* import, wasmcore_provider* out) {
    auto* self = static_cast<AnyHost*>(user);
    if (import->kind != WASMCORE_FUNCTION) return false;
    auto made = std::make_unique<Made>();
    const wasmcore_signature& s = import->signature;
    for (uint32_t i = 0; i < s.nparams; i++) made->signature += letter_of(s.types[i]);
    made->signature += ':';
    for (uint32_t i = 0; i < s.nresults; i++) made->signature += letter_of(s.types[s.nparams + i]);
    /* Only numbers may be given back: a number is not a reference. */
    made->echoes = s.nparams >= s.nresults;
    for (uint32_t i = 0; i < s.nresults; i++)
      made->echoes = made->echoes && s.types[i] == s.types[s.nparams + i];
    made->results = slots_of(s.types + s.nparams, s.nresults);
    made->host = {"", "", made->signature.c_str(), call, made.get()};
    out->host = &made->host;
    self->made_.push_back(std::move(made));
    return true;
  }

 private:
  struct Made {
    std::string signature;
    wasmcore_host_function host = {};
    uint32_t results = 0;
    bool echoes = false;
  };

  static wasmcore_trap call(wasmcore_instance* /*caller*/, uint64_t* slots, void* user) {
    const auto* made = static_cast<const Made*>(user);
    if (made->echoes) return WASMCORE_TRAP_NONE;
    for (uint32_t i = 0; i < made->results; i++) slots[i] = 0;
    return WASMCORE_TRAP_NONE;
  }

  std::vector<std::unique_ptr<Made>> made_;
};

}  // namespace wasmcore::fuzz

#endif
