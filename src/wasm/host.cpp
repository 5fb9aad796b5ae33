#include "wasm/host.hpp"

#include <algorithm>
#include <climits>

#include "base/limits.hpp"
#include "base/log.hpp"
#include "base/strings.hpp"
#include "wasm/call_log.hpp"
#include "wasm/host_parts.hpp"
#include "wasm/machine.hpp"
#include "wasm/profile.hpp"
#include "wasm/watchdog.hpp"

namespace gadgetry::wasm {
namespace {

constexpr uint64_t kInitFuel = 1'000'000'000'000;  // a function of the lifecycle is bounded by its deadline
constexpr int64_t kSecond = 1'000'000'000;
constexpr uint32_t kWarningsPerSecond = 5;

}  // namespace

Host::Host(std::shared_ptr<const Module> module, HostOptions options, Environment& environment)
    : module_(std::move(module)), options_(std::move(options)), environment_(environment) {}

base::Result<std::unique_ptr<Host>> Host::create(std::shared_ptr<const Module> module, HostOptions options,
                                                 Environment& environment) {
  std::unique_ptr<Host> host(new Host(std::move(module), std::move(options), environment));
  GADGETRY_TRY(host->instantiate());
  return host;
}

Host::~Host() {
  watchdog_.reset();
  if (options_.profiler != nullptr) options_.profiler->detach();
  handles_.clear();
  if (instance_ != nullptr) wasmcore_free_instance(instance_);
}

// ---- lifecycle ----

base::Status Host::init() {
  phase_ = Phase::kInit;
  active_ = true;
  GADGETRY_TRY(run_start_function());
  if (exports_->initialize != nullptr) {
    uint64_t slot = 0;
    if (!call(exports_->initialize, "_initialize", &slot, 0, 0)) return failure();
  }
  GADGETRY_TRY(check_version());
  return call_lifecycle("gadgetInit", exports_->init);
}

// The start function of the module itself, if it has one: mostly there is _initialize instead.
base::Status Host::run_start_function() {
  wasmcore_set_fuel(instance_, kInitFuel);
  watchdog_->arm(monotonic_ns() + options_.lifecycle_deadline_ns);
  enum wasmcore_trap trap = wasmcore_start(instance_);
  if (watchdog_->disarm() && trap == WASMCORE_TRAP_NONE) wasmcore_clear_interrupt(instance_);
  if (trap != WASMCORE_TRAP_NONE) trapped("the start function", trap);
  return failure();
}

base::Status Host::check_version() {
  const char* hint = "this program runs modules of API version 1";
  if (exports_->version == nullptr) {
    return base::Error("module of gadget " + options_.name +
                       ": unsupported gadget API version: it has no function gadgetAPIVersion that returns an i64")
        .with_hint(hint);
  }
  uint64_t version = 0;
  if (!call(exports_->version, "gadgetAPIVersion", &version, 0, 1)) return failure();
  if (version == kApiVersion) return {};
  return base::Error("module of gadget " + options_.name + ": unsupported gadget API version " +
                     std::to_string(version))
      .with_hint(hint);
}

base::Status Host::pre_start() {
  phase_ = Phase::kPreStart;
  return call_lifecycle("gadgetPreStart", exports_->pre_start);
}

base::Status Host::start() {
  phase_ = Phase::kStart;
  GADGETRY_TRY(call_lifecycle("gadgetStart", exports_->start));
  Machine::instance().release();  // what it knows of the kernel is large, and asked for mostly before this
  start_timers();
  phase_ = Phase::kRunning;
  return {};
}

void Host::stop() {
  if (phase_ == Phase::kCreated || phase_ >= Phase::kStop) return;
  bool was_started = phase_ == Phase::kRunning;
  phase_ = Phase::kStop;
  stop_requested_ = false;
  wasmcore_clear_interrupt(instance_);
  timers_.clear();
  if (was_started) {
    if (auto status = call_lifecycle("gadgetStop", exports_->stop); !status.ok()) {
      base::log_warning(status.error().text());
    }
  }
}

void Host::post_stop() {
  if (phase_ != Phase::kStop) return;
  handles_.clear();
  source_handles_.clear();
  packets_.clear();
  packet_bytes_ = 0;
  phase_ = Phase::kPostStop;
  if (auto status = call_lifecycle("gadgetPostStop", exports_->post_stop); !status.ok()) {
    base::log_warning(status.error().text());
  }
  phase_ = Phase::kEnded;
}

base::Status Host::call_lifecycle(const char* name, wasmcore_function* function) {
  if (function == nullptr || !active_) return {};
  uint64_t result = 0;
  if (!call(function, name, &result, 0, 1)) {
    // In its lifecycle a module that traps ends the run; while it only watches, the policy decides.
    if (!failure_) {
      return base::Error("module of gadget " + options_.name + ": " + last_error_)
          .with_hint("the gadget cannot start without it");
    }
    return failure();
  }
  if (static_cast<uint32_t>(result) == 0) return {};
  std::string why = logged_error_.empty() ? "" : ": " + logged_error_;
  return base::Error("module of gadget " + options_.name + ": " + name + " failed" + why)
      .with_hint("-v shows what the module says");
}

void Host::interrupt() noexcept {
  stop_requested_ = true;
  // Callbacks are short and bounded by fuel: they may finish. What runs before the first event may take long.
  if (phase_ <= Phase::kStart && instance_ != nullptr) wasmcore_interrupt(instance_);
}

bool Host::is_interrupted() const {
  return stop_requested_ || watchdog_->has_fired();
}

base::Status Host::failure() const {
  if (!failure_) return {};
  return *failure_;
}

HostStats Host::stats() const {
  wasmcore_stats engine{};
  if (instance_ != nullptr) wasmcore_instance_stats(instance_, &engine);
  return {.calls = callbacks_,
          .traps = traps_,
          .skipped = skipped_,
          .fuel = engine.fuel_used,
          .memory_pages = engine.memory_pages};
}

// ---- calls ----

bool Host::call(wasmcore_function* function, const char* name, uint64_t* slots, uint32_t nargs, uint32_t nresults) {
  bool outermost = depth_ == 0;
  bool lifecycle = nested_batches_ == 0;
  if (outermost) {
    wasmcore_set_fuel(instance_, lifecycle ? kInitFuel : options_.fuel);
    if (lifecycle) {
      charged_ = 0;
      watchdog_->arm(monotonic_ns() + options_.lifecycle_deadline_ns);
    }
  }
  if (options_.profiler != nullptr) options_.profiler->begin_call(name);
  depth_++;
  enum wasmcore_trap trap = wasmcore_call(function, slots, nargs, nresults);
  depth_--;
  if (options_.profiler != nullptr) options_.profiler->end_call();
  if (outermost && lifecycle && watchdog_->disarm() && trap == WASMCORE_TRAP_NONE) {
    wasmcore_clear_interrupt(instance_);  // it came when the call had just ended
  }
  if (trap == WASMCORE_TRAP_NONE) [[likely]] return true;
  trapped(name, trap);
  return false;
}

void Host::trapped(const char* name, enum wasmcore_trap trap) {
  wasmcore_error error{};
  wasmcore_last_trap(instance_, &error);
  traps_++;
  std::string why = error.message;
  if (trap == WASMCORE_TRAP_NESTING || why.empty()) why = wasmcore_trap_text(trap);
  if (trap == WASMCORE_TRAP_FUEL) why += ": more than " + std::to_string(options_.fuel) + " instructions";
  if (trap == WASMCORE_TRAP_INTERRUPTED) why += stop_requested_ ? ": the run was stopped" : ": it took too long";
  if (trap == WASMCORE_TRAP_EXIT) why += exit_text();
  if (trap == WASMCORE_TRAP_HOST && !last_error_.empty()) why += ": " + last_error_;
  if (!stderr_tail_.empty()) why += "; it said: " + base::printable(base::trim(stderr_tail_));
  wasmcore_clear_interrupt(instance_);
  last_error_ = std::string(name) + " trapped: " + why;
  if (!active_) return;
  active_ = false;
  if (failure_) return;
  bool in_lifecycle = nested_batches_ == 0;
  if (options_.on_trap == TrapPolicy::kFail || in_lifecycle) {
    failure_ = base::Error("module of gadget " + options_.name + ": " + last_error_)
                   .with_hint(in_lifecycle ? "the gadget cannot work without its module"
                                           : "--wasm-on-trap pass shows the events without it");
  } else {
    base::log_warning("module of gadget " + options_.name + ": " + last_error_ +
                      "; it is switched off, events pass without it");
  }
}

void Host::stop_with(base::Error error) {
  if (!failure_) failure_ = std::move(error);
  active_ = false;
}

void Host::begin_batch(Packet& packet) {
  (void)packet;
  // What the guest emits is within its own call, with the deadline and the limits of that.
  if (nested_batches_++ > 0 || depth_ > 0) return;
  charged_ = 0;
  watchdog_->arm(monotonic_ns() + options_.batch_deadline_ns);
}

void Host::end_batch(Packet& packet) {
  if (packet.is_live) handles_.remove(packet.array_handle);
  packet.array_handle = 0;
  if (--nested_batches_ > 0 || depth_ > 0) return;
  if (watchdog_->disarm()) wasmcore_clear_interrupt(instance_);
}

bool Host::call_data(const Subscription& subscription, uint32_t source, uint32_t data) {
  uint64_t slots[3] = {subscription.callback, source, data};
  callbacks_++;
  return call(exports_->data, "dataSourceCallback", slots, 3, 0);
}

bool Host::call_batch(const Subscription& subscription, uint32_t source, uint32_t records, uint32_t count) {
  uint64_t slots[4] = {subscription.callback, source, records, count};
  callbacks_++;
  return call(exports_->batch, "gadgetBatch", slots, 4, 0);
}

base::Status Host::call_output(const OutputMode& mode, Packet* packet, uint32_t data, std::string& text) {
  Packet none;
  Packet& around = packet == nullptr ? none : *packet;
  begin_batch(around);
  std::string* before = std::exchange(output_text_, &text);  // it may emit into a data source with a mode of its own
  uint64_t slots[4] = {mode.callback, source_handle(*mode.source), data, packet == nullptr ? 1u : 0u};
  callbacks_++;
  bool done = !active_ || call(exports_->output, "gadgetOutput", slots, 4, 0);
  output_text_ = before;
  end_batch(around);
  if (!done && !failure_) return base::Error("output mode " + mode.name + ": " + last_error_);
  return failure();
}

uint32_t Host::source_handle(data::DataSource& source) {
  for (auto& [known, handle] : source_handles_) {
    if (known != &source) continue;
    // The module may have released it.
    Object* object = handles_.find(handle, ObjectType::kSource);
    if (object == nullptr || object->source != &source) {
      handle = handles_.add({.type = ObjectType::kSource, .source = &source});
    }
    return handle;
  }
  source_handles_.emplace_back(&source, handles_.add({.type = ObjectType::kSource, .source = &source}));
  return source_handles_.back().second;
}

// ---- what host functions share ----

void Host::warn(std::string_view text) {
  int64_t second = monotonic_ns() / kSecond;
  if (second != warnings_second_) {
    if (warnings_ > kWarningsPerSecond) {
      base::log_warning("module of gadget " + options_.name + ": " +
                        std::to_string(warnings_ - kWarningsPerSecond) + " more warnings");
    }
    warnings_second_ = second;
    warnings_ = 0;
  }
  if (warnings_++ < kWarningsPerSecond) {
    base::log_warning("module of gadget " + options_.name + ": " + base::printable(text));
  }
}

uint64_t Host::fail_v1(uint64_t value, std::string_view function, std::string_view why) {
  last_error_.assign(function).append(": ").append(why);
  warn(last_error_);
  pay(200);
  return value;
}

uint64_t Host::fail(Code code, std::string_view function, std::string_view why) {
  last_error_.assign(function).append(": ").append(why);
  pay(50);
  return static_cast<uint64_t>(code);
}

uint64_t Host::fail(std::string_view function, const base::Error& error, Code code) {
  if (error.kind == base::ErrorKind::kPermission) code = Code::kDenied;
  if (error.kind == base::ErrorKind::kNotFound) code = Code::kNotFound;
  return fail(code, function, error.text());
}

uint64_t Host::put_text(std::string_view function, std::string_view value, uint64_t out, uint64_t length_address) {
  auto buffer = memory_.buffer(out);
  if (!buffer) return fail(Code::kMemory, function, "the buffer is outside of the memory");
  if (value.size() > buffer->size()) {
    return fail(Code::kTooSmall, function, "the buffer has " + std::to_string(buffer->size()) + " bytes, needed are " +
                                               std::to_string(value.size()));
  }
  if (!memory_.put(static_cast<uint32_t>(length_address), static_cast<uint32_t>(value.size()))) {
    return fail(Code::kMemory, function, "the address of the length is outside of the memory");
  }
  if (!value.empty()) std::memcpy(buffer->data(), value.data(), value.size());
  pay(value.size() / 16);
  return kDone;
}

void Host::log_from_guest(uint32_t level, std::string_view message) {
  constexpr base::LogLevel kLevels[] = {base::LogLevel::kError, base::LogLevel::kWarning, base::LogLevel::kInfo,
                                        base::LogLevel::kDebug, base::LogLevel::kDebug};
  pay(500);
  std::string text = base::printable(message.substr(0, limits::kWasmTextBytes));
  if (level > 4) {
    warn("log level " + std::to_string(level) + ": " + text);
    return;
  }
  if (level == 0) logged_error_ = text;
  if (base::log_enabled(kLevels[level])) base::log(kLevels[level], options_.name + ": " + text);
}

void Host::pay(uint64_t units) {
  if (units == 0 || instance_ == nullptr) return;
  uint64_t left = wasmcore_fuel(instance_);
  wasmcore_set_fuel(instance_, left > units ? left - units : 0);
}

bool Host::charge(Packet& packet, size_t bytes) {
  if (bytes > limits::kWasmHostBytes - std::min(charged_ + packet_bytes_, limits::kWasmHostBytes)) return false;
  if (packet.is_live) {
    charged_ += bytes;
  } else {
    packet.charged += bytes;
    packet_bytes_ += bytes;
  }
  pay(bytes / 16);
  return true;
}

bool Host::keep(size_t bytes) {
  if (bytes > limits::kWasmKeptBytes - kept_) return false;
  kept_ += bytes;
  pay(bytes / 16);
  return true;
}

RecordRef Host::find_record(uint32_t handle, const data::DataSource* source) {
  uint32_t index = 0;
  bool is_row = (handle & 0x80000000u) != 0;
  if (is_row) {
    index = (handle >> 16) & 0x7fff;
    handle &= 0xffff;
  }
  Object* object = handles_.find(handle);
  if (object == nullptr || (source != nullptr && object->source != source)) return {};
  switch (object->type) {
    case ObjectType::kPacket:
      if (!is_row && object->source->type() == data::SourceType::kArray) return {};
      break;
    case ObjectType::kRow:
      if (is_row) return {};
      index = object->index;
      break;
    case ObjectType::kLooseRow:
      return is_row ? RecordRef{} : RecordRef{.record = object->record, .packet = object->packet};
    default:
      return {};
  }
  auto& records = object->packet->batch->records;
  if (index >= records.size()) return {};
  return {.record = &records[index], .packet = object->packet};
}

Packet* Host::find_packet(uint32_t handle) {
  Object* object = handles_.find(handle, ObjectType::kPacket);
  return object == nullptr ? nullptr : object->packet;
}

Packet* Host::new_packet(data::DataSource& source) {
  if (packets_.size() >= limits::kWasmPackets) return nullptr;
  packets_.push_back(std::make_unique<Packet>());
  Packet& packet = *packets_.back();
  packet.source = &source;
  packet.own.source = &source;
  packet.own.arena = &packet.arena;
  packet.batch = &packet.own;
  return &packet;
}

std::unique_ptr<Packet> Host::take_packet(Packet* packet) {
  handles_.remove_of_packet(packet);
  auto it = std::find_if(packets_.begin(), packets_.end(), [&](const auto& owned) { return owned.get() == packet; });
  if (it == packets_.end()) return nullptr;
  std::unique_ptr<Packet> taken = std::move(*it);
  *it = std::move(packets_.back());
  packets_.pop_back();
  packet_bytes_ -= taken->charged;
  return taken;
}

void Host::free_packet(Packet* packet) {
  take_packet(packet);
}

bool Host::release(uint32_t handle) {
  Object* object = handles_.find(handle);
  if (object == nullptr) return false;
  if (object->type == ObjectType::kPacket && !object->packet->is_live) {
    free_packet(object->packet);
    return true;
  }
  return handles_.remove(handle);
}

base::Status Host::subscribe(Subscription subscription) {
  if (subscriptions_.size() >= limits::kWasmSubscriptions) return base::Error("too many subscriptions");
  // Equal priorities stay in the order they came in.
  auto at = std::upper_bound(subscriptions_.begin(), subscriptions_.end(), subscription.priority,
                             [](int32_t priority, const Subscription& s) { return priority < s.priority; });
  subscriptions_.insert(at, std::move(subscription));
  if (phase_ >= Phase::kStart) replan_ = true;
  return {};
}

base::Status Host::add_output_mode(OutputMode mode) {
  if (modes_.size() >= limits::kWasmOutputModes) return base::Error("too many output modes");
  modes_.push_back(std::move(mode));
  return {};
}

void Host::note_field_needed(data::Field& field) {
  if (field.needed) return;
  field.needed = true;
  if (phase_ >= Phase::kStart) replan_ = true;
}

// ---- timers ----

uint32_t Host::add_timer(int64_t interval_ns, bool once, uint64_t callback) {
  if (timers_.size() >= limits::kWasmTimers) return 0;
  auto timer = std::make_unique<Timer>(*this);
  timer->interval_ns = interval_ns;
  timer->once = once;
  timer->callback = callback;
  if (phase_ == Phase::kRunning) timer->next_ns = monotonic_ns() + interval_ns;
  Timer* pointer = timer.get();
  uint32_t handle = handles_.add({.type = ObjectType::kTimer, .resource = std::move(timer)});
  if (handle != 0) timers_.push_back(pointer);
  return handle;
}

void Host::start_timers() {
  int64_t now = monotonic_ns();
  for (Timer* timer : timers_) timer->next_ns = now + timer->interval_ns;
}

int64_t Host::next_timer_ns() const {
  int64_t next = INT64_MAX;
  if (!active_) return next;
  for (const Timer* timer : timers_) next = std::min(next, timer->next_ns);
  return next;
}

void Host::run_timers(int64_t now_ns) {
  Packet none;
  // A callback may stop timers, so each round looks for one that is due.
  for (size_t budget = timers_.size(); budget > 0 && active_; budget--) {
    auto due = std::find_if(timers_.begin(), timers_.end(), [&](Timer* t) { return t->next_ns <= now_ns; });
    if (due == timers_.end()) return;
    Timer& timer = **due;
    // Those missed meanwhile are left out, not made up for.
    timer.next_ns = timer.once ? INT64_MAX : std::max(timer.next_ns + timer.interval_ns, now_ns);
    if (options_.calls != nullptr) options_.calls->record_timer(timer.callback);
    run_timer(timer.callback);
  }
}

void Host::run_timer(uint64_t callback) {
  if (!active_) return;
  Packet none;
  begin_batch(none);
  uint64_t slot = callback;
  callbacks_++;
  (void)call(exports_->timer, "gadgetTimer", &slot, 1, 0);
  end_batch(none);
}

}  // namespace gadgetry::wasm
