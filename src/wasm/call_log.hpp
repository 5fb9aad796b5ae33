// What the machine answered to a module: kept while a run is recorded, given again when it is replayed.
//
// Only functions of kind kOutside are logged, by their types in the table of functions: the result, and the bytes that
// were written to each output parameter. Replayed, such a function does not run at all.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "wasm/abi.hpp"

namespace gadgetry::wasm {

struct CallAnswer {
  uint64_t result = 0;
  // What stood in the memory of each output parameter (out, out32, out64, io32) after the call, in their order.
  std::vector<std::string> outputs;
};

class CallLog {
 public:
  virtual ~CallLog() = default;
  virtual bool is_replay() const = 0;
  // A call was answered by the machine.
  virtual void record(const AbiFunction& function, const CallAnswer& answer) = 0;
  // The next recorded answer. Fails when the module now calls something else than it did when it was recorded.
  virtual base::Result<CallAnswer> replay(const AbiFunction& function) = 0;
  // A timer of the module fires now.
  virtual void record_timer(uint64_t callback) { (void)callback; }
};

}  // namespace gadgetry::wasm
