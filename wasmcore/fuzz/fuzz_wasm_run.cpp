// Any bytes as a module whose exports are all called, twice on two instances: both must end the same way.
// What follows a trap must work, fuel only sinks, and nothing outside of the linear memory is written.
//
// The last eight bytes of the input choose the arguments, so that mutations of them leave the module as it
// is.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "guarded.hpp"
#include "host.hpp"
#include "wasmcore.h"

namespace wasmcore::fuzz {
namespace {

constexpr size_t kMemory = 32u << 20;
constexpr uint64_t kFuel = 20000;
constexpr uint32_t kMostExports = 20;

// Everything that can be seen of a run, for comparing. References are left out: they are addresses.
using Trace = std::vector<uint64_t>;

bool is_reference(uint8_t type) {
  return type == WASMCORE_FUNCREF || type == WASMCORE_EXTERNREF;
}

void record_results(const wasmcore_signature& s, const std::vector<uint64_t>& slots, Trace* trace) {
  size_t at = 0;
  for (uint32_t i = 0; i < s.nresults; i++) {
    uint8_t type = s.types[s.nparams + i];
    uint64_t v = slots[at++];
    if (type == WASMCORE_I32 || type == WASMCORE_F32) v &= UINT32_MAX;
    trace->push_back(is_reference(type) ? v != 0 : v);
    if (type == WASMCORE_V128) trace->push_back(slots[at++]);
  }
}

void call(wasmcore_instance* instance, wasmcore_function* function, uint64_t seed, Trace* trace) {
  wasmcore_signature s;
  wasmcore_signature_of(function, &s);
  uint32_t nargs = slots_of(s.types, s.nparams), nresults = slots_of(s.types + s.nparams, s.nresults), at = 0;
  std::vector<uint64_t> slots(std::max(nargs, nresults) + 1);
  for (uint32_t i = 0; i < s.nparams; i++) {
    bool wide = s.types[i] == WASMCORE_V128;
    for (int n = wide ? 2 : 1; n > 0; n--) {
      seed = seed * 0x5851f42d4c957f2du + 1;
      // References other than null would have to be real ones.
      slots[at++] = is_reference(s.types[i]) ? 0 : seed >> (seed & 63);
    }
  }
  wasmcore_set_fuel(instance, kFuel);
  wasmcore_trap trap = wasmcore_call(function, slots.data(), nargs, nresults);
  if (trap < 0 || trap >= WASMCORE_TRAP_COUNT || trap == WASMCORE_TRAP_USAGE) fail("no such trap");
  if (wasmcore_fuel(instance) > kFuel) fail("more fuel than before");
  trace->push_back(static_cast<uint64_t>(trap));
  trace->push_back(wasmcore_fuel(instance));
  if (trap == WASMCORE_TRAP_NONE) return record_results(s, slots, trace);
  wasmcore_error error;
  wasmcore_last_trap(instance, &error);
  if (error.trap != trap) fail("another trap");
  trace->push_back(error.offset);
  trace->push_back(error.function);
}

void record_state(wasmcore_instance* instance, Trace* trace) {
  const wasmcore_module* module = wasmcore_instance_module(instance);
  wasmcore_module_info info;
  size_t size = 0;
  uint64_t hash = 0xcbf29ce484222325u;
  const uint8_t* memory = wasmcore_memory(instance, &size);
  for (size_t i = 0; i + 8 <= size; i += 8) {
    uint64_t v;
    std::memcpy(&v, memory + i, sizeof(v));
    hash = (hash ^ v) * 0x100000001b3u;
  }
  trace->push_back(size);
  trace->push_back(hash);
  wasmcore_describe(module, &info);
  for (uint32_t t = 0; t < info.tables; t++) {
    for (uint32_t i = 0; i < wasmcore_table_size(instance, t); i++) {
      uint64_t ref = 0;
      if (!wasmcore_table_get(instance, t, i, &ref)) fail("an element is missing");
      trace->push_back(ref != 0);
    }
  }
}

Trace run(const wasmcore_module* module, uint64_t seed, const Guarded& guarded) {
  AnyHost host;
  Trace trace;
  wasmcore_options options = {};
  wasmcore_instance* instance = nullptr;
  wasmcore_error error;
  options.resolve = AnyHost::resolve;
  options.resolve_user = &host;
  options.fuel = kFuel;
  wasmcore_status status = wasmcore_instantiate(module, &options, &instance, &error);
  trace.push_back(static_cast<uint64_t>(status));
  if (status == WASMCORE_OK) {
    wasmcore_extern e;
    for (uint32_t i = 0; i < kMostExports && wasmcore_export(module, i, &e); i++)
      if (e.kind == WASMCORE_FUNCTION)
        call(instance, wasmcore_function_at(instance, e.index), seed + i, &trace);
  }
  if (instance != nullptr) {
    size_t size = 0;
    const uint8_t* memory = wasmcore_memory(instance, &size);
    record_state(instance, &trace);
    guarded.check(memory, size);
  }
  wasmcore_free_instance(instance);
  return trace;
}

}  // namespace
}  // namespace wasmcore::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace wasmcore::fuzz;
  uint64_t seed = 0;
  if (size < sizeof(seed)) return 0;
  size -= sizeof(seed);
  std::memcpy(&seed, data + size, sizeof(seed));
  Guarded guarded(kMemory);
  wasmcore_config config = {};
  wasmcore_module* module = nullptr;
  config.allocator = guarded.allocator();
  config.limits = small_limits();
  if (wasmcore_load(data, size, &config, &module, nullptr) != WASMCORE_OK) return 0;
  if (run(module, seed, guarded) != run(module, seed, guarded)) fail("two runs differ");
  wasmcore_unload(module);
  return 0;
}
