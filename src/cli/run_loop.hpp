// Runs an opened gadget with its output on stdout.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "cli/run_args.hpp"
#include "pipeline/gadget.hpp"

namespace gadgetry::cli {

// Until the gadget ends, the time is over, SIGINT or SIGTERM (a second one ends the process at once), or
// stdout is closed. Returns the exit status. Lost events are told on stderr.
base::Result<int> run_gadget(std::unique_ptr<pipeline::Gadget> gadget, const RunArgs& args,
                             std::map<std::string, std::string> params, bool verbose);

// The same with a recording (args.replay), and what would be printed as text: the same on every machine.
base::Result<std::string> run_to_text(std::unique_ptr<pipeline::Gadget> gadget, const RunArgs& args,
                                      std::map<std::string, std::string> params, size_t limit);

}  // namespace gadgetry::cli
