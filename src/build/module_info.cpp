#include "build/module_info.hpp"

#include <wasmcore.h>
#include <wasmcore_hosted.h>
#include <wasmcore_wasi.h>

#include <algorithm>
#include <array>
#include <deque>
#include <memory>

#include "base/limits.hpp"
#include "base/strings.hpp"

namespace gadgetry::build {
namespace {

constexpr uint64_t kVersionFuel = 200'000'000;  // enough for the start of a Go program
constexpr uint32_t kVersionPages = 1024;
constexpr uint64_t kApiVersion = 1;

struct TableEntry {
  std::string_view module;
  std::string_view name;
  std::string_view params;
  std::string_view result;
};

// Names and types of the host functions; who implements them does not matter here.
constexpr TableEntry kTable[] = {
#define GADGET_WASM_SECTION(module, title)
#define GADGET_WASM_FUNCTION(module, name, function, params, result, kind, doc) \
  {module, name, params, result},
#include "wasm/abi_table.inc"
};

struct KnownExport {
  std::string_view name;
  std::string_view signature;
};
constexpr KnownExport kExports[] = {
    {"_initialize", ":"},           {"gadgetInit", ":i"},     {"gadgetPreStart", ":i"},
    {"gadgetStart", ":i"},          {"gadgetStop", ":i"},     {"gadgetPostStop", ":i"},
    {"dataSourceCallback", "Iii:"}, {"gadgetBatch", "Iiii:"}, {"gadgetOutput", "Iiii:"},
    {"gadgetTimer", "I:"},
};

char letter_of(uint8_t type) {
  switch (type) {
    case WASMCORE_I32:
      return 'i';
    case WASMCORE_I64:
      return 'I';
    case WASMCORE_F32:
      return 'f';
    case WASMCORE_F64:
      return 'F';
    case WASMCORE_V128:
      return 'V';
    case WASMCORE_FUNCREF:
      return 'r';
    default:
      return 'e';
  }
}

std::string signature_text(const wasmcore_signature& signature) {
  std::string out;
  for (uint32_t i = 0; i < signature.nparams; ++i) out += letter_of(signature.types[i]);
  out += ':';
  for (uint32_t i = 0; i < signature.nresults; ++i) out += letter_of(signature.types[signature.nparams + i]);
  return out;
}

std::string signature_of(const TableEntry& entry) {
  static constexpr std::array<std::string_view, 6> kWide = {"i64", "u64", "text", "bytes", "out", ""};
  std::string out;
  for (std::string_view param : base::split(entry.params, ' ')) {
    if (param.empty()) continue;
    std::string_view type = param.substr(param.find(':') + 1);
    out += std::find(kWide.begin(), kWide.end(), type) != kWide.end() ? 'I' : 'i';
  }
  out += ':';
  if (entry.result == "i64") {
    out += 'I';
  } else if (entry.result != "none") {
    out += 'i';
  }
  return out;
}

// "(i64, i32) -> i32" from "Ii:i".
std::string readable(std::string_view signature) {
  auto name = [](char letter) -> std::string {
    switch (letter) {
      case 'i':
        return "i32";
      case 'I':
        return "i64";
      case 'f':
        return "f32";
      case 'F':
        return "f64";
      case 'V':
        return "v128";
      default:
        return "ref";
    }
  };
  size_t colon = signature.find(':');
  std::vector<std::string> params;
  std::vector<std::string> results;
  for (size_t i = 0; i < signature.size(); ++i) {
    if (i != colon) (i < colon ? params : results).push_back(name(signature[i]));
  }
  return "(" + base::join(params, ", ") + ") -> " +
         (results.size() == 1 ? results[0] : "(" + base::join(results, ", ") + ")");
}

// Host functions for imports that no one answers: calling one ends the guest.
struct Stubs {
  struct Stub {
    std::string module;
    std::string name;
    std::string signature;
    wasmcore_host_function function{};
  };
  std::deque<Stub> stubs;

  static wasmcore_trap refuse(wasmcore_instance*, uint64_t*, void*) { return WASMCORE_TRAP_HOST; }
  static bool resolve(void* user, const wasmcore_extern* import, wasmcore_provider* out) {
    if (import->kind != WASMCORE_FUNCTION) return false;
    Stub& stub = static_cast<Stubs*>(user)->stubs.emplace_back();
    stub.module.assign(import->module, import->module_size);
    stub.name.assign(import->name, import->name_size);
    stub.signature = signature_text(import->signature);
    stub.function = {stub.module.c_str(), stub.name.c_str(), stub.signature.c_str(), &Stubs::refuse, nullptr};
    out->host = &stub.function;
    return true;
  }
};

struct Unload {
  void operator()(wasmcore_module* module) const { wasmcore_unload(module); }
  void operator()(wasmcore_instance* instance) const { wasmcore_free_instance(instance); }
  void operator()(wasmcore_wasi* wasi) const { wasmcore_wasi_free(wasi); }
};

// Calls gadgetAPIVersion of a new instance: after its start, as a host does, or without, for starts that need
// a host.
std::optional<uint64_t> run_version(const wasmcore_module* module, bool start_first) {
  wasmcore_wasi_options wasi_options;
  wasmcore_wasi_options_init(&wasi_options);
  wasi_options.clock_fixed = true;           // a sleep then takes no time
  wasi_options.clock_start = 1'000'000'000;  // Go refuses to start at 0
  wasi_options.clock_step = 1000;
  wasi_options.random_seeded = true;
  std::unique_ptr<wasmcore_wasi, Unload> wasi(wasmcore_wasi_new(&wasi_options, nullptr, 0));
  if (wasi == nullptr) return std::nullopt;
  Stubs stubs;
  wasmcore_options options{};
  options.hosts = wasmcore_wasi_functions(wasi.get(), &options.nhosts);
  options.resolve = &Stubs::resolve;
  options.resolve_user = &stubs;
  options.fuel = kVersionFuel;
  options.memory_pages = kVersionPages;
  wasmcore_instance* made = nullptr;
  wasmcore_error error{};
  auto status = wasmcore_instantiate(module, &options, &made, &error);
  std::unique_ptr<wasmcore_instance, Unload> instance(made);
  if (status != WASMCORE_OK) return std::nullopt;
  uint64_t slots[1] = {0};
  if (start_first) {
    wasmcore_function* start = wasmcore_find_function(made, "_initialize");
    if (start != nullptr && wasmcore_call(start, slots, 0, 0) != WASMCORE_TRAP_NONE) return std::nullopt;
  }
  wasmcore_function* version = wasmcore_find_function(made, "gadgetAPIVersion");
  if (wasmcore_call(version, slots, 0, 1) != WASMCORE_TRAP_NONE) return std::nullopt;
  return slots[0];
}

base::Status check_import(const ModuleImport& import, std::vector<std::string>& warnings) {
  std::string name = base::printable(import.module) + "." + base::printable(import.name);
  if (import.signature.empty()) {
    return base::Error("it imports " + name + ", which is no function")
        .with_hint("link it without --import-memory and --import-table");
  }
  bool is_ours = import.module == "ig" || import.module == "gadget_v2";
  if (!is_ours && import.module == "wasi_snapshot_preview1") return {};
  if (!is_ours) {
    return base::Error("it imports " + name +
                       ", but a host has only ig, gadget_v2 and wasi_snapshot_preview1")
        .with_hint(import.module == "env" ? "a function that is used is defined nowhere"
                                          : "build it for gadgets: target wasm32-wasi, no other imports");
  }
  auto entry = std::find_if(std::begin(kTable), std::end(kTable), [&](const TableEntry& one) {
    return one.module == import.module && one.name == import.name;
  });
  if (entry == std::end(kTable)) {
    std::vector<std::string> names;
    for (const auto& one : kTable) {
      if (one.module == import.module) names.emplace_back(one.name);
    }
    std::string near = base::closest(import.name, names);
    std::string hint =
        near.empty() ? "docs/wasm-api.md lists what there is" : "did you mean \"" + near + "\"?";
    if (import.module == "ig")
      return base::Error("it imports " + name + ", which no host has").with_hint(hint);
    warnings.push_back("it imports " + name +
                       ", which this host does not have: it will return 5 (unsupported); " + hint);
    return {};
  }
  if (signature_of(*entry) == import.signature) return {};
  return base::Error("it imports " + name + " as " + readable(import.signature) + ", but it is " +
                     readable(signature_of(*entry)))
      .with_hint("take the declarations of the SDK");
}

}  // namespace

std::vector<std::string> ModuleInfo::functions_of(std::string_view module) const {
  std::vector<std::string> out;
  for (const auto& one : imports) {
    if (one.module == module && !one.signature.empty()) out.push_back(one.name);
  }
  return out;
}

const ModuleExport* ModuleInfo::find_export(std::string_view name) const {
  auto found =
      std::find_if(exports.begin(), exports.end(), [&](const auto& one) { return one.name == name; });
  return found == exports.end() ? nullptr : &*found;
}

base::Result<ModuleInfo> describe_module(std::string_view bytes) {
  if (bytes.size() > limits::kWasmBytes) return base::Error("the module is too large");
  if (!bytes.starts_with(std::string_view("\0asm", 4))) {
    return base::Error("it is no Wasm module").with_hint("it must begin with the bytes 00 61 73 6d");
  }
  wasmcore_config config{};
  config.allocator = wasmcore_system_allocator();
  wasmcore_module* loaded = nullptr;
  wasmcore_error error{};
  if (wasmcore_load(bytes.data(), bytes.size(), &config, &loaded, &error) != WASMCORE_OK) {
    return base::Error(error.message);
  }
  std::unique_ptr<wasmcore_module, Unload> module(loaded);
  ModuleInfo out;
  out.size = bytes.size();
  wasmcore_extern one{};
  for (uint32_t i = 0; wasmcore_import(loaded, i, &one); ++i) {
    out.imports.push_back({std::string(one.module, one.module_size), std::string(one.name, one.name_size),
                           one.kind == WASMCORE_FUNCTION ? signature_text(one.signature) : ""});
  }
  for (uint32_t i = 0; wasmcore_export(loaded, i, &one); ++i) {
    out.exports.push_back({std::string(one.name, one.name_size),
                           one.kind == WASMCORE_FUNCTION ? signature_text(one.signature) : ""});
  }
  wasmcore_module_info info{};
  wasmcore_describe(loaded, &info);
  if (info.memories > 0) {
    out.memory_min = uint64_t{info.memory_min} * WASMCORE_PAGE_SIZE;
    if (info.memory_max != UINT32_MAX) out.memory_max = uint64_t{info.memory_max} * WASMCORE_PAGE_SIZE;
  }
  const ModuleExport* version = out.find_export("gadgetAPIVersion");
  if (version != nullptr && version->signature == ":I") {
    out.api_version = run_version(loaded, true);
    if (!out.api_version) out.api_version = run_version(loaded, false);
  }
  return out;
}

base::Status check_module(const ModuleInfo& info, std::vector<std::string>& warnings) {
  for (const auto& import : info.imports) GADGETRY_TRY(check_import(import, warnings));
  const ModuleExport* version = info.find_export("gadgetAPIVersion");
  if (version == nullptr) {
    return base::Error("it does not export gadgetAPIVersion")
        .with_hint("every module of a gadget has this function: () -> i64, which returns 1");
  }
  if (version->signature != ":I") {
    return base::Error("its gadgetAPIVersion is " + readable(version->signature))
        .with_hint("it must be () -> i64");
  }
  if (info.api_version && *info.api_version != kApiVersion) {
    return base::Error("it is made for version " + std::to_string(*info.api_version) + " of the API")
        .with_hint("hosts support version " + std::to_string(kApiVersion));
  }
  size_t found = 0;
  for (const KnownExport& known : kExports) {
    const ModuleExport* own = info.find_export(known.name);
    if (own == nullptr) continue;
    if (known.name != "_initialize") ++found;
    if (own->signature == known.signature) continue;
    return base::Error("its " + std::string(known.name) + " is " +
                       (own->signature.empty() ? "no function" : readable(own->signature)))
        .with_hint("it must be " + readable(known.signature));
  }
  if (found == 0) {
    warnings.emplace_back(
        "it exports nothing that a host calls besides gadgetAPIVersion, so it does nothing; "
        "export gadgetInit");
  }
  return {};
}

}  // namespace gadgetry::build
