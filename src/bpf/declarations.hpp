// What an eBPF object says about itself: the data sources, parameters, programs and maps a gadget declares by the
// GADGET_* macros or by the plain naming convention. Filled by bpf::Object; used by the loader and the pipeline.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gadgetry::bpf {

// A stream of single events through a ring buffer or perf event array map.
struct TracerDecl {
  std::string name;         // of the data source
  std::string map;          // BPF map
  std::string struct_name;  // C type of an event
};

// Rows written by one or more iterator programs.
struct IterDecl {
  std::string name;
  std::string struct_name;
  std::vector<std::string> programs;
};

enum class PerCpu : uint8_t { kSum, kShow };

// Rows read from a map at an interval.
struct MapIterDecl {
  std::string name;
  std::string map;
  bool by_convention = false;  // stats_NAME or hist_NAME, not GADGET_MAPITER
  bool is_histogram = false;   // hist_NAME: drawn as a histogram
};

// iter/bpf_map_elem: which map the program walks over.
struct IterTargetDecl {
  std::string program;
  std::string map;
};

struct ProgramDecl {
  std::string name;
  std::string section;  // "tracepoint/syscalls/sys_enter_openat"
};

struct MapDecl {
  std::string name;
  uint32_t type = 0;  // enum bpf_map_type
  uint32_t key_size = 0;
  uint32_t value_size = 0;
  uint32_t max_entries = 0;
};

enum class VariableType : uint8_t { kBool, kSigned, kUnsigned, kFloat, kString, kIp, kOther };

// A `const volatile` global: can be set before the object is loaded.
struct VariableDecl {
  std::string name;
  VariableType type = VariableType::kOther;
  std::string type_name;      // "uint32", "bool", "string", "ip": the TypeHint of the metadata schema
  uint32_t size = 0;          // bytes
  std::string default_value;  // as text, from the object's initialiser
  bool is_param = false;      // marked with GADGET_PARAM
};

struct Declarations {
  std::vector<TracerDecl> tracers;
  std::vector<IterDecl> iters;
  std::vector<MapIterDecl> map_iters;
  std::vector<IterTargetDecl> iter_targets;
  std::vector<ProgramDecl> programs;
  std::vector<MapDecl> maps;
  std::vector<VariableDecl> variables;
  std::vector<std::string> warnings;  // deprecated or skipped declarations, for the person who runs the gadget
};

}  // namespace gadgetry::bpf
