// From the source of a Wasm module to the module, by the suffix of the source: C and C++ with clang and
// wasm-ld, Rust with Cargo, Go. The result depends on the sources and the compiler alone, not on where they
// are.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "build/process.hpp"

namespace gadgetry::build {

struct WasmRequest {
  std::string source;   // absolute and without links
  std::string sdk_dir;  // with cpp/, rust/ and go/; absolute
  std::vector<std::string> cflags;
  bool use_libc = false;  // C and C++: wasi-libc in place of nothing
};

struct WasmResult {
  std::string module;
  std::string output;  // warnings, as the compiler wrote them
};

// Whether the suffix is that of a source that compile_wasm knows.
bool is_wasm_source(std::string_view name);
base::Result<WasmResult> compile_wasm(const WasmRequest& request);

// ---- internal: the languages ----

// A program that is run to its end; what it wrote. Fails with "WHAT: PROGRAM exited with status 1" and the
// output.
base::Result<std::string> run_program(const std::vector<std::string>& argv, const std::string& work_dir,
                                      const TempDir& temp, const std::string& what,
                                      const std::vector<std::string>& environment = {});
base::Result<WasmResult> compile_wasm_c(const WasmRequest& request);
base::Result<WasmResult> compile_wasm_rust(const WasmRequest& request);
base::Result<WasmResult> compile_wasm_go(const WasmRequest& request);

}  // namespace gadgetry::build
