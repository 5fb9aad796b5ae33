// SPDX-License-Identifier: Apache-2.0
// wasmcore-cli spec: runs scripts of the test suite and counts.
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "args.hpp"
#include "base/log.hpp"
#include "base/strings.hpp"
#include "cli.hpp"
#include "spec_runner.hpp"
#include "spec_script.hpp"

namespace wasmcore::cli {
namespace {

using Json = nlohmann::json;

struct Tally {
  uint64_t passed = 0, failed = 0, skipped = 0;

  std::string text() const {
    return std::to_string(passed) + " passed, " + std::to_string(failed) + " failed, " +
           std::to_string(skipped) + " skipped";
  }
  void add(const Outcome& outcome) {
    if (outcome.kind == Outcome::Kind::kPassed) passed++;
    if (outcome.kind == Outcome::Kind::kFailed) failed++;
    if (outcome.kind == Outcome::Kind::kSkipped) skipped++;
  }
};

struct Totals {
  Tally all;
  std::map<std::string, Tally> kinds;
  std::map<std::string, uint64_t> skip_reasons;
  uint64_t broken_files = 0;  // that could not be read or converted
};

// The word or number of a command, which may be anything that JSON can say.
std::string kind_of(const Json& command) {
  auto found = command.is_object() ? command.find("type") : command.end();
  return found != command.end() && found->is_string() ? found->get<std::string>() : "?";
}

int line_of(const Json& command) {
  auto found = command.is_object() ? command.find("line") : command.end();
  return found != command.end() && found->is_number_integer() ? found->get<int>() : 0;
}

Outcome run_one(SpecRunner& runner, const Json& command) {
  try {
    return runner.run(command);
  } catch (const Json::exception&) {
    return Outcome::failed("not a command as wast2json writes them");
  } catch (const std::out_of_range&) {
    return Outcome::failed("the module of the command is missing");
  }
}

base::Status run_file(const std::string& path, uint64_t fuel, bool verbose, Totals& totals) {
  constexpr uint64_t kShownFailures = 10;
  GADGETRY_ASSIGN(SpecScript script, read_spec_script(path));
  SpecRunner runner(script, fuel);
  GADGETRY_TRY(runner.prepare());
  Tally tally;
  std::string failures;
  for (const Json& command : script.commands) {
    const std::string kind = kind_of(command);
    Outcome outcome = run_one(runner, command);
    tally.add(outcome);
    totals.all.add(outcome);
    totals.kinds[kind].add(outcome);
    if (outcome.kind == Outcome::Kind::kSkipped) totals.skip_reasons[outcome.reason]++;
    if (outcome.kind != Outcome::Kind::kFailed || (tally.failed > kShownFailures && !verbose)) continue;
    failures += "  " + base::printable(script.source) + ":" + std::to_string(line_of(command)) + ": " + kind +
                ": " + outcome.reason + "\n";
  }
  if (tally.failed > kShownFailures && !verbose) {
    failures += "  and " + std::to_string(tally.failed - kShownFailures) + " more; --verbose shows all\n";
  }
  return print((tally.failed == 0 ? "ok   " : "FAIL ") + base::printable(path) + ": " + tally.text() + "\n" +
               failures);
}

std::string total_text(const Totals& totals) {
  std::string out = "\n";
  for (const auto& [kind, tally] : totals.kinds) {
    out += kind + " " + std::to_string(tally.passed) + " passed " + std::to_string(tally.failed) + " failed";
    out += tally.skipped == 0 ? "\n" : " " + std::to_string(tally.skipped) + " skipped\n";
  }
  for (const auto& [reason, count] : totals.skip_reasons) {
    out += "skipped: " + std::to_string(count) + " " + base::printable(reason) + "\n";
  }
  if (totals.broken_files > 0) out += std::to_string(totals.broken_files) + " files could not be run\n";
  return out + totals.all.text() + "\n";
}

}  // namespace

base::Result<int> spec_command(const Words& words) {
  Args args(
      "spec [FLAGS] FILE... | --dir FOLDER",
      "Runs scripts of the WebAssembly test suite: .json files that wast2json (wabt) wrote, or .wast files,\n"
      "which it is given first. Prints a line for each file and the failures, then the sums.\n");
  std::string folder;
  uint64_t fuel = 0;
  bool verbose = false;
  args.text("--dir", "FOLDER", "Run every .json and .wast of a folder", folder);
  args.number("--fuel", "N", "Stop a call after so many instructions", fuel);
  args.flag("--verbose", "Show every failure, not only ten of a file", verbose);
  GADGETRY_TRY(args.parse(words));
  if (args.wants_help()) {
    GADGETRY_TRY(print(args.help()));
    return kExitOk;
  }
  Words files = args.positional();
  if (!folder.empty()) {
    GADGETRY_ASSIGN(Words found, list_spec_scripts(folder));
    files.insert(files.end(), found.begin(), found.end());
  }
  if (files.empty())
    return base::Error::usage("spec: no script").with_hint("name .json or .wast files, or --dir");
  Totals totals;
  for (const std::string& file : files) {
    auto status = run_file(file, fuel, verbose, totals);
    if (status.ok()) continue;
    if (status.error().errno_value == EPIPE) return std::move(status).error();
    base::log_error(status.error().text());
    totals.broken_files++;
  }
  GADGETRY_TRY(print(total_text(totals)));
  return totals.all.failed == 0 && totals.broken_files == 0 ? kExitOk : kExitFailure;
}

}  // namespace wasmcore::cli
