// SPDX-License-Identifier: Apache-2.0
// Owners of the engine's objects, and its errors in words.
#include "engine.hpp"

#include <cstdio>

#include "base/fd.hpp"
#include "base/strings.hpp"
#include "wasmcore_hosted.h"

namespace wasmcore::cli {

std::unique_ptr<Module> Module::load(std::string bytes, const LoadOptions& options, wasmcore_error& error) {
  std::unique_ptr<Module> out(new Module(std::move(bytes)));
  wasmcore_config config{};
  config.allocator = wasmcore_system_allocator();
  config.limits = options.limits;
  config.deny = options.deny;
  error = {};
  if (wasmcore_load(out->bytes_.data(), out->bytes_.size(), &config, &out->module_, &error) != WASMCORE_OK) {
    return nullptr;
  }
  return out;
}

struct wasmcore_module_info Module::info() const {
  struct wasmcore_module_info out{};
  wasmcore_describe(module_, &out);
  return out;
}

base::Result<std::string> read_module(const std::string& path) {
  return base::read_file(path, WASMCORE_DEFAULT_MODULE_BYTES);
}

std::string describe(const wasmcore_error& error) {
  std::string out = base::printable(error.message);
  char place[64] = "";
  if (error.function != UINT32_MAX && error.offset != UINT32_MAX) {
    (void)std::snprintf(place, sizeof(place), " (function %u at 0x%x)", error.function, error.offset);
  } else if (error.offset != UINT32_MAX) {
    (void)std::snprintf(place, sizeof(place), " (at 0x%x)", error.offset);
  }
  return out + place;
}

std::string function_label(const wasmcore_module* module, uint32_t index) {
  uint32_t size = 0;
  const char* name = wasmcore_function_name(module, index, &size);
  std::string out = "function " + std::to_string(index);
  if (name != nullptr) out += " (" + base::printable({name, size}) + ")";
  return out;
}

std::optional<wasmcore_extern> find_export(const wasmcore_module* module, std::string_view name,
                                           wasmcore_kind kind) {
  wasmcore_extern found{};
  for (uint32_t i = 0; wasmcore_export(module, i, &found); i++) {
    if (found.kind == kind && name_of(found) == name) return found;
  }
  return std::nullopt;
}

const char* type_name(uint8_t type) {
  switch (type) {
    case WASMCORE_I32:
      return "i32";
    case WASMCORE_I64:
      return "i64";
    case WASMCORE_F32:
      return "f32";
    case WASMCORE_F64:
      return "f64";
    case WASMCORE_V128:
      return "v128";
    case WASMCORE_FUNCREF:
      return "funcref";
    case WASMCORE_EXTERNREF:
      return "externref";
    default:
      return "?";
  }
}

static std::string type_list(const uint8_t* types, uint16_t count) {
  std::string out = "(";
  for (uint16_t i = 0; i < count; i++) out += std::string(i == 0 ? "" : " ") + type_name(types[i]);
  return out + ")";
}

std::string signature_text(const wasmcore_signature& s) {
  return type_list(s.types, s.nparams) + " -> " + type_list(s.types + s.nparams, s.nresults);
}

uint32_t slots_of(const uint8_t* types, uint16_t count) {
  uint32_t slots = 0;
  for (uint16_t i = 0; i < count; i++) slots += types[i] == WASMCORE_V128 ? 2 : 1;
  return slots;
}

}  // namespace wasmcore::cli
