// From the folder of a gadget to its parts: eBPF objects, Wasm module and metadata.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "metadata/diagnostic.hpp"

namespace gadgetry::build {

struct BuildOptions {
  std::string dir = ".";   // of the gadget; relative names below are relative to it
  std::string build_file;  // empty: build.yaml of dir, which may be absent
  std::string prog;        // --prog: overrides `ebpfsource`
  std::string definition;  // --definition: overrides `metadata`; must exist
  // Folder with gadget/*.h and gadget/<arch>/vmlinux.h; empty: <data_dir>/sdk/bpf. The SDK of Wasm modules is
  // the folder wasm beside it, or else <data_dir>/sdk/wasm.
  std::string sdk_dir;
  std::vector<std::string> archs = {"amd64", "arm64"};
  bool validate_metadata = true;
  bool strict = true;            // unknown keys and annotations of the metadata are errors, not warnings
  bool update_metadata = false;  // writes the metadata file
};

struct ArchObject {
  std::string arch;
  std::string ebpf;         // stripped ELF; empty when the gadget has no eBPF source
  std::string btfgen = {};  // archive of the types of kernels (btfgen.hpp); usually empty
};

struct BuiltGadget {
  std::string name;           // of the folder, for people
  std::string metadata;       // text of gadget.yaml; empty when there is none
  std::string metadata_file;  // its path, for messages
  std::string wasm;
  std::vector<ArchObject> objects;                // one for each of archs, in their order
  std::vector<metadata::Diagnostic> diagnostics;  // warnings about the metadata
  std::string compiler_output;                    // warnings of the compilers, as they wrote them
};

// Compiles and checks. Compiler errors and bad metadata are errors whose text holds all of them. Nothing is
// left behind outside the folder's metadata file (and that only with update_metadata).
base::Result<BuiltGadget> build_folder(const BuildOptions& options);

// build_folder for this machine's architecture alone, metadata checked leniently: for `run DIR`.
base::Result<BuiltGadget> build_for_run(const std::string& dir);

}  // namespace gadgetry::build
