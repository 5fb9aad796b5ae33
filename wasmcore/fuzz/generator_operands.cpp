// Where the operands of generated instructions come from, and where results go.
#include <algorithm>

#include "generator_body.hpp"

namespace wasmcore::fuzz {

bool Body::taken_from_nowhere(const Types& types) {
  size_t there = available();
  if (!labels_.back().dead || there > types.size() || !source_.one_in(2)) return false;
  if (!std::equal(stack_.end() - static_cast<long>(there), stack_.end(),
                  types.end() - static_cast<long>(there)))
    return false;
  pop(there);
  return true;
}

// Makes the types stand on top of the stack, then takes them off. What is there already is used.
void Body::need(const Types& types) {
  if (taken_from_nowhere(types)) return;
  size_t n = std::min(types.size(), available());
  for (; n > 0; n--)
    if (std::equal(stack_.end() - static_cast<long>(n), stack_.end(), types.begin())) break;
  for (size_t i = n; i < types.size(); i++) push(types[i]);
  pop(types.size());
}

void Body::need_and_keep(const Types& types) {
  need(types);
  push_types(types);
}

bool Body::find_local(uint8_t type, uint32_t* out) {
  uint32_t n = static_cast<uint32_t>(locals_.size()), start = source_.below(n);
  for (uint32_t i = 0; i < n; i++) {
    uint32_t local = (start + i) % n;
    if (locals_[local] != type) continue;
    *out = local;
    return true;
  }
  return false;
}

bool Body::find_global(uint8_t type, bool to_set, uint32_t* out) {
  uint32_t n = static_cast<uint32_t>(module_.globals.size()), start = source_.below(n);
  for (uint32_t i = 0; i < n; i++) {
    uint32_t global = (start + i) % n;
    if (module_.globals[global].type != type || (to_set && !module_.globals[global].is_mutable)) continue;
    *out = global;
    return true;
  }
  return false;
}

void Body::constant(uint8_t type) {
  switch (type) {
    case kI32:
      code_.i32(small_or_large());
      break;
    case kI64:
      code_.i64(source_.one_in(3) ? static_cast<int64_t>(source_.bits()) : small_or_large());
      break;
    case kF32:
      code_.u8(0x43).fixed(float_bits() >> 32, 4);
      break;
    case kF64:
      code_.u8(0x44).fixed(float_bits(), 8);
      break;
    case kV128:
      code_.add({0xfd, 0x0c}).fixed(source_.bits(), 8).fixed(source_.bits(), 8);
      break;
    case kFunc:
      if (source_.one_in(3))
        code_.add({0xd0, kFunc});
      else
        code_.u8(0xd2).u(source_.below(function_count()));
      break;
    default:
      code_.add({0xd0, kExtern});
      break;
  }
}

int64_t Body::small_or_large() {
  static const std::vector<int64_t> special = {0,  1,  -1, 2, 4, 255, 0xffff, 0x7fffffff, -0x80000000LL,
                                               31, 32, 63};
  switch (source_.below(5)) {
    case 0:
      return source_.pick(special);
    case 1:
      return static_cast<int32_t>(source_.bits());
    case 2:
      return -static_cast<int64_t>(source_.below(64));
    default:
      return source_.below(64);
  }
}

uint64_t Body::float_bits() {
  static const std::vector<uint64_t> special = {0,
                                                0x8000000000000000u,
                                                0x3ff0000000000000u,
                                                0xbff0000000000000u,
                                                0x3f80000000000000u,
                                                0x7ff0000000000000u,
                                                0x7fc0000000000001u,
                                                0x7f80000000000000u,
                                                0xfff8000000000123u,
                                                0x4049000000000000u,
                                                0x40490fdb54442d18u,
                                                0x0000000100000001u,
                                                0x41dfffffffc00000u,
                                                0x4f00000000000000u,
                                                0xc1e0000000000000u};
  return source_.one_in(4) ? source_.bits() : source_.pick(special);
}

uint32_t Body::function_count() const {
  return kImports + static_cast<uint32_t>(module_.functions.size());
}

void Body::push(uint8_t type) {
  uint32_t index = 0;
  if (!source_.one_in(4) && find_local(type, &index)) {
    code_.u8(0x20).u(index);
  } else if (source_.one_in(6) && find_global(type, false, &index)) {
    code_.u8(0x23).u(index);
  } else if (type == kExtern && source_.one_in(2)) {
    code_.i32(source_.below(kTableSize[1])).add({0x25, 1});
  } else if (type == kFunc && source_.one_in(4)) {
    code_.i32(source_.below(kTableSize[0])).add({0x25, 0});
  } else {
    constant(type);
  }
  stack_.push_back(type);
}

// Writes the operand on top to a local. Locals that are addresses get small numbers, counters (nearly)
// nothing.
void Body::set_local(bool keep) {
  uint8_t type = stack_.back();
  uint32_t local = 0;
  if (!find_local(type, &local) || (is_counter(local) && !source_.one_in(100))) {
    if (!keep) drop();
    return;
  }
  if (local >= addresses_ && local < addresses_ + kAddresses) code_.i32(0x3fff).u8(0x71);
  code_.u8(keep ? 0x22 : 0x21).u(local);
  if (!keep) stack_.pop_back();
}

bool Body::is_counter(uint32_t local) const {
  return local >= counters_ && local < counters_ + kCounters;
}

void Body::drop() {
  code_.u8(0x1a);
  stack_.pop_back();
}

void Body::consume() {
  uint32_t index = 0;
  if (source_.one_in(6)) {
    drop();
  } else if (source_.one_in(4) && find_global(stack_.back(), true, &index)) {
    code_.u8(0x24).u(index);
    stack_.pop_back();
  } else {
    set_local(false);
  }
}
}  // namespace wasmcore::fuzz
