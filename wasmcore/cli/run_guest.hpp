// SPDX-License-Identifier: Apache-2.0
// Runs one module: a WASI program from its _start, or a single function.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli.hpp"
#include "engine.hpp"

namespace wasmcore::cli {

struct GuestDir {
  std::string host;
  std::string guest;
  bool read_only = false;
};

struct RunArgs {
  std::string file;
  Words arguments;     // of the program, or of the function
  std::string invoke;  // empty: _start
  LoadOptions load;    // --stack-slots, --call-depth, --deny
  uint64_t fuel = 0;   // 0: no limit
  uint32_t memory_pages = 0;
  int64_t timeout_ns = 0;  // 0: none
  Words env;
  std::vector<GuestDir> dirs;
  bool stats = false;
};

// The exit status of this program.
base::Result<int> run_guest(const RunArgs& args);

}  // namespace wasmcore::cli
