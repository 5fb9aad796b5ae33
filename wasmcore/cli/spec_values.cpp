// SPDX-License-Identifier: Apache-2.0
// Arguments and expected results of test scripts.
#include "spec_values.hpp"

#include <nlohmann/json.hpp>
#include <optional>

#include "base/strings.hpp"
#include "cli.hpp"
#include "wasmcore.h"

namespace wasmcore::cli {
namespace {

using Json = nlohmann::json;

struct LaneType {
  const char* name;
  unsigned bits;
};
constexpr LaneType kLanes[] = {{"i8", 8}, {"i16", 16}, {"i32", 32}, {"i64", 64}, {"f32", 32}, {"f64", 64}};
constexpr unsigned kVectorBits = 128;

uint64_t low_bits(uint64_t value, unsigned bits) {
  return bits == 64 ? value : value & ((uint64_t{1} << bits) - 1);
}

// One number of `bits` bits: decimal, or a pattern of NaNs.
bool number_matches(const std::string& expected, uint64_t value, unsigned bits) {
  value = low_bits(value, bits);
  uint64_t quiet_nan = bits == 32 ? 0x7fc00000U : 0x7ff8000000000000U;
  uint64_t sign = uint64_t{1} << (bits - 1);
  if (expected == "nan:canonical") return (value & ~sign) == quiet_nan;
  if (expected == "nan:arithmetic") return (value & quiet_nan) == quiet_nan;
  auto number = base::parse_int<uint64_t>(expected);
  return number && *number == value;
}

// The lanes of a v128 with their size; empty when they do not fill it.
std::optional<unsigned> lane_bits(const Json& value) {
  const std::string type = value.value("lane_type", "");
  for (const LaneType& lane : kLanes) {
    if (type == lane.name && value.at("value").size() == kVectorBits / lane.bits) return lane.bits;
  }
  return std::nullopt;
}

bool read_vector(const Json& value, std::vector<uint64_t>& slots) {
  auto bits = lane_bits(value);
  if (!bits) return false;
  const size_t begin = slots.size();
  slots.resize(begin + 2);
  unsigned at = 0;
  for (const Json& lane : value.at("value")) {
    auto number = base::parse_int<uint64_t>(lane.get_ref<const std::string&>());
    if (!number) return false;
    slots[begin + at / 64] |= low_bits(*number, *bits) << (at % 64);
    at += *bits;
  }
  return true;
}

bool vector_matches(const Json& expected, const uint64_t* slots) {
  auto bits = lane_bits(expected);
  if (!bits) return false;
  unsigned at = 0;
  for (const Json& lane : expected.at("value")) {
    if (!number_matches(lane.get_ref<const std::string&>(), slots[at / 64] >> (at % 64), *bits)) return false;
    at += *bits;
  }
  return true;
}

// References of the host: number N is slot N + 1, because 0 is null.
std::optional<uint64_t> extern_reference(const std::string& text) {
  if (text == "null") return 0;
  auto number = base::parse_int<uint64_t>(text);
  return number ? std::optional(*number + 1) : std::nullopt;
}

}  // namespace

uint8_t spec_type(const std::string& name) {
  if (name == "i32") return WASMCORE_I32;
  if (name == "i64") return WASMCORE_I64;
  if (name == "f32") return WASMCORE_F32;
  if (name == "f64") return WASMCORE_F64;
  if (name == "v128") return WASMCORE_V128;
  if (name == "funcref") return WASMCORE_FUNCREF;
  return name == "externref" ? WASMCORE_EXTERNREF : 0;
}

bool read_spec_value(const Json& value, std::vector<uint64_t>& slots) {
  uint8_t type = spec_type(value.at("type").get<std::string>());
  if (type == WASMCORE_V128) return read_vector(value, slots);
  const std::string text = value.at("value").get<std::string>();
  std::optional<uint64_t> slot;
  if (type == WASMCORE_EXTERNREF) {
    slot = extern_reference(text);
  } else if (type == WASMCORE_FUNCREF) {
    if (text == "null") slot = 0;
  } else if (type != 0) {
    slot = base::parse_int<uint64_t>(text);
  }
  if (slot) slots.push_back(*slot);
  return slot.has_value();
}

bool spec_value_matches(const Json& expected, const uint64_t* slots) {
  uint8_t type = spec_type(expected.at("type").get<std::string>());
  if (type == WASMCORE_V128) return vector_matches(expected, slots);
  if (!expected.contains("value"))
    return type != 0 && slots[0] != 0;  // (ref.func), (ref.extern): any of them
  const std::string text = expected.at("value").get<std::string>();
  switch (type) {
    case WASMCORE_I32:
    case WASMCORE_F32:
      return number_matches(text, slots[0], 32);
    case WASMCORE_I64:
    case WASMCORE_F64:
      return number_matches(text, slots[0], 64);
    case WASMCORE_EXTERNREF:
      return extern_reference(text) == slots[0];
    case WASMCORE_FUNCREF:
      return (text == "null") == (slots[0] == 0);  // wast2json writes 0 for (ref.func): any of them
    default:
      return false;
  }
}

}  // namespace wasmcore::cli
