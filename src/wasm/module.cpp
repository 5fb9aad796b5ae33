#include "wasm/module.hpp"

#include <algorithm>
#include <mutex>

#include "base/limits.hpp"
#include "wasmcore_hosted.h"

namespace gadgetry::wasm {
namespace {

// Modules in use, to share their translation. Found by comparing bytes: there are few, and equal ones are rare enough.
struct Cache {
  std::mutex mutex;
  std::vector<std::pair<std::weak_ptr<const Module>, std::string_view>> modules;
};

Cache& cache() {
  static Cache instance;
  return instance;
}

}  // namespace

base::Result<std::shared_ptr<const Module>> Module::load(std::string_view name, std::string_view bytes) {
  if (bytes.size() > limits::kWasmBytes) {
    return base::Error("module of gadget " + std::string(name) + ": it is larger than " +
                       std::to_string(limits::kWasmBytes >> 20) + " MiB");
  }
  std::lock_guard lock(cache().mutex);
  auto& known = cache().modules;
  std::erase_if(known, [](const auto& entry) { return entry.first.expired(); });
  for (const auto& [weak, content] : known) {
    auto module = weak.lock();
    if (module != nullptr && content == bytes) return module;
  }
  std::shared_ptr<Module> module(new Module(std::string(bytes)));
  wasmcore_config config{};
  config.allocator = wasmcore_system_allocator();
  config.limits.memory_pages = static_cast<uint32_t>(limits::kWasmMemoryBytes / WASMCORE_PAGE_SIZE);
  wasmcore_error error{};
  if (wasmcore_load(module->bytes_.data(), module->bytes_.size(), &config, &module->module_, &error) !=
      WASMCORE_OK) {
    return base::Error("module of gadget " + std::string(name) + ": " + error.message)
        .with_hint("it is damaged, or uses features beyond WebAssembly 2.0");
  }
  known.emplace_back(module, module->bytes_);
  return std::shared_ptr<const Module>(std::move(module));
}

Module::~Module() {
  wasmcore_unload(module_);
}

std::vector<std::string> Module::imports_of(std::string_view from) const {
  std::vector<std::string> names;
  wasmcore_extern import{};
  for (uint32_t i = 0; wasmcore_import(module_, i, &import); i++) {
    if (std::string_view(import.module, import.module_size) == from) {
      names.emplace_back(import.name, import.name_size);
    }
  }
  return names;
}

}  // namespace gadgetry::wasm
