// SPDX-License-Identifier: Apache-2.0
// The engine's modules and instances with owners, and its errors as those of this program.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cli.hpp"
#include "wasmcore.h"

namespace wasmcore::cli {

struct InstanceDeleter {
  void operator()(wasmcore_instance* instance) const { wasmcore_free_instance(instance); }
};
using Instance = std::unique_ptr<wasmcore_instance, InstanceDeleter>;

// What a host may set at load.
struct LoadOptions {
  wasmcore_limits limits{};
  uint32_t deny = 0;
};

// A module and the bytes that it reads from.
class Module {
 public:
  // Null when the engine refuses the bytes; error says why.
  static std::unique_ptr<Module> load(std::string bytes, const LoadOptions& options, wasmcore_error& error);
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
  ~Module() { wasmcore_unload(module_); }

  const wasmcore_module* get() const { return module_; }
  const std::string& bytes() const { return bytes_; }
  struct wasmcore_module_info info() const;

 private:
  explicit Module(std::string bytes) : bytes_(std::move(bytes)) {}

  std::string bytes_;
  wasmcore_module* module_ = nullptr;
};

// A whole file, within the engine's default limit.
base::Result<std::string> read_module(const std::string& path);

// "type mismatch (function 3 at 0x41)".
std::string describe(const wasmcore_error& error);

// "function 7 (name)"; the name as text that a terminal can show.
std::string function_label(const wasmcore_module* module, uint32_t index);

// The export of this kind and name, which may hold any byte.
std::optional<wasmcore_extern> find_export(const wasmcore_module* module, std::string_view name,
                                           wasmcore_kind kind);

inline std::string_view name_of(const wasmcore_extern& e) {
  return {e.name, e.name_size};
}
inline std::string_view module_of(const wasmcore_extern& e) {
  return {e.module, e.module_size};
}

const char* type_name(uint8_t type);                      // "i32"
std::string signature_text(const wasmcore_signature& s);  // "(i32 i64) -> (f32)"
uint32_t slots_of(const uint8_t* types, uint16_t count);  // a v128 has two

}  // namespace wasmcore::cli
