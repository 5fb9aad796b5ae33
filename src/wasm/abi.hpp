// What modules of gadgets may import: names, types and implementations, all from abi_table.inc.
#pragma once

#include <wasmcore.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gadgetry::wasm {

class Host;

inline constexpr std::string_view kModuleV1 = "ig";
inline constexpr std::string_view kModuleV2 = "gadget_v2";
inline constexpr uint64_t kApiVersion = 1;

// What a function of gadget_v2 returns. The numbers are part of the interface.
enum class Code : uint32_t {
  kOk = 0,
  kInvalid = 1,      // an argument makes no sense
  kNotFound = 2,     // there is nothing of that name, number or key
  kExists = 3,       // the name is taken
  kDenied = 4,       // not granted, or the kernel refuses
  kUnsupported = 5,  // not by this host, kernel, map or field
  kTooSmall = 6,     // the buffer is smaller than what goes into it; nothing was written
  kBadHandle = 7,    // no handle, or one of another type
  kMemory = 8,       // an address outside of the module's memory
  kLimit = 9,        // a limit of the host
  kState = 10,       // not at this point of the lifecycle
  kIo = 11,          // the operation failed: see lastError
  kAgain = 12,       // nothing yet
  kEnd = 13,         // nothing more
};

// Whether the answer depends on the machine: a recording keeps the answers of these functions.
enum class FunctionKind : uint8_t { kPure, kOutside };

// An implementation: arguments stand in slots[0..] (of an i32 only the low half), the result goes to slots[0].
using Function = void (*)(Host& host, uint64_t* slots);

enum class ParamType : uint8_t {
  kI32, kU32, kI64, kU64, kHandle, kText, kBytes, kOut, kOut32, kOut64, kIo32, kFields
};
enum class ResultType : uint8_t { kNone, kI32, kI64, kHandle, kBool, kFailed, kStatus };

struct AbiParam {
  std::string_view name;
  ParamType type;
};

struct AbiFunction {
  std::string_view module;
  std::string_view name;
  Function function;
  std::vector<AbiParam> params;
  ResultType result;
  FunctionKind kind;
  std::string_view doc;
  std::string_view section;  // title of the group it is in
  std::string signature;     // for wasmcore: "iI:i"
};

// All of them, in the order of the table.
std::span<const AbiFunction> abi_functions();
const AbiFunction* find_abi_function(std::string_view module, std::string_view name);

// Declares the implementations: void log_message(Host&, uint64_t*) ...
namespace fn {
#define GADGET_WASM_FUNCTION(module, name, function, params, result, kind, doc) \
  void function(Host& host, uint64_t* slots);
#include "wasm/abi_table.inc"
}  // namespace fn

}  // namespace gadgetry::wasm
