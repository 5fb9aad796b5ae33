// Every bound on untrusted input, in one place. A value from outside is compared with its limit before it is used.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gadgetry::limits {

inline constexpr size_t kObjectBytes = 64u << 20;    // one eBPF object
inline constexpr size_t kObjectSections = 8192;          // sections of one eBPF object
inline constexpr size_t kBtfTypes = 1u << 20;         // types of one eBPF object
inline constexpr size_t kBtfNesting = 128;            // types held by value inside each other
inline constexpr size_t kWasmBytes = 64u << 20;      // one Wasm module
inline constexpr size_t kMetadataBytes = 1u << 20;   // gadget.yaml, build.yaml
inline constexpr size_t kManifestBytes = 4u << 20;   // OCI manifest or index
inline constexpr size_t kLayerBytes = 256u << 20;    // any other blob
inline constexpr size_t kTarEntries = 65536;         // entries of an OCI layout tarball
inline constexpr size_t kYamlDepth = 32;             // nesting of a YAML document
inline constexpr size_t kYamlNodes = 200'000;        // values of a YAML document, aliases followed
inline constexpr size_t kMetadataIssues = 1000;        // kept while reading metadata
inline constexpr size_t kFields = 4096;              // fields of one data source
inline constexpr size_t kFieldDepth = 16;            // nesting of structs in one event
inline constexpr size_t kArrayElements = 65536;      // elements of one array field
inline constexpr size_t kSampleBytes = 1u << 20;     // one event
inline constexpr size_t kIteratorBytes = 1u << 30;   // output of one run of an iterator
inline constexpr size_t kFilterNodes = 1024;         // nodes of one filter expression
inline constexpr size_t kFilterDepth = 64;           // nesting of one filter expression
inline constexpr size_t kFilterBytes = 64u << 10;     // text of one filter
inline constexpr size_t kFilterPatterns = 64;         // regular expressions of one filter
inline constexpr size_t kPatternBytes = 4096;         // text of one regular expression
inline constexpr int64_t kPatternMemory = 2 << 20;    // automata of one regular expression
inline constexpr size_t kSymbolFileBytes = 1u << 30; // ELF file read for its symbols
inline constexpr size_t kLibraryCacheBytes = 16u << 20;  // /etc/ld.so.cache of a container
inline constexpr uint32_t kRingBytesMax = 1u << 30;  // one ring buffer

// Image names, layouts and tarballs.
inline constexpr size_t kTarBytes = size_t{4} << 30;      // all entries of a tarball, unpacked, read into the store
inline constexpr size_t kMemoryLayoutBytes = 512u << 20;  // ... and read into memory
inline constexpr size_t kReferenceBytes = 255;            // registry and repository of an image name
inline constexpr size_t kTagBytes = 128;                  // tag of an image name
inline constexpr size_t kDescriptors = 4096;              // entries of one manifest or index
inline constexpr size_t kStoreImages = 65536;             // entries of the index of a store
inline constexpr size_t kIndexFileBytes = 32u << 20;      // index.json of a store
inline constexpr size_t kImageBlobs = 65536;              // blobs below the images looked at in one go
inline constexpr size_t kAnnotations = 1024;              // annotations of one descriptor or document
inline constexpr size_t kMediaTypeBytes = 255;            // media types and architecture names
inline constexpr size_t kJsonDepth = 16;                  // nesting of manifests and indexes

// Names for people: symbols, users, time layouts.
inline constexpr size_t kSymbols = 4u << 20;              // function symbols of one ELF file
inline constexpr size_t kElfSections = 65536;             // section headers of one ELF file
inline constexpr size_t kElfSegments = 1024;              // program headers of one ELF file
inline constexpr size_t kSymbolNameBytes = 4096;          // one symbol's name, mangled or demangled
inline constexpr size_t kSymbolFiles = 128;               // symbol tables kept
inline constexpr size_t kSymbolProcesses = 512;           // processes whose mappings are kept
inline constexpr size_t kSymbolCacheBytes = 32u << 20;    // all symbol tables kept
inline constexpr size_t kProcessMappings = 65536;         // executable mappings of one process
inline constexpr size_t kMapsBytes = 32u << 20;           // /proc/PID/maps
inline constexpr size_t kKernelSymbols = 1u << 20;        // code symbols of the kernel
inline constexpr size_t kIdFileBytes = 16u << 20;         // /etc/passwd, /etc/group
inline constexpr size_t kTimeLayoutBytes = 256;           // formatters.timestamp.format

}  // namespace gadgetry::limits
