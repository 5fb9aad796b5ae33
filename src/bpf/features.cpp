#include "bpf/features.hpp"

#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/capability.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <mutex>

#include "base/log.hpp"
#include "base/strings.hpp"
#include "bpf/libbpf_log.hpp"

namespace gadgetry::bpf {
namespace {

// linux/capability.h has these since 5.8 and 5.8; named here so that the build does not depend on the
// headers.
constexpr int kCapPerfmon = 38;
constexpr int kCapBpf = 39;

constexpr KernelVersion kSplitCapabilities{5, 8, 0};  // CAP_BPF and CAP_PERFMON exist

bool effective(int capability) {
  cap_t own = cap_get_proc();
  if (own == nullptr) return false;
  cap_flag_value_t value = CAP_CLEAR;
  bool known = cap_get_flag(own, static_cast<cap_value_t>(capability), CAP_EFFECTIVE, &value) == 0;
  cap_free(own);
  return known && value == CAP_SET;
}

// A mount of a file system that nobody else sees; it goes with the descriptor.
base::Result<base::Fd> mount_private(const char* type) {
  const std::string what = std::string("cannot mount ") + type;
#if defined(SYS_fsopen) && defined(SYS_fsconfig) && defined(SYS_fsmount)
  constexpr unsigned kCloexec = 1;
  constexpr unsigned kCreate = 6;
  base::Fd context(static_cast<int>(syscall(SYS_fsopen, type, kCloexec)));
  if (!context) return base::Error::system(what, errno);
  if (syscall(SYS_fsconfig, context.get(), kCreate, nullptr, nullptr, 0) != 0)
    return base::Error::system(what, errno);
  base::Fd folder(static_cast<int>(syscall(SYS_fsmount, context.get(), kCloexec, 0)));
  if (!folder) return base::Error::system(what, errno);
  return folder;
#else
  return base::Error(what + ": this build does not know how");
#endif
}

std::string read_lockdown() {
  // "none [integrity] confidentiality"
  auto text = read_security_file("lockdown");
  if (!text.ok()) return {};
  size_t open = text->find('[');
  size_t close = text->find(']');
  if (open == std::string::npos || close == std::string::npos || close < open) return {};
  return text->substr(open + 1, close - open - 1);
}

bool exists(const char* path) {
  return access(path, F_OK) == 0;
}

bool probe_ring_buffer() {
  LibbpfLog quiet;
  // An answer of "no" for want of rights is not an answer: only a clear one (0) counts.
  return libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, nullptr) != 0;
}

KernelFeatures probe() {
  KernelFeatures out;
  out.version = kernel_version();
  out.btf = exists("/sys/kernel/btf/vmlinux");
  out.kprobes = exists("/sys/bus/event_source/devices/kprobe/type");
  out.uprobes = exists("/sys/bus/event_source/devices/uprobe/type");
  out.lockdown = read_lockdown();
  return out;
}

unsigned leading_number(std::string_view& text) {
  unsigned value = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9' && value < 100000) {
    value = value * 10 + static_cast<unsigned>(text.front() - '0');
    text.remove_prefix(1);
  }
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
  } else {
    text = {};
  }
  return value;
}

}  // namespace

KernelVersion parse_kernel_version(std::string_view release) {
  KernelVersion out;
  out.major = leading_number(release);
  out.minor = leading_number(release);
  out.patch = leading_number(release);
  return out;
}

KernelVersion kernel_version() {
  utsname name{};
  if (uname(&name) != 0) return {};
  return parse_kernel_version(name.release);
}

KernelFeatures kernel_features() {
  static std::once_flag once;
  static KernelFeatures kept;
  std::call_once(once, [] { kept = probe(); });
  KernelFeatures out = kept;
  out.missing_capabilities = missing_capabilities({"CAP_BPF", "CAP_PERFMON"});
  return out;
}

base::Result<std::string> read_security_file(const std::string& name) {
  constexpr size_t kBytes = 4096;
  auto text = base::read_file("/sys/kernel/security/" + name, kBytes);
  if (text.ok()) return text;
  GADGETRY_ASSIGN(const base::Fd folder, mount_private("securityfs"));
  const base::Fd file(openat(folder.get(), name.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return base::Error::system("securityfs: " + name, errno);
  return base::read_fd(file.get(), kBytes, name);
}

bool has_ring_buffer() {
  if (kernel_version() >= KernelVersion{5, 8, 0}) return true;
  static const bool answer = probe_ring_buffer();
  return answer;
}

bool has_capability(std::string_view name) {
  if (name == "CAP_BPF" || name == "CAP_PERFMON") {
    if (effective(CAP_SYS_ADMIN)) return true;
    if (kernel_version() < kSplitCapabilities) return false;
    return effective(name == "CAP_BPF" ? kCapBpf : kCapPerfmon);
  }
  cap_value_t value = 0;
  if (cap_from_name(base::to_lower(name).c_str(), &value) != 0) return false;
  return effective(value);
}

std::vector<std::string> missing_capabilities(std::initializer_list<std::string_view> required) {
  std::vector<std::string> out;
  bool split = kernel_version() >= kSplitCapabilities;
  for (std::string_view name : required) {
    if (has_capability(name)) continue;
    bool is_new = name == "CAP_BPF" || name == "CAP_PERFMON";
    std::string told(is_new && !split ? std::string_view("CAP_SYS_ADMIN") : name);
    if (out.empty() || out.back() != told) out.push_back(told);
  }
  return out;
}

std::string missing_capabilities_text(const std::vector<std::string>& missing) {
  if (missing.empty()) return {};
  std::string names = missing[0];
  for (size_t i = 1; i < missing.size(); ++i) {
    names += (i + 1 == missing.size() ? " and " : ", ") + missing[i];
  }
  return "needs " + names + ": run as root or grant " + (missing.size() == 1 ? "it" : "them");
}

base::Status check_privileges() {
  std::vector<std::string> missing = missing_capabilities({"CAP_BPF", "CAP_PERFMON"});
  if (missing.empty()) return {};
  std::string who = geteuid() == 0 ? "root without the usual capabilities" : "an unprivileged user";
  return base::Error("cannot load eBPF programs as " + who, base::ErrorKind::kPermission)
      .with_hint(missing_capabilities_text(missing));
}

base::Result<base::Fd> open_tracefs() {
  for (const char* path : {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"}) {
    base::Fd folder(open(path, O_PATH | O_DIRECTORY | O_CLOEXEC));
    struct statfs info{};
    if (folder && fstatfs(folder.get(), &info) == 0 && info.f_type == TRACEFS_MAGIC) return folder;
  }
  auto own = mount_private("tracefs");
  if (own.ok()) {
    base::log_debug("tracefs is not mounted at /sys/kernel/tracing: using a private mount of it");
    return own;
  }
  return std::move(own).error().with_hint("mount it: mount -t tracefs nodev /sys/kernel/tracing");
}

bool is_bpffs(const std::string& path) {
  std::string at = path;
  struct statfs info{};
  while (statfs(at.c_str(), &info) != 0) {
    size_t slash = at.find_last_of('/');
    if (errno != ENOENT || slash == std::string::npos || at == "/") return false;
    at = slash == 0 ? "/" : at.substr(0, slash);
  }
  return info.f_type == BPF_FS_MAGIC;
}

bool in_host_pid_namespace() {
  // The initial namespace has a fixed inode number (PROC_PID_INIT_INO of include/linux/proc_ns.h).
  constexpr std::string_view kInitial = "pid:[4026531836]";
  std::array<char, 64> link{};
  ssize_t length = readlink("/proc/self/ns/pid", link.data(), link.size());
  if (length <= 0) return true;  // no /proc: nothing is known, so nothing is said
  return std::string_view(link.data(), static_cast<size_t>(length)) == kInitial;
}

}  // namespace gadgetry::bpf
