// Looks up stacks in a map of type BPF_MAP_TYPE_STACK_TRACE (ig_kstack, ig_ustack).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace gadgetry::bpf {

inline constexpr size_t kStackDepth = 127;  // addresses of one stack

class StackMap {
 public:
  static base::Result<StackMap> open(int map_fd);
  // Writes the addresses of stack `id`, innermost first, to `out`; returns how many. 0: no such stack (or no
  // room).
  size_t lookup(uint32_t id, std::span<uint64_t> out) const;

 private:
  StackMap() = default;
  base::Fd fd_;
  size_t depth_ = 0;
};

}  // namespace gadgetry::bpf
