#include "build/process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/scope.hpp"
#include "base/strings.hpp"

extern char** environ;

namespace gadgetry::build {
namespace {

bool can_run(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

// Programs that this thread starts meanwhile get their memory at the same addresses each time. Where that is
// not allowed (some containers), nothing happens.
class FixedAddresses {
 public:
  FixedAddresses() : before_(::personality(0xffffffff)) {
    if (before_ != -1) ::personality(static_cast<unsigned long>(before_) | ADDR_NO_RANDOMIZE);
  }
  FixedAddresses(const FixedAddresses&) = delete;
  FixedAddresses& operator=(const FixedAddresses&) = delete;
  ~FixedAddresses() {
    if (before_ != -1) ::personality(static_cast<unsigned long>(before_));
  }

 private:
  int before_;
};

// own, and what we have under other names. Points into own and environ.
std::vector<char*> with_inherited(std::vector<std::string>& own) {
  std::vector<char*> out;
  for (char** one = environ; *one != nullptr; ++one) {
    std::string_view inherited(*one);
    std::string_view name = inherited.substr(0, inherited.find('=') + 1);
    bool is_replaced =
        std::any_of(own.begin(), own.end(), [&](const auto& mine) { return mine.starts_with(name); });
    if (!is_replaced) out.push_back(*one);
  }
  for (auto& one : own) out.push_back(one.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

base::Result<TempDir> TempDir::make() {
  const char* base_dir = std::getenv("TMPDIR");
  constexpr std::string_view kRandom = "-XXXXXX";
  std::string path = std::string(base_dir != nullptr && base_dir[0] == '/' ? base_dir : "/tmp") + "/gadgetry";
  if (path.size() + kRandom.size() < kPathLength)
    path.append(kPathLength - path.size() - kRandom.size(), '-');
  path += kRandom;
  if (::mkdtemp(path.data()) == nullptr) {
    return base::Error::system("temporary folder " + path, errno)
        .with_hint("set TMPDIR to a folder that can be written");
  }
  return TempDir(std::move(path));
}

TempDir::~TempDir() {
  if (path_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

base::Result<Process> Process::start(const std::vector<std::string>& argv, const std::string& work_dir,
                                     const std::string& output_file,
                                     const std::vector<std::string>& environment) {
  std::vector<char*> arguments;
  for (const auto& one : argv) arguments.push_back(const_cast<char*>(one.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  base::ScopeExit release([&] {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  });
  // We ignore SIGPIPE; programs expect it at its default.
  sigset_t defaults;
  ::sigemptyset(&defaults);
  ::sigaddset(&defaults, SIGPIPE);
  ::posix_spawnattr_setsigdefault(&attributes, &defaults);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  int code = ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (code == 0) {
    code = ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output_file.c_str(),
                                              O_WRONLY | O_CREAT | O_TRUNC, 0600);
  }
  if (code == 0) code = ::posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  if (code == 0) code = ::posix_spawn_file_actions_addchdir_np(&actions, work_dir.c_str());
  std::vector<std::string> own = environment;
  own.push_back("PWD=" + work_dir);
  std::vector<char*> variables = with_inherited(own);
  pid_t pid = -1;
  if (code == 0) {
    FixedAddresses fixed;
    code = ::posix_spawn(&pid, argv[0].c_str(), &actions, &attributes, arguments.data(), variables.data());
  }
  if (code != 0) return base::Error::system("cannot run " + argv[0], code);
  return Process(pid, argv[0]);
}

Process::~Process() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
}

base::Result<std::string> Process::finish() {
  int status = 0;
  pid_t waited = 0;
  do {
    waited = ::waitpid(pid_, &status, 0);
  } while (waited < 0 && errno == EINTR);
  pid_ = -1;
  if (waited < 0) return base::Error::system("waiting for " + name_, errno);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return std::string();
  if (WIFEXITED(status)) return "exited with status " + std::to_string(WEXITSTATUS(status));
  return "was killed by signal " + std::to_string(WTERMSIG(status));
}

std::optional<std::string> find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return can_run(name) ? std::optional(name) : std::nullopt;
  const char* path = std::getenv("PATH");
  for (std::string_view dir : base::split(path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin", ':')) {
    std::string candidate = std::string(dir.empty() ? "." : dir) + "/" + name;
    if (can_run(candidate)) return candidate;
  }
  return std::nullopt;
}

base::Result<std::string> find_tool(const char* variable, const std::vector<std::string>& names,
                                    const std::string& hint) {
  const char* value = std::getenv(variable);
  if (value != nullptr && value[0] != '\0') {
    if (auto path = find_program(value)) return *path;
    return base::Error(std::string("there is no program \"") + base::printable(value) + "\", which $" +
                       variable + " names")
        .with_hint(std::string("set ") + variable + " to the path of a program, or unset it");
  }
  for (const auto& name : names) {
    if (auto path = find_program(name)) return *path;
  }
  return base::Error("there is no " + names.back() + " on this machine").with_hint(hint);
}

}  // namespace gadgetry::build
