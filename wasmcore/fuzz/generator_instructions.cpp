// Generated instructions on numbers, vectors, locals and references, and calls.
#include <algorithm>

#include "generator_body.hpp"

namespace wasmcore::fuzz {
namespace {

struct Signature {
  Types params;
  uint8_t result = 0;
};

Signature of_range(int op, int unary, uint8_t type) {
  return op < unary ? Signature{{type}, type} : Signature{{type, type}, type};
}

// Of the instructions 0x45 to 0xc4.
Signature numeric_signature(int op) {
  if (op == 0x45) return {{kI32}, kI32};
  if (op <= 0x4f) return {{kI32, kI32}, kI32};
  if (op == 0x50) return {{kI64}, kI32};
  if (op <= 0x5a) return {{kI64, kI64}, kI32};
  if (op <= 0x60) return {{kF32, kF32}, kI32};
  if (op <= 0x66) return {{kF64, kF64}, kI32};
  if (op <= 0x78) return of_range(op, 0x6a, kI32);
  if (op <= 0x8a) return of_range(op, 0x7c, kI64);
  if (op <= 0x98) return of_range(op, 0x92, kF32);
  if (op <= 0xa6) return of_range(op, 0xa0, kF64);
  static constexpr uint8_t kConversions[][2] = {
      {kI64, kI32}, {kF32, kI32}, {kF32, kI32}, {kF64, kI32}, {kF64, kI32}, {kI32, kI64},
      {kI32, kI64}, {kF32, kI64}, {kF32, kI64}, {kF64, kI64}, {kF64, kI64}, {kI32, kF32},
      {kI32, kF32}, {kI64, kF32}, {kI64, kF32}, {kF64, kF32}, {kI32, kF64}, {kI32, kF64},
      {kI64, kF64}, {kI64, kF64}, {kF32, kF64}, {kF32, kI32}, {kF64, kI64}, {kI32, kF32},
      {kI64, kF64}, {kI32, kI32}, {kI32, kI32}, {kI64, kI64}, {kI64, kI64}, {kI64, kI64}};
  const auto& c = kConversions[op - 0xa7];
  return {{c[0]}, c[1]};
}

}  // namespace

void Body::numeric(int op) {
  bool traps = (op >= 0xa8 && op <= 0xab) || (op >= 0xae && op <= 0xb1);
  Signature s = numeric_signature(op);
  if (traps && !source_.one_in(8)) {
    need(s.params);
    code_.add({0xfc, op <= 0xab ? op - 0xa8 : op - 0xae + 4});
    stack_.push_back(s.result);
    return;
  }
  if (s.params.size() == 2 && source_.one_in(2)) {
    /* A constant as the second operand. */
    need_and_keep({s.params[0]});
    constant(s.params[1]);
    stack_.push_back(s.params[1]);
  }
  need_and_keep(s.params);
  if (!source_.one_in(12)) {
    if (op >= 0x6d && op <= 0x70) code_.i32(1).u8(0x72);
    if (op >= 0x7f && op <= 0x82) code_.i64(1).u8(0x84);
  }
  pop(s.params.size());
  code_.u8(op);
  stack_.push_back(s.result);
}

void Body::i32_operation() {
  static const std::vector<int> ops = {0x6a, 0x6a, 0x6a, 0x6b, 0x6c, 0x71, 0x71, 0x72, 0x73, 0x73,
                                       0x74, 0x74, 0x76, 0x76, 0x77, 0x77, 0x75, 0x78, 0x45, 0x46,
                                       0x47, 0x48, 0x49, 0x4a, 0x4b, 0x4c, 0x4d, 0x4e, 0x4f};
  numeric(source_.pick(ops));
}

// y op (x shift n), in either order; (x + n) & m.
void Body::combined() {
  static const std::vector<int> shifts = {0x74, 0x76, 0x77, 0x6a, 0x75}, ops = {0x6a, 0x72, 0x73, 0x71};
  bool first = source_.one_in(2);
  if (!first) need_and_keep({kI32});
  if (source_.one_in(3)) i32_operation();
  need_and_keep({kI32});
  code_.i32(small_or_large()).u8(source_.pick(shifts));
  if (source_.one_in(3)) set_local(true);
  if (source_.one_in(3)) {
    code_.i32(small_or_large()).u8(0x71);
    return;
  }
  if (first) push(kI32);
  if (available() >= 2 && stack_[stack_.size() - 2] == kI32) {
    code_.u8(source_.pick(ops));
    pop(1);
  }
}

void Body::copies() {
  uint32_t from = 0, to = 0;
  for (uint32_t n = 1 + source_.below(4); n > 0; n--) {
    uint8_t type = random_type(source_);
    if (!find_local(type, &from) || !find_local(type, &to)) continue;
    if (is_counter(to) || (to >= addresses_ && to < addresses_ + kAddresses)) continue;
    code_.u8(0x20).u(from).u8(0x21).u(to);
  }
}

void Body::select() {
  uint8_t type = available() != 0 && source_.one_in(2) ? stack_.back() : random_type(source_);
  need({type, type, kI32});
  if (type == kFunc || type == kExtern || source_.one_in(4))
    code_.add({0x1c, 1, type});
  else
    code_.u8(0x1b);
  stack_.push_back(type);
}

void Body::vector() {
  int number = source_.byte();
  const wc_simd_op& op = wc_simd_ops[number];
  static constexpr uint8_t kScalars[] = {kI32, kI64, kF32, kF64};
  Types params;
  uint8_t result = kV128;
  if (op.name == nullptr) return;
  switch (op.shape) {
    case WC_SIMD_LOAD:
    case WC_SIMD_STORE:
    case WC_SIMD_LOAD_LANE:
    case WC_SIMD_STORE_LANE:
      vector_memory(op, number);
      return;
    case WC_SIMD_CONST:
      constant(kV128);
      stack_.push_back(kV128);
      return;
    case WC_SIMD_UNARY:
      params = {kV128};
      break;
    case WC_SIMD_SHUFFLE:
    case WC_SIMD_BINARY:
      params = {kV128, kV128};
      break;
    case WC_SIMD_TERNARY:
      params = {kV128, kV128, kV128};
      break;
    case WC_SIMD_SHIFT:
      params = {kV128, kI32};
      break;
    case WC_SIMD_TEST:
      params = {kV128};
      result = kI32;
      break;
    default:
      if (op.shape <= WC_SIMD_SPLAT_F64) {
        params = {kScalars[op.shape - WC_SIMD_SPLAT_I32]};
      } else if (op.shape <= WC_SIMD_EXTRACT_F64) {
        params = {kV128};
        result = kScalars[op.shape - WC_SIMD_EXTRACT_I32];
      } else {
        params = {kV128, kScalars[op.shape - WC_SIMD_REPLACE_I32]};
      }
  }
  need(params);
  code_.u8(0xfd).u(static_cast<uint64_t>(number));
  if (op.shape == WC_SIMD_SHUFFLE)
    for (int i = 0; i < 16; i++) code_.u8(static_cast<int>(source_.below(32)));
  else if (op.nlanes != 0)
    code_.u(source_.below(op.nlanes));
  stack_.push_back(result);
}

void Body::references() {
  if (source_.one_in(2)) {
    uint8_t type = source_.one_in(2) ? kFunc : kExtern;
    need({type});
    code_.u8(0xd1);
    stack_.push_back(kI32);
  } else {
    code_.u8(0x01);
  }
}

void Body::call() {
  if (leaf_) return;
  uint32_t own = static_cast<uint32_t>(module_.functions.size());
  uint32_t f = source_.below(kImports), type = 0;
  if (!source_.one_in(3)) {
    uint32_t from = source_.one_in(20) ? 0 : index_ + 1;
    if (from < own) f = kImports + from + source_.below(own - from);
  }
  type = f < kImports ? module_.imports[f] : module_.functions[f - kImports].type;
  if (source_.one_in(3)) {
    call_indirect(f, type);
    return;
  }
  need(module_.types[type].params);
  code_.u8(0x10).u(f);
  push_types(module_.types[type].results);
}

// Of function f, if it is where the table has it.
void Body::call_indirect(uint32_t f, uint32_t type) {
  const auto& items = module_.elements[0];
  auto at = std::find(items.begin(), items.end(), f + 1);
  if (at == items.end()) return;
  need(module_.types[type].params);
  code_.i32(at - items.begin());
  if (source_.one_in(4)) code_.u8(0x20).u(counters_).u8(0x6a);
  code_.u8(0x11).u(type).u(0);
  push_types(module_.types[type].results);
}
}  // namespace wasmcore::fuzz
