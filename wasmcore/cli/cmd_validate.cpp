// SPDX-License-Identifier: Apache-2.0
// wasmcore-cli validate: one line for each file.
#include "args.hpp"
#include "base/strings.hpp"
#include "cli.hpp"
#include "deny.hpp"
#include "engine.hpp"

namespace wasmcore::cli {
namespace {

// "valid", or "invalid: type mismatch (function 3 at 0x41)".
std::string verdict(const std::string& path, const LoadOptions& options, bool& valid) {
  valid = false;
  auto bytes = read_module(path);
  if (!bytes.ok()) {
    const std::string& why = bytes.error().message;  // begins with the path
    return "unreadable" + (why.starts_with(path) ? why.substr(path.size()) : ": " + why);
  }
  wasmcore_error error{};
  valid = Module::load(std::move(bytes).value(), options, error) != nullptr;
  return valid ? "valid" : std::string(wasmcore_status_text(error.status)) + ": " + describe(error);
}

}  // namespace

base::Result<int> validate_command(const Words& words) {
  Args args(
      "validate FILE...",
      "Decodes and validates modules. Prints a line for each; the status is 1 when any is not valid.\n");
  LoadOptions options;
  add_deny_flag(args, options);
  GADGETRY_TRY(args.parse(words));
  if (args.wants_help()) {
    GADGETRY_TRY(print(args.help()));
    return kExitOk;
  }
  if (args.positional().empty()) return base::Error::usage("validate: no file").with_hint("name one or more");
  int status = kExitOk;
  for (const std::string& path : args.positional()) {
    bool valid = false;
    std::string text = verdict(path, options, valid);
    GADGETRY_TRY(print(base::printable(path) + ": " + text + "\n"));
    if (!valid) status = kExitFailure;
  }
  return status;
}

}  // namespace wasmcore::cli
