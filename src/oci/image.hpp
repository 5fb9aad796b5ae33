// Gadget images: what `build` stores and `run` loads.
//
// An image is an index with one manifest per architecture. A manifest has the metadata (gadget.yaml) as its
// config and the eBPF object, the Wasm module and the BTF archive as its layers, each as it is, not packed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "oci/layout.hpp"
#include "oci/layout_store.hpp"

namespace gadgetry::oci {

struct GadgetImage {
  std::string reference;  // as found in the layout; empty when the entry has no name
  std::string arch;
  std::string metadata;  // gadget.yaml; empty when the image has none
  std::string ebpf;      // ELF object; empty when the gadget has no eBPF
  std::string wasm;      // empty when there is none
  std::string btfgen;    // tar.gz of BTF files; empty when there is none
  Annotations annotations;
  std::string builder_version;
  Digest digest;           // of the index: what users see and signatures cover
  Digest manifest_digest;  // of this architecture's manifest
  std::vector<std::string> warnings;
};

// This machine's architecture in Go's notation: amd64, arm64.
std::string host_architecture();

// Loads the image of one architecture; errors name the image and what to do.
base::Result<GadgetImage> load_image(const Layout& layout, const Reference& reference, std::string_view arch);
base::Result<GadgetImage> load_image(const Layout& layout, const StoredImage& entry, std::string_view arch);

struct ArchInput {
  std::string arch;    // amd64, arm64
  std::string ebpf;    // may be empty
  std::string btfgen;  // may be empty
};

struct BuildInput {
  std::vector<ArchInput> archs;  // any order, at least one, no duplicates
  std::string wasm;              // may be empty
  std::optional<std::string> metadata;

  // From the metadata; written as annotations when there is metadata. Empty ones are left out.
  std::string name;
  std::string description;
  std::string homepage_url;
  std::string documentation_url;
  std::string source_url;
  Annotations annotations;
  std::string builder_version;

  // Seconds since 1970 for the annotation "created". Taken from $SOURCE_DATE_EPOCH when unset; without that
  // it is 0, so that the same inputs always give the same image, byte for byte.
  std::optional<int64_t> created;
};

// Writes the image into the store under reference and returns the descriptor of its index.
base::Result<Descriptor> build_image(LayoutStore& store, const Reference& reference, const BuildInput& input);

// "2026-11-21T10:00:00Z"
std::string rfc3339(int64_t seconds_since_1970);
std::optional<int64_t> parse_rfc3339(std::string_view text);

// What lists show about an image.
struct ImageSummary {
  uint64_t size = 0;     // bytes of all its blobs, shared ones counted once
  bool complete = true;  // no blob is missing
  std::string created;   // the annotation; empty when absent
  std::vector<std::string> archs;
};
base::Result<ImageSummary> summarize(const Layout& layout, const Descriptor& descriptor);

}  // namespace gadgetry::oci
