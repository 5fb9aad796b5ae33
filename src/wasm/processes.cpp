#include "wasm/processes.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <ctime>
#include <memory>

#include "base/fd.hpp"
#include "base/limits.hpp"
#include "base/strings.hpp"

namespace gadgetry::wasm {
namespace {

constexpr int64_t kNanoseconds = 1'000'000'000;
constexpr int64_t kWalkAgainNs = kNanoseconds;
constexpr uint32_t kLooksBetweenChecks = 128;

base::Error process_error(uint32_t pid, base::Error error) {
  // A process that ends while its file is read says ESRCH.
  bool gone = error.errno_value == ENOENT || error.errno_value == ESRCH;
  if (!gone) return error;
  return base::Error("there is no process " + std::to_string(pid), base::ErrorKind::kNotFound);
}

// The beginning of a file of /proc/PID, as far as the limit.
base::Result<std::string> read_start(const std::string& proc, uint32_t pid, const char* name) {
  std::string path = proc + "/" + std::to_string(pid) + "/" + name;
  auto file = base::open_file(path, O_RDONLY);
  if (!file.ok()) return process_error(pid, std::move(file).error());
  std::string out;
  char buffer[4096];
  while (out.size() < limits::kProcessTextBytes) {
    ssize_t got = ::read(file->get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return process_error(pid, base::Error::system("reading " + path, errno));
    if (got == 0) break;
    out.append(buffer, static_cast<size_t>(got));
  }
  return out;
}

base::Result<std::string> read_link(const std::string& proc, uint32_t pid, const char* name) {
  std::string path = proc + "/" + std::to_string(pid) + "/" + name;
  char buffer[PATH_MAX];
  ssize_t size = ::readlink(path.c_str(), buffer, sizeof buffer);
  if (size < 0) return base::Error::system(path, errno);
  return std::string(buffer, static_cast<size_t>(size));
}

uint64_t namespace_number(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 ? static_cast<uint64_t>(info.st_ino) : 0;
}

// "12 (name) S 1 …": the name may have blanks and parentheses of its own.
bool parse_stat(std::string_view text, ProcessInfo& out) {
  size_t open = text.find('(');
  size_t close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open ||
      close + 2 > text.size()) {
    return false;
  }
  std::string_view comm = text.substr(open + 1, close - open - 1);
  std::memcpy(out.comm, comm.data(), std::min(comm.size(), sizeof out.comm - 1));
  // Numbered as in proc(5), the state behind the name is field 3.
  std::vector<std::string_view> fields = base::split(text.substr(close + 2), ' ');
  constexpr size_t kParent = 4 - 3;
  constexpr size_t kStart = 22 - 3;
  if (fields.size() <= kStart) return false;
  auto parent = base::parse_int<uint32_t>(fields[kParent]);
  auto start = base::parse_int<uint64_t>(fields[kStart]);
  auto ticks = static_cast<uint64_t>(std::max(::sysconf(_SC_CLK_TCK), 1L));
  if (!parent || !start || *start > UINT64_MAX / kNanoseconds) return false;
  out.parent = *parent;
  out.start_ns = *start * (kNanoseconds / ticks);
  return true;
}

// The first number (the real one) of a line such as "Uid:\t0\t0\t0\t0".
uint32_t status_number(std::string_view status, std::string_view key) {
  size_t at = status.find(key);
  if (at == std::string_view::npos) return UINT32_MAX;
  std::string_view rest = status.substr(at + key.size());
  rest = rest.substr(0, rest.find('\n'));
  while (rest.starts_with('\t') || rest.starts_with(' ')) rest.remove_prefix(1);
  return base::parse_int<uint32_t>(rest.substr(0, rest.find('\t'))).value_or(UINT32_MAX);
}

int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * kNanoseconds + now.tv_nsec;
}

}  // namespace

base::Result<ProcessInfo> read_process(const std::string& proc, uint32_t pid) {
  ProcessInfo out;
  out.pid = pid;
  GADGETRY_ASSIGN(std::string stat, read_start(proc, pid, "stat"));
  if (!parse_stat(stat, out))
    return base::Error("process " + std::to_string(pid) + ": its stat makes no sense");
  GADGETRY_ASSIGN(std::string status, read_start(proc, pid, "status"));
  out.uid = status_number(status, "\nUid:");
  out.gid = status_number(status, "\nGid:");
  std::string folder = proc + "/" + std::to_string(pid) + "/ns/";
  out.mount_namespace = namespace_number(folder + "mnt");
  out.network_namespace = namespace_number(folder + "net");
  out.pid_namespace = namespace_number(folder + "pid");
  return out;
}

base::Result<std::string> read_process_text(const std::string& proc, uint32_t pid, ProcessText what) {
  switch (what) {
    case ProcessText::kComm: {
      GADGETRY_ASSIGN(std::string comm, read_start(proc, pid, "comm"));
      if (comm.ends_with('\n')) comm.pop_back();
      return comm;
    }
    case ProcessText::kExecutable:
      return read_link(proc, pid, "exe");
    case ProcessText::kFolder:
      return read_link(proc, pid, "cwd");
    case ProcessText::kCommandLine: {
      GADGETRY_ASSIGN(std::string line, read_start(proc, pid, "cmdline"));
      if (line.ends_with('\0')) line.pop_back();
      return line;
    }
    case ProcessText::kCgroup: {
      GADGETRY_ASSIGN(std::string cgroup, read_start(proc, pid, "cgroup"));
      return std::string(cgroup_path(cgroup));
    }
  }
  return base::Error::usage("no such text of a process");
}

base::Result<std::optional<ContainerName>> container_of_process(const std::string& proc, uint32_t pid) {
  GADGETRY_ASSIGN(std::string cgroup, read_start(proc, pid, "cgroup"));
  return container_of_cgroup(cgroup);
}

std::optional<uint32_t> MountNamespaces::find(const std::string& proc, uint64_t number,
                                              const std::function<void()>& walks,
                                              const std::function<bool()>& interrupted) {
  std::lock_guard lock(mutex_);
  if (proc != proc_ || walked_ns_ == INT64_MIN || now_ns() - walked_ns_ >= kWalkAgainNs) {
    walks();
    walk(proc, interrupted);
  }
  auto found = processes_.find(number);
  if (found == processes_.end()) return std::nullopt;
  return found->second;
}

void MountNamespaces::walk(const std::string& proc, const std::function<bool()>& interrupted) {
  processes_.clear();
  proc_ = proc;
  walked_ns_ = INT64_MIN;
  std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(proc.c_str()), ::closedir);
  if (!folder) return;
  uint32_t looks = 0;
  while (const dirent* entry = ::readdir(folder.get())) {
    auto pid = base::parse_int<uint32_t>(entry->d_name);
    if (!pid) continue;
    if (++looks % kLooksBetweenChecks == 0 && interrupted()) return;
    uint64_t number = namespace_number(proc + "/" + entry->d_name + "/ns/mnt");
    if (number != 0 && processes_.size() < limits::kMountNamespaces) processes_.emplace(number, *pid);
  }
  walked_ns_ = now_ns();
}

}  // namespace gadgetry::wasm
