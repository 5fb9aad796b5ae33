#include "pipeline/run.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/log.hpp"

namespace gadgetry::pipeline {
namespace {

constexpr int64_t kMillisecond = 1'000'000;
constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kNever = INT64_MAX;

// Programs may send events without a wake-up; a person at a terminal still sees them within a tenth of a
// second.
constexpr int64_t kIdleReadInterval = 50 * kMillisecond;
// A wake-up costs the traced process about a microsecond, so a busy ring is read by the clock instead.
constexpr int64_t kBusyReadInterval = 5 * kMillisecond;
constexpr size_t kBusyRecords = 64;  // as many at once make a ring busy

int64_t now_ns() {
  timespec now{};
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * kSecond + now.tv_nsec;
}

}  // namespace

Run::Run(std::unique_ptr<Gadget> gadget, RunConfig config)
    : gadget_(std::move(gadget)), config_(std::move(config)) {}

Run::~Run() {
  attachments_.detach();
}

void Run::request_stop() noexcept {
  uint64_t one = 1;
  int saved = errno;
  [[maybe_unused]] ssize_t written = ::write(stop_event_.get(), &one, sizeof(one));
  if (module_ != nullptr) module_->host().interrupt();
  errno = saved;
}

base::Result<bool> Run::step(int64_t timeout_ns) {
  if (state_ == State::kEnded) return false;
  if (replay_ != nullptr) return replay_step();
  int64_t now = now_ns();
  int64_t until = std::min(next_deadline(), timeout_ns >= kNever - now ? kNever : now + timeout_ns);
  GADGETRY_TRY(wait(until == kNever ? -1 : std::max<int64_t>(until - now, 0)));
  now = now_ns();
  GADGETRY_TRY(read_events(now));
  GADGETRY_TRY(fetch_due(now));
  if (auto status = run_module(now); !status.ok()) {
    (void)finish();  // what was shown so far stays shown, and what was not is counted
    return std::move(status).error();
  }
  report_losses(now);
  refresh_places(now);
  if (recorder_ != nullptr) GADGETRY_TRY(recorder_->tick());
  GADGETRY_TRY(check_sinks());
  if (!stop_seen_ && !done(now)) return true;
  GADGETRY_TRY(finish());
  return false;
}

// Timers of the module; and whether it has ended the run.
base::Status Run::run_module(int64_t now) {
  if (module_ == nullptr) return {};
  // Replayed, timers fire when they did.
  if (replay_ == nullptr && module_->host().next_timer_ns() <= now) module_->host().run_timers(now);
  GADGETRY_TRY(module_->host().failure());
  if (module_->host().take_replan()) {
    for (auto& stream : streams_) GADGETRY_TRY(stream->plan_stages());
  }
  return {};
}

// Containers and interfaces that came or went since the last look.
void Run::refresh_places(int64_t now) {
  if (now < next_refresh_ns_ || !attachments_.is_dynamic()) return;
  if (auto status = attachments_.refresh(); !status.ok()) base::log_warning(status.error().text());
  next_refresh_ns_ = now_ns() + kSecond;
}

base::Status Run::wait(int64_t timeout_ns) {
  std::array<epoll_event, 16> ready{};
  timespec timeout{.tv_sec = timeout_ns / kSecond, .tv_nsec = timeout_ns % kSecond};
  int n = ::epoll_pwait2(epoll_.get(), ready.data(), static_cast<int>(ready.size()),
                         timeout_ns < 0 ? nullptr : &timeout, nullptr);
  if (n < 0 && errno != EINTR) return base::Error::system("waiting for events", errno);
  for (int i = 0; i < n; i++) {
    if (ready[static_cast<size_t>(i)].data.ptr == nullptr) {
      stop_seen_ = true;
    } else {
      static_cast<EventState*>(ready[static_cast<size_t>(i)].data.ptr)->next_read_ns = 0;
    }
  }
  return {};
}

// Wakes us when a ring has something (on), or not at all while the clock does (off).
void Run::listen(EventInput& input, bool on) {
  auto state =
      std::find_if(events_.begin(), events_.end(), [&](EventState& s) { return &s.input == &input; });
  for (int fd : input.fds()) {
    epoll_event event{.events = on ? static_cast<uint32_t>(EPOLLIN) : 0, .data = {.ptr = &*state}};
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
  }
}

// Records to read in one round: with --count no more than are still wanted.
size_t Run::event_budget(const EventInput& input) const {
  if (config_.count == 0) return config_.round_records;
  uint64_t delivered = input.stream().source().counters().delivered;
  return delivered >= config_.count ? 0
                                    : std::min<uint64_t>(config_.count - delivered, config_.round_records);
}

base::Status Run::read_events(int64_t now) {
  for (EventState& state : events_) {
    if (now < state.next_read_ns) continue;
    size_t budget = event_budget(state.input);
    size_t read = state.input.drain(budget);
    bool busy = read >= kBusyRecords;
    if (busy != state.busy) {
      state.busy = busy;
      listen(state.input, !busy);
    }
    // A round that used its whole budget left something behind: go on at once.
    int64_t interval = busy ? kBusyReadInterval : kIdleReadInterval;
    state.next_read_ns = budget > 0 && read == budget ? 0 : now + interval;
  }
  return {};
}

base::Status Run::fetch_due(int64_t now) {
  for (FetchState& state : fetches_) {
    if (now < state.next_ns || state.input.finished()) continue;
    GADGETRY_TRY(state.input.fetch());
    state.input.count_losses();
    int64_t interval = state.input.schedule().interval_ns;
    // Fetches that took longer than the interval are left out, not made up for.
    state.next_ns =
        state.input.finished() || interval == 0 ? kNever : std::max(state.next_ns + interval, now);
  }
  return {};
}

base::Status Run::check_sinks() {
  for (auto& stream : streams_) GADGETRY_TRY(stream->sink().flush());
  return {};
}

int64_t Run::next_deadline() const {
  int64_t next = stop_seen_ ? 0 : kNever;
  for (const EventState& state : events_) next = std::min(next, state.next_read_ns);
  for (const FetchState& state : fetches_) next = std::min(next, state.next_ns);
  if (deadline_ns_ != 0) next = std::min(next, deadline_ns_);
  if (!events_.empty()) next = std::min(next, next_loss_report_ns_);
  if (module_ != nullptr) next = std::min(next, module_->host().next_timer_ns());
  if (attachments_.is_dynamic()) next = std::min(next, next_refresh_ns_);
  return next;
}

// A run ends by itself at its time-out, when its last fetch is done, or when enough events were delivered.
bool Run::done(int64_t now) const {
  if (deadline_ns_ != 0 && now >= deadline_ns_) return true;
  bool waiting = std::any_of(fetches_.begin(), fetches_.end(), [](const FetchState& s) {
    return s.next_ns != kNever || (s.input.schedule().at_stop && !s.input.finished());
  });
  // A gadget that is only a module has nothing but what that emits.
  if (events_.empty() && fetches_.empty() && config_.count != 0 &&
      std::any_of(streams_.begin(), streams_.end(), [&](const auto& stream) {
        return stream->source().counters().delivered >= config_.count;
      })) {
    return true;
  }
  waiting = waiting || (module_ != nullptr && module_->host().next_timer_ns() != kNever);
  if (events_.empty()) return !waiting;
  if (config_.count == 0) return false;
  return std::all_of(events_.begin(), events_.end(),
                     [&](const EventState& s) { return event_budget(s.input) == 0; });
}

void Run::report_losses(int64_t now) {
  if (now < next_loss_report_ns_) return;
  next_loss_report_ns_ = now + kSecond;
  for (EventState& state : events_) state.input.count_losses();
  uint64_t in_maps = 0;
  uint64_t others = 0;
  for (const auto& stream : streams_) {
    const data::Counters& counters = stream->source().counters();
    in_maps += counters.lost_map_full;
    others += counters.lost() - counters.lost_map_full - counters.lost_module;
  }
  if (others > reported_losses_) {
    base::log_warning(
        "lost " + std::to_string(others - reported_losses_) +
        " events in the last second: the reader is slower than the events come; a larger --ring-size, a "
        "filter or a faster output helps");
  }
  if (in_maps > reported_map_losses_) {
    base::log_warning("lost " + std::to_string(in_maps - reported_map_losses_) +
                      " events: a map of the gadget was full; a filter or a shorter --interval helps");
  }
  reported_losses_ = others;
  reported_map_losses_ = in_maps;
}

// What programs wrote before they were detached.
void Run::drain_inputs() {
  // A program on another CPU may still be writing its last event: look twice.
  for (int round = 0; round < 2; round++) {
    if (round == 1 && !events_.empty()) ::usleep(1000);
    for (EventState& state : events_) {
      while (state.input.drain(event_budget(state.input)) > 0) {
      }
    }
  }
}

base::Status Run::finish() {
  state_ = State::kEnded;
  attachments_.detach();
  drain_inputs();
  for (FetchState& state : fetches_) {
    if (!state.input.schedule().at_stop || state.input.finished()) continue;
    // Between two reads there is often nothing: an empty table more says nothing, an empty profile does.
    GADGETRY_TRY(state.input.fetch(state.input.fetches() > 0));
    state.input.count_losses();
  }
  for (EventState& state : events_) state.input.count_losses();
  if (module_ != nullptr) module_->stop();  // it may emit once more
  for (auto& stream : streams_) {
    GADGETRY_TRY(stream->sink().finish());
    GADGETRY_TRY(stream->sink().flush());
  }
  base::Status failure;
  if (module_ != nullptr) {
    failure = module_->host().failure();
    GADGETRY_TRY(module_->end());
  }
  if (recorder_ != nullptr) GADGETRY_TRY(recorder_->finish());
  return failure;
}

}  // namespace gadgetry::pipeline
