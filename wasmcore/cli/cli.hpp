// SPDX-License-Identifier: Apache-2.0
// What the subcommands of wasmcore-cli share. Each lives in cmd_NAME.cpp and takes the words behind its name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace wasmcore::cli {

namespace base = gadgetry::base;

// Exit statuses: 0 fine, 1 failure, 2 wrong usage. `run` of a program gives the program's own.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure = 1;
inline constexpr int kExitUsage = 2;

using Words = std::vector<std::string>;

base::Result<int> run_command(const Words& words);
base::Result<int> validate_command(const Words& words);
base::Result<int> inspect_command(const Words& words);
base::Result<int> spec_command(const Words& words);

// To stdout, all of it: a full disk or a closed pipe is an error like any other.
base::Status print(std::string_view text);

}  // namespace wasmcore::cli
