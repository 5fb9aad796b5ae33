// The JSON documents of an OCI image: descriptors, manifests and indexes (OCI image-spec v1.1).
//
// Parsing checks every type, size and count; writing gives the same bytes for the same values: no white
// space, keys in a fixed order, annotations sorted. Manifests carry no mediaType field, indexes do.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.hpp"
#include "base/result.hpp"
#include "oci/digest.hpp"

namespace gadgetry::oci {

namespace media {
inline constexpr std::string_view kManifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view kIndex = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view kEmpty = "application/vnd.oci.empty.v1+json";
inline constexpr std::string_view kGadgetArtifact = "application/vnd.gadget.v1+binary";
inline constexpr std::string_view kGadgetConfig = "application/vnd.gadget.config.v1+yaml";
inline constexpr std::string_view kEbpf = "application/vnd.gadget.ebpf.program.v1+binary";
inline constexpr std::string_view kWasm = "application/vnd.gadget.wasm.program.v1+binary";
inline constexpr std::string_view kBtfgen = "application/vnd.gadget.btfgen.v1+binary";
}  // namespace media

namespace annotation {
inline constexpr std::string_view kTitle = "org.opencontainers.image.title";
inline constexpr std::string_view kDescription = "org.opencontainers.image.description";
inline constexpr std::string_view kUrl = "org.opencontainers.image.url";
inline constexpr std::string_view kDocumentation = "org.opencontainers.image.documentation";
inline constexpr std::string_view kSource = "org.opencontainers.image.source";
inline constexpr std::string_view kCreated = "org.opencontainers.image.created";
inline constexpr std::string_view kRefName = "org.opencontainers.image.ref.name";
inline constexpr std::string_view kBuilderVersion = "io.inspektor-gadget.builder.version";
}  // namespace annotation

using Annotations = std::map<std::string, std::string>;

struct Platform {
  std::string os;
  std::string architecture;  // Go's names: amd64, arm64
  std::string variant;
};

struct Descriptor {
  std::string media_type;
  Digest digest;
  uint64_t size = 0;  // bytes
  std::string artifact_type;
  Annotations annotations;
  std::optional<Platform> platform;
};

struct Manifest {
  std::string artifact_type;
  Descriptor config;
  std::vector<Descriptor> layers;
  std::optional<Descriptor> subject;
  Annotations annotations;
};

struct Index {
  std::string artifact_type;
  std::vector<Descriptor> manifests;
  std::optional<Descriptor> subject;
  Annotations annotations;
};

base::Result<Manifest> parse_manifest(std::string_view json);
// max_entries: more for the index of a store than for the index of one image.
base::Result<Index> parse_index(std::string_view json, size_t max_entries = limits::kDescriptors);
// Fails when an annotation is not UTF-8.
base::Result<std::string> serialize(const Manifest& manifest);
base::Result<std::string> serialize(const Index& index);

// The blobs that a manifest or index names, whatever else it holds (also Docker's manifest formats): what
// garbage collection and export must follow. Fails when json is neither.
base::Result<std::vector<Descriptor>> parse_children(std::string_view json);
// Whether media_type is that of a document with children.
bool has_children(std::string_view media_type);

// The file "oci-layout" of a layout.
inline constexpr std::string_view kLayoutFileBytes = R"({"imageLayoutVersion":"1.0.0"})";
base::Status check_layout_file(std::string_view json);

// The value of an annotation, or empty.
std::string_view find_annotation(const Annotations& annotations, std::string_view key);

}  // namespace gadgetry::oci
