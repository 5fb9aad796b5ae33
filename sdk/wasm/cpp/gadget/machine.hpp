// Parameters, facts of the machine, eBPF objects before they are loaded, timers, files and sockets.
#pragma once

#include "format.hpp"

namespace gadget {

// ---- Parameters and metadata ----

/// The value of a parameter that the metadata declares under params.wasm, as text. False when there is none,
/// or when it is longer than `out`.
template <uint32_t N>
bool param(Text key, FixedString<N>& out) {
  out.clear();
  __builtin_memset(out.data(), 0, N);  // the host does not say how long it is
  if (gadget_ig_getParamValue(detail::ref(key), detail::ref(out.data(), N)) != 0) return false;
  out.set_size(detail::text_length(out.data(), N));
  return true;
}
/// The same as a number.
inline uint64_t param_number(Text key, uint64_t other = 0) {
  FixedString<32> text;
  return param(key, text) ? parse_number(text, other) : other;
}
/// The same as a bool: "true" and "1".
inline bool param_bool(Text key, bool other = false) {
  FixedString<8> text;
  return param(key, text) ? text.text() == "true" || text.text() == "1" : other;
}
/// Sets a dotted key of the metadata, such as programs.NAME.attach_to. Until gadgetPreStart ends.
inline Status set_config(Text key, Text value) {
  return Status::of_v1(gadget_ig_setConfig(detail::ref(key), detail::ref(value), 12));
}

namespace detail {
// Calls f(buffer, &length) and takes over what it wrote.
template <uint32_t N, class F>
Status get_text(FixedString<N>& out, F f) {
  uint32_t size = 0;
  out.clear();
  uint32_t code = f(ref(out.data(), N), &size);
  if (code == 0) out.set_size(size);
  return Status::of(code);
}
}  // namespace detail

// ---- eBPF objects before they are loaded: until gadgetPreStart ends ----

/// The name of the program at an index. kNotFound past the last.
template <uint32_t N>
Status program_name(uint32_t index, FixedString<N>& out) {
  return detail::get_text(
      out, [=](uint64_t dst, uint32_t* size) { return gadget_v2_programName(index, dst, size); });
}
/// Its section, such as kprobe/vfs_read.
template <uint32_t N>
Status program_section(Text name, FixedString<N>& out) {
  return detail::get_text(out, [=](uint64_t dst, uint32_t* size) {
    return gadget_v2_programSection(detail::ref(name), dst, size);
  });
}
/// False: it is neither loaded nor attached.
inline Status program_set_enabled(Text name, bool enabled) {
  return Status::of(gadget_v2_programSetEnabled(detail::ref(name), enabled ? 1 : 0));
}
/// What stands behind the / of its section.
inline Status program_set_target(Text name, Text target) {
  return Status::of(gadget_v2_programSetTarget(detail::ref(name), detail::ref(target)));
}
/// The value of a const volatile variable, as text.
template <uint32_t N>
Status variable_get(Text name, FixedString<N>& out) {
  return detail::get_text(
      out, [=](uint64_t dst, uint32_t* size) { return gadget_v2_variableGet(detail::ref(name), dst, size); });
}
/// Sets a const volatile variable from text, as a flag would.
inline Status variable_set(Text name, Text value) {
  return Status::of(gadget_v2_variableSet(detail::ref(name), detail::ref(value)));
}
/// The name of the map at an index. kNotFound past the last.
template <uint32_t N>
Status map_name(uint32_t index, FixedString<N>& out) {
  return detail::get_text(out,
                          [=](uint64_t dst, uint32_t* size) { return gadget_v2_mapName(index, dst, size); });
}
struct MapInfo {
  uint32_t type;
  uint32_t key_size;    ///< bytes
  uint32_t value_size;  ///< bytes
  uint32_t max_entries;
  uint32_t flags;
};
inline Result<MapInfo> map_info(Text name) {
  Result<MapInfo> out;
  out.status = Status::of(gadget_v2_mapInfo(detail::ref(name), detail::ref(&out.value, sizeof(MapInfo))));
  return out;
}
inline Status map_set_max_entries(Text name, uint32_t entries) {
  return Status::of(gadget_v2_mapSetMaxEntries(detail::ref(name), entries));
}

// ---- System calls ----

/// The name of a system call of this machine, or syscall_HEX.
template <uint32_t N>
bool syscall_name(uint32_t id, FixedString<N>& out) {
  out.clear();
  __builtin_memset(out.data(), 0, N);
  if (gadget_ig_getSyscallName(id, detail::ref(out.data(), N)) != 0) return false;
  out.set_size(detail::text_length(out.data(), N));
  return true;
}
/// Its number, or -1.
inline int32_t syscall_id(Text name) {
  return gadget_ig_getSyscallID(detail::ref(name));
}
/// Numbers of system calls are smaller than this.
inline uint32_t syscall_count() {
  uint32_t count = 0;
  return gadget_v2_syscallCount(&count) == 0 ? count : 0;
}
struct SyscallParameter {
  char name[32];
  uint32_t flags;  ///< bit 0: a pointer
};
struct SyscallDeclaration {
  char name[32];
  uint8_t parameter_count;
  uint8_t pad[3];
  SyscallParameter parameters[6];
};
static_assert(sizeof(SyscallDeclaration) == 252);
/// Needs a readable tracefs.
inline bool syscall_declaration(Text name, SyscallDeclaration& out) {
  return gadget_ig_getSyscallDeclaration(detail::ref(name), detail::ref(&out, sizeof(out))) == 0;
}

// ---- Kernel ----

inline bool symbol_exists(Text name) {
  return gadget_ig_kallsymsSymbolExists(detail::ref(name)) != 0;
}
/// The address of a symbol of the kernel.
inline Result<uint64_t> symbol_address(Text name) {
  Result<uint64_t> out;
  out.status = Status::of(gadget_v2_kallsymsAddress(detail::ref(name), &out.value));
  return out;
}
/// The symbol at or before an address, and how many bytes before.
template <uint32_t N>
Status symbol_at(uint64_t address, FixedString<N>& name, uint64_t& offset) {
  return detail::get_text(name, [&](uint64_t dst, uint32_t* size) {
    return gadget_v2_kallsymsName(address, dst, size, &offset);
  });
}
/// Whether the kernel has a type of this name: "struct task_struct", or without the keyword.
inline bool btf_type_exists(Text type) {
  return gadget_v2_btfTypeExists(detail::ref(type)) == 0;
}
/// Whether a struct or union has the member; "mm.exe_file" goes deeper.
inline bool btf_field_exists(Text type, Text field) {
  return gadget_v2_btfFieldExists(detail::ref(type), detail::ref(field)) == 0;
}
/// Major << 16 | minor << 8 | patch; 0 on an error.
inline uint32_t kernel_version() {
  uint32_t version = 0;
  return gadget_v2_kernelVersion(&version) == 0 ? version : 0;
}
/// Whether the kernel can do it: program:kprobe, map:ringbuf, helper:bpf_loop@tracepoint, btf.
inline bool feature_exists(Text name) {
  return gadget_v2_featureExists(detail::ref(name)) == 0;
}

// ---- Processes and containers ----

struct ProcessInfo {
  uint32_t pid, parent, uid, gid;
  uint64_t start_ns;  ///< since boot
  uint64_t mount_namespace, network_namespace, pid_namespace;
  char comm[16];

  Text comm_text() const { return Text(comm, detail::text_length(comm, sizeof(comm))); }
};
static_assert(sizeof(ProcessInfo) == 64);
/// kNotFound: there is no such process.
inline Result<ProcessInfo> process_info(uint32_t pid) {
  Result<ProcessInfo> out;
  out.status = Status::of(gadget_v2_processInfo(pid, detail::ref(&out.value, sizeof(ProcessInfo))));
  return out;
}
enum class ProcessText : uint32_t {
  kComm = 0,
  kExecutable = 1,
  kWorkingDirectory = 2,
  kCommandLine = 3,  ///< a NUL between the arguments
  kCgroup = 4,
};
/// Cut to what fits.
template <uint32_t N>
Status process_text(uint32_t pid, ProcessText what, FixedString<N>& out) {
  return detail::get_text(out, [=](uint64_t dst, uint32_t* size) {
    return gadget_v2_processText(pid, static_cast<uint32_t>(what), dst, size);
  });
}
/// The container of a process, as "RUNTIME ID". kNotFound: it runs on the host.
template <uint32_t N>
Status container_of_process(uint32_t pid, FixedString<N>& out) {
  return detail::get_text(
      out, [=](uint64_t dst, uint32_t* size) { return gadget_v2_containerOf(0, pid, dst, size); });
}
/// The container of a mount namespace.
template <uint32_t N>
Status container_of_mntns(uint64_t mntns, FixedString<N>& out) {
  return detail::get_text(
      out, [=](uint64_t dst, uint32_t* size) { return gadget_v2_containerOf(1, mntns, dst, size); });
}
/// Whether the run is limited to some containers and this mount namespace is none of them. From gadgetStart
/// on.
inline bool should_discard_mntns(uint64_t mntns) {
  return gadget_ig_shouldDiscardMntnsID(mntns) != 0;
}

// ---- Time ----

namespace detail {
inline uint64_t clock(uint32_t which) {
  uint64_t time = 0;
  return gadget_v2_clockNow(which, &time) == 0 ? time : 0;
}
template <int>
__attribute__((export_name("gadgetTimer"))) void timer_callback(uint64_t callback) {
  reinterpret_cast<void (*)()>(static_cast<uintptr_t>(callback))();
}
}  // namespace detail

/// Nanoseconds since boot; 0 on an error.
inline uint64_t now_since_boot() {
  return detail::clock(0);
}
/// Nanoseconds since 1970; 0 on an error.
inline uint64_t now_since_1970() {
  return detail::clock(1);
}

/// Something that is called again and again.
class Timer {
 public:
  constexpr explicit Timer(uint32_t handle = 0) : handle_(handle) {}
  /// Has `f` called every `interval_ns` nanoseconds, at least a millisecond, from gadgetStart on.
  template <int Unique = 0>
  static Result<Timer> every(uint64_t interval_ns, void (*f)()) {
    return start<Unique>(interval_ns, 0, f);
  }
  /// Has `f` called once.
  template <int Unique = 0>
  static Result<Timer> once(uint64_t after_ns, void (*f)()) {
    return start<Unique>(after_ns, 1, f);
  }
  constexpr uint32_t handle() const { return handle_; }
  /// It is not called any more.
  Status close() const { return Status::of(gadget_v2_release(handle_)); }

 private:
  template <int Unique>
  static Result<Timer> start(uint64_t interval_ns, uint32_t flags, void (*f)()) {
    (void)&detail::timer_callback<Unique>;
    uint32_t handle = 0;
    Status status =
        Status::of(gadget_v2_timerStart(interval_ns, flags, reinterpret_cast<uintptr_t>(f), &handle));
    return {Timer(handle), status};
  }
  uint32_t handle_;
};

// ---- Files and network, by permission: kDenied unless the metadata asks for it and the user grants it ----

/// How a file is opened; combined with |.
enum FileFlags : uint32_t { kRead = 1, kWrite = 2, kCreate = 4, kTruncate = 8, kAppend = 16 };

class File {
 public:
  constexpr explicit File(uint32_t handle = 0) : handle_(handle) {}
  static Result<File> open(Text path, uint32_t flags) {
    uint32_t handle = 0;
    Status status = Status::of(gadget_v2_fileOpen(detail::ref(path), flags, &handle));
    return {File(handle), status};
  }
  constexpr uint32_t handle() const { return handle_; }
  /// Bytes that were read into `buffer`. kEnd at the end of the file.
  Result<uint32_t> read(Span<uint8_t> buffer) const {
    Result<uint32_t> out;
    out.status =
        Status::of(gadget_v2_fileRead(handle_, detail::ref(buffer.data(), buffer.size()), &out.value));
    return out;
  }
  /// Bytes that were written, which may be fewer.
  Result<uint32_t> write(Bytes bytes) const {
    Result<uint32_t> out;
    out.status = Status::of(gadget_v2_fileWrite(handle_, detail::ref(bytes), &out.value));
    return out;
  }
  Result<uint32_t> write(Text text) const { return write(Bytes(text.data(), text.size())); }
  /// Goes on at this byte.
  Status seek(uint64_t position) const { return Status::of(gadget_v2_fileSeek(handle_, position)); }
  Status close() const { return Status::of(gadget_v2_release(handle_)); }

 private:
  uint32_t handle_;
};

enum class Protocol : uint32_t { kTcp = 0, kUdp = 1 };

class Socket {
 public:
  constexpr explicit Socket(uint32_t handle = 0) : handle_(handle) {}
  /// To an address such as 10.0.0.1:53 or [::1]:53.
  static Result<Socket> connect(Text address, Protocol protocol, uint32_t timeout_ms) {
    uint32_t handle = 0;
    Status status = Status::of(
        gadget_v2_netConnect(detail::ref(address), static_cast<uint32_t>(protocol), timeout_ms, &handle));
    return {Socket(handle), status};
  }
  constexpr uint32_t handle() const { return handle_; }
  /// Bytes that were sent, which may be fewer.
  Result<uint32_t> send(Bytes bytes) const {
    Result<uint32_t> out;
    out.status = Status::of(gadget_v2_netSend(handle_, detail::ref(bytes), &out.value));
    return out;
  }
  Result<uint32_t> send(Text text) const { return send(Bytes(text.data(), text.size())); }
  /// Bytes that were received. kAgain when nothing came in time, kEnd when the other side closed.
  Result<uint32_t> receive(Span<uint8_t> buffer, uint32_t timeout_ms) const {
    Result<uint32_t> out;
    out.status = Status::of(
        gadget_v2_netReceive(handle_, detail::ref(buffer.data(), buffer.size()), timeout_ms, &out.value));
    return out;
  }
  Status close() const { return Status::of(gadget_v2_release(handle_)); }

 private:
  uint32_t handle_;
};

}  // namespace gadget
