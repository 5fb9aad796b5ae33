// Reads the counter a program keeps of the events it could not send: MAP_lost_samples, a (per-CPU) array with
// one u64.
#pragma once

#include <cstdint>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace gadgetry::bpf {

class LostSamples {
 public:
  static base::Result<LostSamples> open(int map_fd);
  // The sum over all CPUs since the map was made; never resets it, so no count is ever missed.
  base::Result<uint64_t> read() const;

 private:
  LostSamples() = default;
  base::Fd fd_;
  uint32_t cpus_ = 1;
};

}  // namespace gadgetry::bpf
