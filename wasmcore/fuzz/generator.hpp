// Turns any bytes into a valid module, and describes it for the reference interpreter.
//
// Bodies are random walks over the operand stack that lean towards what the translator looks for: operands
// that are locals, sums as addresses, shifts that are combined, additions in front of branches, rows of
// copies.
#ifndef WASMCORE_FUZZ_GENERATOR_HPP
#define WASMCORE_FUZZ_GENERATOR_HPP

#include <cstddef>
#include <cstdint>
#include <vector>

namespace wasmcore::fuzz {

struct Value {
  uint64_t low = 0, high = 0;
};

struct FunctionType {
  std::vector<uint8_t> params, results;
};

struct Function {
  uint32_t type = 0;
  std::vector<uint8_t> locals;  // parameters included
  std::vector<uint8_t> code;    // instructions, the last end included
  uint32_t offset = 0;          // of the first instruction in the module
};

struct Global {
  uint8_t type = 0;
  bool is_mutable = false;
  Value init;  // a function reference is the function's index plus one
};

struct Module {
  std::vector<FunctionType> types;
  std::vector<uint32_t> imports;    // types of the imported functions, see Import
  std::vector<Function> functions;  // own ones
  std::vector<Global> globals;      // the first three are imported
  std::vector<uint32_t>
      elements[2];  // function indices plus one, 0 is null; 0: active in table 0 at 0, 1: passive
  std::vector<uint8_t> datas[2];  // 0: active at 0, 1: passive
  std::vector<uint8_t> bytes;
};

// What every generated module imports.
enum Import : uint32_t { kHostSum, kHostMix, kForeignStep, kHostBack, kImports };
inline constexpr uint32_t kImportedGlobals = 3;
inline constexpr uint32_t kForeignStepFuel = 7;
inline constexpr uint32_t kMemoryPages = 1, kMemoryMax = 3;
inline constexpr uint32_t kTableSize[2] = {8, 4}, kTableMax[2] = {16, 10};

Module generate(const uint8_t* data, size_t size);

// The module that the others import kForeignStep and globals from.
std::vector<uint8_t> provider_module();

}  // namespace wasmcore::fuzz

#endif
