// build.yaml: which files make up a gadget.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gadgetry::build {

// A file named in build.yaml (or by default). Names are relative to the folder of the gadget.
struct NamedFile {
  std::string name;
  bool is_explicit = false;  // named by a person: must exist
};

struct BuildFile {
  NamedFile ebpf_source{"program.bpf.c", false};
  NamedFile metadata{"gadget.yaml", false};
  std::string wasm;                      // empty: none
  std::vector<std::string> cflags;       // one argument each
  std::vector<std::string> wasm_cflags;  // of a module in C or C++
  bool wasm_libc = false;                // ... which uses wasi-libc
};

// file is for messages, which read "FILE:LINE:COLUMN: ...". Unknown keys are errors.
base::Result<BuildFile> parse_build_file(std::string_view yaml, std::string_view file);

}  // namespace gadgetry::build
