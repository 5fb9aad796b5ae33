// The events of `programs.NAME.perf` in the metadata as perf_event_open(2) wants them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gadgetry::base {

// One event that can be counted.
struct PerfEvent {
  uint32_t type = 0;    // PERF_TYPE_SOFTWARE ...
  uint64_t config = 0;  // PERF_COUNT_SW_CPU_CLOCK ...
  std::string name = {};
};

// `type` is software, hardware, hw_cache or raw; `config` a name in the way of the kernel's header
// ("count_sw_cpu_clock", "count_hw_cache_misses", "count_hw_cache_ll_read_miss") or a number ("0x01c2", the
// only way for raw). Both may be alternatives, which are tried in this order: "hardware|software",
// "count_hw_cache_misses|count_sw_cpu_clock". A name knows its type, which must be one of those in `type`; a
// number has the type at its place, or the only one.
Result<std::vector<PerfEvent>> parse_perf_events(std::string_view type, std::string_view config);

}  // namespace gadgetry::base
