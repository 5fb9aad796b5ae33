// Ends calls into a module that take too long. One thread, asleep while nothing runs.
#pragma once

#include <wasmcore.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

namespace gadgetry::wasm {

class Watchdog {
 public:
  explicit Watchdog(wasmcore_instance* instance);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // Interrupts the instance once CLOCK_MONOTONIC passes deadline_ns. Takes a few nanoseconds.
  void arm(int64_t deadline_ns);
  // True when the deadline had passed.
  bool disarm();
  bool has_fired() const { return fired_.load(std::memory_order_relaxed); }

 private:
  void watch();

  wasmcore_instance* instance_;
  std::atomic<int64_t> deadline_ns_{0};  // 0: nothing runs
  std::atomic<bool> fired_{false};
  std::atomic<uint32_t> asleep_{0};      // the thread waits for it to become 0
  std::atomic<bool> quit_{false};
  std::mutex mutex_;                  // of quit_, for the wait between two looks
  std::condition_variable quitting_;
  std::thread thread_;
};

int64_t monotonic_ns();

}  // namespace gadgetry::wasm
