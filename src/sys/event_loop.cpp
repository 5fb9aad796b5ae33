#include "sys/event_loop.hpp"

#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <utility>

namespace gadgetry::sys {
namespace {

constexpr int kEventsAtOnce = 64;

// Takes the count out of an eventfd or timerfd; nothing to do when there is none.
void drain_counter(int fd) {
  uint64_t count = 0;
  while (read(fd, &count, sizeof count) < 0 && errno == EINTR) {
  }
}

}  // namespace

base::Result<std::unique_ptr<EventLoop>> EventLoop::create() {
  std::unique_ptr<EventLoop> loop(new EventLoop);
  loop->epoll_.reset(epoll_create1(EPOLL_CLOEXEC));
  if (!loop->epoll_) return base::Error::system("making an event loop: epoll_create1", errno);
  int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake < 0) return base::Error::system("making an event loop: eventfd", errno);
  loop->wake_.reset(wake);
  GADGETRY_TRY(loop->add_fd(wake, [wake](uint32_t) { drain_counter(wake); }));
  return loop;
}

EventLoop::~EventLoop() {
  if (has_signals_) pthread_sigmask(SIG_SETMASK, &old_mask_, nullptr);
}

base::Status EventLoop::add(int fd, uint32_t events, std::shared_ptr<Entry> entry) {
  if (entries_.contains(fd))
    return base::Error("descriptor " + std::to_string(fd) + " is in the event loop already");
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    return base::Error::system("waiting for descriptor " + std::to_string(fd), errno);
  }
  entries_.emplace(fd, std::move(entry));
  return {};
}

base::Status EventLoop::add_fd(int fd, std::function<void(uint32_t)> callback, uint32_t events) {
  auto entry = std::make_shared<Entry>();
  entry->callback = std::move(callback);
  return add(fd, events, std::move(entry));
}

void EventLoop::remove_fd(int fd) {
  auto it = entries_.find(fd);
  if (it == entries_.end()) return;
  it->second->removed = true;  // a dispatch under way may still hold it
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  entries_.erase(it);
}

base::Result<int> EventLoop::add_timer(uint64_t period_ns, std::function<void()> callback) {
  constexpr uint64_t kSecond = 1'000'000'000;
  if (period_ns == 0) return base::Error("a timer needs a period above 0");
  auto entry = std::make_shared<Entry>();
  int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (fd < 0) return base::Error::system("making a timer", errno);
  entry->owned.reset(fd);
  entry->callback = [fd, call = std::move(callback)](uint32_t) {
    drain_counter(fd);
    call();
  };
  itimerspec spec{};
  spec.it_interval.tv_sec = static_cast<time_t>(period_ns / kSecond);
  spec.it_interval.tv_nsec = static_cast<long>(period_ns % kSecond);
  spec.it_value = spec.it_interval;
  if (timerfd_settime(fd, 0, &spec, nullptr) != 0) return base::Error::system("setting a timer", errno);
  GADGETRY_TRY(add(fd, EPOLLIN, std::move(entry)));
  return fd;
}

void EventLoop::remove_timer(int timer) {
  remove_fd(timer);
}

base::Status EventLoop::add_signals(std::initializer_list<int> signals, std::function<void(int)> callback) {
  if (has_signals_) return base::Error("the event loop has its signals already");
  sigset_t set;
  sigemptyset(&set);
  for (int number : signals) sigaddset(&set, number);
  auto entry = std::make_shared<Entry>();
  int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0) return base::Error::system("waiting for signals: signalfd", errno);
  entry->owned.reset(fd);
  entry->callback = [fd, call = std::move(callback)](uint32_t) {
    signalfd_siginfo info{};
    while (read(fd, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      call(static_cast<int>(info.ssi_signo));
    }
  };
  if (int error = pthread_sigmask(SIG_BLOCK, &set, &old_mask_); error != 0) {
    return base::Error::system("blocking signals", error);
  }
  has_signals_ = true;
  return add(fd, EPOLLIN, std::move(entry));
}

base::Result<int> EventLoop::run_once(int timeout_ms) {
  epoll_event events[kEventsAtOnce];
  int ready = epoll_wait(epoll_.get(), events, kEventsAtOnce, timeout_ms);
  if (ready < 0) {
    if (errno == EINTR) return 0;
    return base::Error::system("waiting for events: epoll_wait", errno);
  }
  // Looked up before the first call: a callback may close a descriptor and its number come back as another.
  std::shared_ptr<Entry> entries[kEventsAtOnce];
  for (int i = 0; i < ready; i++) {
    auto it = entries_.find(events[i].data.fd);
    if (it != entries_.end()) entries[i] = it->second;
  }
  int called = 0;
  for (int i = 0; i < ready; i++) {
    if (entries[i] == nullptr || entries[i]->removed) continue;
    entries[i]->callback(events[i].events);
    called++;
  }
  return called;
}

base::Status EventLoop::run() {
  while (!stopped()) {
    auto called = run_once(-1);
    if (!called.ok()) return std::move(called).error();
  }
  return {};
}

void EventLoop::stop() {
  stopped_.store(true, std::memory_order_relaxed);
  uint64_t one = 1;
  while (write(wake_.get(), &one, sizeof one) < 0 && errno == EINTR) {
  }
}

}  // namespace gadgetry::sys
