// Any bytes as a module: loading, everything that can be asked of a module, instantiation with its start
// function.
#include <cstddef>
#include <cstdint>
#include <string>

#include "guarded.hpp"
#include "host.hpp"
#include "wasmcore.h"

namespace wasmcore::fuzz {
namespace {

constexpr size_t kMemory = 64u << 20;

const uint8_t *begin, *end;  // of the input

// Strings that the engine hands out lie in the module.
void check_text(const void* text, size_t size) {
  const auto* at = static_cast<const uint8_t*>(text);
  if (text != nullptr && (at < begin || at > end || size > static_cast<size_t>(end - at)))
    fail("text from outside");
}

void check_extern(const wasmcore_module* module, const wasmcore_extern& e, bool is_import) {
  check_text(e.name, e.name_size);
  if (is_import) check_text(e.module, e.module_size);
  if (is_import || e.kind != WASMCORE_FUNCTION) return;
  wasmcore_signature s;
  if (!wasmcore_function_signature(module, e.index, &s)) fail("an export has no signature");
  if (s.nparams != e.signature.nparams || s.nresults != e.signature.nresults) fail("two signatures");
  std::string name(e.name, e.name_size);
  uint32_t index = 0;
  if (name.find('\0') != std::string::npos) return;
  if (!wasmcore_find_export(module, name.c_str(), e.kind, &index) || index != e.index)
    fail("an export is not found");
}

void inspect(const wasmcore_module* module) {
  wasmcore_module_info info;
  wasmcore_extern e = {};
  wasmcore_describe(module, &info);
  if (info.module_bytes != static_cast<size_t>(end - begin)) fail("another size");
  for (uint32_t i = 0; i < info.imports; i++) {
    if (!wasmcore_import(module, i, &e)) fail("an import is missing");
    check_extern(module, e, true);
  }
  for (uint32_t i = 0; i < info.exports; i++) {
    if (!wasmcore_export(module, i, &e)) fail("an export is missing");
    check_extern(module, e, false);
  }
  if (wasmcore_import(module, info.imports, &e) || wasmcore_export(module, info.exports, &e))
    fail("one too many");
  for (uint32_t i = 0; i < info.functions; i++) {
    wasmcore_signature s;
    uint32_t size = 0;
    if (!wasmcore_function_signature(module, i, &s)) fail("a signature is missing");
    for (uint32_t n = 0; n < uint32_t{s.nparams} + s.nresults; n++)
      if (letter_of(s.types[n]) == 'e' && s.types[n] != WASMCORE_EXTERNREF) fail("no such type");
    if (i < 16) check_text(wasmcore_function_name(module, i, &size), size);
  }
  size_t size = 0;
  for (const char* name : {"name", "producers", "", "x"}) {
    const uint8_t* content = wasmcore_custom_section(module, name, &size);
    if (content != nullptr) check_text(content, size);
  }
}

}  // namespace
}  // namespace wasmcore::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace wasmcore::fuzz;
  Guarded guarded(kMemory);
  AnyHost host;
  wasmcore_config config = {};
  wasmcore_module* module = nullptr;
  wasmcore_instance* instance = nullptr;
  wasmcore_error error;
  config.allocator = guarded.allocator();
  config.limits = small_limits();
  config.deny = size != 0 && data[size - 1] == 0xfe ? uint32_t{WASMCORE_DENY_FLOATS} : 0;
  begin = data;
  end = data + size;
  wasmcore_status status = wasmcore_load(data, size, &config, &module, &error);
  if ((status == WASMCORE_OK) != (module != nullptr)) fail("a status and no module, or the other way");
  if (error.status != status || (status != WASMCORE_OK && error.message[0] == '\0'))
    fail("an error says nothing");
  if (module == nullptr) return 0;
  inspect(module);
  wasmcore_options options = {};
  options.resolve = AnyHost::resolve;
  options.resolve_user = &host;
  options.fuel = 10000;
  status = wasmcore_instantiate(module, &options, &instance, &error);
  if ((instance != nullptr) != (status == WASMCORE_OK || status == WASMCORE_E_TRAP)) fail("no instance");
  if (instance != nullptr && wasmcore_fuel(instance) > options.fuel) fail("more fuel than before");
  guarded.check();
  wasmcore_free_instance(instance);
  wasmcore_unload(module);
  return 0;
}
