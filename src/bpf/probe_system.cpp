// What surrounds programs: capabilities, security modules, mounted file systems, limits.
#include <linux/magic.h>
#include <linux/perf_event.h>
#include <sys/capability.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/fd.hpp"
#include "base/strings.hpp"
#include "bpf/features.hpp"
#include "bpf/probe_report.hpp"

namespace gadgetry::bpf {
namespace {

constexpr size_t kSmallFile = 64u << 10;
constexpr size_t kMountsBytes = 4u << 20;

std::string read_line(const std::string& path) {
  auto text = base::read_file(path, kSmallFile);
  return text.ok() ? std::string(base::trim(*text)) : std::string();
}

struct Purpose {
  std::string_view capability;
  int number;  // of linux/capability.h, which may be older than the kernel
  std::string_view purpose;
  bool is_needed;
};

constexpr Purpose kPurposes[] = {
    {"CAP_BPF", 39, "load programs, make maps", true},
    {"CAP_PERFMON", 38, "attach to kernel functions, tracepoints and events; read the kernel's memory", true},
    {"CAP_NET_ADMIN", 12, "network programs: tc, XDP, sockets, cgroups", false},
    {"CAP_NET_RAW", 13, "packet sockets of socket filters", false},
    {"CAP_SYS_ADMIN", 21, "namespaces of containers, private mounts, LSM and fmod_ret programs", false},
    {"CAP_SYS_PTRACE", 19, "files and symbols of other users' processes", false},
    {"CAP_DAC_READ_SEARCH", 2, "read tracefs and files of others", false},
    {"CAP_SYSLOG", 34, "addresses of kernel symbols", false},
    {"CAP_SYS_RESOURCE", 24, "raise the limit of locked memory (before Linux 5.11)", false},
    {"CAP_IPC_LOCK", 14, "larger perf buffers than perf_event_mlock_kb", false},
};

// LSM_ID_* of linux/lsm.h
constexpr std::pair<uint64_t, std::string_view> kLsmNumbers[] = {
    {100, "capability"}, {101, "selinux"}, {102, "smack"},     {103, "tomoyo"},   {104, "apparmor"},
    {105, "yama"},       {106, "loadpin"}, {107, "safesetid"}, {108, "lockdown"}, {109, "bpf"},
    {110, "landlock"},   {111, "ima"},     {112, "evm"},       {113, "ipe"}};

// lsm_list_modules(2), since Linux 6.8: works where securityfs is not mounted.
std::vector<std::string> lsms_by_call() {
  constexpr long kListModules = 461;
  std::array<uint64_t, 64> ids{};
  uint32_t bytes = sizeof(ids);
  const long count = syscall(kListModules, ids.data(), &bytes, 0);
  std::vector<std::string> out;
  for (long i = 0; i < count && i < static_cast<long>(ids.size()); i++) {
    const auto* it = std::find_if(std::begin(kLsmNumbers), std::end(kLsmNumbers),
                                  [&](const auto& one) { return one.first == ids[static_cast<size_t>(i)]; });
    out.push_back(it == std::end(kLsmNumbers) ? std::to_string(ids[static_cast<size_t>(i)])
                                              : std::string(it->second));
  }
  return out;
}

bool is_mounted(const char* path, long magic) {
  struct statfs info{};
  return statfs(path, &info) == 0 && static_cast<long>(info.f_type) == magic;
}

Finding file_system(const char* name, const char* path, long magic, const std::string& mount,
                    const char* purpose) {
  Finding out{.name = name, .detail = path};
  if (is_mounted(path, magic)) {
    out.answer = Answer::kYes;
    return out;
  }
  out.answer = Answer::kNo;
  out.detail = std::string("not mounted at ") + path + "; for " + purpose;
  out.fix = mount;
  return out;
}

Finding tracefs() {
  Finding out{.name = "tracefs", .is_needed = true};
  for (const char* path : {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"}) {
    if (!is_mounted(path, TRACEFS_MAGIC)) continue;
    out.answer = Answer::kYes;
    out.detail = path;
    return out;
  }
  auto folder = open_tracefs();
  out.answer = folder.ok() ? Answer::kYes : Answer::kNo;
  out.detail = folder.ok() ? "not mounted: gadgetctl mounts it for itself" : folder.error().message;
  out.fix = "mount -t tracefs nodev /sys/kernel/tracing";
  return out;
}

struct CgroupMounts {
  std::string v2;
  size_t v1 = 0;
};

CgroupMounts cgroup_mounts() {
  CgroupMounts out;
  auto text = base::read_file("/proc/self/mounts", kMountsBytes);
  if (!text.ok()) return out;
  for (std::string_view line : base::split(*text, '\n')) {
    const auto words = base::split(line, ' ');
    if (words.size() < 3) continue;
    if (words[2] == "cgroup2" && out.v2.empty()) out.v2 = words[1];
    out.v1 += words[2] == "cgroup" ? 1 : 0;
  }
  return out;
}

Finding cgroup2() {
  const CgroupMounts mounts = cgroup_mounts();
  Finding out{.name = "cgroup v2", .answer = mounts.v2.empty() ? Answer::kNo : Answer::kYes};
  out.detail = mounts.v2.empty() ? "not mounted; for programs of cgroups" : base::printable(mounts.v2);
  if (mounts.v1 != 0) {
    out.detail +=
        mounts.v2.empty() ? "; v1 alone is" : " (hybrid: " + std::to_string(mounts.v1) + " mounts of v1)";
  }
  if (mounts.v2.empty())
    out.fix = "mount -t cgroup2 none /sys/fs/cgroup, or boot with systemd.unified_cgroup_hierarchy=1";
  return out;
}

std::string bytes_text(rlim_t value) {
  return value == RLIM_INFINITY ? "unlimited" : std::to_string(value);
}

Finding resource(const char* name, int which) {
  rlimit limit{};
  Finding out{.name = name};
  if (getrlimit(static_cast<__rlimit_resource>(which), &limit) == 0)
    out.detail = bytes_text(limit.rlim_cur) + " (at most " + bytes_text(limit.rlim_max) + ")";
  return out;
}

Finding setting(const char* name, const std::string& path) {
  Finding out{.name = name, .detail = read_line(path)};
  if (out.detail.empty())
    out.detail = ::access(path.c_str(), F_OK) == 0 ? "not readable" : "this kernel has none";
  return out;
}

Finding hardware_events() {
  perf_event_attr attributes{};
  attributes.size = sizeof(attributes);
  attributes.type = PERF_TYPE_HARDWARE;
  attributes.config = PERF_COUNT_HW_CPU_CYCLES;
  attributes.disabled = 1;
  const base::Fd event(static_cast<int>(syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 8UL)));
  Finding out{.name = "hardware counters", .answer = Answer::kYes};
  if (event) return out;
  out.answer = errno == EACCES || errno == EPERM ? Answer::kUnknown : Answer::kNo;
  out.detail = errno == ENOENT || errno == EOPNOTSUPP || errno == ENODEV
                   ? "this machine has none (usual in virtual machines)"
                   : base::Error::system("refused", errno).message;
  if (out.answer == Answer::kNo)
    out.fix = "profile by the software clock, or pass the counters of the CPU to the machine";
  return out;
}

}  // namespace

std::vector<std::string> active_lsms() {
  std::vector<std::string> out;
  const auto text = read_security_file("lsm");
  if (!text.ok() || text->empty()) return lsms_by_call();
  for (std::string_view name : base::split(base::trim(*text), ',')) out.emplace_back(name);
  return out;
}

FindingSection probe_capabilities() {
  FindingSection out{"capabilities", "Capabilities", {}};
  for (const Purpose& one : kPurposes) {
    Finding finding{
        .name = std::string(one.capability), .detail = std::string(one.purpose), .is_needed = one.is_needed};
    finding.answer = has_capability(one.capability) ? Answer::kYes : Answer::kNo;
    if (finding.answer == Answer::kNo) {
      const bool can_be_granted = cap_get_bound(one.number) == 1;
      finding.fix =
          can_be_granted
              ? "run as root or grant it"
              : "what started this shell removed it from its bounding set: grant it there (containers: "
                "--cap-add, a privileged container)";
    }
    out.findings.push_back(std::move(finding));
  }
  return out;
}

FindingSection probe_security(const sys::KernelConfig& config) {
  FindingSection out{"security", "Security", {}};
  const std::string lockdown = kernel_features().lockdown;
  Finding locked{
      .name = "lockdown", .answer = Answer::kInfo, .detail = lockdown.empty() ? "not known" : lockdown};
  if (lockdown == "confidentiality") {
    locked.answer = Answer::kNo;
    locked.detail += ": programs may not read the kernel's memory";
    locked.fix = "boot without lockdown=confidentiality";
  }
  out.findings.push_back(std::move(locked));
  const auto lsms = active_lsms();
  out.findings.push_back({.name = "security modules",
                          .answer = lsms.empty() ? Answer::kUnknown : Answer::kInfo,
                          .detail = lsms.empty() ? "not known: mount securityfs" : base::join(lsms, ", ")});
  Finding bpf{.name = "bpf security module", .answer = Answer::kUnknown};
  if (!lsms.empty()) {
    const bool is_active = std::find(lsms.begin(), lsms.end(), "bpf") != lsms.end();
    bpf.answer = is_active ? Answer::kYes : Answer::kNo;
    if (!is_active) {
      bpf.fix = option_fix("CONFIG_BPF_LSM", config.is_known() ? config : sys::KernelConfig());
      if (bpf.fix.empty() || !config.is_known()) bpf.fix = "boot with lsm=" + base::join(lsms, ",") + ",bpf";
    }
  }
  out.findings.push_back(std::move(bpf));
  const std::string map = read_line("/proc/self/uid_map");
  const bool is_host_user = map.find("4294967295") != std::string::npos;
  out.findings.push_back({.name = "user namespace",
                          .answer = Answer::kInfo,
                          .detail = is_host_user ? "the host's" : "one of its own"});
  if (!is_host_user) {
    out.findings.back().answer = Answer::kNo;
    out.findings.back().fix =
        "run it in the host's user namespace: capabilities of another one load no programs";
  }
  out.findings.push_back({.name = "pid namespace",
                          .answer = Answer::kInfo,
                          .detail = in_host_pid_namespace()
                                        ? "the host's"
                                        : "one of its own: pids are those of the host all the same"});
  return out;
}

FindingSection probe_mounts(const sys::KernelConfig&) {
  FindingSection out{"mounts", "File systems", {}};
  out.findings.push_back(tracefs());
  out.findings.push_back(file_system("bpffs", "/sys/fs/bpf", BPF_FS_MAGIC, "mount -t bpf bpf /sys/fs/bpf",
                                     "maps that are pinned"));
  out.findings.push_back(cgroup2());
  out.findings.push_back(file_system("debugfs", "/sys/kernel/debug", DEBUGFS_MAGIC,
                                     "mount -t debugfs nodev /sys/kernel/debug",
                                     "the list of functions without kprobes"));
  out.findings.push_back(file_system("securityfs", "/sys/kernel/security", SECURITYFS_MAGIC,
                                     "mount -t securityfs nodev /sys/kernel/security",
                                     "the state of lockdown"));
  return out;
}

FindingSection probe_limits() {
  FindingSection out{"limits", "Limits and settings", {}};
  out.findings.push_back(resource("locked memory (bytes)", RLIMIT_MEMLOCK));
  rlimit locked{};
  const bool counts = kernel_version() < KernelVersion{5, 11, 0};
  if (counts && getrlimit(RLIMIT_MEMLOCK, &locked) == 0 && locked.rlim_cur != RLIM_INFINITY) {
    out.findings.back().answer = Answer::kNo;
    out.findings.back().fix = "ulimit -l unlimited (maps count as locked memory before Linux 5.11)";
  }
  out.findings.push_back(resource("open files", RLIMIT_NOFILE));
  out.findings.push_back(setting("kernel.perf_event_paranoid", "/proc/sys/kernel/perf_event_paranoid"));
  out.findings.push_back(
      setting("kernel.perf_event_max_sample_rate", "/proc/sys/kernel/perf_event_max_sample_rate"));
  out.findings.push_back(setting("kernel.perf_event_max_stack", "/proc/sys/kernel/perf_event_max_stack"));
  out.findings.push_back(setting("kernel.perf_event_mlock_kb", "/proc/sys/kernel/perf_event_mlock_kb"));
  out.findings.push_back(
      setting("kernel.unprivileged_bpf_disabled", "/proc/sys/kernel/unprivileged_bpf_disabled"));
  out.findings.push_back(setting("kernel.kptr_restrict", "/proc/sys/kernel/kptr_restrict"));
  out.findings.push_back(setting("kernel.bpf_stats_enabled", "/proc/sys/kernel/bpf_stats_enabled"));
  Finding jit = setting("net.core.bpf_jit_enable", "/proc/sys/net/core/bpf_jit_enable");
  if (jit.detail == "0") {
    jit.answer = Answer::kNo;
    jit.detail = "0: programs are interpreted, which is slow";
    jit.fix = "sysctl net.core.bpf_jit_enable=1";
  }
  out.findings.push_back(std::move(jit));
  out.findings.push_back(setting("net.core.bpf_jit_harden", "/proc/sys/net/core/bpf_jit_harden"));
  out.findings.push_back(setting("net.core.bpf_jit_limit", "/proc/sys/net/core/bpf_jit_limit"));
  out.findings.push_back(hardware_events());
  return out;
}

}  // namespace gadgetry::bpf
