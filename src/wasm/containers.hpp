// Which container a process belongs to, told from the path of its cgroup: runtimes put the number of a
// container there.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gadgetry::wasm {

struct ContainerName {
  std::string runtime;  // "docker", "podman", "containerd", "cri-o", "kubernetes", "lxc", "nspawn"
  std::string id;
};

// From one path ("/system.slice/docker-0123….scope"): the innermost container of it.
std::optional<ContainerName> container_of_path(std::string_view cgroup_path);

// From the text of /proc/PID/cgroup: the unified hierarchy, else the first that tells.
std::optional<ContainerName> container_of_cgroup(std::string_view proc_cgroup);

// The path to show: that of the unified hierarchy, else the first.
std::string_view cgroup_path(std::string_view proc_cgroup);

}  // namespace gadgetry::wasm
