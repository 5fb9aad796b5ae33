// Every bound on untrusted input, in one place. A value from outside is compared with its limit before it is
// used.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gadgetry::limits {

inline constexpr size_t kObjectBytes = 64u << 20;        // one eBPF object
inline constexpr size_t kObjectSections = 8192;          // sections of one eBPF object
inline constexpr size_t kBtfTypes = 1u << 20;            // types of one eBPF object
inline constexpr size_t kBtfNesting = 128;               // types held by value inside each other
inline constexpr size_t kWasmBytes = 64u << 20;          // one Wasm module
inline constexpr size_t kMetadataBytes = 1u << 20;       // gadget.yaml, build.yaml
inline constexpr size_t kManifestBytes = 4u << 20;       // OCI manifest or index
inline constexpr size_t kLayerBytes = 256u << 20;        // any other blob
inline constexpr size_t kTarEntries = 65536;             // entries of an OCI layout tarball
inline constexpr size_t kYamlDepth = 32;                 // nesting of a YAML document
inline constexpr size_t kYamlNodes = 200'000;            // values of a YAML document, aliases followed
inline constexpr size_t kMetadataIssues = 1000;          // kept while reading metadata
inline constexpr size_t kFields = 4096;                  // fields of one data source
inline constexpr size_t kFieldDepth = 16;                // nesting of structs in one event
inline constexpr size_t kArrayElements = 65536;          // elements of one array field
inline constexpr size_t kSampleBytes = 1u << 20;         // one event
inline constexpr size_t kIteratorBytes = 1u << 30;       // output of one run of an iterator
inline constexpr size_t kFilterNodes = 1024;             // nodes of one filter expression
inline constexpr size_t kFilterDepth = 64;               // nesting of one filter expression
inline constexpr size_t kFilterBytes = 64u << 10;        // text of one filter
inline constexpr size_t kFilterPatterns = 64;            // regular expressions of one filter
inline constexpr size_t kPatternBytes = 4096;            // text of one regular expression
inline constexpr int64_t kPatternMemory = 2 << 20;       // automata of one regular expression
inline constexpr size_t kSymbolFileBytes = 1u << 30;     // ELF file read for its symbols
inline constexpr size_t kLibraryCacheBytes = 16u << 20;  // /etc/ld.so.cache of a container
inline constexpr uint32_t kRingBytesMax = 1u << 30;      // one ring buffer

// Image names, layouts and tarballs.
inline constexpr size_t kTarBytes = size_t{4}
                                    << 30;  // all entries of a tarball, unpacked, read into the store
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
inline constexpr size_t kSymbols = 4u << 20;            // function symbols of one ELF file
inline constexpr size_t kElfSections = 65536;           // section headers of one ELF file
inline constexpr size_t kElfSegments = 1024;            // program headers of one ELF file
inline constexpr size_t kSymbolNameBytes = 4096;        // one symbol's name, mangled or demangled
inline constexpr size_t kSymbolFiles = 128;             // symbol tables kept
inline constexpr size_t kSymbolProcesses = 512;         // processes whose mappings are kept
inline constexpr size_t kSymbolCacheBytes = 32u << 20;  // all symbol tables kept
inline constexpr size_t kProcessMappings = 65536;       // executable mappings of one process
inline constexpr size_t kMapsBytes = 32u << 20;         // /proc/PID/maps
inline constexpr size_t kKernelSymbols = 1u << 20;      // code symbols of the kernel
inline constexpr size_t kIdFileBytes = 16u << 20;       // /etc/passwd, /etc/group
inline constexpr size_t kTimeLayoutBytes = 256;         // formatters.timestamp.format

// Wasm modules.
inline constexpr uint64_t kWasmMemoryBytes = uint64_t{1} << 30;  // linear memory that metadata may ask for
inline constexpr size_t kWasmPermissions = 256;                  // of one kind that metadata may ask for
inline constexpr size_t kWasmPermissionBytes = 4096;             // text of one

inline constexpr size_t kWasmHostBytes = 64u << 20;    // memory the host allocates for a module in one batch
inline constexpr size_t kWasmKeptBytes = 64u << 20;    // fields, tags and annotations of a module
inline constexpr size_t kWasmPackets = 4096;           // packets of a module at once
inline constexpr size_t kWasmSources = 64;             // data sources a module makes
inline constexpr size_t kWasmSubscriptions = 1024;     // of one module
inline constexpr size_t kWasmOutputModes = 64;         // of one module
inline constexpr size_t kWasmTimers = 256;             // of one module
inline constexpr size_t kWasmTextBytes = 64u << 10;    // a name, tag, annotation or log message of a module
inline constexpr size_t kWasmOutputBytes = 16u << 20;  // text of an output mode for one batch
inline constexpr size_t kWasmTags = 256;               // tags and annotations of one field

// What a Wasm module makes the kernel hold.
inline constexpr size_t kWasmMaps = 1024;  // maps it made or opened inside others, and perf readers
inline constexpr uint64_t kWasmMapBytes = 256u << 20;     // one map
inline constexpr uint64_t kWasmPerfBytes = 256u << 20;    // the buffers of all CPUs of one perf reader
inline constexpr uint64_t kWasmKernelBytes = 512u << 20;  // all of them
inline constexpr uint64_t kWasmElementBytes =
    64u << 20;  // one element of a per-CPU map, read to take one CPU's value
inline constexpr size_t kWasmCursorKeyBytes = 512;      // a key that the host keeps as the cursor of a batch
inline constexpr int kSpareDescriptors = 64;            // file descriptors left to the rest of the program
inline constexpr size_t kTraceFormatBytes = 64u << 10;  // events/syscalls/*/format of tracefs

// Recordings of runs, and cases of `gadgetctl test`.
inline constexpr size_t kRecordedSources = 256;             // data sources of one recording
inline constexpr size_t kRecordingHeaderBytes = 8u << 20;   // its header
inline constexpr size_t kRecordingChunkBytes = 32u << 20;   // any other chunk
inline constexpr size_t kRecordedBatchRecords = 16u << 20;  // records of one batch
inline constexpr size_t kRecordedCallBytes = 256u << 20;    // answers read before a module asks for them
inline constexpr size_t kRecordingTextBytes = 64u << 20;    // a recording written by hand
inline constexpr size_t kRecordingTextDepth = 64;           // nesting of one line of it
inline constexpr size_t kTestCases = 4096;                  // of one gadget
inline constexpr size_t kTestOutputBytes = 256u << 20;      // what one case prints

// What modules of gadgets may do on the machine.
inline constexpr uint32_t kWasmFiles = 64;               // open at once
inline constexpr uint32_t kWasmSockets = 16;             // open at once
inline constexpr size_t kWasmTransferBytes = 1u << 20;   // one read, write, send or receive
inline constexpr int64_t kWasmNetTimeoutMs = 60'000;     // to connect or to receive
inline constexpr size_t kProcessTextBytes = 256u << 10;  // one file of /proc/PID
inline constexpr size_t kContainerIdBytes = 128;         // as it stands in the path of a cgroup
inline constexpr size_t kMountNamespaces = 65536;        // remembered from one walk over /proc
inline constexpr size_t kConfigEntries = 4096;           // of each list that setConfig adds to
inline constexpr size_t kConfigKeyBytes = 1024;          // of setConfig
inline constexpr size_t kConfigValueBytes = 64u << 10;   // of setConfig

// The profile of a module.
inline constexpr size_t kProfileStacks = 65536;   // different ones; what is beyond counts as one
inline constexpr uint32_t kProfileDepth = 128;    // innermost frames of a stack
inline constexpr size_t kProfileRoots = 1024;     // exports, and exports called during them
inline constexpr size_t kProfileNameBytes = 256;  // of one function

// Types of kernels.
inline constexpr size_t kKernelBtfBytes = 64u << 20;             // BTF of one kernel
inline constexpr size_t kKernelSections = 65536;                 // sections of a vmlinux
inline constexpr size_t kKernelNamesBytes = 4u << 20;            // names of them
inline constexpr size_t kBtfArchives = 65536;                    // kernels in one archive
inline constexpr uint64_t kBtfArchiveBytes = uint64_t{4} << 30;  // of all files that are unpacked to find one
inline constexpr size_t kKernelConfigBytes = 8u << 20;           // configuration of a kernel as text

// Packet captures.
inline constexpr size_t kPacketFilterBytes = 64u << 10;  // a filter expression
inline constexpr size_t kPacketFilterInsns = 4096;       // what it becomes, as the kernel's BPF_MAXINSNS
inline constexpr size_t kPcapPacketBytes = 256u << 10;   // one packet in a capture file
inline constexpr size_t kPcapOptionBytes = 4096;         // a name, description or comment in it
inline constexpr size_t kPcapInterfaces = 65536;         // of one section of it

// Attaching.
inline constexpr size_t kReuseportSockets = 4096;  // that share one port

// Probes in programs and libraries.
inline constexpr size_t kUprobeFunctions = 16384;       // of one file for one program
inline constexpr size_t kLibraryPathBytes = 64u << 10;  // /etc/ld-musl-*.path
inline constexpr size_t kProcessMapsBytes = 32u << 20;  // /proc/PID/maps
inline constexpr size_t kGoTableBytes = 256u << 20;     // .gopclntab
inline constexpr size_t kGoFunctions = 4u << 20;        // in it
inline constexpr size_t kStapNoteBytes = 16u << 20;     // .note.stapsdt
inline constexpr size_t kStapNotes = 65536;             // in it

// Functions of the kernel.
inline constexpr size_t kTracedFunctions = 1u << 20;   // of one program; the kernel's own limit
inline constexpr size_t kSyscallContextBytes = 65535;  // context of a syscall program; the kernel's own limit
inline constexpr size_t kTraceableBytes = 64u << 20;   // the kernel's list of what can be traced

}  // namespace gadgetry::limits
