// What a person may decide about a run. Texts are checked when the run is created.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "bpf/place.hpp"
#include "data/data_source.hpp"
#include "data/stage.hpp"
#include "wasm/host.hpp"
#include "wasm/permissions.hpp"

namespace gadgetry::pipeline {

enum class MapMode : uint8_t { kDefault, kConsume, kKeep };

// What a person may decide about the module of a gadget.
struct ModuleConfig {
  wasm::Grants grants;                      // of what the metadata asks for
  std::optional<wasm::TrapPolicy> on_trap;  // empty: as the metadata says
  uint64_t fuel = 0;                        // instructions of one callback; 0: the default
  std::string profile_path;                 // empty: no profile
};

struct RunConfig {
  std::map<std::string, std::string> params;  // by key
  std::string filter;
  std::string filter_expr;
  std::string sort;         // [source:]field,-field;...
  std::string max_entries;  // [source:]n,...
  std::string interval;     // [source:]duration,...; empty: as the gadget says
  uint64_t count = 0;       // fetches of maps and iterators, events of tracers; 0: as the gadget says
  int64_t timeout_ns = 0;   // 0: none
  uint32_t ring_bytes = 0;  // 0: as the gadget says
  MapMode map_mode = MapMode::kDefault;
  // Maps are read once more at the end, so that nothing is dropped. Off where a table is repainted in place:
  // the few rows of the last moment would replace the table that a person was looking at.
  bool read_maps_at_end = true;
  bool per_cpu_rows = false;  // per-CPU maps: one row for each CPU instead of their sum
  bpf::Scope scope;           // interfaces, namespaces, cgroups and containers that programs are fastened to
  std::map<std::string, std::string> attach;  // targets by program, as `attach_to` of the metadata
  ModuleConfig wasm;
  bool verbose = false;     // full verifier logs
  std::string record_path;  // the run is recorded to this file; empty: it is not
  std::string replay_path;  // records come from this file, and nothing is loaded; empty: from the kernel
  size_t round_records = 1 << 18;  // events of one data source read before other things get their turn
};

// Makes the sink of a data source. Called once for each, after all fields of the eBPF object are known.
using SinkFactory = std::function<base::Result<std::unique_ptr<data::Sink>>(data::DataSource&)>;

}  // namespace gadgetry::pipeline
