// SPDX-License-Identifier: Apache-2.0
// Values of WebAssembly as text: arguments of --invoke and what functions return.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cli.hpp"

namespace wasmcore::cli {

// Appends the slots of a value. Integers decimal or 0x hex, negative ones too; floats decimal, hex
// ("0x1.8p3"), inf, nan, nan:0x200000; v128 as 0x and 32 hex digits, the highest first; references: null.
base::Status parse_value(uint8_t type, std::string_view text, std::vector<uint64_t>& slots);

// "i32:42", "f64:1.5", "f32:nan:0x400000", "v128:0x...": floats as short as reads back to the same.
std::string format_value(uint8_t type, const uint64_t* slots);

}  // namespace wasmcore::cli
