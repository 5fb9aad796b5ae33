// SPDX-License-Identifier: Apache-2.0
// wasmcore-cli run: its flags.
#include "args.hpp"
#include "base/strings.hpp"
#include "cli.hpp"
#include "deny.hpp"
#include "run_guest.hpp"

namespace wasmcore::cli {
namespace {

constexpr const char* kAbout =
    "Runs a WASI program (its function _start) with ARGS and gives its exit status, or calls one function\n"
    "with ARGS as its parameters and prints the results. Flags may stand in front of FILE or behind it; what "
    "is\n"
    "meant for the guest and begins with - goes behind --. Ctrl-C stops the guest; a second one kills it.\n";

base::Status add_env(RunArgs& run, std::string_view text) {
  size_t equals = text.find('=');
  if (equals == 0 || equals == std::string_view::npos) {
    return base::Error::usage("--env \"" + base::printable(text) + "\": no name and value")
        .with_hint("write K=V");
  }
  run.env.emplace_back(text);
  return {};
}

base::Status add_dir(RunArgs& run, std::string_view text, bool read_only) {
  constexpr std::string_view kSeparator = "::";
  size_t at = text.find(kSeparator);
  std::string_view host = text.substr(0, at);
  std::string_view guest = at == std::string_view::npos ? text : text.substr(at + kSeparator.size());
  if (host.empty() || guest.empty()) {
    return base::Error::usage("directory \"" + base::printable(text) + "\": a name is missing")
        .with_hint("write HOST or HOST::GUEST");
  }
  run.dirs.push_back({std::string(host), std::string(guest), read_only});
  return {};
}

void add_flags(Args& args, RunArgs& run) {
  args.text("--invoke", "NAME", "Call this exported function instead of _start", run.invoke);
  args.number("--fuel", "N", "Stop the guest after so many instructions", run.fuel);
  args.option("--timeout", "DURATION", "Stop the guest after this time: 500ms, 10s, or seconds",
              [&run](std::string_view text) -> base::Status {
                GADGETRY_ASSIGN(run.timeout_ns, base::parse_time(text));
                return {};
              });
  args.number("--memory-pages", "N", "Pages of 64 KiB that the guest's memory can grow to", run.memory_pages);
  args.number("--stack-slots", "N", "Values of 8 bytes on the guest's stack (default 131072)",
              run.load.limits.stack_slots);
  args.number("--call-depth", "N", "Functions that are active at once (default 8192)",
              run.load.limits.call_depth);
  args.option("--env", "K=V", "A variable of the guest's environment; may be repeated",
              [&run](std::string_view text) { return add_env(run, text); });
  args.option("--dir", "HOST[::GUEST]", "A directory that the guest may read and write; may be repeated",
              [&run](std::string_view text) { return add_dir(run, text, false); });
  args.option("--dir-ro", "HOST[::GUEST]", "A directory that it may read",
              [&run](std::string_view text) { return add_dir(run, text, true); });
  add_deny_flag(args, run.load);
  args.flag("--stats", "Say on stderr what the run used", run.stats);
}

}  // namespace

base::Result<int> run_command(const Words& words) {
  Args args("run [FLAGS] FILE [--] [ARGS...]", kAbout);
  RunArgs run;
  add_flags(args, run);
  GADGETRY_TRY(args.parse(words));
  if (args.wants_help()) {
    GADGETRY_TRY(print(args.help()));
    return kExitOk;
  }
  if (args.positional().empty()) return base::Error::usage("run: no file").with_hint("name a .wasm file");
  run.file = args.positional().front();
  run.arguments.assign(args.positional().begin() + 1, args.positional().end());
  return run_guest(run);
}

}  // namespace wasmcore::cli
