// gadget.yaml: what a gadget says about itself, its data sources, parameters and programs.
//
// The schema is the one of the gadget images of the ecosystem. Keys are matched without regard to case, and
// old spellings (ebpfParams, tracers with structs, the definition file with `columns` and `ebpf_params`) are
// mapped onto the same types. Every part keeps its place in the file for messages.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "data/data_source.hpp"
#include "metadata/diagnostic.hpp"

namespace gadgetry::metadata {

struct Annotation {
  std::string
      key;  // as written; the names of annotations know no other case but what templates and users write
  std::string value;
  Position key_at;
  Position value_at;
  bool is_null = false;  // written without a value
};

struct FieldInfo {
  std::string name;  // full name with dots
  Position at;
  std::vector<Annotation> annotations;  // old `attributes` and `description` are here as annotations, too
  std::vector<std::string> tags;
  std::optional<int32_t> order;  // of the definition file: columns are shown in ascending order

  const Annotation* find(std::string_view key) const;
};

struct SourceInfo {
  std::string name;
  Position at;
  std::vector<Annotation> annotations;
  std::vector<std::string> tags;
  std::vector<FieldInfo> fields;

  const FieldInfo* find_field(std::string_view full_name) const;
  const Annotation* find(std::string_view key) const;
};

// One parameter of params.ebpf, params.wasm or params.custom.
struct ParamInfo {
  std::string
      name;  // key of the map: the eBPF variable, the name the Wasm module uses, or the custom parameter
  Position at;
  std::string key;  // what a person types; for custom parameters the name
  Position key_at;
  bool has_key = false;
  std::string alternative_key;
  std::string alias;
  std::string title;
  std::optional<std::string> default_value;
  Position default_at;
  std::string description;
  bool is_mandatory = false;
  std::vector<std::string> tags;
  std::string type;  // TypeHint; empty: from the variable
  Position type_at;
  std::string value_hint;
  std::vector<std::string> possible_values;

  // Custom parameters only: YAML documents that are laid over the metadata, with templates still in them.
  std::string patch;
  std::map<std::string, std::string> value_patches;  // by value of the parameter
};

struct ProgramInfo {
  std::string name;  // of the C function
  Position at;
  std::optional<std::string> attach_to;
  Position attach_at;
  bool optional = false;   // where the kernel does not offer it, the gadget runs without it
  std::string instead_of;  // loaded only where this other program was left out
  Position instead_at;
  // perf_event programs; empty when absent.
  std::string perf_type;         // "software", "hardware|software"
  std::string perf_config;       // "count_sw_cpu_clock", "count_hw_cache_misses|count_sw_cpu_clock"
  std::string perf_sample_type;  // "sample_raw"
  Position perf_at;
  std::optional<uint64_t> sampler_frequency;  // samples a second
  std::optional<uint64_t> sampler_period;     // or one sample after so many events
  Position sampler_at;
  bool has_perf = false;
};

// The section `wasm`: what the module may use. It asks; a person grants.
struct WasmInfo {
  Position at;                     // line 0: there is no such section
  uint64_t memory_bytes = 0;       // linear memory at most; 0: the default
  std::string on_trap;             // "fail" or "pass"; empty: the default
  std::vector<std::string> read;   // files and folders
  std::vector<std::string> write;  // may be read as well
  std::vector<std::string> net;    // "10.0.0.1:53", "[::1]:53", "10.0.0.0/8:53", "10.0.0.1:*"
};

// operator.NAME.KEY or paramDefaults.KEY. The key is in lower case.
struct Setting {
  std::string key;
  std::string value;
  Position at;
};

struct Metadata {
  std::string name;
  std::string description;
  std::string homepage_url;
  std::string documentation_url;
  std::string source_url;
  std::string documentation;  // the long text of a definition file
  std::string category;
  std::vector<std::string> tags;
  std::vector<Annotation> annotations;

  std::vector<SourceInfo> sources;
  // Fields that a definition file or an old `structs` section describes without naming a data source.
  // `struct_name` is empty for a definition file: its columns apply to every data source that has a field of
  // that name.
  struct LooseFields {
    std::string struct_name;
    std::string source;  // data source of an old `tracers`, `toppers` or `snapshotters` section; may be empty
    Position at;
    std::vector<FieldInfo> fields;
  };
  std::vector<LooseFields> loose_fields;

  std::vector<ParamInfo> ebpf_params;
  std::vector<ParamInfo> wasm_params;
  std::vector<ParamInfo> custom_params;
  std::vector<Setting> param_defaults;
  std::vector<ProgramInfo> programs;
  WasmInfo wasm;
  std::vector<Setting> operators;  // "process.interval"

  // Unknown keys, wrong types, duplicates: found while reading, reported by validate().
  std::vector<Diagnostic> issues;

  const SourceInfo* find_source(std::string_view source) const;
  const ProgramInfo* find_program(std::string_view program) const;
  const ParamInfo* find_ebpf_param(std::string_view variable) const;
  // The value of operator.KEY ("process.interval"), or fallback.
  std::string_view operator_setting(std::string_view key, std::string_view fallback = {}) const;
  std::string_view param_default(std::string_view key, std::string_view fallback = {}) const;
  // The value of a top-level annotation, or fallback.
  std::string_view annotation(std::string_view key, std::string_view fallback = {}) const;
};

// Reads metadata the tolerant way images are read at run time: unknown keys are skipped, values of the wrong
// type are left out; both are kept in `issues`. Fails for what is no YAML at all, no mapping, or beyond the
// limits (size, depth, nodes after aliases are followed); the message starts with "LINE:COLUMN: ". Empty text
// gives empty metadata.
base::Result<Metadata> parse(std::string_view yaml);

// Puts the annotations and tags of the metadata onto a data source and its fields; `columns.hidden` sets the
// flag, too. May be called again after stages added fields: what is set twice stays the same. Fields that the
// source does not have are left out; with missing != nullptr their names are added to it, for a warning.
void apply_to(const Metadata& metadata, data::DataSource& source,
              std::vector<std::string>* missing = nullptr);

}  // namespace gadgetry::metadata
