// Compiles eBPF C to stripped objects. The result depends on the sources and the compiler alone, not on where
// they are.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace gadgetry::build {

struct Toolchain {
  std::string clang;  // paths
  std::string strip;
};

// $CLANG and $LLVM_STRIP, else the newest known clang and its llvm-strip in $PATH. Errors say what to
// install.
base::Result<Toolchain> find_toolchain();

// The clang of find_toolchain alone; hint is for the error.
base::Result<std::string> find_clang(const std::string& hint);

struct CompileRequest {
  std::string dir;      // of the gadget, absolute and without links
  std::string source;   // relative to dir, or absolute
  std::string sdk_dir;  // absolute and without links
  std::vector<std::string> archs;
  std::vector<std::string> cflags;
};

struct CompileResult {
  std::vector<std::string> objects;  // one for each of archs
  std::string output;                // warnings, as the compiler wrote them; the same text only once
};

// All architectures at the same time. On an error the compiler's messages follow ours.
base::Result<CompileResult> compile(const CompileRequest& request);

}  // namespace gadgetry::build
