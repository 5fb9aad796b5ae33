// Filters of traffic control that run a program: for kernels without tcx, and for actions. Called in the
// network namespace of the interface.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace gadgetry::bpf {

enum class TcDirection : uint8_t { kIngress, kEgress };
enum class TcProgram : uint8_t { kClassifier, kAction };

const char* direction_name(TcDirection direction);

// A filter of ours.
struct TcFilter {
  uint32_t ifindex = 0;
  TcDirection direction = TcDirection::kIngress;
  uint32_t priority = 0;
  uint32_t handle = 0;
  TcProgram kind = TcProgram::kClassifier;
};

// Makes a filter at a priority that nobody uses, and the qdisc "clsact" for it when there is none. What
// killed runs left on this interface is removed.
base::Result<TcFilter> add_tc_filter(uint32_t ifindex, TcDirection direction, TcProgram kind, int program,
                                     const std::string& name);

// Removes it; and clsact too, when it was made for programs of ours and no filter is left in it.
base::Status remove_tc_filter(const TcFilter& filter);

}  // namespace gadgetry::bpf
