// The library of Gadgetry: run a gadget and read its events.
//
//   auto run = gadget::Runner::run_oci("trace_open", {.params = {{"comm", "bash"}}});
//   if (!run) return fail(run.error());
//   while (auto event = run->next(std::chrono::seconds(1))) puts(event->json().c_str());
//
// Needs the capabilities that loading eBPF needs (CAP_BPF and CAP_PERFMON, or root). Nothing here throws,
// except std::bad_alloc. A Runner is used by one thread; only Runner::stop may be called from others and from
// signal handlers.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#if defined(__GNUC__)
#define GADGET_API __attribute__((visibility("default")))
#else
#define GADGET_API
#endif

namespace gadget {

// What failed and why ("what: why"), and what to do about it when that is known.
struct Error {
  std::string message;
  std::string hint;
};

// A value or an Error.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  explicit operator bool() const { return state_.index() == 0; }
  T& operator*() { return std::get<0>(state_); }
  T* operator->() { return &std::get<0>(state_); }
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

// Messages beside results and errors: what is strange about a gadget, events that were lost. They are dropped
// until a function is set. It may be called from any thread, and must not call into the library.
enum class LogLevel { kError, kWarning, kInfo, kDebug };
using LogFunction = void (*)(LogLevel level, std::string_view message);
GADGET_API void set_log(LogFunction function, LogLevel least = LogLevel::kWarning);

struct Options {
  // Values of the gadget's parameters by key, as on the command line: {"pid", "1"}, {"failed", "true"}.
  std::map<std::string, std::string> params;
  std::string filter;                    // "comm==cat,fd>2": all must hold
  std::string filter_expr;               // "comm == 'cat' and fd > 2"
  std::string sort;                      // for snapshots and top-like gadgets: "-count,comm"
  int64_t max_entries = -1;              // rows of a snapshot; -1: all
  std::chrono::nanoseconds interval{0};  // between two reads of maps and iterators; 0: as the gadget says
  uint64_t count = 0;                    // how often maps and iterators are read; 0: as the gadget says
  std::chrono::nanoseconds timeout{0};   // ends the run after this time; 0: none
  uint32_t ring_bytes = 0;               // size of the ring buffers; 0: as the gadget says
  std::string store;                     // image store; empty: the default one
  // What the gadget's module may reach of what its metadata asks for: paths, and addresses with ports ("10.0.0.1:53").
  // Nothing else is granted.
  std::vector<std::string> allow_read;
  std::vector<std::string> allow_write;
  std::vector<std::string> allow_net;
};

// What happened to the records of a data source: produced == delivered + filtered + lost once the run has
// ended.
struct Counters {
  uint64_t produced = 0;
  uint64_t delivered = 0;
  uint64_t filtered = 0;
  uint64_t lost = 0;            // the sum of the next five
  uint64_t lost_ring_full = 0;  // the eBPF program found no room in its ring buffer
  uint64_t lost_map_full = 0;   // ... in a map that is read as a table
  uint64_t lost_reader = 0;     // overwritten before it was read, or malformed
  uint64_t lost_queue = 0;      // a queue behind the reader was full
  uint64_t lost_module = 0;     // a module of the gadget failed, and the run ended without them
};

// A parameter of a gadget.
struct Parameter {
  std::string key;
  std::string type;  // "uint32", "bool", "string" ...
  std::string default_value;
  std::string description;
};

// A field of a data source.
struct FieldInfo {
  std::string name;  // full name: "proc.comm"
  std::string
      type;  // "uint32", "string", "bytes", "uint32[4]", "string[]" (each record has its own number) ...
  std::string description;
  bool hidden = false;
};

// One record. A view: valid until the next call of the Runner that gave it.
class GADGET_API Event {
 public:
  std::string_view source() const;  // name of the data source

  // A field by its full name; empty when there is no such field or it is of another kind. Integers of any
  // width convert to int64_t and uint64_t, bool to both.
  std::optional<int64_t> get_int(std::string_view field) const;
  std::optional<uint64_t> get_uint(std::string_view field) const;
  std::optional<double> get_double(std::string_view field) const;
  std::optional<std::string_view> get_text(std::string_view field) const;  // text and raw bytes

  std::string json() const;  // the whole record
  std::string json(
      std::string_view field) const;  // one field of any kind, arrays and structs too; "" when unknown

 private:
  friend class Runner;
  friend struct RunnerState;
  const void* stream_ = nullptr;
  const void* record_ = nullptr;
};

class GADGET_API Runner {
 public:
  // Runs what `gadgetctl run` would: an image of the store, a gadget shipped with the installation, a gadget
  // folder, an OCI layout folder or .tar, or an eBPF object file.
  static Result<Runner> run_oci(std::string_view reference, Options options = {});
  // Runs a compiled eBPF object, with the text of its gadget.yaml when there is one.
  static Result<Runner> run_object(std::span<const std::byte> elf, Options options = {},
                                   std::string_view metadata = {});

  Runner(Runner&&) noexcept;
  Runner& operator=(Runner&&) noexcept;
  ~Runner();  // stops and detaches

  // The next record; empty when `timeout` passed or the run has ended (see running() and error()).
  std::optional<Event> next(std::chrono::nanoseconds timeout);

  // Calls back for every record until it returns false, the run ends or stop() is called. False: see error().
  bool run(const std::function<bool(const Event&)>& callback);

  // Ends the run: programs are detached and what was produced can still be read with next(). Safe everywhere.
  void stop();
  bool running() const;
  std::optional<Error> error() const;  // why the run ended, when it was a failure

  std::vector<std::string> sources() const;
  std::vector<FieldInfo> fields(std::string_view source) const;
  std::vector<Parameter> parameters() const;
  Counters counters(std::string_view source) const;

 private:
  friend struct RunnerState;
  explicit Runner(std::unique_ptr<struct RunnerState> state);
  std::unique_ptr<struct RunnerState> state_;
};

GADGET_API std::string_view version();

}  // namespace gadget
