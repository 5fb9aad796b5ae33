// Every bound on untrusted input, in one place. A value from outside is compared with its limit before it is used.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gadgetry::limits {

inline constexpr size_t kObjectBytes = 64u << 20;    // one eBPF object
inline constexpr size_t kWasmBytes = 64u << 20;      // one Wasm module
inline constexpr size_t kMetadataBytes = 1u << 20;   // gadget.yaml, build.yaml
inline constexpr size_t kManifestBytes = 4u << 20;   // OCI manifest or index
inline constexpr size_t kLayerBytes = 256u << 20;    // any other blob
inline constexpr size_t kTarEntries = 65536;         // entries of an OCI layout tarball
inline constexpr size_t kYamlDepth = 32;             // nesting of a YAML document
inline constexpr size_t kFields = 4096;              // fields of one data source
inline constexpr size_t kFieldDepth = 16;            // nesting of structs in one event
inline constexpr size_t kArrayElements = 65536;      // elements of one array field
inline constexpr size_t kSampleBytes = 1u << 20;     // one event
inline constexpr size_t kIteratorBytes = 1u << 30;   // output of one run of an iterator
inline constexpr size_t kFilterNodes = 1024;         // nodes of one filter expression
inline constexpr size_t kFilterDepth = 64;           // nesting of one filter expression
inline constexpr size_t kSymbolFileBytes = 1u << 30; // ELF file read for its symbols
inline constexpr uint32_t kRingBytesMax = 1u << 30;  // one ring buffer

}  // namespace gadgetry::limits
