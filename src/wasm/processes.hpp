// What /proc tells of a process. Pids are those of the host's /proc, as in events.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/result.hpp"
#include "wasm/containers.hpp"

namespace gadgetry::wasm {

// As processInfo writes it.
struct ProcessInfo {
  uint32_t pid = 0;
  uint32_t parent = 0;
  uint32_t uid = 0;
  uint32_t gid = 0;
  uint64_t start_ns = 0;  // since boot
  uint64_t mount_namespace = 0;
  uint64_t network_namespace = 0;
  uint64_t pid_namespace = 0;
  char comm[16] = {};
};
static_assert(sizeof(ProcessInfo) == 64);

// Namespaces that may not be looked at are 0.
base::Result<ProcessInfo> read_process(const std::string& proc, uint32_t pid);

// Of processText; part of the interface.
enum class ProcessText : uint32_t { kComm, kExecutable, kFolder, kCommandLine, kCgroup };
base::Result<std::string> read_process_text(const std::string& proc, uint32_t pid, ProcessText what);

// Fails when there is no such process; empty: it is in no container.
base::Result<std::optional<ContainerName>> container_of_process(const std::string& proc, uint32_t pid);

// The processes of mount namespaces, from a walk over /proc that is made at most once a second. For several
// threads.
class MountNamespaces {
 public:
  // The first process in it; empty: none. `walks` is called before a walk, `interrupted` ends one.
  std::optional<uint32_t> find(const std::string& proc, uint64_t number, const std::function<void()>& walks,
                               const std::function<bool()>& interrupted);

 private:
  void walk(const std::string& proc, const std::function<bool()>& interrupted);

  std::mutex mutex_;
  std::string proc_;
  int64_t walked_ns_ = INT64_MIN;
  std::unordered_map<uint64_t, uint32_t> processes_;  // by number of the namespace
};

}  // namespace gadgetry::wasm
