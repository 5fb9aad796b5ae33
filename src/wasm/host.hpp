// One module of a gadget while it runs: its instance, its lifecycle, and what the host functions share.
//
// Lifecycle (shared with the modules of the ecosystem): create → init (_initialize, gadgetAPIVersion, gadgetInit) →
// pre_start (gadgetPreStart; the eBPF object is not loaded yet) → start (gadgetStart; it is attached) → callbacks →
// stop (gadgetStop) → post_stop (gadgetPostStop).
//
// Containment: linear memory, fuel for each call, a deadline for each batch and each function of the lifecycle, what
// host functions allocate, handles. A call that traps names its function; the module is then switched off, and its
// policy says whether the run ends (fail) or the events go on without it (pass).
#pragma once

#include <wasmcore.h>

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "bpf/object.hpp"
#include "data/data_source.hpp"
#include "data/record.hpp"
#include "wasm/abi.hpp"
#include "wasm/batch_view.hpp"
#include "wasm/files.hpp"
#include "wasm/guest.hpp"
#include "wasm/handles.hpp"
#include "wasm/module.hpp"
#include "wasm/packet.hpp"
#include "wasm/permissions.hpp"
#include "wasm/sockets.hpp"

struct wasmcore_wasi;

namespace gadgetry::wasm {

class CallLog;
class Profiler;
class Watchdog;

// What the pipeline offers to the module.
class Environment {
 public:
  virtual ~Environment() = default;
  virtual std::vector<data::DataSource*> sources() = 0;
  virtual base::Result<data::DataSource*> new_source(std::string_view name, data::SourceType type) = 0;
  // Runs the packet's records through the stages behind the module's callbacks and the output of its data source.
  virtual base::Status emit(Packet& packet) = 0;
  // A dotted key of the metadata, "programs.NAME.attach_to".
  virtual base::Status set_config(std::string_view key, std::string_view value) = 0;
  virtual std::optional<std::string> param(std::string_view key) = 0;
  // The eBPF object; null for a gadget without one.
  virtual bpf::Object* object() = 0;
  // File descriptor of the map of container filtering; -1: everything passes.
  virtual int mntns_filter_map() = 0;
};

enum class TrapPolicy : uint8_t { kFail, kPass };

struct HostOptions {
  std::string name;             // of the gadget, for messages
  uint32_t memory_pages = 256;  // linear memory at most, 64 KiB each
  uint64_t fuel = 500'000'000;  // instructions of one callback
  int64_t batch_deadline_ns = 10'000'000'000;      // all callbacks of one batch
  int64_t lifecycle_deadline_ns = 42'000'000'000;  // each function of the lifecycle
  TrapPolicy on_trap = TrapPolicy::kFail;
  Permissions permissions;      // granted
  CallLog* calls = nullptr;     // records or replays what kOutside functions answer; not owned
  Profiler* profiler = nullptr; // not owned
};

// Where in the lifecycle the module is.
enum class Phase : uint8_t { kCreated, kInit, kPreStart, kStart, kRunning, kStop, kPostStop, kEnded };

struct Subscription {
  enum class Type : uint8_t { kData = 1, kArray = 2, kPacket = 3, kBatch = 4 };
  data::DataSource* source = nullptr;
  Type type = Type::kData;
  int32_t priority = 0;
  uint64_t callback = 0;
  BatchView view = {};  // kBatch
};

struct OutputMode {
  data::DataSource* source = nullptr;
  std::string name;
  uint64_t callback = 0;
};

struct HostStats {
  uint64_t calls = 0;   // of callbacks
  uint64_t traps = 0;
  uint64_t skipped = 0; // records that a switched-off module did not see
  uint64_t fuel = 0;    // used
  uint32_t memory_pages = 0;
};

class Host {
 public:
  static base::Result<std::unique_ptr<Host>> create(std::shared_ptr<const Module> module, HostOptions options,
                                                    Environment& environment);
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  base::Status init();
  base::Status pre_start();
  base::Status start();
  // Both call the module even after an interrupt, but not after a trap. What fails is a warning.
  void stop();
  void post_stop();
  // Makes the function of the lifecycle that runs, or is called next, end. Callable from signal handlers.
  void interrupt() noexcept;

  // The module trapped and its policy is to end the run.
  base::Status failure() const;
  bool active() const { return active_; }
  HostStats stats() const;

  // ---- for the stage, the sink of output modes and the timers of the run ----
  const std::list<Subscription>& subscriptions() const { return subscriptions_; }
  // gadgetStart is still to come and may add subscriptions.
  bool may_subscribe_later() const;
  const std::vector<OutputMode>& output_modes() const { return modes_; }
  // Around a batch of callbacks: fuel is per call, the deadline per batch. The packet's rows can be named.
  void begin_batch(Packet& packet);
  void end_batch(Packet& packet);
  bool call_data(const Subscription& subscription, uint32_t source, uint32_t data);  // false: trapped
  bool call_batch(const Subscription& subscription, uint32_t source, uint32_t records, uint32_t count);
  base::Status call_output(const OutputMode& mode, Packet* packet, uint32_t data, std::string& text);
  // A handle of the data source for callbacks, always the same one.
  uint32_t source_handle(data::DataSource& source);
  // When the next timer is due (CLOCK_MONOTONIC), INT64_MAX: none; and calls those that are.
  int64_t next_timer_ns() const;
  void run_timers(int64_t now_ns);
  void run_timer(uint64_t callback);  // that one, now: when a recording is replayed
  // A field that formatters made was asked for after the stages had planned: plan them again.
  bool take_replan() { return std::exchange(replan_, false); }
  void count_skipped(size_t records) { skipped_ += records; }

  // ---- for the host functions ----
  GuestMemory& memory() { return memory_; }
  Handles& handles() { return handles_; }
  Files& files() { return files_; }
  Sockets& sockets() { return sockets_; }
  Environment& environment() { return environment_; }
  const HostOptions& options() const { return options_; }
  Phase phase() const { return phase_; }
  bool is_interrupted() const;  // a blocking function must return soon

  // Remembers the message for lastError, warns (version 1, at most a few a second) and returns what the function
  // returns: fail_v1 the value, fail the code.
  uint64_t fail_v1(uint64_t value, std::string_view function, std::string_view why);
  uint64_t fail(Code code, std::string_view function, std::string_view why);
  // The message of a Result.
  uint64_t fail(std::string_view function, const base::Error& error, Code code = Code::kIo);
  static constexpr uint64_t kDone = 0;

  // Writes `value` to an `out` buffer and its length to an out32; the code to return.
  uint64_t put_text(std::string_view function, std::string_view value, uint64_t out, uint64_t length_address);
  const std::string& last_error() const { return last_error_; }
  void log_from_guest(uint32_t level, std::string_view message);

  // Work of the host on behalf of the guest is paid with its fuel: `units` instructions.
  void pay(uint64_t units);
  // Memory that the host allocates for records: until the batch ends, or until the packet is freed when the module made
  // it. False beyond the limit.
  bool charge(Packet& packet, size_t bytes);
  // Memory for what stays: fields, tags, annotations, settings. False beyond the limit.
  bool keep(size_t bytes);
  // Ends the run with this error, whatever the policy: what replays a recording cannot go on.
  void stop_with(base::Error error);
  // Ends the module's call with a trap when the function returns.
  void trap_after_call() { trap_after_call_ = true; }
  enum wasmcore_trap take_trap() {
    return std::exchange(trap_after_call_, false) ? WASMCORE_TRAP_HOST : WASMCORE_TRAP_NONE;
  }

  // The record behind a data handle (a packet of a single source, a row, a row of an array by number) of `source`;
  // null when there is none, or of another data source. Null source: any.
  RecordRef find_record(uint32_t handle, const data::DataSource* source);
  Packet* find_packet(uint32_t handle);
  Packet* new_packet(data::DataSource& source);  // null: too many
  void free_packet(Packet* packet);
  // Takes a packet away from the module: no handle names it, or a row of it, any more.
  std::unique_ptr<Packet> take_packet(Packet* packet);
  // Frees a handle with what is behind it: the packets of the module as well. False: there is none.
  bool release(uint32_t handle);
  base::Status subscribe(Subscription subscription);
  base::Status add_output_mode(OutputMode mode);
  enum class Export : uint8_t { kData, kBatch, kOutput, kTimer };
  bool has_export(Export which) const;
  std::string* output_text() { return output_text_; }  // null outside of gadgetOutput
  void note_field_needed(data::Field& field);
  uint32_t add_timer(int64_t interval_ns, bool once, uint64_t callback);  // 0: too many handles

 private:
  struct Exports;
  struct Timer;
  struct Link;
  Host(std::shared_ptr<const Module> module, HostOptions options, Environment& environment);
  base::Status make_wasi();
  base::Status instantiate();
  base::Status find_exports();
  base::Status run_start_function();
  base::Status check_version();
  base::Status call_lifecycle(const char* name, wasmcore_function* function);
  // Calls with fuel of its own unless the guest is already running. False: it trapped, and is switched off.
  bool call(wasmcore_function* function, const char* name, uint64_t* slots, uint32_t nargs, uint32_t nresults);
  void trapped(const char* name, enum wasmcore_trap trap);
  void warn(std::string_view text);
  std::string exit_text() const;
  void start_timers();
  ptrdiff_t take_output(int stream, std::string_view text);

  std::shared_ptr<const Module> module_;
  HostOptions options_;
  Environment& environment_;
  Phase phase_ = Phase::kCreated;
  bool active_ = false;
  std::optional<base::Error> failure_;
  bool trap_after_call_ = false;
  bool replan_ = false;
  std::atomic<bool> stop_requested_{false};

  std::unique_ptr<Link> link_;  // what the imports are bound to
  wasmcore_instance* instance_ = nullptr;
  std::unique_ptr<Exports> exports_;
  std::unique_ptr<Watchdog> watchdog_;
  GuestMemory memory_;
  Handles handles_;
  Files files_;
  Sockets sockets_;
  std::vector<std::unique_ptr<Packet>> packets_;  // made by the module
  std::vector<std::pair<data::DataSource*, uint32_t>> source_handles_;
  std::list<Subscription> subscriptions_;  // stages point to them
  std::vector<OutputMode> modes_;
  std::vector<Timer*> timers_;  // owned by their handles
  std::string* output_text_ = nullptr;
  std::string last_error_;
  std::string logged_error_;  // the last one the module logged
  std::string stderr_tail_;  // what the module wrote to its standard error, at most the last lines
  size_t charged_ = 0;        // for the records of the batch
  size_t packet_bytes_ = 0;   // for the packets of the module
  size_t kept_ = 0;
  uint32_t depth_ = 0;          // calls into the guest that are active
  uint32_t nested_batches_ = 0;
  uint64_t callbacks_ = 0;
  uint64_t traps_ = 0;
  uint64_t skipped_ = 0;
  int64_t warnings_second_ = 0;
  uint32_t warnings_ = 0;
};

}  // namespace gadgetry::wasm
