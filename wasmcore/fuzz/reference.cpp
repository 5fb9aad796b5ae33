// The reference interpreter: calls, and one step after the other.
#include "reference.hpp"

#include <algorithm>
#include <cstdlib>

#include "reference_parts.hpp"

namespace wasmcore::fuzz {

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
