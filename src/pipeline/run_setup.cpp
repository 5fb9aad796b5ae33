// The first half of a Run: from a gadget to streams, and from a loaded object to inputs.
#include <bpf/libbpf.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>

#include <algorithm>
#include <cerrno>

#include "base/log.hpp"
#include "base/strings.hpp"
#include "bpf/attach.hpp"
#include "bpf/features.hpp"
#include "bpf/load.hpp"
#include "data/annotations.hpp"
#include "data/per_source.hpp"
#include "pipeline/rest_stage.hpp"
#include "pipeline/run.hpp"
#include "pipeline/stage_order.hpp"

namespace gadgetry::pipeline {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

int64_t now_ns() {
  timespec now{};
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * kSecond + now.tv_nsec;
}

bool has_histogram(const data::DataSource& source) {
  return std::any_of(source.fields().begin(), source.fields().end(), [](const data::Field& field) {
    return field.is_array && !field.is_list &&
           (field.has_tag("type:gadget_histogram_slot__u32") ||
            field.has_tag("type:gadget_histogram_slot__u64"));
  });
}

// The integers of a map's value, which are added up over the CPUs.
std::vector<bpf::SumField> sum_fields(const data::DataSource& source, const bpf::MapLayout& layout) {
  if (layout.slots != 0) return {{.offset = 0, .size = layout.value_size}};  // the value is the integer
  std::vector<bpf::SumField> out;
  for (const data::Field& field : source.fields()) {
    bool in_value = field.slot == data::Slot::kSample && field.offset >= layout.value_offset &&
                    field.offset < layout.value_offset + layout.value_size && field.bit_size == 0;
    if (!in_value || !data::is_integer(field.kind) || field.has_tag("role:key")) continue;
    for (uint32_t i = 0; i < (field.is_array ? field.count : 1); i++) {
      out.push_back({field.offset - layout.value_offset + i * field.stride, data::kind_size(field.kind)});
    }
  }
  return out;
}

bool is_true(std::string_view text) {
  return base::parse_bool(text).value_or(false);
}

}  // namespace

base::Result<std::unique_ptr<Run>> Run::create(std::unique_ptr<Gadget> gadget, RunConfig config,
                                               const SinkFactory& make_sink) {
  std::unique_ptr<Run> run(new Run(std::move(gadget), std::move(config)));
  run->epoll_ = base::Fd(::epoll_create1(EPOLL_CLOEXEC));
  run->stop_event_ = base::Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!run->epoll_ || !run->stop_event_) return base::Error::system("event queue", errno);
  epoll_event stop{.events = EPOLLIN, .data = {.ptr = nullptr}};
  if (::epoll_ctl(run->epoll_.get(), EPOLL_CTL_ADD, run->stop_event_.get(), &stop) != 0) {
    return base::Error::system("event queue", errno);
  }
  GADGETRY_TRY(run->open_recording());
  GADGETRY_TRY(run->apply_config());
  GADGETRY_TRY(run->make_sources());
  GADGETRY_TRY(run->record_sources());
  GADGETRY_TRY(run->make_module());
  if (run->gadget_->has_object()) GADGETRY_TRY(run->gadget_->object().apply_max_entries());
  GADGETRY_TRY(run->build_streams(make_sink));
  return run;
}

// Settings that the gadget's author chose, where the person said nothing.
void Run::take_author_settings() {
  auto take = [this](std::string& value, std::string_view key) {
    if (value.empty()) value = gadget_->setting(key);
  };
  take(config_.filter, "operator.filter.filter");
  take(config_.filter_expr, "operator.filter.filter-expr");
  take(config_.sort, "operator.sort.sort");
  take(config_.max_entries, "operator.limiter.max-entries");
  if (config_.max_entries == "-1") config_.max_entries.clear();  // the usual way to say "all"
  if (config_.count == 0) {
    config_.count =
        base::parse_int<uint64_t>(gadget_->setting("operator.oci.ebpf.map-fetch-count")).value_or(0);
  }
}

base::Status Run::apply_config() {
  take_author_settings();
  for (const auto& [key, value] : config_.params) GADGETRY_TRY(gadget_->set_param(key, value));
  for (const Param& param : gadget_->params()) {
    if (param.is_mandatory && param.default_value.empty() && !config_.params.contains(param.key)) {
      return base::Error::usage("gadget " + gadget_->name() + ": parameter " + param.key + " is required")
          .with_hint("add --" + param.key);
    }
  }
  return {};
}

// The data sources of the eBPF object, with what the metadata says about them.
base::Status Run::make_sources() {
  if (!gadget_->has_object()) return {};
  const bpf::Object& object = gadget_->object();
  const bpf::Declarations& decls = object.declarations();
  for (const auto& decl : decls.tracers) {
    GADGETRY_ASSIGN(auto source, object.make_source(decl));
    sources_.push_back(std::move(source));
  }
  for (const auto& decl : decls.iters) {
    GADGETRY_ASSIGN(auto source, object.make_source(decl));
    sources_.push_back(std::move(source));
  }
  for (const auto& decl : decls.map_iters) {
    GADGETRY_ASSIGN(auto source,
                    object.make_source(decl, config_.per_cpu_rows ? bpf::PerCpu::kShow : bpf::PerCpu::kSum));
    sources_.push_back(std::move(source));
  }
  for (auto& source : sources_) {
    metadata::apply_to(gadget_->metadata(), *source);
    GADGETRY_TRY(data::apply_templates(*source));
    GADGETRY_TRY(RestStage::add_field(*source));
  }
  return {};
}

base::Status Run::make_module() {
  if (gadget_->wasm().empty()) return {};
  GADGETRY_ASSIGN(module_, RunModule::create(*gadget_, config_, sources_, calls_.get()));
  return {};
}

base::Status Run::build_streams(const SinkFactory& make_sink) {
  if (sources_.empty() && module_ == nullptr) {
    return base::Error("gadget " + gadget_->name() + ": it declares no data source")
        .with_hint(
            "declare one with GADGET_TRACER, GADGET_ITER or GADGET_MAPITER, or name a map print_, stats_ or "
            "hist_");
  }
  std::vector<std::string> names;
  for (const auto& source : sources_) names.push_back(source->name());
  for (auto& source : sources_) GADGETRY_TRY(add_stream(std::move(source), make_sink));
  sources_.clear();
  if (module_ != nullptr) module_->set_streams(streams_);
  return check_source_names(config_, names);
}

// Puts the metadata onto the fields that stages added, from number own_fields on. The others have it, and
// what the module set since stays: of fields that the module made, metadata gives what it left open.
base::Status Run::annotate(data::DataSource& source, size_t own_fields) {
  std::vector<data::Annotations> set;
  std::vector<uint32_t> flags;
  for (size_t i = 0; i < own_fields; i++) {
    set.push_back(source.fields()[i].annotations);
    flags.push_back(source.fields()[i].flags);
  }
  data::Annotations own = source.annotations();
  std::vector<std::string> missing;
  metadata::apply_to(gadget_->metadata(), source, &missing);
  for (const auto& [key, value] : own) source.annotations().insert_or_assign(key, value);
  for (size_t i = 0; i < own_fields; i++) {
    data::Field& field = source.fields()[i];
    bool is_settled = set[i].contains("columns.hidden");
    for (const auto& [key, value] : set[i]) field.annotations.insert_or_assign(key, value);
    if (is_settled) field.flags = flags[i];
  }
  GADGETRY_TRY(data::apply_templates(source));
  if (!missing.empty()) {
    base::log_debug("gadget " + gadget_->name() +
                    ": metadata describes fields that do not exist: " + base::join(missing, ", "));
  }
  return {};
}

base::Status Run::add_stream(std::unique_ptr<data::DataSource> source, const SinkFactory& make_sink) {
  auto stream = std::make_unique<Stream>(std::move(source));
  attach_recording(*stream);
  size_t own_fields = stream->source().fields().size();
  GADGETRY_TRY(
      add_stages(*stream, config_, formatter_context_, module_ == nullptr ? nullptr : &module_->host()));
  GADGETRY_TRY(stream->add_fields());
  GADGETRY_TRY(annotate(stream->source(), own_fields));
  GADGETRY_ASSIGN(auto sink, make_sink(stream->source()));
  stream->set_sink(std::move(sink));
  GADGETRY_TRY(stream->plan());
  streams_.push_back(std::move(stream));
  return {};
}

Stream* Run::find_stream(const std::string& source) {
  auto it =
      std::find_if(streams_.begin(), streams_.end(), [&](auto& s) { return s->source().name() == source; });
  return it == streams_.end() ? nullptr : it->get();
}

// What the metadata says, and what the person says instead.
base::Result<std::vector<bpf::AttachTarget>> Run::attach_targets() const {
  std::vector<bpf::AttachTarget> targets = gadget_->attach_targets();
  for (const auto& [program, target] : config_.attach) {
    auto it = std::find_if(targets.begin(), targets.end(), [&](auto& one) { return one.program == program; });
    if (it == targets.end()) it = targets.insert(targets.end(), bpf::AttachTarget{.program = program});
    it->target = target;
    it->disabled = target == bpf::kProgramDisabled;
  }
  return targets;
}

base::Status Run::load_and_attach() {
  if (!gadget_->has_object()) return {};
  GADGETRY_TRY(bpf::check_privileges());
  GADGETRY_TRY(gadget_->check_kernel_types());
  bpf_object* object = gadget_->object().handle();
  bpf::LoadOptions load;
  load.verbose = config_.verbose;
  load.ring_bytes = config_.ring_bytes;
  GADGETRY_ASSIGN(load.targets, attach_targets());
  load.packet_filters = gadget_->packet_filters();
  for (const auto& tracer : gadget_->object().declarations().tracers) load.tracer_maps.push_back(tracer.map);
  GADGETRY_TRY(bpf::load(object, load));
  GADGETRY_TRY(stack_maps_.open(object, formatter_context_));
  GADGETRY_TRY(open_inputs());
  bpf::AttachOptions attach;
  attach.scope = config_.scope;
  GADGETRY_ASSIGN(attachments_, bpf::Attachments::open(object, load.targets, std::move(attach)));
  base::log_debug("gadget attached: " + gadget_->name());
  return {};
}

// gadgetStart, with the programs attached. What it asked for only now is planned once more.
base::Status Run::start_module() {
  if (module_ == nullptr) return {};
  GADGETRY_TRY(module_->host().start());
  if (module_->host().take_replan()) {
    for (auto& stream : streams_) GADGETRY_TRY(stream->plan_stages());
  }
  return {};
}

base::Status Run::start() {
  if (recorder_ != nullptr) recorder_->begin();
  GADGETRY_TRY(replay_ != nullptr ? start_replay() : load_and_attach());
  if (auto status = start_module(); !status.ok()) {
    attachments_.detach();
    module_->stop();
    (void)module_->end();
    return status;
  }
  int64_t now = now_ns();
  if (config_.timeout_ns > 0) deadline_ns_ = now + config_.timeout_ns;
  next_loss_report_ns_ = now + kSecond;
  next_refresh_ns_ = now + kSecond;
  for (FetchState& state : fetches_) {
    const FetchInput::Schedule& schedule = state.input.schedule();
    state.next_ns = schedule.at_start          ? now
                    : schedule.interval_ns > 0 ? now + schedule.interval_ns
                                               : INT64_MAX;
  }
  state_ = State::kRunning;
  return {};
}

base::Result<int> Run::map_fd(const std::string& map) const {
  int fd = bpf_object__find_map_fd_by_name(gadget_->object().handle(), map.c_str());
  if (fd < 0) return base::Error("gadget " + gadget_->name() + ": map " + map + " does not exist");
  return fd;
}

// The counter that programs keep of what did not fit into `map`; most maps have none.
base::Result<std::optional<bpf::LostSamples>> Run::lost_samples(const std::string& map) const {
  int fd = bpf_object__find_map_fd_by_name(gadget_->object().handle(), (map + "_lost_samples").c_str());
  if (fd < 0) return std::optional<bpf::LostSamples>();
  GADGETRY_ASSIGN(auto lost, bpf::LostSamples::open(fd));
  return std::optional(std::move(lost));
}

base::Status Run::open_inputs() {
  const bpf::Declarations& decls = gadget_->object().declarations();
  events_.reserve(decls.tracers.size());  // epoll keeps pointers to the elements
  for (const auto& decl : decls.tracers) GADGETRY_TRY(open_event_input(decl));
  for (const auto& decl : decls.iters) GADGETRY_TRY(open_iter_input(decl));
  for (const auto& decl : decls.map_iters) GADGETRY_TRY(open_map_input(decl));
  return {};
}

base::Status Run::open_event_input(const bpf::TracerDecl& decl) {
  GADGETRY_ASSIGN(int fd, map_fd(decl.map));
  const bpf_map* map = bpf_object__find_map_by_name(gadget_->object().handle(), decl.map.c_str());
  GADGETRY_ASSIGN(auto lost, lost_samples(decl.map));
  std::optional<EventInput::Reader> reader;
  if (bpf_map__type(map) == BPF_MAP_TYPE_RINGBUF) {
    GADGETRY_ASSIGN(reader, bpf::RingReader::open(fd, bpf_map__max_entries(map)));
  } else {
    uint32_t pages =
        config_.ring_bytes == 0 ? bpf::kPerfPages : bpf::round_ring_bytes(config_.ring_bytes) / 4096;
    GADGETRY_ASSIGN(reader, bpf::PerfReader::open(fd, pages));
  }
  events_.push_back({.input = EventInput(*find_stream(decl.name), std::move(*reader), std::move(lost))});
  for (int ring : events_.back().input.fds()) {
    epoll_event event{.events = EPOLLIN, .data = {.ptr = &events_.back()}};
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, ring, &event) != 0)
      return base::Error::system("event queue", errno);
  }
  return {};
}

// --interval for this data source, else its own annotation or setting, else fallback.
base::Result<int64_t> Run::interval_of(const data::DataSource& source, int64_t fallback) const {
  GADGETRY_ASSIGN(auto values, data::parse_per_source(config_.interval, ','));
  if (const auto* value = data::find_per_source(values, source.name())) {
    auto interval = base::parse_time(value->value);
    if (!interval.ok()) return std::move(interval).error().context("--interval");
    return *interval;
  }
  std::string_view own = source.annotation("fetch-interval");
  if (own.empty() && source.type() == data::SourceType::kArray && fallback > 0) {
    own = gadget_->setting("operator.oci.ebpf.map-fetch-interval");
  }
  if (own.empty()) return fallback;
  auto parsed = base::parse_duration(own);
  if (!parsed.ok()) return std::move(parsed).error().context("data source " + source.name() + ": interval");
  return *parsed;
}

base::Status Run::open_iter_input(const bpf::IterDecl& decl) {
  Stream& stream = *find_stream(decl.name);
  bpf::IterOptions options;
  options.struct_size = stream.source().sample_size();
  options.targets = gadget_->object().declarations().iter_targets;
  options.scope = config_.scope;
  GADGETRY_ASSIGN(options.settings, attach_targets());
  GADGETRY_ASSIGN(auto reader, bpf::IterReader::open(gadget_->object().handle(), decl.programs, options));
  for (const std::string& warning : reader.warnings()) base::log_warning(warning);

  FetchInput::Schedule schedule;
  GADGETRY_ASSIGN(schedule.interval_ns, interval_of(stream.source(), 0));
  auto declared = base::parse_int<uint64_t>(stream.source().annotation("fetch-count"));
  // Without an interval a snapshot is taken once; with one, until the run ends.
  schedule.count = config_.count != 0 ? config_.count : declared.value_or(schedule.interval_ns == 0 ? 1 : 0);
  if (schedule.interval_ns == 0) schedule.count = 1;
  schedule.at_stop = is_true(stream.source().annotation("ebpf.iter.fetch-on-stop"));
  fetches_.push_back({.input = FetchInput(stream, std::move(reader), schedule)});
  return {};
}

base::Status Run::open_map_input(const bpf::MapIterDecl& decl) {
  Stream& stream = *find_stream(decl.name);
  const data::DataSource& source = stream.source();
  bpf::PerCpu per_cpu = config_.per_cpu_rows ? bpf::PerCpu::kShow : bpf::PerCpu::kSum;
  GADGETRY_ASSIGN(bpf::MapLayout layout, gadget_->object().map_layout(decl, per_cpu));
  GADGETRY_ASSIGN(int fd, map_fd(decl.map));

  // A histogram grows until it is drawn at the end; asked for an interval, it shows what came since the last
  // one.
  bool histogram = (decl.is_histogram || has_histogram(source)) && config_.interval.empty();
  bpf::MapReadOptions options;
  options.layout = layout;
  options.per_cpu = per_cpu;
  std::string_view consume = source.annotation("ebpf.map.consume", histogram ? "false" : "true");
  bool keep =
      config_.map_mode == MapMode::kKeep || (config_.map_mode == MapMode::kDefault && !is_true(consume));
  options.mode = keep ? bpf::MapReadMode::kKeep : bpf::MapReadMode::kConsume;
  options.sum_fields = sum_fields(source, layout);
  GADGETRY_ASSIGN(auto reader, bpf::MapReader::open(fd, options));

  FetchInput::Schedule schedule;
  GADGETRY_ASSIGN(schedule.interval_ns, interval_of(source, histogram ? 0 : kSecond));
  schedule.count = config_.count;
  schedule.at_start = false;
  std::string_view at_stop =
      source.annotation("ebpf.map.flush-on-stop", config_.read_maps_at_end ? "true" : "false");
  schedule.at_stop = is_true(at_stop) || schedule.interval_ns == 0;
  GADGETRY_ASSIGN(auto lost, lost_samples(decl.map));
  fetches_.push_back({.input = FetchInput(stream, std::move(reader), schedule, std::move(lost))});
  return {};
}

}  // namespace gadgetry::pipeline
