// What the imports of a module are bound to.
#pragma once

#include <wasmcore.h>

#include <deque>
#include <string>

#include "wasm/abi.hpp"

namespace gadgetry::wasm {

class CallLog;
class Profiler;

// A host function with something around it: a log of the machine's answers, the profile.
struct Binding {
  Host* host = nullptr;
  const AbiFunction* function = nullptr;
  CallLog* calls = nullptr;
  Profiler* profiler = nullptr;
};

// Answers wasmcore's question for each import of a module.
class Linker {
 public:
  Linker(Host& host, CallLog* calls, Profiler* profiler);
  static bool resolve(void* self, const wasmcore_extern* import, wasmcore_provider* out);

 private:
  bool provide(const wasmcore_extern& import, wasmcore_provider& out);
  const wasmcore_host_function* unsupported(const wasmcore_extern& import);

  Host& host_;
  CallLog* calls_;
  Profiler* profiler_;
  std::deque<wasmcore_host_function> functions_;  // wasmcore keeps pointers
  std::deque<Binding> bindings_;
  std::deque<std::string> texts_;
};

}  // namespace gadgetry::wasm
