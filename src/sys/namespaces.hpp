// Namespace numbers (inodes of nsfs), ours and the host's.
//
// /proc/1/ns is not readable everywhere, even for root, so the host is recognised without it: the kernel
// gives the initial pid, user, uts, ipc, cgroup and time namespaces fixed numbers (linux/proc_ns.h), newer
// kernels also net and mnt; and kernel threads live in the initial namespaces.
#pragma once

#include <cstdint>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace gadgetry::sys {

enum class NamespaceType { kCgroup, kIpc, kMnt, kNet, kPid, kTime, kUser, kUts };

// "net", as in /proc/PID/ns.
const char* namespace_name(NamespaceType type);

base::Result<uint64_t> own_namespace(NamespaceType type);
base::Result<uint64_t> process_namespace(uint32_t pid, NamespaceType type);  // pid as numbered in /proc
// Fails when there is no way to know (a container without the host's /proc).
base::Result<uint64_t> host_namespace(NamespaceType type);

// Whether the pids we see are those of the kernel. False also when it cannot be told (no /proc).
bool is_host_pidns();
bool is_host_netns();

// A descriptor for setns(2) of the host's network namespace.
base::Result<base::Fd> open_host_netns();

}  // namespace gadgetry::sys
