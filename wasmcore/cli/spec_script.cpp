// SPDX-License-Identifier: Apache-2.0
// Reads scripts of the test suite; converts .wast files with wast2json.
#include "spec_script.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/fd.hpp"
#include "base/scope.hpp"
#include "base/strings.hpp"
#include "engine.hpp"

extern char** environ;

namespace wasmcore::cli {
namespace {

namespace fs = std::filesystem;
using base::Error;
using base::Result;
using base::Status;
using Json = nlohmann::json;

constexpr size_t kScriptBytes = 256u << 20;
constexpr size_t kConverterOutput = 1u << 20;

// While it lives, Ctrl-C waits: the temporary folder has to go first.
class HeldSignals {
 public:
  HeldSignals() {
    sigset_t held;
    ::sigemptyset(&held);
    for (int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&held, signal);
    ::sigprocmask(SIG_BLOCK, &held, &before_);
  }
  ~HeldSignals() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;
  const sigset_t& before() const { return before_; }

 private:
  sigset_t before_{};
};

Result<std::string> make_folder() {
  const char* parent = std::getenv("TMPDIR");
  std::string path =
      std::string(parent != nullptr && parent[0] == '/' ? parent : "/tmp") + "/wasmcore-spec-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) {
    return Error::system("temporary folder " + path, errno)
        .with_hint("set TMPDIR to a folder that can be written");
  }
  return path;
}

// Runs wast2json with its output in log_path; the exit status, or why there is none.
Result<int> run_converter(const Words& words, const std::string& log_path, const sigset_t& signals) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  base::ScopeExit release([&] {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  });
  ::posix_spawnattr_setsigmask(&attributes, &signals);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  int code = ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (code == 0) {
    code = ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log_path.c_str(),
                                              O_WRONLY | O_CREAT | O_TRUNC, 0600);
  }
  if (code == 0) code = ::posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  pid_t pid = -1;
  if (code == 0) code = ::posix_spawnp(&pid, argv[0], &actions, &attributes, argv.data(), environ);
  if (code != 0) {
    return Error::system("cannot run wast2json", code)
        .with_hint("install wabt, or convert to .json elsewhere");
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return Error::system("waiting for wast2json", errno);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Status read_modules(const fs::path& folder, SpecScript& script) {
  for (const Json& command : script.commands) {
    if (!command.contains("filename") || command.value("module_type", "binary") != "binary") continue;
    const std::string name = command.at("filename").get<std::string>();
    if (script.modules.contains(name)) continue;
    GADGETRY_ASSIGN(script.modules[name], read_module((folder / name).string()));
  }
  return {};
}

Result<SpecScript> read_json(const std::string& path) {
  GADGETRY_ASSIGN(std::string text, base::read_file(path, kScriptBytes));
  Error no_script("spec " + base::printable(path) + ": not what wast2json writes");
  Json document = Json::parse(text, nullptr, false);
  if (!document.is_object()) return no_script;
  try {
    SpecScript script;
    script.path = path;
    script.source = document.value("source_filename", path);
    script.commands = document.at("commands").get<std::vector<Json>>();
    GADGETRY_TRY(read_modules(fs::path(path).parent_path(), script));
    return script;
  } catch (const Json::exception&) {
    return no_script;
  }
}

Result<SpecScript> convert(const std::string& path) {
  GADGETRY_TRY(base::open_file(path, O_RDONLY));  // so that a missing file is called that
  HeldSignals signals;
  GADGETRY_ASSIGN(std::string folder, make_folder());
  base::ScopeExit remove([&] {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  });
  const std::string json = folder + "/script.json";
  const std::string log = folder + "/log";
  // a path that begins with - would be taken for a flag
  const std::string source = path.starts_with('-') ? "./" + path : path;
  GADGETRY_ASSIGN(int status, run_converter({"wast2json", source, "-o", json}, log, signals.before()));
  if (status != 0) {
    auto output = base::read_file(log, kConverterOutput);
    std::string why = output.ok() ? std::string(base::trim(*output)) : "";
    return Error("spec " + base::printable(path) + ": wast2json ended with status " + std::to_string(status) +
                 (why.empty() ? "" : ": " + base::printable(why)));
  }
  GADGETRY_ASSIGN(SpecScript script, read_json(json));
  script.path = path;
  return script;
}

}  // namespace

Result<SpecScript> read_spec_script(const std::string& path) {
  return path.ends_with(".wast") ? convert(path) : read_json(path);
}

Result<Words> list_spec_scripts(const std::string& folder) {
  std::error_code code;
  Words out;
  for (fs::directory_iterator at(folder, code), end; !code && at != end; at.increment(code)) {
    const fs::path& path = at->path();
    if (path.extension() == ".json" || path.extension() == ".wast") out.push_back(path.string());
  }
  if (code) return Error::system(folder, code.value());
  if (out.empty()) {
    return Error(base::printable(folder) + ": no script")
        .with_hint("name a folder with .json or .wast files");
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace wasmcore::cli
