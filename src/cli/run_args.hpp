// The flags of `gadgetctl run` that every gadget has.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "pipeline/config.hpp"

namespace CLI {
class App;
}

namespace gadgetry::cli {

struct RunArgs {
  std::string output;  // -o; empty: as the gadget says
  std::string fields;
  std::string filter;
  std::string filter_expr;
  std::string sort;
  std::string max_entries;
  std::string interval;
  std::string timeout;
  uint64_t count = 0;
  std::string ring_size;
  std::string map_mode;
  bool per_cpu = false;
  // Where programs are fastened.
  std::vector<std::string> netns;
  std::vector<std::string> interfaces;
  std::vector<std::string> cgroups;
  std::vector<pid_t> attach_pids;
  std::vector<std::string> attach;      // PROGRAM=TARGET
  std::vector<std::string> containers;  // none, or one pattern that may be empty
  std::string record;
  std::string replay;
  // Of gadgets with a module. A flag without a value grants all that the metadata asks for.
  std::vector<std::string> allow_read;
  std::vector<std::string> allow_write;
  std::vector<std::string> allow_net;
  std::string wasm_on_trap;
  uint64_t wasm_fuel = 0;
  std::string wasm_profile;
};

void add_run_options(CLI::App& sub, RunArgs& args);
// What programs are fastened to: interfaces, namespaces, cgroups, containers, other targets.
void add_place_options(CLI::App& sub, RunArgs& args);
// Those of gadgets with a module.
void add_module_options(CLI::App& sub, RunArgs& args);

// Checks the texts that the pipeline does not check itself.
base::Result<pipeline::RunConfig> make_config(const RunArgs& args);

// "4M", "512K", "1048576" in bytes.
base::Result<uint32_t> parse_ring_size(const std::string& text);

}  // namespace gadgetry::cli
