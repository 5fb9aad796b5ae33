// SPDX-License-Identifier: Apache-2.0
// The sections of a binary module, for `inspect`: the engine does not keep the list.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace wasmcore::cli {

struct Section {
  std::string name;  // "code", or what a custom section is called
  bool custom = false;
  size_t size = 0;  // of its content
};

// Ends early at what is no section; of a module that was loaded, it lists all.
std::vector<Section> list_sections(std::string_view module);

// The names of functions by index, of the content of a section "name": all in one pass, where
// wasmcore_function_name() searches for each. What is no name ends it.
std::map<uint32_t, std::string> function_names(std::string_view section);

}  // namespace wasmcore::cli
