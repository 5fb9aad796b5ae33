#include "reference.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "wc_float.h"
#include "wc_simd.h"

namespace wasmcore::fuzz {
namespace {

constexpr wasmcore_trap kNone = WASMCORE_TRAP_NONE;

// Reads code without running it, to find where blocks end.
class Skimmer {
 public:
  explicit Skimmer(const std::vector<uint8_t>& code) : code_(code) {}

  size_t pc = 0;

  void leb() {
    while ((code_[pc++] & 0x80) != 0) {
    }
  }

  void lebs(int n) {
    while (n-- > 0) leb();
  }

  void count_and_lebs() {
    uint32_t n = code_[pc++];  // generated tables are short
    lebs(static_cast<int>(n) + 1);
  }

  void immediates(uint8_t op) {
    if (op >= 0x02 && op <= 0x04) return leb();
    if (op == 0x0c || op == 0x0d || op == 0x10 || op == 0xd0 || op == 0xd2) return leb();
    if (op == 0x0e) return count_and_lebs();
    if (op == 0x11) return lebs(2);
    if (op == 0x1c) return lebs(2);
    if (op >= 0x20 && op <= 0x26) return leb();
    if (op >= 0x28 && op <= 0x3e) return lebs(2);
    if (op >= 0x3f && op <= 0x42) return leb();
    if (op == 0x43) pc += 4;
    if (op == 0x44) pc += 8;
    if (op == 0xfc) return prefix_fc();
    if (op == 0xfd) prefix_fd();
  }

 private:
  uint32_t opcode() {
    uint32_t v = code_[pc] & 0x7f;
    if ((code_[pc++] & 0x80) != 0) v |= static_cast<uint32_t>(code_[pc++]) << 7;
    return v;
  }

  void prefix_fc() {
    uint32_t op = opcode();
    if (op == 8 || op == 10 || op == 12 || op == 14) return lebs(2);
    if (op >= 9) lebs(1);
  }

  void prefix_fd() {
    const wc_simd_op& op = wc_simd_ops[opcode()];
    if (op.shape == WC_SIMD_CONST || op.shape == WC_SIMD_SHUFFLE) {
      pc += 16;
      return;
    }
    if (op.bytes != 0) lebs(2);
    if (op.nlanes != 0) pc++;
  }

  const std::vector<uint8_t>& code_;
};

template <typename T>
T get(const uint8_t* from) {
  T v;
  std::memcpy(&v, from, sizeof(v));
  return v;
}

}  // namespace

Reference::Reference(const Module& module, uint32_t max_depth)
    : memory(size_t{kMemoryPages} * WASMCORE_PAGE_SIZE), module_(module), max_depth_(max_depth) {
  ends_.resize(module.functions.size());
  for (const Global& g : module.globals) globals.push_back(g.init);
  tables[0].assign(module.elements[0].begin(), module.elements[0].end());
  tables[1].resize(kTableSize[1]);
  std::copy(module.datas[0].begin(), module.datas[0].end(), memory.begin());
}

uint32_t Reference::u32(Activation& a) {
  uint64_t v = 0;
  for (int shift = 0;; shift += 7) {
    uint8_t b = u8(a);
    v |= static_cast<uint64_t>(b & 0x7f) << shift;
    if ((b & 0x80) == 0) return static_cast<uint32_t>(v);
  }
}

int64_t Reference::s64(Activation& a) {
  uint64_t v = 0;
  for (int shift = 0;;) {
    uint8_t b = u8(a);
    v |= static_cast<uint64_t>(b & 0x7f) << shift;
    shift += 7;
    if ((b & 0x80) != 0) continue;
    if (shift < 64 && (b & 0x40) != 0) v |= ~uint64_t{0} << shift;
    return static_cast<int64_t>(v);
  }
}

Value Reference::pop() {
  if (stack_.empty()) std::abort();
  Value v = stack_.back();
  stack_.pop_back();
  return v;
}

wasmcore_trap Reference::pay(uint64_t n) {
  used_ += n;
  return used_ > fuel_ ? WASMCORE_TRAP_FUEL : kNone;
}

const std::unordered_map<size_t, Reference::Ends>& Reference::ends_of(uint32_t own) {
  auto& ends = ends_[own];
  if (!ends.empty()) return ends;
  const std::vector<uint8_t>& code = module_.functions[own].code;
  Skimmer s(code);
  std::vector<size_t> open = {SIZE_MAX};
  ends[SIZE_MAX] = {};
  while (s.pc < code.size()) {
    size_t start = s.pc;
    uint8_t op = code[s.pc++];
    s.immediates(op);
    if (op >= 0x02 && op <= 0x04) open.push_back(start);
    if (op == 0x05) ends[open.back()].other = s.pc;
    if (op == 0x0b) {
      ends[open.back()].end = s.pc;
      open.pop_back();
    }
  }
  return ends;
}

wasmcore_trap Reference::call(uint32_t own, std::vector<Value>& values, uint64_t fuel) {
  stack_ = values;
  fuel_ = fuel;
  used_ = 0;
  depth_ = 0;
  wasmcore_trap trap = run(own);
  values = stack_;
  return trap;
}

// Arguments and results are on the stack.
wasmcore_trap Reference::run(uint32_t own) {
  const Function& f = module_.functions[own];
  const FunctionType& type = module_.types[f.type];
  Activation a;
  if (depth_ >= max_depth_) return WASMCORE_TRAP_STACK;
  depth_++;
  uint64_t cleared = 0;
  for (size_t i = type.params.size(); i < f.locals.size(); i++)
    cleared += f.locals[i] == WASMCORE_V128 ? 2 : 1;
  if (wasmcore_trap trap = pay(cleared / 8)) return trap;
  a.function = &f;
  a.ends = &ends_of(own);
  a.locals.resize(f.locals.size());
  for (size_t i = type.params.size(); i-- > 0;) a.locals[i] = pop();
  a.labels.push_back({f.code.size(), type.results.size(), stack_.size(), false});
  for (bool done = false; !done;) {
    size_t start = a.pc;
    wasmcore_trap trap = step(a, &done);
    if (trap == kNone) continue;
    if (trap_offset_ == UINT32_MAX) {
      trap_offset_ = f.offset + static_cast<uint32_t>(start);
      trap_function_ = kImports + own;
    }
    return trap;
  }
  depth_--;
  return kNone;
}

wasmcore_trap Reference::invoke(uint32_t index) {
  switch (index) {
    case kHostSum: {
      uint64_t b = pop().low;
      uint32_t a = pop32();
      push(host_sum(a, b));
      return kNone;
    }
    case kHostMix: {
      uint32_t b = pop32();
      uint64_t a = pop().low;
      push(b + 1);
      push(a ^ 1);
      return kNone;
    }
    case kForeignStep: {
      if (depth_ + 2 > max_depth_) return WASMCORE_TRAP_STACK;
      if (wasmcore_trap trap = pay(kForeignStepFuel)) return trap;
      uint32_t b = pop32(), a = pop32();
      globals[0].low = static_cast<uint32_t>(globals[0].low + a);
      push(static_cast<uint32_t>(globals[0].low * b));
      return kNone;
    }
    case kHostBack: {
      wasmcore_trap trap = run(static_cast<uint32_t>(module_.functions.size()) - 1);
      trap_offset_ = UINT32_MAX;  // the call of the host function is where it trapped
      return trap;
    }
    default:
      return run(index - kImports);
  }
}

void Reference::enter_block(Activation& a, uint8_t op) {
  size_t start = a.pc - 1, params = 0, results = 0;
  if (u8(a) == 0x40) {
  } else if (uint8_t single = a.function->code[a.pc - 1]; (single & 0xc0) == 0x40) {
    results = 1;
  } else {
    a.pc--;
    const FunctionType& type = module_.types[static_cast<size_t>(s64(a))];
    params = type.params.size();
    results = type.results.size();
  }
  const Ends& ends = a.ends->at(start);
  bool taken = op != 0x04 || pop32() != 0;
  size_t height = stack_.size() - params;
  if (op == 0x03) {
    a.labels.push_back({start, params, height, true});
    return;
  }
  if (!taken && ends.other == 0) {
    a.pc = ends.end;
    return;
  }
  a.labels.push_back({ends.end, results, height, false});
  if (!taken) a.pc = ends.other;
}

void Reference::branch(Activation& a, uint32_t depth, bool* done) {
  Control label = a.labels[a.labels.size() - 1 - depth];
  std::vector<Value> operands(stack_.end() - static_cast<long>(label.arity), stack_.end());
  stack_.resize(label.height);
  stack_.insert(stack_.end(), operands.begin(), operands.end());
  a.labels.resize(a.labels.size() - 1 - depth);
  a.pc = label.target;
  *done = a.labels.empty();
}

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

namespace {

template <typename U, typename S>
uint32_t compare(int op, U a, U b) {
  switch (op) {
    case 0:
      return a == b;
    case 1:
      return a != b;
    case 2:
      return static_cast<S>(a) < static_cast<S>(b);
    case 3:
      return a < b;
    case 4:
      return static_cast<S>(a) > static_cast<S>(b);
    case 5:
      return a > b;
    case 6:
      return static_cast<S>(a) <= static_cast<S>(b);
    case 7:
      return a <= b;
    case 8:
      return static_cast<S>(a) >= static_cast<S>(b);
    default:
      return a >= b;
  }
}

// clz to popcnt are 0 to 2, add is 3 and so on, in the order of the opcodes.
template <typename U, typename S>
wasmcore_trap integer(int op, U a, U b, U* out) {
  constexpr U kBits = sizeof(U) * 8;
  constexpr S kSmallest = std::numeric_limits<S>::min();
  if (op >= 6 && op <= 9 && b == 0) return WASMCORE_TRAP_DIVIDE_BY_ZERO;
  bool extreme = static_cast<S>(a) == kSmallest && static_cast<S>(b) == -1;
  switch (op) {
    case 0:
      *out = static_cast<U>(std::countl_zero(b));
      break;
    case 1:
      *out = static_cast<U>(std::countr_zero(b));
      break;
    case 2:
      *out = static_cast<U>(std::popcount(b));
      break;
    case 3:
      *out = a + b;
      break;
    case 4:
      *out = a - b;
      break;
    case 5:
      *out = a * b;
      break;
    case 6:
      if (extreme) return WASMCORE_TRAP_OVERFLOW;
      *out = static_cast<U>(static_cast<S>(a) / static_cast<S>(b));
      break;
    case 7:
      *out = a / b;
      break;
    case 8:
      *out = extreme ? 0 : static_cast<U>(static_cast<S>(a) % static_cast<S>(b));
      break;
    case 9:
      *out = a % b;
      break;
    case 10:
      *out = a & b;
      break;
    case 11:
      *out = a | b;
      break;
    case 12:
      *out = a ^ b;
      break;
    case 13:
      *out = a << b % kBits;
      break;
    case 14:
      *out = static_cast<U>(static_cast<S>(a) >> b % kBits);
      break;
    case 15:
      *out = a >> b % kBits;
      break;
    case 16:
      *out = std::rotl(a, static_cast<int>(b % kBits));
      break;
    default:
      *out = std::rotr(a, static_cast<int>(b % kBits));
      break;
  }
  return kNone;
}

uint32_t float_compare(uint8_t op, uint64_t a, uint64_t b) {
  auto x = static_cast<uint32_t>(a), y = static_cast<uint32_t>(b);
  switch (op) {
    case 0x5b:
      return wc_f32_eq(x, y);
    case 0x5c:
      return wc_f32_ne(x, y);
    case 0x5d:
      return wc_f32_lt(x, y);
    case 0x5e:
      return wc_f32_gt(x, y);
    case 0x5f:
      return wc_f32_le(x, y);
    case 0x60:
      return wc_f32_ge(x, y);
    case 0x61:
      return wc_f64_eq(a, b);
    case 0x62:
      return wc_f64_ne(a, b);
    case 0x63:
      return wc_f64_lt(a, b);
    case 0x64:
      return wc_f64_gt(a, b);
    case 0x65:
      return wc_f64_le(a, b);
    default:
      return wc_f64_ge(a, b);
  }
}

uint64_t float_binary(uint8_t op, uint64_t a, uint64_t b) {
  auto x = static_cast<uint32_t>(a), y = static_cast<uint32_t>(b);
  switch (op) {
    case 0x92:
      return wc_f32_add(x, y);
    case 0x93:
      return wc_f32_sub(x, y);
    case 0x94:
      return wc_f32_mul(x, y);
    case 0x95:
      return wc_f32_div(x, y);
    case 0x96:
      return wc_f32_min(x, y);
    case 0x97:
      return wc_f32_max(x, y);
    case 0x98:
      return wc_f32_copysign(x, y);
    case 0xa0:
      return wc_f64_add(a, b);
    case 0xa1:
      return wc_f64_sub(a, b);
    case 0xa2:
      return wc_f64_mul(a, b);
    case 0xa3:
      return wc_f64_div(a, b);
    case 0xa4:
      return wc_f64_min(a, b);
    case 0xa5:
      return wc_f64_max(a, b);
    default:
      return wc_f64_copysign(a, b);
  }
}

template <typename T, typename From>
wasmcore_trap truncate(wasmcore_trap (*convert)(From, T*), uint64_t a, uint64_t* out) {
  T v = 0;
  wasmcore_trap trap = convert(static_cast<From>(a), &v);
  *out = v;
  return trap;
}

wasmcore_trap unary(uint8_t op, uint64_t a, uint64_t* out) {
  auto x = static_cast<uint32_t>(a);
  switch (op) {
    case 0x8b:
      *out = wc_f32_abs(x);
      break;
    case 0x8c:
      *out = wc_f32_neg(x);
      break;
    case 0x8d:
      *out = wc_f32_ceil(x);
      break;
    case 0x8e:
      *out = wc_f32_floor(x);
      break;
    case 0x8f:
      *out = wc_f32_trunc(x);
      break;
    case 0x90:
      *out = wc_f32_nearest(x);
      break;
    case 0x91:
      *out = wc_f32_sqrt(x);
      break;
    case 0x99:
      *out = wc_f64_abs(a);
      break;
    case 0x9a:
      *out = wc_f64_neg(a);
      break;
    case 0x9b:
      *out = wc_f64_ceil(a);
      break;
    case 0x9c:
      *out = wc_f64_floor(a);
      break;
    case 0x9d:
      *out = wc_f64_trunc(a);
      break;
    case 0x9e:
      *out = wc_f64_nearest(a);
      break;
    case 0x9f:
      *out = wc_f64_sqrt(a);
      break;
    case 0xa7:
      *out = x;
      break;
    case 0xa8:
      return truncate(wc_i32_trunc_f32_s, a, out);
    case 0xa9:
      return truncate(wc_i32_trunc_f32_u, a, out);
    case 0xaa:
      return truncate(wc_i32_trunc_f64_s, a, out);
    case 0xab:
      return truncate(wc_i32_trunc_f64_u, a, out);
    case 0xac:
      *out = static_cast<uint64_t>(static_cast<int32_t>(x));
      break;
    case 0xad:
      *out = x;
      break;
    case 0xae:
      return truncate(wc_i64_trunc_f32_s, a, out);
    case 0xaf:
      return truncate(wc_i64_trunc_f32_u, a, out);
    case 0xb0:
      return truncate(wc_i64_trunc_f64_s, a, out);
    case 0xb1:
      return truncate(wc_i64_trunc_f64_u, a, out);
    case 0xb2:
      *out = wc_f32_convert_i32_s(x);
      break;
    case 0xb3:
      *out = wc_f32_convert_i32_u(x);
      break;
    case 0xb4:
      *out = wc_f32_convert_i64_s(a);
      break;
    case 0xb5:
      *out = wc_f32_convert_i64_u(a);
      break;
    case 0xb6:
      *out = wc_f32_demote_f64(a);
      break;
    case 0xb7:
      *out = wc_f64_convert_i32_s(x);
      break;
    case 0xb8:
      *out = wc_f64_convert_i32_u(x);
      break;
    case 0xb9:
      *out = wc_f64_convert_i64_s(a);
      break;
    case 0xba:
      *out = wc_f64_convert_i64_u(a);
      break;
    case 0xbb:
      *out = wc_f64_promote_f32(x);
      break;
    case 0xc0:
      *out = static_cast<uint32_t>(static_cast<int8_t>(x));
      break;
    case 0xc1:
      *out = static_cast<uint32_t>(static_cast<int16_t>(x));
      break;
    case 0xc2:
      *out = static_cast<uint64_t>(static_cast<int8_t>(a));
      break;
    case 0xc3:
      *out = static_cast<uint64_t>(static_cast<int16_t>(a));
      break;
    case 0xc4:
      *out = static_cast<uint64_t>(static_cast<int32_t>(x));
      break;
    default:
      *out = a;
      break;  // reinterpretations
  }
  return kNone;
}

}  // namespace

wasmcore_trap Reference::numeric(uint8_t op) {
  uint64_t b = pop().low, a = 0, out = 0;
  auto b32 = static_cast<uint32_t>(b);
  wasmcore_trap trap = kNone;
  bool two = (op >= 0x46 && op <= 0x4f) || (op >= 0x51 && op <= 0x66) || (op >= 0x6a && op <= 0x78) ||
             (op >= 0x7c && op <= 0x8a) || (op >= 0x92 && op <= 0x98) || (op >= 0xa0 && op <= 0xa6);
  if (two) a = pop().low;
  auto a32 = static_cast<uint32_t>(a);
  if (op == 0x45) {
    out = b32 == 0;
  } else if (op == 0x50) {
    out = b == 0;
  } else if (op <= 0x4f) {
    out = compare<uint32_t, int32_t>(op - 0x46, a32, b32);
  } else if (op <= 0x5a) {
    out = compare<uint64_t, int64_t>(op - 0x51, a, b);
  } else if (op <= 0x66) {
    out = float_compare(op, a, b);
  } else if (op <= 0x78) {
    uint32_t v = 0;
    trap = integer<uint32_t, int32_t>(op - 0x67, a32, b32, &v);
    out = v;
  } else if (op <= 0x8a) {
    trap = integer<uint64_t, int64_t>(op - 0x79, a, b, &out);
  } else if (two) {
    out = float_binary(op, a, b);
  } else {
    trap = unary(op, b, &out);
  }
  push(out);
  return trap;
}

wasmcore_trap Reference::saturate(uint32_t op) {
  uint64_t a = pop().low;
  auto x = static_cast<uint32_t>(a);
  switch (op) {
    case 0:
      push(wc_i32_trunc_sat_f32_s(x));
      break;
    case 1:
      push(wc_i32_trunc_sat_f32_u(x));
      break;
    case 2:
      push(wc_i32_trunc_sat_f64_s(a));
      break;
    case 3:
      push(wc_i32_trunc_sat_f64_u(a));
      break;
    case 4:
      push(wc_i64_trunc_sat_f32_s(x));
      break;
    case 5:
      push(wc_i64_trunc_sat_f32_u(x));
      break;
    case 6:
      push(wc_i64_trunc_sat_f64_s(a));
      break;
    default:
      push(wc_i64_trunc_sat_f64_u(a));
      break;
  }
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

wasmcore_trap Reference::step(Activation& a, bool* done) {
  uint8_t op = u8(a);
  trap_offset_ = UINT32_MAX;
  if (op != 0x02 && op != 0x03 && op != 0x05 && op != 0x0b)
    if (wasmcore_trap trap = pay(1)) return trap;
  switch (op) {
    case 0x00:
      return WASMCORE_TRAP_UNREACHABLE;
    case 0x01:
      return kNone;
    case 0x02:
    case 0x03:
    case 0x04:
      enter_block(a, op);
      return kNone;
    case 0x05:  // the end of the first arm
      branch(a, 0, done);
      return kNone;
    case 0x0b:
      a.labels.pop_back();
      *done = a.labels.empty();
      return kNone;
    case 0x0c:
      branch(a, u32(a), done);
      return kNone;
    case 0x0d: {
      uint32_t depth = u32(a);
      if (pop32() != 0) branch(a, depth, done);
      return kNone;
    }
    case 0x0e: {
      uint32_t n = u32(a), index = std::min(pop32(), n), depth = 0;
      for (uint32_t i = 0; i <= index; i++) depth = u32(a);
      branch(a, depth, done);
      return kNone;
    }
    case 0x0f:
      branch(a, static_cast<uint32_t>(a.labels.size()) - 1, done);
      return kNone;
    case 0x10:
      return invoke(u32(a));
    case 0x11: {
      uint32_t type = u32(a), t = u32(a), index = pop32();
      if (index >= tables[t].size()) return WASMCORE_TRAP_UNDEFINED_ELEMENT;
      uint64_t f = tables[t][index];
      if (f == 0) return WASMCORE_TRAP_NULL_ELEMENT;
      f--;
      const FunctionType& is =
          module_.types[f < kImports ? module_.imports[f] : module_.functions[f - kImports].type];
      const FunctionType& wanted = module_.types[type];
      if (is.params != wanted.params || is.results != wanted.results) return WASMCORE_TRAP_SIGNATURE;
      return invoke(static_cast<uint32_t>(f));
    }
    case 0x1a:
      pop();
      return kNone;
    case 0x1c:
      a.pc += 2;
      [[fallthrough]];
    case 0x1b: {
      uint32_t c = pop32();
      Value y = pop(), x = pop();
      stack_.push_back(c != 0 ? x : y);
      return kNone;
    }
    case 0x20:
      stack_.push_back(a.locals[u32(a)]);
      return kNone;
    case 0x21:
      a.locals[u32(a)] = pop();
      return kNone;
    case 0x22:
      a.locals[u32(a)] = stack_.back();
      return kNone;
    case 0x23:
      stack_.push_back(globals[u32(a)]);
      return kNone;
    case 0x24:
      globals[u32(a)] = pop();
      return kNone;
    case 0x25: {
      uint32_t t = u32(a), index = pop32();
      if (index >= tables[t].size()) return WASMCORE_TRAP_TABLE;
      push(tables[t][index]);
      return kNone;
    }
    case 0x26: {
      uint64_t v = pop().low;
      uint32_t t = u32(a), index = pop32();
      if (index >= tables[t].size()) return WASMCORE_TRAP_TABLE;
      tables[t][index] = v;
      return kNone;
    }
    case 0x3f:
      a.pc++;
      push(memory.size() / WASMCORE_PAGE_SIZE);
      return kNone;
    case 0x40: {
      a.pc++;
      uint32_t n = pop32();
      size_t pages = memory.size() / WASMCORE_PAGE_SIZE;
      bool grows = n <= kMemoryMax - pages;
      if (grows) memory.resize((pages + n) * WASMCORE_PAGE_SIZE);
      push(grows ? pages : UINT32_MAX);
      return kNone;
    }
    case 0x41:
      push(static_cast<uint32_t>(s64(a)));
      return kNone;
    case 0x42:
      push(static_cast<uint64_t>(s64(a)));
      return kNone;
    case 0x43:
      push(get<uint32_t>(&a.function->code[a.pc]));
      a.pc += 4;
      return kNone;
    case 0x44:
      push(get<uint64_t>(&a.function->code[a.pc]));
      a.pc += 8;
      return kNone;
    case 0xd0:
      a.pc++;
      push(0);
      return kNone;
    case 0xd1:
      push(pop().low == 0);
      return kNone;
    case 0xd2:
      push(u32(a) + uint64_t{1});
      return kNone;
    case 0xfc:
      return bulk(a, u32(a));
    case 0xfd: {
      wasmcore_trap trap = kNone;
      vector(a, &trap);
      return trap;
    }
    default:
      break;
  }
  if (op <= 0x35) return load(a, op);
  if (op <= 0x3e) return store(a, op);
  return numeric(op);
}

}  // namespace wasmcore::fuzz
