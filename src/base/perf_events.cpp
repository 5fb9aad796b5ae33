#include "base/perf_events.hpp"

#include <linux/perf_event.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/strings.hpp"

namespace gadgetry::base {
namespace {

struct Named {
  std::string_view name;
  uint64_t number;
};

constexpr std::array kTypes = {Named{"software", PERF_TYPE_SOFTWARE}, Named{"hardware", PERF_TYPE_HARDWARE},
                               Named{"hw_cache", PERF_TYPE_HW_CACHE}, Named{"raw", PERF_TYPE_RAW}};

constexpr std::array kSoftware = {Named{"cpu_clock", PERF_COUNT_SW_CPU_CLOCK},
                                  Named{"task_clock", PERF_COUNT_SW_TASK_CLOCK},
                                  Named{"page_faults", PERF_COUNT_SW_PAGE_FAULTS},
                                  Named{"context_switches", PERF_COUNT_SW_CONTEXT_SWITCHES},
                                  Named{"cpu_migrations", PERF_COUNT_SW_CPU_MIGRATIONS},
                                  Named{"page_faults_min", PERF_COUNT_SW_PAGE_FAULTS_MIN},
                                  Named{"page_faults_maj", PERF_COUNT_SW_PAGE_FAULTS_MAJ},
                                  Named{"alignment_faults", PERF_COUNT_SW_ALIGNMENT_FAULTS},
                                  Named{"emulation_faults", PERF_COUNT_SW_EMULATION_FAULTS},
                                  Named{"cgroup_switches", PERF_COUNT_SW_CGROUP_SWITCHES}};

constexpr std::array kHardware = {Named{"cpu_cycles", PERF_COUNT_HW_CPU_CYCLES},
                                  Named{"instructions", PERF_COUNT_HW_INSTRUCTIONS},
                                  Named{"cache_references", PERF_COUNT_HW_CACHE_REFERENCES},
                                  Named{"cache_misses", PERF_COUNT_HW_CACHE_MISSES},
                                  Named{"branch_instructions", PERF_COUNT_HW_BRANCH_INSTRUCTIONS},
                                  Named{"branch_misses", PERF_COUNT_HW_BRANCH_MISSES},
                                  Named{"bus_cycles", PERF_COUNT_HW_BUS_CYCLES},
                                  Named{"stalled_cycles_frontend", PERF_COUNT_HW_STALLED_CYCLES_FRONTEND},
                                  Named{"stalled_cycles_backend", PERF_COUNT_HW_STALLED_CYCLES_BACKEND},
                                  Named{"ref_cpu_cycles", PERF_COUNT_HW_REF_CPU_CYCLES}};

constexpr std::array kCaches = {
    Named{"l1d", PERF_COUNT_HW_CACHE_L1D},   Named{"l1i", PERF_COUNT_HW_CACHE_L1I},
    Named{"ll", PERF_COUNT_HW_CACHE_LL},     Named{"dtlb", PERF_COUNT_HW_CACHE_DTLB},
    Named{"itlb", PERF_COUNT_HW_CACHE_ITLB}, Named{"bpu", PERF_COUNT_HW_CACHE_BPU},
    Named{"node", PERF_COUNT_HW_CACHE_NODE}};
constexpr std::array kOperations = {Named{"read", PERF_COUNT_HW_CACHE_OP_READ},
                                    Named{"write", PERF_COUNT_HW_CACHE_OP_WRITE},
                                    Named{"prefetch", PERF_COUNT_HW_CACHE_OP_PREFETCH}};
constexpr std::array kResults = {Named{"access", PERF_COUNT_HW_CACHE_RESULT_ACCESS},
                                 Named{"miss", PERF_COUNT_HW_CACHE_RESULT_MISS}};

template <size_t Size>
std::optional<uint64_t> find(const std::array<Named, Size>& table, std::string_view name) {
  auto found = std::find_if(table.begin(), table.end(), [&](const Named& one) { return one.name == name; });
  return found == table.end() ? std::nullopt : std::optional(found->number);
}

template <size_t Size>
void add_names(std::vector<std::string>& out, std::string_view prefix, const std::array<Named, Size>& table) {
  for (const Named& one : table) out.push_back(std::string(prefix) + std::string(one.name));
}

// "ll_read_miss": which cache, what is done with it, how it ends.
std::optional<uint64_t> cache_config(std::string_view text) {
  auto parts = split(text, '_');
  if (parts.size() != 3) return std::nullopt;
  auto cache = find(kCaches, parts[0]);
  auto operation = find(kOperations, parts[1]);
  auto result = find(kResults, parts[2]);
  if (!cache || !operation || !result) return std::nullopt;
  return *cache | *operation << 8 | *result << 16;
}

std::optional<uint64_t> number(std::string_view text) {
  bool is_hex = text.starts_with("0x");
  return parse_int<uint64_t>(is_hex ? text.substr(2) : text, is_hex ? 16 : 10);
}

std::optional<PerfEvent> find_name(std::string_view text) {
  auto made = [&](uint32_t type, std::optional<uint64_t> config) -> std::optional<PerfEvent> {
    if (!config) return std::nullopt;
    return PerfEvent{.type = type, .config = *config, .name = std::string(text)};
  };
  constexpr std::string_view kSoft = "count_sw_";
  constexpr std::string_view kHard = "count_hw_";
  constexpr std::string_view kCache = "count_hw_cache_";
  if (text.starts_with(kSoft)) return made(PERF_TYPE_SOFTWARE, find(kSoftware, text.substr(kSoft.size())));
  if (!text.starts_with(kHard)) return std::nullopt;
  if (auto config = find(kHardware, text.substr(kHard.size()))) return made(PERF_TYPE_HARDWARE, config);
  if (!text.starts_with(kCache)) return std::nullopt;
  return made(PERF_TYPE_HW_CACHE, cache_config(text.substr(kCache.size())));
}

Error unknown(const char* key, std::string_view value, const std::vector<std::string>& known) {
  Error error(std::string("perf.") + key + ": '" + printable(value) + "' is not known");
  std::string near = closest(value, known);
  error.hint = near.empty() ? "known are " + join(known, ", ") : "did you mean " + near + "?";
  return error;
}

Error unknown_config(std::string_view text) {
  if (text.starts_with("count_hw_cache_")) {
    return Error("perf.config: '" + printable(text) + "' is not known")
        .with_hint(
            "a cache event is count_hw_cache_CACHE_OPERATION_RESULT: l1d, l1i, ll, dtlb, itlb, bpu or node; "
            "read, "
            "write or prefetch; access or miss");
  }
  std::vector<std::string> known;
  add_names(known, "count_sw_", kSoftware);
  add_names(known, "count_hw_", kHardware);
  return unknown("config", text, known);
}

std::string_view type_name(uint32_t type) {
  auto found =
      std::find_if(kTypes.begin(), kTypes.end(), [&](const Named& one) { return one.number == type; });
  return found == kTypes.end() ? "?" : found->name;
}

}  // namespace

Result<std::vector<PerfEvent>> parse_perf_events(std::string_view type, std::string_view config) {
  std::vector<uint32_t> types;
  for (std::string_view one : split(type, '|')) {
    auto known = find(kTypes, trim(one));
    if (!known) {
      std::vector<std::string> names;
      add_names(names, "", kTypes);
      return unknown("type", trim(one), names);
    }
    types.push_back(static_cast<uint32_t>(*known));
  }
  std::vector<PerfEvent> out;
  for (std::string_view part : split(config, '|')) {
    std::string_view text = trim(part);
    if (auto value = number(text)) {
      size_t at = types.size() == 1 ? 0 : out.size();
      if (at >= types.size()) return Error("perf.type has no type for the number " + std::string(text));
      out.push_back({.type = types[at],
                     .config = *value,
                     .name = std::string(type_name(types[at])) + " " + std::string(text)});
      continue;
    }
    auto event = find_name(text);
    if (!event) return unknown_config(text);
    if (std::find(types.begin(), types.end(), event->type) == types.end()) {
      return Error("perf.config: " + event->name + " is an event of type " +
                   std::string(type_name(event->type)) + ", not " + printable(type))
          .with_hint("write type: " + std::string(type_name(event->type)));
    }
    out.push_back(std::move(*event));
  }
  return out;
}

}  // namespace gadgetry::base
