// SPDX-License-Identifier: Apache-2.0
// A script of the specification's test suite, read into memory: the commands and the modules that they name.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli.hpp"

namespace wasmcore::cli {

struct SpecScript {
  std::string path;    // as it was given
  std::string source;  // the .wast, for messages
  std::vector<nlohmann::json> commands;
  std::map<std::string, std::string> modules;  // binaries by name
};

// What wast2json wrote, or a .wast, which it is given first (found in PATH; its files do not stay).
base::Result<SpecScript> read_spec_script(const std::string& path);

// The .json and .wast files of a folder, sorted.
base::Result<Words> list_spec_scripts(const std::string& folder);

}  // namespace wasmcore::cli
