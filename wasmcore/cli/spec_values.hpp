// SPDX-License-Identifier: Apache-2.0
// Values as wast2json writes them: integers and the bits of floats as decimal text, v128 by lanes, patterns
// of NaNs.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace wasmcore::cli {

// The type that "i32", "v128" ... stand for, 0 for others.
uint8_t spec_type(const std::string& name);

// Appends the slots of an argument; false when it is none.
bool read_spec_value(const nlohmann::json& value, std::vector<uint64_t>& slots);

// Whether the result in slots is what was expected.
bool spec_value_matches(const nlohmann::json& expected, const uint64_t* slots);

}  // namespace wasmcore::cli
