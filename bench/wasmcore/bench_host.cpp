// What the guests import, twice: for machine code that calls it directly, and as host functions of the
// engine.
#include "bench_host.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>

extern "C" {
int64_t native_host_get(int32_t field);
int32_t native_host_get_string(int32_t field, char* to, int32_t size);
void native_host_set(int32_t field, int64_t value);
void native_host_set_string(int32_t field, const char* from, int32_t size);
int32_t native_host_nop(int32_t value);
}

namespace bench {

Record g_record;

namespace {

// Native and as a host function: the same work.
int32_t get_string(const Record& record, char* to, uint32_t size) {
  size = std::min(size, static_cast<uint32_t>(record.text.size()));
  std::memcpy(to, record.text.data(), size);
  return static_cast<int32_t>(size);
}

void set_string(Record& record, const char* from, uint32_t size) {
  std::memcpy(record.out.data(), from, std::min(size, static_cast<uint32_t>(record.out.size())));
}

Record& record_of(void* user) {
  return *static_cast<Record*>(user);
}

wasmcore_trap host_get(wasmcore_instance*, uint64_t* slots, void* user) {
  slots[0] = static_cast<uint64_t>(record_of(user).scalars[slots[0] & 7]);
  return WASMCORE_TRAP_NONE;
}

wasmcore_trap host_get_string(wasmcore_instance* caller, uint64_t* slots, void* user) {
  auto size = static_cast<uint32_t>(slots[2]);
  void* to = wasmcore_range(caller, static_cast<uint32_t>(slots[1]), size);
  if (to == nullptr) return WASMCORE_TRAP_MEMORY;
  slots[0] = static_cast<uint32_t>(get_string(record_of(user), static_cast<char*>(to), size));
  return WASMCORE_TRAP_NONE;
}

wasmcore_trap host_set(wasmcore_instance*, uint64_t* slots, void* user) {
  record_of(user).scalars[slots[0] & 7] = static_cast<int64_t>(slots[1]);
  return WASMCORE_TRAP_NONE;
}

wasmcore_trap host_set_string(wasmcore_instance* caller, uint64_t* slots, void* user) {
  auto size = static_cast<uint32_t>(slots[2]);
  const void* from = wasmcore_range(caller, static_cast<uint32_t>(slots[1]), size);
  if (from == nullptr) return WASMCORE_TRAP_MEMORY;
  set_string(record_of(user), static_cast<const char*>(from), size);
  return WASMCORE_TRAP_NONE;
}

wasmcore_trap host_nop(wasmcore_instance*, uint64_t*, void*) {
  return WASMCORE_TRAP_NONE;
}

// As little of WASI as a Go or C library without files needs.
constexpr uint64_t kSuccess = 0, kBadDescriptor = 8, kNotSupported = 58;

wasmcore_trap wasi_success(wasmcore_instance*, uint64_t* slots, void*) {
  slots[0] = kSuccess;
  return WASMCORE_TRAP_NONE;
}

wasmcore_trap wasi_bad_descriptor(wasmcore_instance*, uint64_t* slots, void*) {
  slots[0] = kBadDescriptor;
  return WASMCORE_TRAP_NONE;
}

wasmcore_trap wasi_not_supported(wasmcore_instance*, uint64_t* slots, void*) {
  slots[0] = kNotSupported;
  return WASMCORE_TRAP_NONE;
}

wasmcore_trap wasi_exit(wasmcore_instance*, uint64_t*, void*) {
  return WASMCORE_TRAP_EXIT;
}

// args_sizes_get, environ_sizes_get: two zeros
wasmcore_trap wasi_nothing(wasmcore_instance* caller, uint64_t* slots, void*) {
  const uint32_t zero = 0;
  bool written = wasmcore_write(caller, static_cast<uint32_t>(slots[0]), &zero, sizeof(zero)) &&
                 wasmcore_write(caller, static_cast<uint32_t>(slots[1]), &zero, sizeof(zero));
  slots[0] = kSuccess;
  return written ? WASMCORE_TRAP_NONE : WASMCORE_TRAP_MEMORY;
}

wasmcore_trap wasi_clock(wasmcore_instance* caller, uint64_t* slots, void*) {
  auto now = static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                       std::chrono::steady_clock::now().time_since_epoch())
                                       .count());
  bool written = wasmcore_write(caller, static_cast<uint32_t>(slots[2]), &now, sizeof(now));
  slots[0] = kSuccess;
  return written ? WASMCORE_TRAP_NONE : WASMCORE_TRAP_MEMORY;
}

wasmcore_trap wasi_random(wasmcore_instance* caller, uint64_t* slots, void*) {
  auto size = static_cast<uint32_t>(slots[1]);
  void* to = wasmcore_range(caller, static_cast<uint32_t>(slots[0]), size);
  if (to == nullptr) return WASMCORE_TRAP_MEMORY;
  std::memset(to, 0x5a, size);
  slots[0] = kSuccess;
  return WASMCORE_TRAP_NONE;
}

// What a guest says goes to stderr: it is a panic.
wasmcore_trap wasi_write(wasmcore_instance* caller, uint64_t* slots, void*) {
  uint32_t total = 0;
  for (uint32_t i = 0; i < static_cast<uint32_t>(slots[2]); ++i) {
    uint32_t vector[2];
    if (!wasmcore_read(caller, static_cast<uint32_t>(slots[1]) + 8 * i, vector, sizeof(vector)))
      return WASMCORE_TRAP_MEMORY;
    const void* from = wasmcore_range(caller, vector[0], vector[1]);
    if (from == nullptr) return WASMCORE_TRAP_MEMORY;
    std::fwrite(from, 1, vector[1], stderr);
    total += vector[1];
  }
  bool written = wasmcore_write(caller, static_cast<uint32_t>(slots[3]), &total, sizeof(total));
  slots[0] = kSuccess;
  return written ? WASMCORE_TRAP_NONE : WASMCORE_TRAP_MEMORY;
}

constexpr const char* kWasi = "wasi_snapshot_preview1";
const std::array<wasmcore_host_function, 23> kHosts{{
    {"env", "host_get", "i:I", host_get, &g_record},
    {"env", "host_get_string", "iii:i", host_get_string, &g_record},
    {"env", "host_set", "iI:", host_set, &g_record},
    {"env", "host_set_string", "iii:", host_set_string, &g_record},
    {"env", "host_nop", "i:i", host_nop, nullptr},
    {kWasi, "sched_yield", ":i", wasi_success, nullptr},
    {kWasi, "proc_exit", "i:", wasi_exit, nullptr},
    {kWasi, "args_get", "ii:i", wasi_success, nullptr},
    {kWasi, "args_sizes_get", "ii:i", wasi_nothing, nullptr},
    {kWasi, "environ_get", "ii:i", wasi_success, nullptr},
    {kWasi, "environ_sizes_get", "ii:i", wasi_nothing, nullptr},
    {kWasi, "clock_time_get", "iIi:i", wasi_clock, nullptr},
    {kWasi, "random_get", "ii:i", wasi_random, nullptr},
    {kWasi, "poll_oneoff", "iiii:i", wasi_success, nullptr},
    {kWasi, "fd_write", "iiii:i", wasi_write, nullptr},
    {kWasi, "fd_close", "i:i", wasi_bad_descriptor, nullptr},
    {kWasi, "fd_seek", "iIii:i", wasi_not_supported, nullptr},
    {kWasi, "fd_read", "iiii:i", wasi_bad_descriptor, nullptr},
    {kWasi, "fd_fdstat_get", "ii:i", wasi_bad_descriptor, nullptr},
    {kWasi, "fd_fdstat_set_flags", "ii:i", wasi_success, nullptr},
    {kWasi, "fd_prestat_get", "ii:i", wasi_bad_descriptor, nullptr},
    {kWasi, "fd_prestat_dir_name", "iii:i", wasi_bad_descriptor, nullptr},
    {kWasi, "path_open", "iiiiiIIii:i", wasi_not_supported, nullptr},
}};

}  // namespace

const wasmcore_host_function* hosts(uint32_t* count) {
  *count = kHosts.size();
  return kHosts.data();
}

}  // namespace bench

int64_t native_host_get(int32_t field) {
  return bench::g_record.scalars[static_cast<size_t>(field) & 7];
}
int32_t native_host_get_string(int32_t, char* to, int32_t size) {
  return bench::get_string(bench::g_record, to, static_cast<uint32_t>(size));
}
void native_host_set(int32_t field, int64_t value) {
  bench::g_record.scalars[static_cast<size_t>(field) & 7] = value;
}
void native_host_set_string(int32_t, const char* from, int32_t size) {
  bench::set_string(bench::g_record, from, static_cast<uint32_t>(size));
}
int32_t native_host_nop(int32_t value) {
  return value;
}
