// What a person may decide about a run. Texts are checked when the run is created.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "data/data_source.hpp"
#include "data/stage.hpp"

namespace gadgetry::pipeline {

enum class MapMode : uint8_t { kDefault, kConsume, kKeep };

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
  // Maps are read once more at the end, so that nothing is dropped. Off where a table is repainted in place: the
  // few rows of the last moment would replace the table that a person was looking at.
  bool read_maps_at_end = true;
  bool per_cpu_rows = false;       // per-CPU maps: one row for each CPU instead of their sum
  std::vector<std::string> netns;  // paths of network namespaces for socket iterators; empty: the current one
  bool verbose = false;            // full verifier logs
  size_t round_records = 1 << 18;  // events of one data source read before other things get their turn
};

// Makes the sink of a data source. Called once for each, after all fields of the eBPF object are known.
using SinkFactory = std::function<base::Result<std::unique_ptr<data::Sink>>(data::DataSource&)>;

}  // namespace gadgetry::pipeline
