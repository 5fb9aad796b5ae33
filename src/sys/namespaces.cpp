#include "sys/namespaces.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>

#include "sys/paths.hpp"

namespace gadgetry::sys {
namespace {

constexpr uint32_t kKthreadd = 2;  // the parent of all kernel threads

// Numbers of the initial namespaces in the kernel's linux/proc_ns.h; net and mnt have theirs since
// Linux 6.18.
std::optional<uint64_t> fixed_number(NamespaceType type) {
  switch (type) {
    case NamespaceType::kIpc:
      return 0xEFFFFFFF;
    case NamespaceType::kUts:
      return 0xEFFFFFFE;
    case NamespaceType::kUser:
      return 0xEFFFFFFD;
    case NamespaceType::kPid:
      return 0xEFFFFFFC;
    case NamespaceType::kCgroup:
      return 0xEFFFFFFB;
    case NamespaceType::kTime:
      return 0xEFFFFFFA;
    case NamespaceType::kNet:
    case NamespaceType::kMnt:
      return std::nullopt;
  }
  return std::nullopt;
}

base::Result<uint64_t> number_at(const std::string& path) {
  struct stat info{};
  if (stat(path.c_str(), &info) != 0) return base::Error::system("reading namespace " + path, errno);
  return static_cast<uint64_t>(info.st_ino);
}

std::string namespace_path(const std::string& proc, const std::string& process, NamespaceType type) {
  return proc + "/" + process + "/ns/" + namespace_name(type);
}

// /proc/PID/ns/TYPE of a process in the initial namespaces, where that can be told.
base::Result<std::string> host_namespace_path(NamespaceType type) {
  std::string proc = host_proc();
  if (proc == "/proc" && !is_host_pidns()) {
    return base::Error("the " + std::string(namespace_name(type)) +
                       " namespace of the host: not visible from here")
        .with_hint("run on the host, or set HOST_ROOT to where the host's file system is mounted");
  }
  base::Error last("the host's " + std::string(namespace_name(type)) + " namespace is unknown");
  for (uint32_t pid : {kKthreadd, uint32_t{1}}) {
    std::string path = namespace_path(proc, std::to_string(pid), type);
    auto number = number_at(path);
    if (number.ok()) return path;
    last = std::move(number).error();
  }
  return last;
}

}  // namespace

const char* namespace_name(NamespaceType type) {
  switch (type) {
    case NamespaceType::kCgroup:
      return "cgroup";
    case NamespaceType::kIpc:
      return "ipc";
    case NamespaceType::kMnt:
      return "mnt";
    case NamespaceType::kNet:
      return "net";
    case NamespaceType::kPid:
      return "pid";
    case NamespaceType::kTime:
      return "time";
    case NamespaceType::kUser:
      return "user";
    case NamespaceType::kUts:
      return "uts";
  }
  return "";
}

base::Result<uint64_t> own_namespace(NamespaceType type) {
  return number_at(namespace_path("/proc", "self", type));
}

base::Result<uint64_t> process_namespace(uint32_t pid, NamespaceType type) {
  return number_at(namespace_path("/proc", std::to_string(pid), type));
}

base::Result<uint64_t> host_namespace(NamespaceType type) {
  if (auto fixed = fixed_number(type)) return *fixed;
  GADGETRY_ASSIGN(std::string path, host_namespace_path(type));
  return number_at(path);
}

bool is_host_pidns() {
  auto own = own_namespace(NamespaceType::kPid);
  return own.ok() && *own == *fixed_number(NamespaceType::kPid);
}

bool is_host_netns() {
  auto own = own_namespace(NamespaceType::kNet);
  auto host = host_namespace(NamespaceType::kNet);
  return own.ok() && host.ok() && *own == *host;
}

base::Result<base::Fd> open_host_netns() {
  GADGETRY_ASSIGN(std::string path, host_namespace_path(NamespaceType::kNet));
  return base::open_file(path, O_RDONLY);
}

}  // namespace gadgetry::sys
