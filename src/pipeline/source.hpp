// Where a gadget comes from: SOURCE on the command line becomes the bytes of its parts.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace gadgetry::pipeline {

struct GadgetParts {
  std::string name;      // short, for people: "trace_open"
  std::string ebpf;      // the object for this machine's architecture; may be empty (metadata-only gadgets)
  std::string wasm;      // may be empty
  std::string metadata;  // text of gadget.yaml; may be empty
  std::string btfgen = {};  // archive of the types of kernels that have none; usually empty
  std::string image;        // full reference and digest; empty when it did not come from an image
};

struct SourceOptions {
  std::string store_path;  // empty: the default store
};

// SOURCE is, in this order: a path (with a slash, or ending in .tar, .o) to a gadget folder, an OCI layout
// folder or tarball, or an eBPF object; else an image reference, looked up among the gadgets shipped with the
// installation first and then in the local store.
base::Result<GadgetParts> load_source(std::string_view source, const SourceOptions& options);

// The read-only store of the gadgets that were installed with the program.
std::string shipped_store_path();

}  // namespace gadgetry::pipeline
