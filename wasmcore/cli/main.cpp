// SPDX-License-Identifier: Apache-2.0
// wasmcore-cli: chooses the subcommand, turns errors into messages and exit statuses.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

#include "base/fd.hpp"
#include "base/log.hpp"
#include "base/strings.hpp"
#include "cli.hpp"
#include "wasmcore.h"

namespace wasmcore::cli {

base::Status print(std::string_view text) {
  return base::write_all(STDOUT_FILENO, text, "stdout");
}

namespace {

struct Command {
  const char* name;
  base::Result<int> (*run)(const Words& words);
};
constexpr Command kCommands[] = {{"run", run_command},
                                 {"validate", validate_command},
                                 {"inspect", inspect_command},
                                 {"spec", spec_command}};

constexpr const char* kHelp =
    "Usage: wasmcore-cli COMMAND ...\n\n"
    "Runs and examines WebAssembly modules with the wasmcore engine.\n\n"
    "Commands:\n"
    "  run       Run a WASI program, or call one function of a module\n"
    "  validate  Say whether modules are valid\n"
    "  inspect   Show what a module holds\n"
    "  spec      Run scripts of the specification's test suite\n\n"
    "Flags:\n"
    "  -h, --help  Show this, or the help of a command behind its name\n"
    "  --version   Show the version and how the engine was built\n\n"
    "Exit status: 0 fine, 1 failure, 2 wrong usage; run: the program's own.\n";

void write_message(base::LogLevel level, std::string_view message) {
  std::string line = level == base::LogLevel::kError ? "wasmcore-cli: error: " : "wasmcore-cli: ";
  line.append(message).push_back('\n');
  (void)base::write_all(STDERR_FILENO, line, "stderr");  // nobody to tell when stderr is gone
}

// A descriptor that is closed at the start would be given to the first file we open.
void reserve_standard_streams() {
  for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
    if (::open("/dev/null", O_RDONLY) != fd) return;
  }
}

int report(const base::Error& error) {
  if (error.errno_value == EPIPE) return kExitOk;  // a reader that went away is no reason to complain
  base::log_error(error.text());
  return error.kind == base::ErrorKind::kUsage ? kExitUsage : kExitFailure;
}

base::Result<int> dispatch(const Words& words) {
  if (words.empty()) {
    return base::Error::usage("no command").with_hint("wasmcore-cli --help lists them");
  }
  const std::string& name = words.front();
  if (name == "--help" || name == "-h" || name == "help") {
    GADGETRY_TRY(print(kHelp));
    return kExitOk;
  }
  if (name == "--version" || name == "version") {
    GADGETRY_TRY(
        print("wasmcore-cli " GADGETRY_VERSION ", engine " + std::string(wasmcore_build_info()) + "\n"));
    return kExitOk;
  }
  std::vector<std::string> names;
  for (const Command& command : kCommands) {
    if (name == command.name) return command.run(Words(words.begin() + 1, words.end()));
    names.emplace_back(command.name);
  }
  std::string near = base::closest(name, names);
  return base::Error::usage("unknown command \"" + base::printable(name) + "\"")
      .with_hint(near.empty() ? "wasmcore-cli --help lists them" : "did you mean " + near + "?");
}

}  // namespace
}  // namespace wasmcore::cli

int main(int argc, char** argv) {
  namespace cli = wasmcore::cli;
  (void)std::signal(SIGPIPE, SIG_IGN);
  cli::reserve_standard_streams();
  gadgetry::base::set_log_sink(cli::write_message);
  try {
    auto status = cli::dispatch(cli::Words(argv + 1, argv + argc));
    return status.ok() ? *status : cli::report(status.error());
  } catch (const std::exception& error) {  // out of memory, or a defect
    (void)std::fprintf(stderr, "wasmcore-cli: error: %s\n", error.what());
    return cli::kExitFailure;
  }
}
