// gadgetctl completion SHELL: prints the completion script, for shells whose package did not install it.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "base/fd.hpp"
#include "base/limits.hpp"
#include "cli/cli.hpp"
#include "sys/paths.hpp"

namespace gadgetry::cli {
namespace {

base::Result<int> print_script(const std::string& shell) {
  std::string path = sys::data_dir() + "/completion/gadgetctl." + shell;
  auto script = base::read_file(path, limits::kMetadataBytes);
  if (!script.ok()) {
    return std::move(script)
        .error()
        .context("completion for " + shell)
        .with_hint("reinstall gadgetctl, or set GADGETRY_DATA_DIR");
  }
  GADGETRY_TRY(base::write_all(1, *script, "stdout"));
  return kExitOk;
}

}  // namespace

void register_completion(CLI::App& app, Cli& cli) {
  static std::string shell;
  CLI::App* sub =
      app.add_subcommand("completion", "Print the completion script of a shell: bash, zsh or fish");
  sub->footer("Load it with: source <(gadgetctl completion bash)");
  sub->add_option("SHELL", shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  sub->callback([&cli] { cli.action = [] { return print_script(shell); }; });
}

}  // namespace gadgetry::cli
