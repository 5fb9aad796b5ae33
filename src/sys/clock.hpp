// From the kernel's boot clock (bpf_ktime_get_boot_ns) to the time of day.
#pragma once

#include <cstdint>

namespace gadgetry::sys {

// Seconds of a clock that only goes forward: cheap, for "has a second passed?".
int64_t coarse_seconds();

class BootClock {
 public:
  BootClock();  // of this machine
  explicit BootClock(int64_t offset_ns)
      : offset_(offset_ns), fixed_(true) {}  // that never changes, for tests
  // The same, and "now" is always the same: a moment that was recorded.
  BootClock(int64_t offset_ns, int64_t now_ns) : offset_(offset_ns), now_(now_ns), fixed_(true) {}

  // Measures the offset between the clocks again when the last time was more than a second ago. Call once a
  // batch.
  void refresh();

  // Nanoseconds since 1970 of a boot time in nanoseconds. 0, which a program that set no time leaves, means
  // now.
  int64_t wall_time(uint64_t boot_ns) const {
    if (boot_ns == 0) [[unlikely]]
      return now_ >= 0 ? now_ : now();
    return static_cast<int64_t>(boot_ns + static_cast<uint64_t>(offset_));
  }
  int64_t offset() const { return offset_; }

 private:
  static int64_t now();

  int64_t offset_ = 0;
  int64_t now_ = -1;  // -1: ask the clock
  int64_t measured_at_ = 0;  // coarse monotonic ns
  bool fixed_ = false;
};

}  // namespace gadgetry::sys
