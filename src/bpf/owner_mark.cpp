#include "bpf/owner_mark.hpp"

#include <sys/types.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "base/fd.hpp"
#include "base/limits.hpp"
#include "base/strings.hpp"
#include "sys/namespaces.hpp"

namespace gadgetry::bpf {
namespace {

constexpr std::string_view kPrefix = "gadgetry";

// When a process started, in clock ticks since boot: a pid alone may have a new owner. Empty: no such
// process.
std::optional<uint64_t> start_of(int64_t pid) {
  constexpr size_t kStartField = 19;  // counted behind the name, which may hold anything: see proc(5)
  auto text = base::read_file("/proc/" + std::to_string(pid) + "/stat", limits::kProcessTextBytes);
  if (!text.ok()) return std::nullopt;
  size_t name_end = text->rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  auto fields = base::split(base::trim(std::string_view(*text).substr(name_end + 1)), ' ');
  if (fields.size() <= kStartField) return std::nullopt;
  return base::parse_int<uint64_t>(fields[kStartField]);
}

uint64_t own_pid_namespace() {
  auto number = sys::own_namespace(sys::NamespaceType::kPid);
  return number.ok() ? *number : 0;
}

}  // namespace

std::string make_owner_mark(std::string_view program, bool extra) {
  return std::string(kPrefix) + ":" + std::to_string(own_pid_namespace()) + ":" + std::to_string(getpid()) +
         ":" + std::to_string(start_of(getpid()).value_or(0)) + ":" + (extra ? "1" : "0") + ":" +
         std::string(program);
}

OwnerMark read_owner_mark(std::string_view name) {
  constexpr size_t kFields = 6;
  auto fields = base::split(name, ':');
  if (fields.size() < kFields || fields[0] != kPrefix) return {};
  auto space = base::parse_int<uint64_t>(fields[1]);
  auto pid = base::parse_int<int64_t>(fields[2]);
  auto start = base::parse_int<uint64_t>(fields[3]);
  if (!space || !pid || !start) return {};
  OwnerMark mark{.is_ours = true, .has_extra = fields[4] == "1"};
  mark.is_left = *space != 0 && *space == own_pid_namespace() && start_of(*pid) != start;
  return mark;
}

}  // namespace gadgetry::bpf
