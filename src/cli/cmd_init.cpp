// gadgetctl init NAME: writes a small gadget that works.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/fd.hpp"
#include "base/strings.hpp"
#include "build/init.hpp"
#include "cli/cli.hpp"

namespace gadgetry::cli {
namespace {

struct InitArgs {
  std::string name;
  std::string dir;
  std::string type = "tracer";
  std::string wasm;  // language of the module; empty: none
};

base::Result<int> run_init(const InitArgs& args) {
  GADGETRY_ASSIGN(const build::GadgetKind* kind, build::find_kind(args.type));
  const build::ModuleKind* module = nullptr;
  if (!args.wasm.empty()) {
    if (args.type != "tracer") {
      return base::Error::usage("--wasm writes a module for a tracer, not for a " + args.type)
          .with_hint("leave out --type, or --wasm");
    }
    GADGETRY_ASSIGN(module, build::find_module_kind(args.wasm));
  }
  std::string dir = args.dir.empty() ? args.name : args.dir;
  GADGETRY_ASSIGN(std::vector<std::string> paths, build::init_gadget(args.name, dir, *kind, module));
  std::string text;
  for (const auto& path : paths) text += "Wrote " + path + "\n";
  std::string where = dir.starts_with('/') || dir.starts_with('.') ? dir : "./" + dir;
  text += "Run it as root: gadgetctl run " + where + "\n";
  GADGETRY_TRY(base::write_all(STDOUT_FILENO, text, "stdout"));
  return kExitOk;
}

}  // namespace

void register_init(CLI::App& app, Cli& cli) {
  auto args = std::make_shared<InitArgs>();
  auto* command = app.add_subcommand("init", "Write a small working gadget to start from");
  std::vector<std::string> kinds;
  for (const auto& kind : build::gadget_kinds()) kinds.emplace_back(kind.name);
  command->add_option("NAME", args->name, "Name of the gadget")->required();
  command->add_option("--dir", args->dir, "Folder to write it to (default: ./NAME)")->type_name("DIR");
  command
      ->add_option("--type", args->type, "Kind of gadget: " + base::join(kinds, ", ") + " (default: tracer)")
      ->type_name("TYPE")
      ->check(CLI::IsMember(kinds));
  std::vector<std::string> languages;
  for (const auto& kind : build::module_kinds()) languages.emplace_back(kind.language);
  // A flag with a value behind "=", so that the name of the gadget may stand behind it.
  command->add_flag(
      "--wasm{cpp}", args->wasm,
      "Add a WebAssembly module, --wasm=LANGUAGE: " + base::join(languages, ", ") + " (default: cpp)");
  command->callback([args, &cli] { cli.action = [args] { return run_init(*args); }; });
}

}  // namespace gadgetry::cli
