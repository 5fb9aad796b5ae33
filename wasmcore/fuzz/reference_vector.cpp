// Instructions on vectors of the reference interpreter.
#include "reference.hpp"

#include <cstring>

#include "wc_simd.h"

namespace wasmcore::fuzz {

void Reference::vector(Activation& a, wasmcore_trap* trap) {
  const wc_simd_op& op = wc_simd_ops[u32(a)];
  alignas(16) uint64_t x[2] = {}, y[2] = {}, z[2] = {}, out[2] = {};
  auto take = [this](uint64_t* to) {
    Value v = pop();
    to[0] = v.low;
    to[1] = v.high;
  };
  bool loads = op.shape == WC_SIMD_LOAD || op.shape == WC_SIMD_LOAD_LANE;
  bool stores = op.shape == WC_SIMD_STORE || op.shape == WC_SIMD_STORE_LANE;
  if (loads || stores) {
    u32(a);
    if (op.shape != WC_SIMD_LOAD) take(x);
    uint8_t* memory_at = at(a, pop32(), op.bytes);
    uint32_t lane = op.nlanes != 0 ? u8(a) : 0;
    if (memory_at == nullptr) {
      *trap = WASMCORE_TRAP_MEMORY;
      return;
    }
    std::memcpy(y, memory_at, op.bytes);
    if (op.shape == WC_SIMD_LOAD) op.fn(out, y, nullptr, nullptr, 0);
    if (op.shape == WC_SIMD_LOAD_LANE) op.fn(out, y, x, nullptr, lane);
    if (op.shape == WC_SIMD_STORE) std::memcpy(out, x, sizeof(x));
    if (op.shape == WC_SIMD_STORE_LANE) op.fn(out, x, nullptr, nullptr, lane);
    if (loads)
      push(out[0], out[1]);
    else
      std::memcpy(memory_at, out, op.bytes);
    return;
  }
  if (op.shape == WC_SIMD_CONST || op.shape == WC_SIMD_SHUFFLE) {
    std::memcpy(z, a.function->code.data() + a.pc, 16);
    a.pc += 16;
    if (op.shape == WC_SIMD_CONST) return push(z[0], z[1]);
    take(y);
    take(x);
    op.fn(out, x, y, z, 0);
    return push(out[0], out[1]);
  }
  uint32_t lane = op.nlanes != 0 ? u8(a) : 0;
  bool two = op.shape == WC_SIMD_BINARY || op.shape == WC_SIMD_SHIFT ||
             (op.shape >= WC_SIMD_REPLACE_I32 && op.shape <= WC_SIMD_REPLACE_F64);
  if (op.shape == WC_SIMD_TERNARY) take(z);
  if (two || op.shape == WC_SIMD_TERNARY) take(y);
  take(x);
  op.fn(out, x, y, z, lane);
  push(out[0], out[1]);
}

}  // namespace wasmcore::fuzz
