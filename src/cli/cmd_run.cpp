// gadgetctl run SOURCE: shows the events of a gadget until it ends, Ctrl-C, or the reader of our output goes
// away.
#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/cli.hpp"
#include "cli/param_flags.hpp"
#include "cli/run_args.hpp"
#include "cli/run_loop.hpp"
#include "pipeline/gadget.hpp"
#include "pipeline/source.hpp"

namespace gadgetry::cli {
namespace {

constexpr const char* kDescription =
    "Run a gadget and show its events.\n\n"
    "SOURCE is an image (trace_open, name:tag, name@sha256:...), a gadget folder, an OCI layout folder or "
    ".tar, or an "
    "eBPF object (.o). The parameters of the gadget become flags: gadgetctl run SOURCE --help lists them.";

// The state of one `run` command line, from prepare_run to the action.
struct RunCommand {
  std::string source;
  RunArgs args;
  std::unique_ptr<pipeline::Gadget> gadget;  // opened while the command line was prepared
  ParamFlags params;
};

RunCommand& command() {
  static RunCommand state;
  return state;
}

base::Result<int> run_action(const Cli& cli) {
  RunCommand& cmd = command();
  if (cmd.gadget == nullptr) {
    return base::Error::usage("run: SOURCE is missing")
        .with_hint("put the gadget in front of its own flags: gadgetctl run trace_open --pid 1");
  }
  return run_gadget(std::move(cmd.gadget), cmd.args, cmd.params.values(), cli.verbose);
}

// The first argument behind `run` that is neither a flag nor the value of one.
std::optional<std::string> find_source(const CLI::App& app, const CLI::App& sub,
                                       const std::vector<std::string>& args, size_t begin) {
  for (size_t i = begin; i < args.size(); i++) {
    const std::string& arg = args[i];
    if (arg == "--") return i + 1 < args.size() ? std::optional(args[i + 1]) : std::nullopt;
    if (!arg.starts_with('-') || arg == "-") return arg;
    if (arg.find('=') != std::string::npos) continue;
    const CLI::Option* option = sub.get_option_no_throw(arg);
    if (option == nullptr) option = app.get_option_no_throw(arg);
    // A flag of the gadget we do not know yet: a value follows, unless the next argument is a flag as well.
    bool takes_value = option == nullptr
                           ? i + 1 < args.size() && !args[i + 1].starts_with('-') && i + 2 < args.size()
                           : option->get_expected_min() > 0;
    if (takes_value) i++;
  }
  return std::nullopt;
}

}  // namespace

void register_run(CLI::App& app, Cli& cli) {
  CLI::App* sub = app.add_subcommand("run", kDescription);
  RunCommand& cmd = command();
  sub->add_option("SOURCE", cmd.source, "The gadget to run")->type_name("");
  add_run_options(*sub, cmd.args);
  add_place_options(*sub, cmd.args);
  add_module_options(*sub, cmd.args);
  sub->callback([&cli] { cli.action = [&cli] { return run_action(cli); }; });
}

base::Status prepare_run(CLI::App& app, Cli& cli, const std::vector<std::string>& args) {
  size_t at = 0;
  while (at < args.size() && args[at].starts_with('-')) {
    const CLI::Option* option = app.get_option_no_throw(args[at]);
    if (args[at] == "--store" && at + 1 < args.size()) cli.store_path = args[at + 1];
    if (args[at].starts_with("--store=")) cli.store_path = args[at].substr(8);
    at += option != nullptr && option->get_expected_min() > 0 ? 2 : 1;
  }
  if (at >= args.size() || args[at] != "run") return {};
  CLI::App* sub = app.get_subcommand("run");
  for (size_t i = at + 1; i + 1 < args.size(); i++) {
    if (args[i] == "--store") cli.store_path = args[i + 1];
    if (args[i].starts_with("--store=")) cli.store_path = args[i].substr(8);
  }
  auto source = find_source(app, *sub, args, at + 1);
  if (!source) return {};

  RunCommand& cmd = command();
  GADGETRY_ASSIGN(auto parts, pipeline::load_source(*source, {.store_path = cli.store_path}));
  GADGETRY_ASSIGN(cmd.gadget, pipeline::Gadget::open(std::move(parts)));
  cmd.params.add(*sub, *cmd.gadget);
  sub->description(cmd.gadget->name() + ": " + cmd.gadget->metadata().description);
  return {};
}

}  // namespace gadgetry::cli
