// Generated modules, run by the engine and by the reference interpreter of this folder: results, traps and
// where they happened, fuel, memory, tables and globals must be the same.
#include <algorithm>
#include <cinttypes>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "generator.hpp"
#include "guarded.hpp"
#include "reference.hpp"
#include "wasmcore.h"

namespace wasmcore::fuzz {
namespace {

constexpr uint64_t kFuel = 20000;
constexpr uint32_t kCallDepth = 40;
constexpr size_t kMemory = 16u << 20;

wasmcore_trap sum(wasmcore_instance* /*caller*/, uint64_t* slots, void* /*user*/) {
  slots[0] = host_sum(static_cast<uint32_t>(slots[0]), slots[1]);
  return WASMCORE_TRAP_NONE;
}

wasmcore_trap mix(wasmcore_instance* /*caller*/, uint64_t* slots, void* /*user*/) {
  uint64_t a = slots[0];
  slots[0] = 0xdead00000000u | static_cast<uint32_t>(slots[1] + 1);  // the high half of an i32 means nothing
  slots[1] = a ^ 1;
  return WASMCORE_TRAP_NONE;
}

// Calls the last function of the module.
wasmcore_trap back(wasmcore_instance* caller, uint64_t* slots, void* user) {
  return wasmcore_call(wasmcore_function_at(caller, *static_cast<uint32_t*>(user)), slots, 1, 1);
}

struct Loaded {
  wasmcore_module* module = nullptr;
  Loaded(const std::vector<uint8_t>& bytes, const wasmcore_config& config) {
    wasmcore_error error;
    if (wasmcore_load(bytes.data(), bytes.size(), &config, &module, &error) != WASMCORE_OK) {
      std::fprintf(stderr, "%s at 0x%x\n", error.message, error.offset);
      fail("a generated module does not load");
    }
  }
  Loaded(const Loaded&) = delete;
  Loaded& operator=(const Loaded&) = delete;
  ~Loaded() { wasmcore_unload(module); }
};

// Looks at all frames, and asks for the next sample.
void sample(void* /*user*/, wasmcore_instance* instance) {
  wasmcore_frame frame;
  uint32_t level = 0;
  for (; wasmcore_current_frame(instance, level, &frame); level++) {
    wasmcore_signature type;
    if (!wasmcore_function_signature(frame.module, frame.function, &type)) fail("a sample of no function");
  }
  if (level == 0 || level > kCallDepth + 1) fail("a sample without frames, or with too many");
  wasmcore_request_sample(instance);
}

// The provider and an instance that imports from it.
class Instance {
 public:
  Instance(const wasmcore_module* provider, const wasmcore_module* module, uint32_t back_to,
           bool sampled = false)
      : back_to_(back_to) {
    wasmcore_options options = {};
    wasmcore_error error;
    if (wasmcore_instantiate(provider, &options, &provider_, &error) != WASMCORE_OK) fail(error.message);
    const wasmcore_host_function hosts[] = {{"h", "sum", "iI:I", sum, nullptr},
                                            {"h", "mix", "Fi:iF", mix, nullptr},
                                            {"h", "back", "i:i", back, &back_to_}};
    options.hosts = hosts;
    options.nhosts = 3;
    options.resolve = resolve;
    options.resolve_user = provider_;
    if (wasmcore_instantiate(module, &options, &instance_, &error) != WASMCORE_OK) fail(error.message);
    if (!sampled) return;
    wasmcore_set_sampler(instance_, sample, nullptr);
    wasmcore_request_sample(instance_);
  }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
  ~Instance() {
    wasmcore_free_instance(instance_);
    wasmcore_free_instance(provider_);
  }

  [[nodiscard]] wasmcore_instance* get() const { return instance_; }

 private:
  static bool resolve(void* user, const wasmcore_extern* import, wasmcore_provider* out) {
    auto* provider = static_cast<wasmcore_instance*>(user);
    char name[16] = {};
    if (import->name_size >= sizeof(name)) return false;
    std::memcpy(name, import->name, import->name_size);
    out->instance = provider;
    return wasmcore_find_export(wasmcore_instance_module(provider), name, import->kind, &out->index);
  }

  wasmcore_instance *provider_ = nullptr, *instance_ = nullptr;
  uint32_t back_to_;
};

// ---- comparing ----

struct Outcome {
  wasmcore_trap trap = WASMCORE_TRAP_NONE;
  uint64_t used = 0;
  std::vector<uint64_t> slots;
};

const Module* current;  // for the message of a disagreement

[[noreturn]] void disagree(uint32_t function, const char* what, uint64_t engine, uint64_t reference) {
  std::fprintf(stderr, "function %u: %s: engine %" PRIx64 ", reference %" PRIx64 "\n", kImports + function,
               what, engine, reference);
  if (const char* path = std::getenv("WASMCORE_FUZZ_DUMP")) {
    if (FILE* file = std::fopen(path, "wb")) {
      std::fwrite(current->bytes.data(), 1, current->bytes.size(), file);
      std::fclose(file);
    }
  }
  fail("the engine and the reference disagree");
}

bool is_wide(uint8_t type) {
  return type == WASMCORE_V128;
}
bool is_half(uint8_t type) {
  return type == WASMCORE_I32 || type == WASMCORE_F32;
}

// The reference's number of a function.
uint64_t reference_of(wasmcore_instance* instance, uint64_t ref) {
  if (ref == 0) return 0;
  for (uint32_t i = 0; i < kImports + current->functions.size(); i++) {
    if (ref == reinterpret_cast<uintptr_t>(wasmcore_function_at(instance, i))) return i + 1;
  }
  return UINT64_MAX;
}

void compare_value(wasmcore_instance* instance, uint32_t function, const char* what, uint8_t type,
                   const uint64_t* slots, Value expected) {
  uint64_t low = slots[0];
  if (is_half(type)) {
    low &= UINT32_MAX;
    expected.low &= UINT32_MAX;
  }
  if (type == WASMCORE_FUNCREF) low = reference_of(instance, low);
  if (low != expected.low) disagree(function, what, low, expected.low);
  if (is_wide(type) && slots[1] != expected.high) disagree(function, what, slots[1], expected.high);
}

void compare_state(wasmcore_instance* instance, uint32_t function, const Reference& reference) {
  size_t size = 0;
  const uint8_t* memory = wasmcore_memory(instance, &size);
  if (size != reference.memory.size()) disagree(function, "size of memory", size, reference.memory.size());
  if (std::memcmp(memory, reference.memory.data(), size) != 0) {
    auto at = std::mismatch(memory, memory + size, reference.memory.begin());
    std::fprintf(stderr, "at 0x%zx: ", static_cast<size_t>(at.first - memory));
    disagree(function, "memory", *at.first, *at.second);
  }
  for (uint32_t i = 0; i < current->globals.size(); i++) {
    uint64_t slots[2] = {};
    if (!wasmcore_global_get(instance, i, slots)) fail("no such global");
    compare_value(instance, function, "global", current->globals[i].type, slots, reference.globals[i]);
  }
  for (uint32_t t = 0; t < 2; t++) {
    uint32_t n = wasmcore_table_size(instance, t);
    if (n != reference.tables[t].size()) disagree(function, "size of table", n, reference.tables[t].size());
    for (uint32_t i = 0; i < n; i++) {
      uint64_t ref = 0;
      if (!wasmcore_table_get(instance, t, i, &ref)) fail("no such element");
      if (t == 0) ref = reference_of(instance, ref);
      if (ref != reference.tables[t][i]) disagree(function, "element of table", ref, reference.tables[t][i]);
    }
  }
}

uint64_t argument(uint8_t type, uint32_t turn, uint32_t n) {
  static constexpr uint64_t kInts[] = {0, 7, 0xffffffff, 0x80000000, 1, 100, 31, 0x12345678};
  static constexpr uint64_t kFloats[] = {0x3f800000, 0,          0xc0490fdb, 0x7fc00001,
                                         0x4effffff, 0x80000000, 0x501502f9};
  uint64_t v = kInts[(turn * 3 + n) % 8];
  if (type == WASMCORE_F32) v = kFloats[(turn + n) % 7];
  if (type == WASMCORE_F64) v = kFloats[(turn + n) % 7] << 32;
  if (type == WASMCORE_I64 && turn == 2) v *= 0x100000001u;
  return v;
}

// Arguments of a call: the engine's slots and the reference's values.
void make_arguments(wasmcore_instance* instance, const FunctionType& type, uint32_t turn,
                    std::vector<uint64_t>* slots, std::vector<Value>* values) {
  for (uint32_t n = 0; n < type.params.size(); n++) {
    Value v{argument(type.params[n], turn, n), 0};
    uint64_t low = v.low;
    if (is_wide(type.params[n])) v.high = ~low * 0x9e3779b97f4a7c15u;
    if (type.params[n] == WASMCORE_FUNCREF) {
      v.low = turn == 0 ? 0 : 1 + n;
      low = turn == 0 ? 0 : reinterpret_cast<uintptr_t>(wasmcore_function_at(instance, n));
    }
    slots->push_back(low);
    if (is_wide(type.params[n])) slots->push_back(v.high);
    values->push_back(v);
  }
}

uint32_t slots_of(const std::vector<uint8_t>& types) {
  return static_cast<uint32_t>(types.size() +
                               static_cast<size_t>(std::count_if(types.begin(), types.end(), is_wide)));
}

Outcome run(wasmcore_instance* instance, uint32_t function, std::vector<uint64_t> slots, uint64_t fuel) {
  const FunctionType& type = current->types[current->functions[function].type];
  Outcome o;
  slots.resize(std::max<size_t>(slots.size(), slots_of(type.results)) + 1);
  wasmcore_set_fuel(instance, fuel);
  o.trap = wasmcore_call(wasmcore_function_at(instance, kImports + function), slots.data(),
                         slots_of(type.params), slots_of(type.results));
  if (wasmcore_fuel(instance) > fuel) fail("there is more fuel than before");
  o.used = fuel - wasmcore_fuel(instance);
  o.slots = slots;
  return o;
}

void compare_trap(wasmcore_instance* instance, uint32_t function, const Outcome& o,
                  const Reference& reference) {
  wasmcore_error error;
  wasmcore_last_trap(instance, &error);
  if (std::getenv("WASMCORE_FUZZ_DUMP") != nullptr)
    std::fprintf(stderr, "function %u: %s; reference: in function %u at 0x%x\n", kImports + function,
                 error.message, reference.trap_function(), reference.trap_offset());
  if (o.used < reference.fuel_used()) disagree(function, "fuel of a trap", o.used, reference.fuel_used());
  if (o.trap == WASMCORE_TRAP_STACK && reference.trap_offset() == UINT32_MAX) return;
  if (error.function != reference.trap_function())
    disagree(function, "function of a trap", error.function, reference.trap_function());
  if (error.offset != reference.trap_offset())
    disagree(function, "offset of a trap", error.offset, reference.trap_offset());
}

// Returns false when the two have to part: the engine pays for a basic block in advance, so that it stops
// earlier.
bool compare_call(wasmcore_instance* instance, Reference& reference, uint32_t function, uint32_t turn) {
  const FunctionType& type = current->types[current->functions[function].type];
  std::vector<uint64_t> slots;
  std::vector<Value> values;
  make_arguments(instance, type, turn, &slots, &values);
  Outcome o = run(instance, function, slots, kFuel);
  wasmcore_trap expected = reference.call(function, values, kFuel);
  if (o.trap == WASMCORE_TRAP_FUEL) {
    if (expected == WASMCORE_TRAP_NONE) disagree(function, "ran out of fuel", o.used, reference.fuel_used());
    return false;
  }
  if (o.trap != expected) disagree(function, "trap", o.trap, expected);
  if (o.trap != WASMCORE_TRAP_NONE) {
    compare_trap(instance, function, o, reference);
  } else {
    if (o.used != reference.fuel_used()) disagree(function, "fuel", o.used, reference.fuel_used());
    const uint64_t* at = o.slots.data();
    for (size_t i = 0; i < type.results.size(); i++) {
      compare_value(instance, function, "result", type.results[i], at, values[i]);
      at += is_wide(type.results[i]) ? 2 : 1;
    }
  }
  compare_state(instance, function, reference);
  return true;
}

// The fuel that a call needed is enough for it, one unit less is not.
void check_exact_fuel(const wasmcore_module* provider, const wasmcore_module* module, uint32_t back_to) {
  Instance first(provider, module, back_to), second(provider, module, back_to),
      third(provider, module, back_to);
  std::vector<uint64_t> slots;
  std::vector<Value> values;
  make_arguments(first.get(), current->types[current->functions[0].type], 1, &slots, &values);
  Outcome a = run(first.get(), 0, slots, kFuel);
  if (a.trap != WASMCORE_TRAP_NONE || a.used == 0) return;
  slots.clear();
  make_arguments(second.get(), current->types[current->functions[0].type], 1, &slots, &values);
  Outcome b = run(second.get(), 0, slots, a.used);
  if (b.trap != WASMCORE_TRAP_NONE || b.used != a.used) fail("a second run needs other fuel");
  slots.clear();
  make_arguments(third.get(), current->types[current->functions[0].type], 1, &slots, &values);
  Outcome c = run(third.get(), 0, slots, a.used - 1);
  if (c.trap != WASMCORE_TRAP_FUEL) fail("a run with too little fuel ends");
}

void check(const Module& module) {
  static const std::vector<uint8_t> provider_bytes = provider_module();
  Guarded guarded(kMemory);
  wasmcore_config config = {};
  config.allocator = guarded.allocator();
  config.limits.memory_pages = kMemoryMax;
  config.limits.table_size = 16;
  config.limits.stack_slots = 20000;
  config.limits.call_depth = kCallDepth;
  current = &module;
  Loaded provider(provider_bytes, config), loaded(module.bytes, config);
  auto back_to = static_cast<uint32_t>(kImports + module.functions.size() - 1);
  const bool sampled = module.bytes.size() % 2 != 0;
  std::optional<Instance> instance(std::in_place, provider.module, loaded.module, back_to, sampled);
  std::optional<Reference> reference(std::in_place, module, kCallDepth);
  size_t size = 0;
  for (uint32_t turn = 0; turn < 3; turn++) {
    for (uint32_t f = 0; f < module.functions.size(); f++) {
      if (compare_call(instance->get(), *reference, f, turn)) continue;
      instance.emplace(provider.module, loaded.module, back_to, sampled);
      reference.emplace(module, kCallDepth);
    }
  }
  const uint8_t* memory = wasmcore_memory(instance->get(), &size);
  guarded.check(memory, size);
  check_exact_fuel(provider.module, loaded.module, back_to);
}

}  // namespace
}  // namespace wasmcore::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 4096) return 0;
  wasmcore::fuzz::check(wasmcore::fuzz::generate(data, size));
  return 0;
}
