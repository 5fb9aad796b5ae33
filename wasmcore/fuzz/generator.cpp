#include "generator.hpp"

#include <algorithm>
#include <span>

#include "wasm_bytes.hpp"
#include "wasmcore.h"
#include "wc_simd.h"

namespace wasmcore::fuzz {
namespace {

using Types = std::vector<uint8_t>;

constexpr uint8_t kI32 = WASMCORE_I32, kI64 = WASMCORE_I64, kF32 = WASMCORE_F32, kF64 = WASMCORE_F64,
                  kV128 = WASMCORE_V128, kFunc = WASMCORE_FUNCREF, kExtern = WASMCORE_EXTERNREF;
constexpr uint32_t kCounters = 3, kAddresses = 2;

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

uint8_t random_type(Source& source) {
  static const Types types = {kI32, kI32, kI32, kI32, kI32,  kI32,  kI64,  kI64,
                              kI64, kF32, kF64, kF64, kV128, kV128, kFunc, kExtern};
  return source.pick(types);
}

Types random_types(Source& source, uint32_t most) {
  Types types(source.below(most + 1));
  for (uint8_t& t : types) t = random_type(source);
  return types;
}

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

struct Access {
  int op;
  uint8_t type;
  int align;
};
const std::vector<Access> kLoads = {{0x28, kI32, 2}, {0x28, kI32, 2}, {0x29, kI64, 3}, {0x2a, kF32, 2},
                                    {0x2b, kF64, 3}, {0x2c, kI32, 0}, {0x2d, kI32, 0}, {0x2e, kI32, 1},
                                    {0x2f, kI32, 1}, {0x30, kI64, 0}, {0x31, kI64, 0}, {0x32, kI64, 1},
                                    {0x33, kI64, 1}, {0x34, kI64, 2}, {0x35, kI64, 2}};
const std::vector<Access> kStores = {{0x36, kI32, 2}, {0x36, kI32, 2}, {0x37, kI64, 3}, {0x38, kF32, 2},
                                     {0x39, kF64, 3}, {0x3a, kI32, 0}, {0x3b, kI32, 1}, {0x3c, kI64, 0},
                                     {0x3d, kI64, 1}, {0x3e, kI64, 2}};

struct Label {
  Types branch, results;
  size_t height = 0;
  bool is_loop = false;
  bool dead = false;
};

// Writes the body of one function.
class Body {
 public:
  Body(Source& source, const Module& module, uint32_t index)
      : source_(source), module_(module), index_(index), function_(module.functions[index]) {
    const FunctionType& type = module.types[function_.type];
    locals_ = type.params;
    counters_ = static_cast<uint32_t>(locals_.size());
    locals_.insert(locals_.end(), kCounters + kAddresses, kI32);
    addresses_ = counters_ + kCounters;
    Types more = {kI32, kI32, kI64};
    Types others = random_types(source, 6);
    more.insert(more.end(), others.begin(), others.end());
    locals_.insert(locals_.end(), more.begin(), more.end());
    budget_ = 12 + static_cast<int>(source.below(90));
  }

  // Calls nothing when `leaf`.
  void write(bool leaf) {
    leaf_ = leaf;
    labels_.push_back({module_.types[function_.type].results, module_.types[function_.type].results});
    while (budget_ > 0 && !finished()) step();
    finish_block();
    code_.u8(0x0b);
  }

  [[nodiscard]] const Types& locals() const { return locals_; }
  [[nodiscard]] const std::vector<uint8_t>& code() const { return code_.data(); }

 private:
  // ---- operands ----

  [[nodiscard]] size_t available() const { return stack_.size() - labels_.back().height; }

  void pop(size_t n) { stack_.resize(stack_.size() - n); }

  void push_types(const Types& types) { stack_.insert(stack_.end(), types.begin(), types.end()); }

  bool taken_from_nowhere(const Types& types) {
    size_t there = available();
    if (!labels_.back().dead || there > types.size() || !source_.one_in(2)) return false;
    if (!std::equal(stack_.end() - static_cast<long>(there), stack_.end(),
                    types.end() - static_cast<long>(there)))
      return false;
    pop(there);
    return true;
  }

  // Makes the types stand on top of the stack, then takes them off. What is there already is used.
  void need(const Types& types) {
    if (taken_from_nowhere(types)) return;
    size_t n = std::min(types.size(), available());
    for (; n > 0; n--)
      if (std::equal(stack_.end() - static_cast<long>(n), stack_.end(), types.begin())) break;
    for (size_t i = n; i < types.size(); i++) push(types[i]);
    pop(types.size());
  }

  void need_and_keep(const Types& types) {
    need(types);
    push_types(types);
  }

  bool find_local(uint8_t type, uint32_t* out) {
    uint32_t n = static_cast<uint32_t>(locals_.size()), start = source_.below(n);
    for (uint32_t i = 0; i < n; i++) {
      uint32_t local = (start + i) % n;
      if (locals_[local] != type) continue;
      *out = local;
      return true;
    }
    return false;
  }

  bool find_global(uint8_t type, bool to_set, uint32_t* out) {
    uint32_t n = static_cast<uint32_t>(module_.globals.size()), start = source_.below(n);
    for (uint32_t i = 0; i < n; i++) {
      uint32_t global = (start + i) % n;
      if (module_.globals[global].type != type || (to_set && !module_.globals[global].is_mutable)) continue;
      *out = global;
      return true;
    }
    return false;
  }

  void constant(uint8_t type) {
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

  int64_t small_or_large() {
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

  uint64_t float_bits() {
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

  [[nodiscard]] uint32_t function_count() const {
    return kImports + static_cast<uint32_t>(module_.functions.size());
  }

  void push(uint8_t type) {
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
  void set_local(bool keep) {
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

  [[nodiscard]] bool is_counter(uint32_t local) const {
    return local >= counters_ && local < counters_ + kCounters;
  }

  void drop() {
    code_.u8(0x1a);
    stack_.pop_back();
  }

  void consume() {
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

  // ---- instructions ----

  void plain(int op, const Types& params, uint8_t result) {
    need(params);
    code_.u8(op);
    stack_.push_back(result);
  }

  void numeric(int op) {
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

  void i32_operation() {
    static const std::vector<int> ops = {0x6a, 0x6a, 0x6a, 0x6b, 0x6c, 0x71, 0x71, 0x72, 0x73, 0x73,
                                         0x74, 0x74, 0x76, 0x76, 0x77, 0x77, 0x75, 0x78, 0x45, 0x46,
                                         0x47, 0x48, 0x49, 0x4a, 0x4b, 0x4c, 0x4d, 0x4e, 0x4f};
    numeric(source_.pick(ops));
  }

  // y op (x shift n), in either order; (x + n) & m.
  void combined() {
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

  // A number that is most often a valid address.
  void address() {
    switch (source_.below(8)) {
      case 0:
        code_.i32(source_.below(256) * 16);
        stack_.push_back(kI32);
        break;
      case 1:
        need_and_keep({kI32});
        code_.i32(source_.one_in(2) ? 0x7fff : 0xfff0).u8(0x71);
        break;
      case 2:
        address_local();
        address_local();
        code_.u8(0x6a);
        pop(1);
        break;
      case 3:
        if (source_.one_in(16)) {
          push(kI32);
          break;
        }
        [[fallthrough]];
      case 4:
        address_local();
        break;
      default:
        address_local();
        code_.i32(source_.one_in(12) ? small_or_large() : source_.below(200)).u8(0x6a);
        break;
    }
    if (source_.one_in(24)) set_local(true);
  }

  void address_local() {
    code_.u8(0x20).u(addresses_ + source_.below(kAddresses));
    stack_.push_back(kI32);
  }

  void memarg(int align) {
    code_.u(source_.below(static_cast<uint32_t>(align) + 1));
    code_.u(source_.one_in(64) ? source_.bits() & 0xffffffff : source_.below(64));
  }

  void load() {
    const Access& a = source_.pick(kLoads);
    address();
    code_.u8(a.op);
    memarg(a.align);
    stack_.back() = a.type;
  }

  void store() {
    const Access& a = source_.pick(kStores);
    address();
    push(a.type);
    if (source_.one_in(2)) set_local(true);
    if (a.type == kI32 && source_.one_in(2)) code_.i32(small_or_large()).u8(source_.one_in(2) ? 0x6a : 0x73);
    pop(2);
    code_.u8(a.op);
    memarg(a.align);
  }

  void copies() {
    uint32_t from = 0, to = 0;
    for (uint32_t n = 1 + source_.below(4); n > 0; n--) {
      uint8_t type = random_type(source_);
      if (!find_local(type, &from) || !find_local(type, &to)) continue;
      if (is_counter(to) || (to >= addresses_ && to < addresses_ + kAddresses)) continue;
      code_.u8(0x20).u(from).u8(0x21).u(to);
    }
  }

  void select() {
    uint8_t type = available() != 0 && source_.one_in(2) ? stack_.back() : random_type(source_);
    need({type, type, kI32});
    if (type == kFunc || type == kExtern || source_.one_in(4))
      code_.add({0x1c, 1, type});
    else
      code_.u8(0x1b);
    stack_.push_back(type);
  }

  void vector_memory(const wc_simd_op& op, int number) {
    bool lanes = op.shape == WC_SIMD_LOAD_LANE || op.shape == WC_SIMD_STORE_LANE;
    bool loads = op.shape == WC_SIMD_LOAD || op.shape == WC_SIMD_LOAD_LANE;
    address();
    if (op.shape != WC_SIMD_LOAD) push(kV128);
    pop(op.shape == WC_SIMD_LOAD ? 1 : 2);
    code_.u8(0xfd).u(static_cast<uint64_t>(number));
    memarg(op.max_align);
    if (lanes) code_.u(source_.below(op.nlanes));
    if (loads) stack_.push_back(kV128);
  }

  void vector() {
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

  void three(uint32_t a, uint32_t b, uint32_t c) {
    for (uint32_t v : {a, b, c}) {
      if (source_.one_in(6))
        push(kI32);
      else {
        code_.i32(v);
        stack_.push_back(kI32);
      }
    }
    pop(3);
  }

  void bulk() {
    uint32_t a = source_.below(250) * 64, b = source_.below(40), c = source_.below(24);
    if (source_.one_in(40)) a = 0xfffffff0u;
    switch (source_.below(12)) {
      case 0:
        three(a, b, c * 20);
        code_.add({0xfc, 11, 0});
        break;
      case 1:
        three(a, b * 64, c * 20);
        code_.add({0xfc, 10, 0, 0});
        break;
      case 2:
        three(a, b, c);
        code_.add({0xfc, 8, 1, 0});
        break;
      case 3:
        three(b % 8, c % 4, c % 3);
        code_.add({0xfc, 12, 1, 0});
        break;
      case 4:
        three(b % 8, c % 8, c % 3);
        code_.add({0xfc, 14, 0, 0});
        break;
      case 5:
        three(b % 4, c % 4, c % 2);
        code_.add({0xfc, 14, 1, 1});
        break;
      case 6:
        if (source_.one_in(4)) code_.add({0xfc, 9, 1});
        break;
      case 7:
        if (source_.one_in(4)) code_.add({0xfc, 13, 1});
        break;
      case 8:
        code_.u8(0x3f).u8(0);
        stack_.push_back(kI32);
        break;
      case 9:
        grow_memory();
        break;
      default:
        table();
        break;
    }
  }

  void grow_memory() {
    if (source_.one_in(8))
      need({kI32});
    else
      code_.i32(source_.below(2));
    code_.add({0x40, 0});
    stack_.push_back(kI32);
  }

  void table() {
    int t = static_cast<int>(source_.below(2));
    uint8_t type = t != 0 ? kExtern : kFunc;
    uint32_t index = source_.below(source_.one_in(20) ? 255 : kTableSize[t]);
    switch (source_.below(5)) {
      case 0:
        code_.i32(index).add({0x25, t});
        stack_.push_back(type);
        break;
      case 1:
        code_.i32(index);
        stack_.push_back(kI32);
        need_and_keep({kI32, type});
        pop(2);
        code_.add({0x26, t});
        break;
      case 2:
        code_.add({0xfc, 16, t});
        stack_.push_back(kI32);
        break;
      case 3:
        need_and_keep({type});
        code_.i32(source_.one_in(16) ? small_or_large() : source_.below(3)).add({0xfc, 15, t});
        stack_.back() = kI32;
        break;
      default:
        code_.i32(index);
        stack_.push_back(kI32);
        push(type);
        pop(2);
        code_.i32(source_.below(3)).add({0xfc, 17, t});
        break;
    }
  }

  void call() {
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
  void call_indirect(uint32_t f, uint32_t type) {
    const auto& items = module_.elements[0];
    auto at = std::find(items.begin(), items.end(), f + 1);
    if (at == items.end()) return;
    need(module_.types[type].params);
    code_.i32(at - items.begin());
    if (source_.one_in(4)) code_.u8(0x20).u(counters_).u8(0x6a);
    code_.u8(0x11).u(type).u(0);
    push_types(module_.types[type].results);
  }

  // ---- control ----

  bool finished() { return labels_.back().dead && !source_.one_in(4); }

  void set_dead() {
    stack_.resize(labels_.back().height);
    labels_.back().dead = true;
  }

  void condition() {
    static const std::vector<int> compares = {0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x4b,
                                              0x4c, 0x4d, 0x4e, 0x4f, 0x50, 0x51, 0x52,
                                              0x53, 0x54, 0x55, 0x5b, 0x5d, 0x63, 0x66};
    if (source_.one_in(4)) {
      push(kI32);
      code_.i32(source_.below(4)).u8(0x6a);
      if (source_.one_in(2)) set_local(true);
    }
    if (!source_.one_in(4)) numeric(source_.pick(compares));
    if (source_.one_in(6)) numeric(0x45);
  }

  // The operands that a label wants, where they will be found on top of the stack.
  uint32_t pick_label() {
    auto n = static_cast<uint32_t>(labels_.size());
    uint32_t depth = source_.below(n);
    if (labels_[n - 1 - depth].is_loop && !source_.one_in(16)) depth = n - 1;
    return depth;
  }

  const Label& label(uint32_t depth) { return labels_[labels_.size() - 1 - depth]; }

  void br_if() {
    uint32_t depth = pick_label();
    Types types = label(depth).branch;
    need_and_keep(types);
    condition();
    types.push_back(kI32);
    need(types);
    types.pop_back();
    code_.u8(0x0d).u(depth);
    push_types(types);
  }

  void br() {
    uint32_t depth = pick_label();
    if (source_.one_in(4)) {
      need(labels_.front().branch);
      code_.u8(0x0f);
    } else if (source_.one_in(16)) {
      code_.u8(0x00);
    } else {
      need(label(depth).branch);
      code_.u8(0x0c).u(depth);
    }
    set_dead();
  }

  void br_table() {
    uint32_t depth = pick_label(), n = source_.below(5);
    Types types = label(depth).branch;
    need_and_keep(types);
    if (source_.one_in(2)) {
      push(kI32);
      code_.i32(3).u8(0x71);
    }
    types.push_back(kI32);
    need(types);
    types.pop_back();
    code_.u8(0x0e).u(n);
    for (uint32_t i = 0; i < n; i++) {
      uint32_t other = pick_label();
      code_.u(label(other).branch == types ? other : depth);
    }
    code_.u(depth);
    set_dead();
  }

  void block_type(Types* params, Types* results, Bytes* out) {
    uint32_t kind = source_.below(3);
    if (kind == 0) {
      *out = Bytes{0x40};
    } else if (kind == 1) {
      results->push_back(random_type(source_));
      *out = Bytes{results->front()};
    } else {
      uint32_t type = source_.below(static_cast<uint32_t>(module_.types.size()));
      *params = module_.types[type].params;
      *results = module_.types[type].results;
      out->s(type);
    }
  }

  void finish_block() {
    const Types& results = labels_.back().results;
    auto height = static_cast<long>(labels_.back().height);
    size_t n = 0;
    if (labels_.back().dead && source_.one_in(2) && available() <= results.size() &&
        std::equal(stack_.begin() + height, stack_.end(), results.end() - static_cast<long>(available()))) {
      stack_.resize(static_cast<size_t>(height));
      push_types(results);
      return;
    }
    while (n < available() && n < results.size() && stack_[static_cast<size_t>(height) + n] == results[n])
      n++;
    while (available() > n) consume();
    for (; n < results.size(); n++) push(results[n]);
  }

  void inside(int most) {
    int end = budget_ - most;
    while (budget_ > 0 && budget_ > end && !finished()) step();
  }

  void block() {
    if (labels_.size() > 8) return;
    Types params, results;
    Bytes type;
    block_type(&params, &results, &type);
    uint32_t kind = source_.below(3);
    if (kind == 1 && loops_ == kCounters) kind = 0;
    if (kind == 2) {
      need_and_keep(params);
      if (source_.one_in(2)) condition();
      Types all = params;
      all.push_back(kI32);
      need(all);
    } else {
      need(params);
    }
    bool counts_down = source_.one_in(3);
    uint32_t counter = counters_ + loops_, turns = 1 + source_.below(5);
    if (kind == 1) code_.i32(counts_down ? turns : 0).u8(0x21).u(counter);
    labels_.push_back({kind == 1 ? params : results, results, stack_.size(), kind == 1});
    push_types(params);
    code_.u8(2 + static_cast<int>(kind)).add(type);
    loops_ += kind == 1;
    inside(4 + static_cast<int>(source_.below(20)));
    if (kind == 1) turn(counter, turns, counts_down);
    loops_ -= kind == 1;
    finish_block();
    if (kind == 2 && (params != results || source_.one_in(2))) {
      stack_.resize(labels_.back().height);
      push_types(params);
      labels_.back().dead = false;
      code_.u8(0x05);
      inside(10);
      finish_block();
    }
    code_.u8(0x0b);
    labels_.pop_back();
  }

  // The end of a loop: counts, and goes back or on.
  void turn(uint32_t counter, uint32_t turns, bool counts_down) {
    Types params = labels_.back().branch;
    if (labels_.back().dead) return;
    need_and_keep(params);
    code_.u8(0x20).u(counter).i32(counts_down ? -1 : 1).u8(0x6a);
    bool sets = source_.one_in(3);
    code_.u8(sets ? 0x21 : 0x22).u(counter);
    if (sets && source_.one_in(2)) copies();
    if (sets) code_.u8(0x20).u(counter);
    if (!counts_down) {
      static const std::vector<int> compares = {0x47, 0x48, 0x49};
      if (source_.one_in(6)) {
        /* With itself: the same as never. */
        code_.u8(0x20).u(counter);
      } else {
        code_.i32(turns);
      }
      code_.u8(source_.pick(compares));
    } else if (source_.one_in(2)) {
      code_.i32(0).u8(0x4a);
    }
    code_.u8(0x0d).u(0);
  }

  void step() {
    budget_--;
    switch (source_.below(32)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4:
        i32_operation();
        break;
      case 5:
      case 6:
        combined();
        break;
      case 7:
      case 8:
        numeric(0x45 + static_cast<int>(source_.below(0x80)));
        break;
      case 9:
      case 10:
        load();
        break;
      case 11:
      case 12:
        store();
        break;
      case 13:
        copies();
        break;
      case 14:
        select();
        break;
      case 15:
      case 16:
        vector();
        break;
      case 17:
        bulk();
        break;
      case 18:
      case 19:
        call();
        break;
      case 20:
        br_if();
        break;
      case 21:
        if (source_.one_in(labels_.size() > 1 ? 3 : 20)) br();
        break;
      case 22:
        if (source_.one_in(labels_.size() > 1 ? 3 : 20)) br_table();
        break;
      case 23:
      case 24:
      case 25:
        block();
        break;
      case 26:
        if (available() != 0) consume();
        break;
      case 27:
        if (available() != 0) set_local(true);
        break;
      case 28:
        push(random_type(source_));
        break;
      case 29:
        copies();
        push(kI32);
        break;
      case 30:
        references();
        break;
      default:
        if (available() != 0) drop();
        break;
    }
  }

  void references() {
    if (source_.one_in(2)) {
      uint8_t type = source_.one_in(2) ? kFunc : kExtern;
      need({type});
      code_.u8(0xd1);
      stack_.push_back(kI32);
    } else {
      code_.u8(0x01);
    }
  }

  Source& source_;
  const Module& module_;
  uint32_t index_;
  const Function& function_;
  Types locals_, stack_;
  std::vector<Label> labels_;
  Bytes code_;
  uint32_t counters_ = 0, addresses_ = 0, loops_ = 0;
  int budget_ = 0;
  bool leaf_ = false;
};

// ---- the module around them ----

Bytes type_entry(const FunctionType& type) {
  Bytes b{0x60};
  return b.u(type.params.size()).add(type.params).u(type.results.size()).add(type.results);
}

void add_types(Source& source, Module& m) {
  m.types = {{{kI32, kI64}, {kI64}},
             {{kF64, kI32}, {kI32, kF64}},
             {{kI32, kI32}, {kI32}},
             {{kI32}, {kI32}},
             {{}, {}}};
  for (uint32_t n = 2 + source.below(4); n > 0; n--) {
    Types params = random_types(source, 3);  // fewer than 8 slots: moving them is free
    m.types.push_back({params, random_types(source, 3)});
  }
  m.imports = {0, 1, 2, 3};
  m.functions.resize(2 + source.below(4));
  for (Function& f : m.functions) f.type = source.below(static_cast<uint32_t>(m.types.size()));
  m.functions.back().type = m.imports[kHostBack];
}

void add_globals(Source& source, Module& m) {
  m.globals = {{kI32, true, {5, 0}}, {kV128, true, {}}, {kF64, false, {0x4004000000000000u, 0}}};
  for (uint8_t type : {kI32, kI64, kF32, kF64, kV128, kFunc, kExtern, kI32, kI64}) {
    Global g{type, true, {}};
    if (type != kFunc && type != kExtern) g.init.low = source.bits();
    if (type == kI32 || type == kF32) g.init.low &= 0xffffffff;
    if (type == kV128) g.init.high = source.bits();
    if (type == kFunc) g.init.low = 1 + source.below(kImports);
    m.globals.push_back(g);
  }
  m.globals.push_back({kF64, false, m.globals[2].init});
}

void add_segments(Source& source, Module& m) {
  auto functions = kImports + static_cast<uint32_t>(m.functions.size());
  for (uint32_t i = 0; i < kTableSize[0]; i++)
    m.elements[0].push_back(source.one_in(8) ? 0 : 1 + source.below(functions));
  for (uint32_t i = 0; i < 4; i++) m.elements[1].push_back(source.below(functions + 1));
  m.datas[0].resize(64);
  m.datas[1].resize(48);
  for (auto& data : m.datas)
    for (uint8_t& b : data) b = source.byte();
}

Bytes const_expression(const Global& g) {
  Bytes b;
  switch (g.type) {
    case kI32:
      b.i32(static_cast<int32_t>(g.init.low));
      break;
    case kI64:
      b.i64(static_cast<int64_t>(g.init.low));
      break;
    case kF32:
      b.u8(0x43).fixed(g.init.low, 4);
      break;
    case kF64:
      b.u8(0x44).fixed(g.init.low, 8);
      break;
    case kV128:
      b.add({0xfd, 0x0c}).fixed(g.init.low, 8).fixed(g.init.high, 8);
      break;
    case kFunc:
      b.u8(0xd2).u(g.init.low - 1);
      break;
    default:
      b.add({0xd0, kExtern});
      break;
  }
  return b.u8(0x0b);
}

Bytes references(const std::vector<uint32_t>& items) {
  Bytes b;
  b.u(items.size());
  for (uint32_t item : items) {
    if (item == 0)
      b.add({0xd0, kFunc, 0x0b});
    else
      b.u8(0xd2).u(item - 1).u8(0x0b);
  }
  return b;
}

Bytes import_section(const Module& m) {
  static constexpr const char* kNames[kImports] = {"sum", "mix", "step", "back"};
  Bytes b;
  b.u(kImports + kImportedGlobals);
  for (uint32_t i = 0; i < kImports; i++)
    b.name(i == kForeignStep ? "p" : "h").name(kNames[i]).u8(0).u(m.imports[i]);
  for (uint32_t i = 0; i < kImportedGlobals; i++)
    b.name("p").name(i == 0 ? "i" : i == 1 ? "v" : "f").add({3, m.globals[i].type, m.globals[i].is_mutable});
  return b;
}

Bytes element_section(const Module& m) {
  auto functions = kImports + static_cast<uint32_t>(m.functions.size());
  Bytes b;
  b.u(3);
  b.u8(4).i32(0).u8(0x0b).add(references(m.elements[0]));
  b.add({5, kFunc}).add(references(m.elements[1]));
  b.add({3, 0}).u(functions);
  for (uint32_t i = 0; i < functions; i++) b.u(i);
  return b;
}

Bytes locals_of(const Module& m, const Function& f) {
  size_t params = m.types[f.type].params.size();
  Bytes b;
  b.u(f.locals.size() - params);
  for (size_t i = params; i < f.locals.size(); i++) b.u(1).u8(f.locals[i]);
  return b;
}

// Sets the offsets of the functions' code, too; `b` holds what stands before the section.
void add_code_section(Bytes* b, Module& m) {
  Bytes content;
  std::vector<size_t> at;
  content.u(m.functions.size());
  for (const Function& f : m.functions) {
    Bytes body = locals_of(m, f);
    size_t head = body.size();
    body.add(f.code);
    content.u(body.size());
    at.push_back(content.size() + head);
    content.add(body);
  }
  b->section(10, content);
  for (size_t i = 0; i < at.size(); i++)
    m.functions[i].offset = static_cast<uint32_t>(b->size() - content.size() + at[i]);
}

void encode(Module& m) {
  Bytes types, functions, tables, memories, globals, exports, datas, b = module_header();
  types.u(m.types.size());
  for (const FunctionType& t : m.types) types.add(type_entry(t));
  functions.u(m.functions.size());
  for (const Function& f : m.functions) functions.u(f.type);
  tables.u(2);
  for (int i = 0; i < 2; i++) tables.u8(i != 0 ? kExtern : kFunc).u8(1).u(kTableSize[i]).u(kTableMax[i]);
  memories.add({1, 1}).u(kMemoryPages).u(kMemoryMax);
  globals.u(m.globals.size() - kImportedGlobals);
  for (size_t i = kImportedGlobals; i < m.globals.size(); i++) {
    globals.u8(m.globals[i].type).u8(m.globals[i].is_mutable);
    if (i + 1 == m.globals.size())
      globals.add({0x23, 2, 0x0b});
    else
      globals.add(const_expression(m.globals[i]));
  }
  exports.u(m.functions.size());
  for (size_t i = 0; i < m.functions.size(); i++)
    exports.name(std::string_view("0123456789").substr(i, 1)).u8(0).u(kImports + i);
  datas.u(2).u8(0).i32(0).u8(0x0b).u(m.datas[0].size()).add(m.datas[0]);
  datas.u8(1).u(m.datas[1].size()).add(m.datas[1]);
  b.section(1, types)
      .section(2, import_section(m))
      .section(3, functions)
      .section(4, tables)
      .section(5, memories);
  b.section(6, globals).section(7, exports).section(9, element_section(m)).section(12, Bytes{2});
  add_code_section(&b, m);
  b.section(11, datas);
  m.bytes = b.data();
}

}  // namespace

Module generate(const uint8_t* data, size_t size) {
  Source source(data, size);
  Module m;
  add_types(source, m);
  add_globals(source, m);
  add_segments(source, m);
  for (uint32_t i = 0; i < m.functions.size(); i++) {
    Body body(source, m, i);
    body.write(i + 1 == m.functions.size());
    m.functions[i].locals = body.locals();
    m.functions[i].code = body.code();
  }
  encode(m);
  return m;
}

std::vector<uint8_t> provider_module() {
  Bytes b = module_header(), globals, exports, code;
  b.section(1, Bytes{1, 0x60, 2, kI32, kI32, 1, kI32}).section(3, Bytes{1, 0});
  globals.add({3, kI32, 1, 0x41, 5, 0x0b, kV128, 1, 0xfd, 0x0c}).fill(16, 0).add({0x0b, kF64, 0, 0x44});
  globals.fixed(0x4004000000000000u, 8).u8(0x0b);
  exports.u(4).name("step").add({0, 0}).name("i").add({3, 0}).name("v").add({3, 1}).name("f").add({3, 2});
  Bytes body{0, 0x23, 0, 0x20, 0, 0x6a, 0x24, 0, 0x23, 0, 0x20, 1, 0x6c, 0x0b};
  b.section(6, globals).section(7, exports).section(10, code.u(1).sized(body));
  return b.data();
}

}  // namespace wasmcore::fuzz
