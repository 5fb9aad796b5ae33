#include "sys/clock.hpp"

#include <cstdlib>
#include <ctime>

namespace gadgetry::sys {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

int64_t read_clock(clockid_t clock) {
  timespec now{};
  (void)clock_gettime(clock, &now);  // cannot fail for these clocks
  return int64_t{now.tv_sec} * kSecond + now.tv_nsec;
}

// Wall clock minus boot clock. The best of a few tries: the one in which the least time passed between both
// readings of the boot clock.
int64_t measure() {
  int64_t best = 0;
  int64_t best_window = INT64_MAX;
  for (int i = 0; i < 5; i++) {
    int64_t before = read_clock(CLOCK_BOOTTIME);
    int64_t wall = read_clock(CLOCK_REALTIME);
    int64_t after = read_clock(CLOCK_BOOTTIME);
    if (after - before < best_window) {
      best_window = after - before;
      best = wall - (before + (after - before) / 2);
    }
  }
  return best;
}

}  // namespace

int64_t coarse_seconds() {
  return read_clock(CLOCK_MONOTONIC_COARSE) / kSecond;
}

BootClock::BootClock() : offset_(measure()), measured_at_(read_clock(CLOCK_MONOTONIC_COARSE)) {}

void BootClock::refresh() {
  if (fixed_) return;
  int64_t now = read_clock(CLOCK_MONOTONIC_COARSE);
  if (now - measured_at_ < kSecond) return;
  measured_at_ = now;
  int64_t measured = measure();
  // Smaller differences are noise of the measurement; following it would make times jump back and forth.
  constexpr int64_t kNoise = 2000;
  if (std::abs(measured - offset_) > kNoise) offset_ = measured;
}

int64_t BootClock::now() {
  return read_clock(CLOCK_REALTIME);
}

}  // namespace gadgetry::sys
