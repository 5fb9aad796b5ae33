// What an eBPF object says about itself: the data sources, parameters, programs and maps a gadget declares by
// the GADGET_* macros or by the plain naming convention. Filled by bpf::Object; used by the loader and the
// pipeline.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gadgetry::bpf {

// A stream of single events through a ring buffer or perf event array map.
struct TracerDecl {
  std::string name;            // of the data source
  std::string map;             // BPF map
  std::string struct_name;     // C type of an event
  bool by_convention = false;  // print_NAME, not GADGET_TRACER: arrays of __u8 are text there
};

// Rows written by one or more iterator programs.
struct IterDecl {
  std::string name;
  std::string struct_name;
  std::vector<std::string> programs;
  bool by_convention = false;  // a gadget_iter_type variable, not GADGET_ITER: arrays of __u8 are text there
};

enum class PerCpu : uint8_t { kSum, kShow };

// Rows read from a map at an interval.
struct MapIterDecl {
  std::string name;
  std::string map;
  bool by_convention = false;  // stats_NAME or hist_NAME, not GADGET_MAPITER
  bool is_histogram = false;   // hist_NAME: drawn as a histogram
  bool is_slots = false;       // hist_NAME with one number per entry: the whole map is one row, see MapLayout
  bool is_per_cpu = false;     // the map has a value for each CPU
};

// How one row read from a map stands in a sample: the key, padding to 8 bytes, the value, and the CPU number
// when the values of a per-CPU map are shown one by one instead of summed.
//
// slots > 0: the map as a whole is a single row. Its sample is an array of `slots` values of value_size bytes
// at value_offset; the entry with (integer) key i belongs to element i, keys beyond the end to the last
// element.
struct MapLayout {
  uint32_t key_size = 0;
  uint32_t value_size = 0;
  uint32_t value_offset = 0;
  uint32_t cpu_offset = 0;  // of a uint32_t; 0: no CPU number
  uint32_t sample_size = 0;
  uint32_t slots = 0;
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
  std::vector<std::string>
      value_names;  // what it may be called, when its C type is an enum (numbers do as well)
};

struct Declarations {
  std::vector<TracerDecl> tracers;
  std::vector<IterDecl> iters;
  std::vector<MapIterDecl> map_iters;
  std::vector<IterTargetDecl> iter_targets;
  std::vector<ProgramDecl> programs;
  std::vector<MapDecl> maps;
  std::vector<VariableDecl> variables;
  std::vector<std::string>
      warnings;  // deprecated or skipped declarations, for the person who runs the gadget
};

}  // namespace gadgetry::bpf
