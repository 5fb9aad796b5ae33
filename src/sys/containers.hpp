// The containers of this machine, found in /proc alone, whatever runtime made them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gadgetry::sys {

struct Container {
  std::string id = {};  // 64 hexadecimal digits where the runtime gives such; else the last part of its cgroup
  pid_t pid = 0;   // its first process, seen from our pid namespace
  uint64_t mnt_ns = 0;  // inodes of its namespaces
  uint64_t net_ns = 0;
  uint64_t pid_ns = 0;
  std::string cgroup = {};  // path below the root of cgroup v2, or of the first v1 hierarchy: "/docker/3f2a..."
};

// A container is a process that is the first one of a pid namespace below ours, or the first of those whose
// cgroup carries the id of a container. `proc` is for tests. Processes that end meanwhile are left out.
base::Result<std::vector<Container>> list_containers(const std::string& proc = "/proc");

// The id in a cgroup path: ".../docker-<64 hex>.scope", "/docker/<64 hex>", "cri-containerd-<64 hex>.scope";
// else empty.
std::string_view container_id_in(std::string_view cgroup_path);

// "3f2a", "3f2a*", "web*": the beginning of the id, or a pattern for the whole of it (fnmatch). An empty one
// matches all.
bool matches(const Container& container, const std::string& pattern);

}  // namespace gadgetry::sys
