#include "sys/containers.hpp"

#include <dirent.h>
#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <set>

#include "base/fd.hpp"
#include "base/strings.hpp"

namespace gadgetry::sys {
namespace {

constexpr size_t kIdDigits = 64;
constexpr size_t kProcFileBytes = 64 << 10;

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

// The inode of a namespace, or 0 when the process has gone or may not be looked at.
uint64_t namespace_inode(const std::string& folder, const char* name) {
  struct stat info{};
  return stat((folder + "/ns/" + name).c_str(), &info) == 0 ? info.st_ino : 0;
}

// Lines of /proc/PID/cgroup read "ID:CONTROLLERS:PATH"; that of cgroup v2 has the id 0 and comes last. On
// hybrid machines processes are not moved in v2, so a path of v1 that says more wins.
std::string cgroup_path(const std::string& folder) {
  auto text = base::read_file(folder + "/cgroup", kProcFileBytes);
  if (!text.ok()) return {};
  std::string best;
  for (std::string_view line : base::split(*text, '\n')) {
    size_t first = line.find(':');
    size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    std::string_view path = line.substr(second + 1);
    bool is_v2 = line.starts_with("0:");
    if (!container_id_in(path).empty()) return std::string(path);
    if (best.empty() || (is_v2 && path != "/")) best = path;
  }
  return best;
}

// Is the process the first one of a pid namespace below ours? "NSpid: 4711 1".
bool is_first_of_namespace(const std::string& folder) {
  auto text = base::read_file(folder + "/status", kProcFileBytes);
  if (!text.ok()) return false;
  for (std::string_view line : base::split(*text, '\n')) {
    if (!line.starts_with("NSpid:")) continue;
    auto numbers = base::split(base::trim(line.substr(6)), '\t');
    return numbers.size() > 1 && base::trim(numbers.back()) == "1";
  }
  return false;
}

}  // namespace

std::string_view container_id_in(std::string_view path) {
  size_t begin = 0;
  for (size_t i = 0; i <= path.size(); i++) {
    if (i < path.size() && is_hex(path[i])) continue;
    if (i - begin == kIdDigits) return path.substr(begin, kIdDigits);
    begin = i + 1;
  }
  return {};
}

bool matches(const Container& container, const std::string& pattern) {
  return pattern.empty() || container.id.starts_with(pattern) ||
         fnmatch(pattern.c_str(), container.id.c_str(), 0) == 0;
}

base::Result<std::vector<Container>> list_containers(const std::string& proc) {
  std::unique_ptr<DIR, int (*)(DIR*)> entries(opendir(proc.c_str()), closedir);
  if (!entries) return base::Error::system("list of processes " + proc, errno);
  std::vector<pid_t> pids;
  while (const dirent* entry = readdir(entries.get())) {
    if (auto pid = base::parse_int<pid_t>(entry->d_name)) pids.push_back(*pid);
  }
  std::sort(pids.begin(), pids.end());
  std::vector<Container> out;
  std::set<std::string> known;  // ids in cgroups
  for (pid_t pid : pids) {
    std::string folder = proc + "/" + std::to_string(pid);
    Container container;
    container.cgroup = cgroup_path(folder);
    std::string_view id = container_id_in(container.cgroup);
    bool is_first = is_first_of_namespace(folder);
    // A container that shares the pid namespace of the host has no first process: the lowest of its cgroup
    // stands for it.
    if (!is_first && (id.empty() || known.contains(std::string(id)))) continue;
    container.id = id;
    if (id.empty()) {
      size_t slash = container.cgroup.rfind('/');
      container.id = slash == std::string::npos ? std::string() : container.cgroup.substr(slash + 1);
      if (container.id.empty()) container.id = "pid-" + std::to_string(pid);
    } else if (!known.insert(std::string(id)).second) {
      continue;
    }
    container.pid = pid;
    container.mnt_ns = namespace_inode(folder, "mnt");
    container.net_ns = namespace_inode(folder, "net");
    container.pid_ns = namespace_inode(folder, "pid");
    if (container.mnt_ns == 0 || container.net_ns == 0) continue;
    out.push_back(std::move(container));
  }
  return out;
}

}  // namespace gadgetry::sys
