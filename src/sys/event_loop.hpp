// Waits for file descriptors, timers and signals in one thread and calls back.
#pragma once

#include <signal.h>
#include <sys/epoll.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace gadgetry::sys {

class EventLoop {
 public:
  static base::Result<std::unique_ptr<EventLoop>> create();
  ~EventLoop();  // gives the signals back: the thread's signal mask is as it was before add_signals
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Calls back with the EPOLL* bits that are ready. The descriptor stays the caller's, who must remove it
  // before closing it. Callbacks may add and remove anything, themselves included.
  base::Status add_fd(int fd, std::function<void(uint32_t)> callback, uint32_t events = EPOLLIN);
  void remove_fd(int fd);

  // Calls back every period (the first time after one period) until removed. Periods that were missed count
  // as one.
  base::Result<int> add_timer(uint64_t period_ns, std::function<void()> callback);
  void remove_timer(int timer);

  // Takes these signals away from the process' default actions and calls back with the number. Blocks them in
  // the calling thread, so call it before other threads start. May be called once.
  base::Status add_signals(std::initializer_list<int> signals, std::function<void(int)> callback);

  // Waits at most timeout_ms (-1: for ever; 0: not at all) and calls back for everything that is ready. The
  // number of callbacks made.
  base::Result<int> run_once(int timeout_ms);
  // Until stop().
  base::Status run();
  // From any thread or callback. run_once() that waits returns.
  void stop();
  bool stopped() const { return stopped_.load(std::memory_order_relaxed); }

 private:
  struct Entry {
    std::function<void(uint32_t)> callback;
    bool removed = false;
    base::Fd owned;  // of timers and signals
  };

  EventLoop() = default;
  base::Status add(int fd, uint32_t events, std::shared_ptr<Entry> entry);

  base::Fd epoll_;
  base::Fd wake_;
  std::map<int, std::shared_ptr<Entry>> entries_;
  std::atomic<bool> stopped_{false};
  bool has_signals_ = false;
  sigset_t old_mask_{};
};

}  // namespace gadgetry::sys
