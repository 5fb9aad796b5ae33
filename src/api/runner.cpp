// The public library over the pipeline: its Result, Event and Runner.
#include "gadget/runner.hpp"

#include <algorithm>
#include <deque>
#include <string>
#include <unordered_map>

#include "base/fd.hpp"
#include "base/log.hpp"
#include "data/access.hpp"
#include "data/owned_record.hpp"
#include "output/field_selection.hpp"
#include "output/json_plan.hpp"
#include "pipeline/run.hpp"

namespace gadget {
namespace {

using gadgetry::data::DataSource;
using gadgetry::data::Field;
using gadgetry::data::Kind;
using gadgetry::data::Record;

Error to_error(const gadgetry::base::Error& error) {
  return {error.message, error.hint};
}

LogFunction g_log = nullptr;

void forward_log(gadgetry::base::LogLevel level, std::string_view message) {
  if (g_log != nullptr) g_log(static_cast<LogLevel>(level), message);
}

// A library does not write to the stderr of its program.
[[maybe_unused]] const bool kLogForwarded = (gadgetry::base::set_log_sink(forward_log), true);

// A data source as events see it: names resolved once, JSON plans made when first asked for.
struct StreamView {
  explicit StreamView(DataSource& ds) : source(&ds) {}

  const Field* find(std::string_view name) const {
    auto it = fields.find(name);
    return it == fields.end() ? nullptr : it->second;
  }

  DataSource* source;
  std::unordered_map<std::string_view, Field*> fields;
  std::optional<gadgetry::output::JsonPlan> whole;
  std::unordered_map<const Field*, gadgetry::output::JsonPlan> plans;
};

// A record that waits for Runner::next.
struct QueuedRecord {
  StreamView* view = nullptr;
  gadgetry::data::OwnedRecord owned;
};

}  // namespace

struct RunnerState {
  std::unique_ptr<gadgetry::pipeline::Run> run;
  std::deque<StreamView> views;
  std::deque<QueuedRecord> queue;
  QueuedRecord current;
  const std::function<bool(const Event&)>* callback = nullptr;  // during Runner::run
  std::optional<Error> error;

  static Event make_event(StreamView& view, const Record& record) {
    Event event;
    event.stream_ = &view;
    event.record_ = &record;
    return event;
  }

  // One round of the pipeline. False when the run has ended.
  bool step(int64_t timeout_ns) {
    auto more = run->step(timeout_ns);
    if (more.ok()) return *more;
    error = to_error(more.error());
    run->request_stop();
    failed = true;
    return false;
  }
  bool failed = false;
  bool running() const { return !failed && !run->ended(); }

  static Result<Runner> start(gadgetry::pipeline::GadgetParts parts, Options options);
};

namespace {

// Hands records to the callback of Runner::run, or keeps copies for Runner::next.
class ApiSink final : public gadgetry::data::Sink {
 public:
  ApiSink(RunnerState& state, StreamView& view) : state_(state), view_(view) {}

  std::string_view name() const override { return "api"; }

  gadgetry::base::Status plan(DataSource& source) override {
    for (Field& field : source.fields()) {
      field.needed = true;
      view_.fields.emplace(field.full_name, &field);
    }
    return {};
  }

  void process(gadgetry::data::Batch& batch) override {
    for (const Record& record : batch.records) {
      if (state_.callback == nullptr) {
        state_.queue.push_back({&view_, gadgetry::data::OwnedRecord(*view_.source, record)});
      } else if (!(*state_.callback)(RunnerState::make_event(view_, record))) {
        state_.callback = nullptr;
      }
    }
    batch.source->counters().delivered += batch.records.size();
  }

 private:
  RunnerState& state_;
  StreamView& view_;
};

gadgetry::base::Result<gadgetry::pipeline::RunConfig> to_config(Options options) {
  gadgetry::pipeline::RunConfig config;
  config.params = std::move(options.params);
  config.filter = std::move(options.filter);
  config.filter_expr = std::move(options.filter_expr);
  config.sort = std::move(options.sort);
  if (options.max_entries >= 0) config.max_entries = std::to_string(options.max_entries);
  if (options.interval.count() > 0) config.interval = std::to_string(options.interval.count()) + "ns";
  config.count = options.count;
  config.timeout_ns = options.timeout.count();
  config.ring_bytes = options.ring_bytes;
  GADGETRY_ASSIGN(config.wasm.grants.listed, gadgetry::wasm::parse_permissions({.read = std::move(options.allow_read),
                                                                               .write = std::move(options.allow_write),
                                                                               .net = std::move(options.allow_net)}));
  config.round_records = 4096;  // records of one round wait in memory until next() takes them
  return config;
}

StreamView& view_of(const void* stream) {
  return *const_cast<StreamView*>(static_cast<const StreamView*>(stream));
}
const Record& record_of(const void* record) {
  return *static_cast<const Record*>(record);
}

bool is_scalar_integer(const Field* field) {
  return field != nullptr && !field->is_array &&
         (gadgetry::data::is_integer(field->kind) || field->kind == Kind::kBool);
}

}  // namespace

Result<Runner> RunnerState::start(gadgetry::pipeline::GadgetParts parts, Options options) {
  auto gadget = gadgetry::pipeline::Gadget::open(std::move(parts));
  if (!gadget.ok()) return to_error(gadget.error());
  auto state = std::make_unique<RunnerState>();
  auto make_sink = [&](DataSource& source) -> gadgetry::base::Result<std::unique_ptr<gadgetry::data::Sink>> {
    state->views.emplace_back(source);
    return std::unique_ptr<gadgetry::data::Sink>(std::make_unique<ApiSink>(*state, state->views.back()));
  };
  auto config = to_config(std::move(options));
  if (!config.ok()) return to_error(config.error());
  auto run = gadgetry::pipeline::Run::create(std::move(*gadget), std::move(*config), make_sink);
  if (!run.ok()) return to_error(run.error());
  state->run = std::move(*run);
  if (auto started = state->run->start(); !started.ok()) return to_error(started.error());
  return Runner(std::move(state));
}

std::string_view Event::source() const {
  return view_of(stream_).source->name();
}

std::optional<uint64_t> Event::get_uint(std::string_view field) const {
  const Field* found = view_of(stream_).find(field);
  if (!is_scalar_integer(found)) return std::nullopt;
  return gadgetry::data::read_integer(record_of(record_), *found);
}

std::optional<int64_t> Event::get_int(std::string_view field) const {
  auto value = get_uint(field);
  return value ? std::optional(static_cast<int64_t>(*value)) : std::nullopt;
}

std::optional<double> Event::get_double(std::string_view field) const {
  const Field* found = view_of(stream_).find(field);
  if (found == nullptr || found->is_array) return std::nullopt;
  if (gadgetry::data::is_float(found->kind)) return gadgetry::data::read_float(record_of(record_), *found);
  if (!is_scalar_integer(found)) return std::nullopt;
  uint64_t raw = gadgetry::data::read_integer(record_of(record_), *found);
  return gadgetry::data::is_signed(found->kind) ? static_cast<double>(static_cast<int64_t>(raw))
                                                : static_cast<double>(raw);
}

std::optional<std::string_view> Event::get_text(std::string_view field) const {
  const Field* found = view_of(stream_).find(field);
  if (found == nullptr || found->is_array || found->is_struct()) return std::nullopt;
  if (!gadgetry::data::is_text(found->kind) && found->kind != Kind::kBytes) return std::nullopt;
  return gadgetry::data::read_text(record_of(record_), *found);
}

std::string Event::json() const {
  StreamView& view = view_of(stream_);
  if (!view.whole) view.whole = gadgetry::output::JsonPlan::compile(*view.source, {});
  std::string out;
  gadgetry::output::append_record_json(*view.whole, record_of(record_), out);
  return out;
}

std::string Event::json(std::string_view field) const {
  StreamView& view = view_of(stream_);
  auto it = view.fields.find(field);
  if (it == view.fields.end()) return {};
  auto plan = view.plans.find(it->second);
  if (plan == view.plans.end()) {
    plan =
        view.plans.emplace(it->second, gadgetry::output::JsonPlan::compile_field(*view.source, *it->second))
            .first;
  }
  std::string out;
  gadgetry::output::append_record_json(plan->second, record_of(record_), out);
  return out;
}

Runner::Runner(std::unique_ptr<RunnerState> state) : state_(std::move(state)) {}
Runner::Runner(Runner&&) noexcept = default;
Runner& Runner::operator=(Runner&&) noexcept = default;
Runner::~Runner() = default;

Result<Runner> Runner::run_oci(std::string_view reference, Options options) {
  auto parts = gadgetry::pipeline::load_source(reference, {.store_path = options.store});
  if (!parts.ok()) return to_error(parts.error());
  return RunnerState::start(std::move(*parts), std::move(options));
}

Result<Runner> Runner::run_object(std::span<const std::byte> elf, Options options,
                                  std::string_view metadata) {
  gadgetry::pipeline::GadgetParts parts;
  parts.name = "object";
  parts.ebpf = gadgetry::base::as_text(elf);
  parts.metadata = metadata;
  return RunnerState::start(std::move(parts), std::move(options));
}

std::optional<Event> Runner::next(std::chrono::nanoseconds timeout) {
  constexpr std::chrono::hours kLongest(24 * 365);  // an end beyond all times would overflow
  auto end = std::chrono::steady_clock::now() + std::min<std::chrono::nanoseconds>(timeout, kLongest);
  while (state_->queue.empty() && state_->running()) {
    auto left = end - std::chrono::steady_clock::now();
    if (left.count() < 0) break;
    state_->step(std::chrono::duration_cast<std::chrono::nanoseconds>(left).count());
  }
  if (state_->queue.empty()) return std::nullopt;
  state_->current = std::move(state_->queue.front());
  state_->queue.pop_front();
  return RunnerState::make_event(*state_->current.view, state_->current.owned.record());
}

bool Runner::run(const std::function<bool(const Event&)>& callback) {
  while (!state_->queue.empty()) {  // records that next() did not take
    QueuedRecord record = std::move(state_->queue.front());
    state_->queue.pop_front();
    if (!callback(RunnerState::make_event(*record.view, record.owned.record()))) return true;
  }
  state_->callback = &callback;
  constexpr int64_t kSecond = 1'000'000'000;
  while (state_->callback != nullptr && state_->step(kSecond)) {
  }
  state_->callback = nullptr;
  return !state_->error.has_value();
}

void Runner::stop() {
  state_->run->request_stop();
}
bool Runner::running() const {
  return state_->running();
}
std::optional<Error> Runner::error() const {
  return state_->error;
}

std::vector<std::string> Runner::sources() const {
  std::vector<std::string> names;
  for (const StreamView& view : state_->views) names.push_back(view.source->name());
  return names;
}

std::vector<FieldInfo> Runner::fields(std::string_view source) const {
  std::vector<FieldInfo> out;
  for (const StreamView& view : state_->views) {
    if (view.source->name() != source) continue;
    for (const Field& field : view.source->fields()) {
      if (field.unreferenced()) continue;
      std::string type(field.is_struct() ? "struct" : gadgetry::data::kind_name(field.kind));
      if (field.is_list) {
        type += "[]";
      } else if (field.is_array) {
        type += "[" + std::to_string(field.count) + "]";
      }
      out.push_back({field.full_name, type, std::string(field.annotation("description")), field.hidden()});
    }
  }
  return out;
}

std::vector<Parameter> Runner::parameters() const {
  std::vector<Parameter> out;
  for (const auto& param : state_->run->gadget().params()) {
    out.push_back({param.key, param.type, param.default_value, param.description});
  }
  return out;
}

Counters Runner::counters(std::string_view source) const {
  for (const StreamView& view : state_->views) {
    if (view.source->name() != source) continue;
    const auto& c = view.source->counters();
    return {c.produced(),    c.delivered,   c.filtered,   c.lost(),     c.lost_ring_full,
            c.lost_map_full, c.lost_reader, c.lost_queue, c.lost_module};
  }
  return {};
}

void set_log(LogFunction function, LogLevel least) {
  g_log = function;
  gadgetry::base::set_log_level(static_cast<gadgetry::base::LogLevel>(least));
}

std::string_view version() {
  return GADGETRY_VERSION;
}

}  // namespace gadget
