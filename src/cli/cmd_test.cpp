// gadgetctl test DIR: runs the cases of a gadget, each a recording and the output that is expected of it.
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/limits.hpp"
#include "base/strings.hpp"
#include "cli/cli.hpp"
#include "cli/param_flags.hpp"
#include "cli/run_args.hpp"
#include "cli/run_loop.hpp"
#include "cli/text_diff.hpp"
#include "pipeline/gadget.hpp"
#include "pipeline/source.hpp"

namespace gadgetry::cli {
namespace {

namespace fs = std::filesystem;

constexpr size_t kDiffLines = 40;

constexpr const char* kHint =
    "a case is a folder tests/NAME with input.jsonl (or input.rec, from run --record) and expected; --update "
    "writes the "
    "latter";

struct TestCommand {
  std::string folder = ".";
  std::string filter;
  bool update = false;
};

struct Case {
  std::string name;
  fs::path folder;
};

struct Totals {
  size_t passed = 0;
  size_t failed = 0;
  size_t updated = 0;
};

TestCommand& command() {
  static TestCommand state;
  return state;
}

bool is_there(const fs::path& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

base::Result<std::vector<Case>> find_cases(const std::string& folder) {
  std::vector<Case> cases;
  for (const char* name : {"tests", "test"}) {
    std::error_code error;
    fs::directory_iterator entries(fs::path(folder) / name, error);
    if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory) continue;
    if (error) return base::Error::system(folder + "/" + name, error.value());
    for (; entries != fs::directory_iterator(); entries.increment(error)) {
      if (error) return base::Error::system(folder + "/" + name, error.value());
      std::error_code ignored;
      if (!entries->is_directory(ignored) || entries->path().filename().string().starts_with('.')) continue;
      if (cases.size() >= limits::kTestCases) return base::Error(folder + ": too many cases");
      cases.push_back({entries->path().filename().string(), entries->path()});
    }
  }
  std::sort(cases.begin(), cases.end(), [](const Case& a, const Case& b) { return a.name < b.name; });
  if (cases.empty()) {
    return base::Error(folder + ": it has no tests", base::ErrorKind::kNotFound).with_hint(kHint);
  }
  return cases;
}

// "--filter proc.comm==cat" is two arguments, "--filter=..." and "--failed" are one.
std::vector<std::string> parse_arguments(std::string_view text) {
  std::vector<std::string> arguments;
  for (std::string_view raw : base::split(text, '\n')) {
    std::string_view line = base::trim(raw);
    if (line.empty() || line.starts_with('#')) continue;
    size_t space = line.find(' ');
    if (line.starts_with('-') && space != std::string_view::npos && space < line.find('=')) {
      arguments.emplace_back(line.substr(0, space));
      line = base::trim(line.substr(space));
    }
    arguments.emplace_back(line);
  }
  return arguments;
}

// The flags of a case, as `run` would take them.
base::Status parse_flags(const fs::path& file, const pipeline::Gadget& gadget, RunArgs& args,
                         std::map<std::string, std::string>& params) {
  std::vector<std::string> arguments;
  if (is_there(file)) {
    GADGETRY_ASSIGN(std::string text, base::read_file(file, limits::kMetadataBytes));
    arguments = parse_arguments(text);
  }
  CLI::App app;
  app.set_help_flag();
  add_run_options(app, args);
  add_module_options(app, args);
  ParamFlags flags;
  flags.add(app, gadget);
  std::reverse(arguments.begin(), arguments.end());  // as the library wants them
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    return base::Error(file.string() + ": " + error.what())
        .with_hint("it holds one flag of `gadgetctl run` per line");
  }
  if (!args.record.empty() || !args.replay.empty()) {
    return base::Error(file.string() + ": --record and --replay are not for tests");
  }
  params = flags.values();
  return {};
}

base::Result<std::string> find_input(const fs::path& folder) {
  std::string found;
  for (const char* name : {"input.jsonl", "input.rec"}) {
    if (!is_there(folder / name)) continue;
    if (!found.empty()) return base::Error(folder.string() + ": both input.jsonl and input.rec are there");
    found = folder / name;
  }
  if (found.empty())
    return base::Error(folder.string() + ": neither input.jsonl nor input.rec is there").with_hint(kHint);
  return found;
}

base::Result<std::string> run_case(const Case& test, const pipeline::GadgetParts& parts) {
  GADGETRY_ASSIGN(auto gadget, pipeline::Gadget::open(parts));
  RunArgs args;
  std::map<std::string, std::string> params;
  GADGETRY_TRY(parse_flags(test.folder / "args", *gadget, args, params));
  GADGETRY_ASSIGN(args.replay, find_input(test.folder));
  if (args.output.empty()) args.output = "json";
  return run_to_text(std::move(gadget), args, std::move(params), limits::kTestOutputBytes);
}

void print(const std::string& text) {
  (void)std::fwrite(text.data(), 1, text.size(), stdout);
}

void fail(const Case& test, const std::string& why, Totals& totals) {
  totals.failed++;
  print("FAIL  " + base::printable(test.name) + ": " + why + "\n");
}

void check_case(const Case& test, const pipeline::GadgetParts& parts, bool update, Totals& totals) {
  auto output = run_case(test, parts);
  if (!output.ok()) return fail(test, output.error().text(), totals);
  fs::path file = test.folder / "expected";
  bool is_new = !is_there(file);
  std::string expected;
  if (!is_new) {
    auto text = base::read_file(file, limits::kTestOutputBytes);
    if (!text.ok()) return fail(test, text.error().text(), totals);
    expected = std::move(*text);
  }
  if (!is_new && expected == *output) {
    totals.passed++;
    return print("ok    " + base::printable(test.name) + "\n");
  }
  TextDiff diff = diff_lines(expected, *output, kDiffLines);
  if (!update && is_new) return fail(test, "there is no file expected; --update writes it", totals);
  if (!update) return fail(test, "the output differs (- expected, + now)\n" + diff.text, totals);
  if (auto written = base::replace_file(file, *output); !written.ok())
    return fail(test, written.error().text(), totals);
  totals.updated++;
  print((is_new ? "new   " : "wrote ") + base::printable(test.name) + ": " + std::to_string(diff.removed) +
        " lines removed, " + std::to_string(diff.added) + " added\n");
}

base::Result<int> run_tests() {
  const TestCommand& cmd = command();
  struct stat info{};
  if (::stat(cmd.folder.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
    return base::Error::usage(cmd.folder + ": not a folder").with_hint("give the folder of a gadget");
  }
  GADGETRY_ASSIGN(std::vector<Case> cases, find_cases(cmd.folder));
  std::erase_if(cases, [&](const Case& c) { return c.name.find(cmd.filter) == std::string::npos; });
  if (cases.empty())
    return base::Error::usage("--filter: no case has " + base::printable(cmd.filter) + " in its name");
  // Times are those of the same zone everywhere.
  (void)::setenv("TZ", "UTC", 1);
  ::tzset();
  // A path, even when it looks like the name of an image; with a name of its own, even when it is ".".
  std::error_code error;
  fs::path folder = fs::canonical(cmd.folder, error);
  if (error) return base::Error::system(cmd.folder, error.value());
  GADGETRY_ASSIGN(auto parts, pipeline::load_source(folder.string(), {}));
  Totals totals;
  for (const Case& test : cases) {
    check_case(test, parts, cmd.update, totals);
    (void)std::fflush(stdout);
  }
  print(std::to_string(totals.passed) + " passed, " + std::to_string(totals.failed) + " failed" +
        (totals.updated > 0 ? ", " + std::to_string(totals.updated) + " written" : "") + "\n");
  if (std::fflush(stdout) != 0) return base::Error::system("stdout", errno);
  return totals.failed > 0 ? kExitFailure : kExitOk;
}

}  // namespace

void register_test(CLI::App& app, Cli& cli) {
  TestCommand& cmd = command();
  CLI::App* sub = app.add_subcommand("test",
                                     "Run the tests of a gadget.\n\nBuilds the gadget in DIR and replays "
                                     "DIR/tests/NAME/input.jsonl (or input.rec) for each "
                                     "NAME; what `run -o json` prints must be the file `expected`. A file "
                                     "`args` has more flags, one per line.");
  sub->add_option("DIR", cmd.folder, "Folder of the gadget (default: the current one)")->type_name("");
  sub->add_flag("--update", cmd.update, "Write what is printed now to the files `expected`");
  sub->add_option("--filter", cmd.filter, "Run only the cases with this text in their name")
      ->type_name("TEXT");
  sub->callback([&cli] { cli.action = [] { return run_tests(); }; });
}

}  // namespace gadgetry::cli
