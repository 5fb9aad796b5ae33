// Calls all exported functions without parameters in order and prints what wabt's `wasm-interp
// --run-all-exports
// --dummy-import-func` prints, for differential.sh. Exit status 3: the module does not load, 4: out of fuel
// or stack.
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "../fuzz/host.hpp"
#include "wasmcore.h"
#include "wasmcore_hosted.h"

namespace {

constexpr uint64_t kFuel = 200000000;
constexpr int kNotLoaded = 3, kExhausted = 4;

template <typename T>
double real(uint64_t bits) {
  T v;
  std::memcpy(&v, &bits, sizeof(v));
  return static_cast<double>(v);
}

// Returns the number of slots.
uint32_t print_value(uint8_t type, const uint64_t* slots) {
  auto low = [&](int i) { return static_cast<uint32_t>(slots[i / 2] >> i % 2 * 32); };
  switch (type) {
    case WASMCORE_I32:
      std::printf("i32:%u", low(0));
      break;
    case WASMCORE_I64:
      std::printf("i64:%" PRIu64, slots[0]);
      break;
    case WASMCORE_F32:
      std::printf("f32:%f", real<float>(slots[0]));
      break;
    case WASMCORE_F64:
      std::printf("f64:%f", real<double>(slots[0]));
      break;
    case WASMCORE_V128:
      std::printf("v128 i32x4:0x%08x 0x%08x 0x%08x 0x%08x", low(0), low(1), low(2), low(3));
      return 2;
    default:
      std::printf("ref");
      break;
  }
  return 1;
}

void print_values(const uint8_t* types, uint32_t n, const uint64_t* slots) {
  for (uint32_t i = 0; i < n; i++) {
    std::printf(i != 0 ? ", " : "");
    slots += print_value(types[i], slots);
  }
}

struct Import {
  std::string name, signature;
  std::vector<uint8_t> types;
  uint32_t nparams = 0;
  wasmcore_host_function host = {};
};

wasmcore_trap log_call(wasmcore_instance* /*caller*/, uint64_t* slots, void* user) {
  const auto* import = static_cast<const Import*>(user);
  auto nresults = static_cast<uint32_t>(import->types.size()) - import->nparams;
  std::printf("called host %s(", import->name.c_str());
  print_values(import->types.data(), import->nparams, slots);
  std::printf(") =>");
  for (uint32_t i = 0; i < wasmcore::fuzz::slots_of(import->types.data() + import->nparams, nresults); i++)
    slots[i] = 0;
  if (nresults != 0) std::printf(" ");
  print_values(import->types.data() + import->nparams, nresults, slots);
  std::printf("\n");
  return WASMCORE_TRAP_NONE;
}

std::vector<std::unique_ptr<Import>> imports;

bool resolve(void* /*user*/, const wasmcore_extern* e, wasmcore_provider* out) {
  if (e->kind != WASMCORE_FUNCTION) return false;
  auto import = std::make_unique<Import>();
  const wasmcore_signature& s = e->signature;
  import->name = std::string(e->module, e->module_size) + "." + std::string(e->name, e->name_size);
  import->types.assign(s.types, s.types + s.nparams + s.nresults);
  import->nparams = s.nparams;
  for (uint32_t i = 0; i < import->types.size(); i++) {
    if (i == s.nparams) import->signature += ':';
    import->signature += wasmcore::fuzz::letter_of(import->types[i]);
  }
  if (s.nresults == 0) import->signature += ':';
  import->host = {"", "", import->signature.c_str(), log_call, import.get()};
  out->host = &import->host;
  imports.push_back(std::move(import));
  return true;
}

int run(wasmcore_instance* instance) {
  const wasmcore_module* module = wasmcore_instance_module(instance);
  wasmcore_extern e;
  for (uint32_t i = 0; wasmcore_export(module, i, &e); i++) {
    const wasmcore_signature& s = e.signature;
    if (e.kind != WASMCORE_FUNCTION || s.nparams != 0) continue;
    uint32_t n = wasmcore::fuzz::slots_of(s.types, s.nresults);
    std::vector<uint64_t> slots(n + 1);
    wasmcore_set_fuel(instance, kFuel);
    wasmcore_trap trap = wasmcore_call(wasmcore_function_at(instance, e.index), slots.data(), 0, n);
    std::printf("%.*s() =>", static_cast<int>(e.name_size), e.name);
    if (trap == WASMCORE_TRAP_FUEL || trap == WASMCORE_TRAP_STACK) return kExhausted;
    if (trap != WASMCORE_TRAP_NONE) {
      std::printf(" error: %s\n", wasmcore_trap_text(trap));
      continue;
    }
    if (s.nresults != 0) std::printf(" ");
    print_values(s.types, s.nresults, slots.data());
    std::printf("\n");
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: run_exports MODULE\n");
    return 2;
  }
  std::ifstream file(argv[1], std::ios::binary);
  std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  wasmcore_config config = {};
  wasmcore_options options = {};
  wasmcore_module* module = nullptr;
  wasmcore_instance* instance = nullptr;
  wasmcore_error error;
  config.allocator = wasmcore_system_allocator();
  options.resolve = resolve;
  options.fuel = kFuel;
  int status = kNotLoaded;
  if (wasmcore_load(bytes.data(), bytes.size(), &config, &module, &error) == WASMCORE_OK &&
      wasmcore_instantiate(module, &options, &instance, &error) == WASMCORE_OK) {
    status = run(instance);
  } else {
    std::printf("error: %s\n", error.message);
  }
  wasmcore_free_instance(instance);
  wasmcore_unload(module);
  return status;
}
