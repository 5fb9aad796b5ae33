// Running other programs without a shell, and folders that go away by themselves.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace gadgetry::build {

// A private folder below $TMPDIR (or /tmp), removed with all it holds. Its path has kPathLength characters
// where $TMPDIR leaves room for that: see compiler.cpp for why.
class TempDir {
 public:
  static constexpr size_t kPathLength = 96;
  static base::Result<TempDir> make();
  TempDir(TempDir&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  TempDir& operator=(TempDir&&) = delete;
  ~TempDir();
  const std::string& path() const { return path_; }

 private:
  explicit TempDir(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

// A program that was started. Killed and waited for when it goes before finish().
class Process {
 public:
  // argv[0] is the path of the program. Its stdout and stderr go to output_file, its stdin is /dev/null, $PWD
  // is work_dir. Addresses are not randomized, so that what a program does depends on its input alone.
  // environment: "NAME=value", in place of those of the same name that we have.
  static base::Result<Process> start(const std::vector<std::string>& argv, const std::string& work_dir,
                                     const std::string& output_file,
                                     const std::vector<std::string>& environment = {});
  Process(Process&& other) noexcept : pid_(std::exchange(other.pid_, -1)), name_(std::move(other.name_)) {}
  Process& operator=(Process&&) = delete;
  ~Process();

  // Waits. Empty: it exited with 0; else what happened: "exited with status 1", "was killed by signal 9".
  base::Result<std::string> finish();

 private:
  Process(pid_t pid, std::string name) : pid_(pid), name_(std::move(name)) {}
  pid_t pid_;
  std::string name_;
};

// The path of a program: name itself when it has a slash and can be run, else looked up in $PATH. Empty: not
// there.
std::optional<std::string> find_program(const std::string& name);

// The program that an environment variable names, else the first of names in $PATH. The error says what is
// missing (the last of names), and hint what to do.
base::Result<std::string> find_tool(const char* variable, const std::vector<std::string>& names,
                                    const std::string& hint);

}  // namespace gadgetry::build
