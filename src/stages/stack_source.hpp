// Where the frames of a stack id come from. Implemented over the BPF stack maps by whoever loads the gadget.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace gadgetry::stages {

// Frames of one stack at most (PERF_MAX_STACK_DEPTH of the kernel).
inline constexpr size_t kMaxStackFrames = 127;

// ig_kstack, ig_ustack: BPF_MAP_TYPE_STACK_TRACE.
struct StackSource {
  virtual ~StackSource() = default;
  // Writes the addresses of stack id, innermost first, and returns how many there are. The caller stops at
  // the first 0. 0 for an id that is not in the map.
  virtual size_t frames(uint32_t id, std::span<uint64_t> out) = 0;
};

// One element of ig_build_id: struct bpf_stack_build_id of the kernel.
struct BuildIdFrame {
  int32_t status = 0;  // kEmpty ... below
  uint8_t build_id[20] = {};
  uint64_t offset_or_ip = 0;

  enum Status : int32_t { kEmpty = 0, kValid = 1, kIp = 2 };
};
static_assert(sizeof(BuildIdFrame) == 32);

struct BuildIdSource {
  virtual ~BuildIdSource() = default;
  virtual size_t frames(uint32_t id, std::span<BuildIdFrame> out) = 0;
};

}  // namespace gadgetry::stages
