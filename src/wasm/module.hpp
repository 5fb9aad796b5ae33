// A WebAssembly module of a gadget, translated. Translated once: runs of the same module in this process share it.
#pragma once

#include <wasmcore.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gadgetry::wasm {

class Module {
 public:
  // Validates and translates. The bytes are copied. Fails with what is wrong and where.
  static base::Result<std::shared_ptr<const Module>> load(std::string_view name, std::string_view bytes);
  ~Module();
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  const wasmcore_module* get() const { return module_; }
  // Names of the functions that it imports from `module` ("ig"), in order.
  std::vector<std::string> imports_of(std::string_view module) const;

 private:
  explicit Module(std::string bytes) : bytes_(std::move(bytes)) {}

  std::string bytes_;
  wasmcore_module* module_ = nullptr;
};

}  // namespace gadgetry::wasm
