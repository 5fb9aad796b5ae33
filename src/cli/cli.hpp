// What the subcommands of gadgetctl share. One file per subcommand: cmd_NAME.cpp defines register_NAME.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace CLI {
class App;
}

namespace gadgetry::cli {

// Exit statuses: 0 fine, 1 failure, 2 wrong usage.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure = 1;
inline constexpr int kExitUsage = 2;

struct Cli {
  bool verbose = false;
  std::string store_path;  // --store; empty: the default of oci::default_store_path()

  // Set by the callback of the chosen subcommand; run by main() after parsing. The int is the exit status.
  std::function<base::Result<int>()> action;
};

void register_run(CLI::App& app, Cli& cli);
// The flags of `run` depend on the gadget: when the arguments are those of `run SOURCE`, loads SOURCE and
// adds its parameters to the subcommand, before the command line is parsed.
base::Status prepare_run(CLI::App& app, Cli& cli, const std::vector<std::string>& args);
void register_test(CLI::App& app, Cli& cli);
void register_build(CLI::App& app, Cli& cli);
void register_init(CLI::App& app, Cli& cli);
void register_image(CLI::App& app,
                    Cli& cli);  // "image" and its docker-like aliases: images, inspect, rmi, tag ...
void register_doctor(CLI::App& app, Cli& cli);
void register_probe(CLI::App& app, Cli& cli);
void register_completion(CLI::App& app, Cli& cli);

}  // namespace gadgetry::cli
