// SPDX-License-Identifier: Apache-2.0
// Assembles the module "spectest": seven functions that print (here: do nothing), memory 1..2, table 10..20,
// globals.
#include "spectest.hpp"

#include <bit>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace wasmcore::cli {
namespace {

wasmcore_trap print_nothing(wasmcore_instance*, uint64_t*, void*) {
  return WASMCORE_TRAP_NONE;
}

constexpr const char* kHost = "host";
constexpr wasmcore_host_function kHosts[] = {{kHost, "print", ":", print_nothing, nullptr},
                                             {kHost, "print_i32", "i:", print_nothing, nullptr},
                                             {kHost, "print_i64", "I:", print_nothing, nullptr},
                                             {kHost, "print_f32", "f:", print_nothing, nullptr},
                                             {kHost, "print_f64", "F:", print_nothing, nullptr},
                                             {kHost, "print_i32_f32", "if:", print_nothing, nullptr},
                                             {kHost, "print_f64_f64", "FF:", print_nothing, nullptr}};

std::string byte(unsigned value) {
  return {static_cast<char>(value)};
}

std::string leb(uint32_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += byte((value & 0x7f) | 0x80);
  return out + byte(value);
}

std::string text(std::string_view value) {
  return leb(static_cast<uint32_t>(value.size())) + std::string(value);
}

std::string section(unsigned id, size_t count, const std::string& content) {
  std::string body = leb(static_cast<uint32_t>(count)) + content;
  return byte(id) + leb(static_cast<uint32_t>(body.size())) + body;
}

template <typename Bits>
std::string little_endian(Bits bits) {
  std::string out;
  for (unsigned i = 0; i < sizeof(bits); i++) out += byte(static_cast<unsigned>(bits >> (8 * i)) & 0xff);
  return out;
}

// The type of function `signature`, without results.
std::string function_type(std::string_view signature) {
  std::string params;
  for (char c : signature) {
    if (c == 'i') params += byte(WASMCORE_I32);
    if (c == 'I') params += byte(WASMCORE_I64);
    if (c == 'f') params += byte(WASMCORE_F32);
    if (c == 'F') params += byte(WASMCORE_F64);
  }
  return byte(0x60) + text(params) + byte(0);
}

std::string globals() {
  constexpr unsigned kEnd = 0x0b;
  const std::string number = "\x9a\x05";  // 666 as signed LEB128
  auto global = [&](wasmcore_type type, unsigned opcode, const std::string& value) {
    return byte(type) + byte(0) + byte(opcode) + value + byte(kEnd);
  };
  return global(WASMCORE_I32, 0x41, number) + global(WASMCORE_I64, 0x42, number) +
         global(WASMCORE_F32, 0x43, little_endian(std::bit_cast<uint32_t>(666.6F))) +
         global(WASMCORE_F64, 0x44, little_endian(std::bit_cast<uint64_t>(666.6)));
}

}  // namespace

std::span<const wasmcore_host_function> spectest_hosts() {
  return kHosts;
}

std::string spectest_module() {
  constexpr size_t kFunctions = std::size(kHosts);
  constexpr std::string_view kGlobals[] = {"global_i32", "global_i64", "global_f32", "global_f64"};
  std::string types;
  std::string imports;
  std::string exports;
  for (uint32_t i = 0; i < kFunctions; i++) {
    types += function_type(kHosts[i].signature);
    imports += text(kHosts[i].module) + text(kHosts[i].name) + byte(WASMCORE_FUNCTION) + leb(i);
    exports += text(kHosts[i].name) + byte(WASMCORE_FUNCTION) + leb(i);
  }
  exports += text("table") + byte(WASMCORE_TABLE) + leb(0) + text("memory") + byte(WASMCORE_MEMORY) + leb(0);
  for (uint32_t i = 0; i < std::size(kGlobals); i++)
    exports += text(kGlobals[i]) + byte(WASMCORE_GLOBAL) + leb(i);
  const std::string table = byte(WASMCORE_FUNCREF) + byte(1) + leb(10) + leb(20);
  const std::string memory = byte(1) + leb(1) + leb(2);
  return std::string("\0asm\1\0\0\0", 8) + section(1, kFunctions, types) + section(2, kFunctions, imports) +
         section(4, 1, table) + section(5, 1, memory) + section(6, std::size(kGlobals), globals()) +
         section(7, kFunctions + 2 + std::size(kGlobals), exports);
}

}  // namespace wasmcore::cli
