#include "wasm/watchdog.hpp"

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <chrono>

namespace gadgetry::wasm {
namespace {

constexpr std::chrono::milliseconds kLook(20);  // between two looks at the clock
constexpr int kIdleLooks = 50;               // without a call, before the thread goes to sleep
constexpr int64_t kFired = -1;

}  // namespace

int64_t monotonic_ns() {
  timespec now{};
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

Watchdog::Watchdog(wasmcore_instance* instance) : instance_(instance) {
  // Signals are for the thread that runs the gadget.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { watch(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Watchdog::~Watchdog() {
  {
    std::lock_guard lock(mutex_);
    quit_ = true;
  }
  quitting_.notify_one();
  asleep_ = 0;
  asleep_.notify_one();
  thread_.join();
}

void Watchdog::arm(int64_t deadline_ns) {
  fired_.store(false, std::memory_order_relaxed);
  deadline_ns_.store(deadline_ns);
  if (asleep_.load() != 0) {
    asleep_.store(0);
    asleep_.notify_one();
  }
}

bool Watchdog::disarm() {
  // Whoever changes the deadline first wins: an interrupt after this is for a call that ended.
  int64_t deadline = deadline_ns_.exchange(0);
  if (deadline != kFired) return false;
  while (!fired_.load()) std::this_thread::yield();  // the thread is just interrupting
  return true;
}

void Watchdog::watch() {
  int idle = 0;
  while (!quit_) {
    int64_t deadline = deadline_ns_.load();
    idle = deadline == 0 ? idle + 1 : 0;
    if (deadline > 0 && monotonic_ns() > deadline && deadline_ns_.compare_exchange_strong(deadline, kFired)) {
      wasmcore_interrupt(instance_);
      fired_ = true;
    }
    if (idle < kIdleLooks) {
      std::unique_lock lock(mutex_);
      quitting_.wait_for(lock, kLook, [this] { return quit_.load(); });
      continue;
    }
    asleep_.store(1);
    // A call that began before it saw us asleep is seen here.
    if (deadline_ns_.load() == 0 && !quit_) asleep_.wait(1);
    asleep_.store(0);
    idle = 0;
  }
}

}  // namespace gadgetry::wasm
