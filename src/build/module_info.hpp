// What a WebAssembly module says about itself, and whether it is the module of a gadget.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gadgetry::build {

struct ModuleImport {
  std::string module;
  std::string name;
  std::string signature;  // of a function, as wasmcore writes it: "iI:i"; empty: it is no function
};

struct ModuleExport {
  std::string name;
  std::string signature;  // as above
};

struct ModuleInfo {
  uint64_t size = 0;
  std::vector<ModuleImport> imports;
  std::vector<ModuleExport> exports;
  uint64_t memory_min = 0;              // bytes of linear memory that it starts with
  std::optional<uint64_t> memory_max;   // ... and that it never exceeds
  std::optional<uint64_t> api_version;  // what gadgetAPIVersion returns; empty: it cannot be told

  // Names of the functions that it imports from a module, in order.
  std::vector<std::string> functions_of(std::string_view module) const;
  const ModuleExport* find_export(std::string_view name) const;
};

// Reads and validates a module. To learn the version of the API, gadgetAPIVersion is run: cut off from the
// host and for a limited number of instructions.
base::Result<ModuleInfo> describe_module(std::string_view bytes);

// Fails unless a host can run it as the module of a gadget. Warnings are added for what is odd, but works.
base::Status check_module(const ModuleInfo& info, std::vector<std::string>& warnings);

}  // namespace gadgetry::build
