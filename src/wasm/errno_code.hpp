// What the kernel refused, as a code of the interface.
#pragma once

#include <string>

#include "wasm/abi.hpp"

namespace gadgetry::wasm {

// A code, and why unless it is kOk.
struct Outcome {
  Code code = Code::kOk;
  std::string why = {};

  bool ok() const { return code == Code::kOk; }
  static Outcome system(int error);  // of errno
};

Code code_of_errno(int error);

}  // namespace gadgetry::wasm
