// What this kernel offers and what this process may do, probed when asked for and used for hints and errors.
#pragma once

#include <compare>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace gadgetry::bpf {

struct KernelVersion {
  unsigned major = 0;
  unsigned minor = 0;
  unsigned patch = 0;
  auto operator<=>(const KernelVersion&) const = default;
};

KernelVersion kernel_version();
// "6.1.0-13-amd64" -> 6.1.0; zeros where there is no number.
KernelVersion parse_kernel_version(std::string_view release);

struct KernelFeatures {
  KernelVersion version;
  bool btf = false;                               // /sys/kernel/btf/vmlinux is there
  bool kprobes = false;                           // the kernel can attach kprobes
  bool uprobes = false;                           //
  bool ring_buffer = true;                        // map type of Linux 5.8
  std::string lockdown;                           // "none", "integrity", "confidentiality"; empty: unknown
  std::vector<std::string> missing_capabilities;  // of those that loading and attaching needs
};
// Probed once, then kept. (Capabilities are looked at each time.)
KernelFeatures kernel_features();

// Ring buffer maps are there (Linux 5.8).
bool has_ring_buffer();

// "CAP_BPF" in the effective set of this thread? CAP_SYS_ADMIN stands for CAP_BPF, CAP_PERFMON and
// CAP_NET_ADMIN of eBPF.
bool has_capability(std::string_view name);

// Those of `required` this thread does not have.
std::vector<std::string> missing_capabilities(std::initializer_list<std::string_view> required);

// "needs CAP_BPF and CAP_PERFMON: run as root or grant them", or empty when nothing is missing.
std::string missing_capabilities_text(const std::vector<std::string>& missing);

// Fine, or an error of kind kPermission that names what is missing to load and attach eBPF programs. Cheap:
// call it before any work, so that an unprivileged user gets one clear message.
base::Status check_privileges();

// An open folder of tracefs: /sys/kernel/tracing, or /sys/kernel/debug/tracing, or, where neither is mounted,
// a private mount that nobody else sees and that goes with the descriptor.
base::Result<base::Fd> open_tracefs();

// A file of securityfs ("lockdown", "lsm"), wherever it is mounted or not.
base::Result<std::string> read_security_file(const std::string& name);

// Is there a bpf file system at path (or at the nearest existing folder above it)?
bool is_bpffs(const std::string& path);

// Is this process in the initial pid namespace? Works without access to /proc/1.
bool in_host_pid_namespace();

}  // namespace gadgetry::bpf
