// Memory and tables of the reference interpreter.
#include "reference.hpp"

#include <algorithm>
#include <cstring>

#include "reference_parts.hpp"

namespace wasmcore::fuzz {

// The bytes at base plus the offset that follows, NULL when they are not all inside.
uint8_t* Reference::at(Activation& a, uint32_t base, uint32_t bytes) {
  uint64_t address = uint64_t{base} + u32(a);
  return address + bytes <= memory.size() ? memory.data() + address : nullptr;
}

wasmcore_trap Reference::load(Activation& a, uint8_t op) {
  static constexpr uint32_t kBytes[] = {4, 8, 4, 8, 1, 1, 2, 2, 1, 1, 2, 2, 4, 4};
  u32(a);
  const uint8_t* from = at(a, pop32(), kBytes[op - 0x28]);
  if (from == nullptr) return WASMCORE_TRAP_MEMORY;
  switch (op) {
    case 0x28:
    case 0x2a:
    case 0x35:
      push(get<uint32_t>(from));
      break;
    case 0x29:
    case 0x2b:
      push(get<uint64_t>(from));
      break;
    case 0x2c:
      push(static_cast<uint32_t>(get<int8_t>(from)));
      break;
    case 0x2d:
    case 0x31:
      push(get<uint8_t>(from));
      break;
    case 0x2e:
      push(static_cast<uint32_t>(get<int16_t>(from)));
      break;
    case 0x2f:
    case 0x33:
      push(get<uint16_t>(from));
      break;
    case 0x30:
      push(static_cast<uint64_t>(get<int8_t>(from)));
      break;
    case 0x32:
      push(static_cast<uint64_t>(get<int16_t>(from)));
      break;
    default:
      push(static_cast<uint64_t>(get<int32_t>(from)));
      break;
  }
  return kNone;
}

wasmcore_trap Reference::store(Activation& a, uint8_t op) {
  static constexpr uint32_t kBytes[] = {4, 8, 4, 8, 1, 2, 1, 2, 4};
  uint64_t v = pop().low;
  u32(a);
  uint8_t* to = at(a, pop32(), kBytes[op - 0x36]);
  if (to == nullptr) return WASMCORE_TRAP_MEMORY;
  std::memcpy(to, &v, kBytes[op - 0x36]);
  return kNone;
}

wasmcore_trap Reference::bulk(Activation& a, uint32_t op) {
  if (op < 8) return saturate(op);
  uint32_t first = u32(a), second = op == 8 || op == 10 || op == 12 || op == 14 ? u32(a) : 0;
  if (op == 9) return dropped_datas_[first] = true, kNone;
  if (op == 13) return dropped_elements_[first] = true, kNone;
  if (op == 16) return push(tables[first].size()), kNone;
  uint32_t n = pop32();
  if (op == 15) {
    uint64_t value = pop().low, before = tables[first].size();
    if (n <= kTableMax[first])
      if (wasmcore_trap trap = pay(n >> 3)) return trap;
    bool grows = n <= kTableMax[first] - before;
    if (grows) tables[first].resize(before + n, value);
    return push(grows ? before : UINT32_MAX), kNone;
  }
  uint64_t from = pop().low, to = pop32();
  /* More than there is traps before it is paid for. */
  if (n > (op < 12 ? memory.size() : tables[op == 12 ? second : first].size()))
    return op < 12 ? WASMCORE_TRAP_MEMORY : WASMCORE_TRAP_TABLE;
  if (wasmcore_trap trap = pay(op < 12 ? n >> 6 : n >> 3)) return trap;
  if (op != 11 && op != 17) from &= UINT32_MAX;
  switch (op) {
    case 8: {
      size_t size = dropped_datas_[first] ? 0 : module_.datas[first].size();
      if (from + n > size || to + n > memory.size()) return WASMCORE_TRAP_MEMORY;
      for (uint32_t i = 0; i < n; i++) memory[to + i] = module_.datas[first][from + i];
      return kNone;
    }
    case 10:
      if (from + n > memory.size() || to + n > memory.size()) return WASMCORE_TRAP_MEMORY;
      std::memmove(memory.data() + to, memory.data() + from, n);
      return kNone;
    case 11:
      if (to + n > memory.size()) return WASMCORE_TRAP_MEMORY;
      for (uint32_t i = 0; i < n; i++) memory[to + i] = static_cast<uint8_t>(from);
      return kNone;
    case 12: {
      size_t size = dropped_elements_[first] ? 0 : module_.elements[first].size();
      if (from + n > size || to + n > tables[second].size()) return WASMCORE_TRAP_TABLE;
      for (uint32_t i = 0; i < n; i++) tables[second][to + i] = module_.elements[first][from + i];
      return kNone;
    }
    case 14: {
      if (from + n > tables[second].size() || to + n > tables[first].size()) return WASMCORE_TRAP_TABLE;
      std::vector<uint64_t> copy(tables[second].begin() + static_cast<long>(from),
                                 tables[second].begin() + static_cast<long>(from + n));
      std::copy(copy.begin(), copy.end(), tables[first].begin() + static_cast<long>(to));
      return kNone;
    }
    default:
      if (to + n > tables[first].size()) return WASMCORE_TRAP_TABLE;
      std::fill_n(tables[first].begin() + static_cast<long>(to), n, from);
      return kNone;
  }
}

}  // namespace wasmcore::fuzz
