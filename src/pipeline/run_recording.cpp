// Runs that are recorded to a file, and runs whose records come from one.
#include <time.h>

#include "base/log.hpp"
#include "base/strings.hpp"
#include "pipeline/recorded_calls.hpp"
#include "pipeline/run.hpp"

namespace gadgetry::pipeline {
namespace {

// Things replayed before a stop or the end of the time is looked for.
constexpr int kReplayRound = 256;

int64_t now_ns() {
  timespec now{};
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

base::Status Run::open_recording() {
  if (!config_.record_path.empty() && !config_.replay_path.empty()) {
    return base::Error::usage("--record and --replay exclude each other");
  }
  if (!config_.record_path.empty()) {
    RecordingHeader header;
    header.gadget = gadget_->name();
    header.image = gadget_->image();
    header.params = config_.params;
    header.per_cpu_rows = config_.per_cpu_rows;
    GADGETRY_ASSIGN(recorder_, Recorder::create(config_.record_path, std::move(header), formatter_context_));
    calls_ = std::make_unique<RecordedCalls>(recorder_->writer());
  }
  if (config_.replay_path.empty()) return {};
  GADGETRY_ASSIGN(replay_, ReplayInput::open(config_.replay_path, formatter_context_));
  calls_ = std::make_unique<ReplayedCalls>(replay_->reader());
  const RecordingHeader* header = replay_->header();
  if (header == nullptr) return {};
  // What the person does not say is as it was.
  config_.per_cpu_rows = header->per_cpu_rows;
  for (const auto& [key, value] : header->params) {
    for (const Param& param : gadget_->params()) {
      if (param.key == key) config_.params.try_emplace(key, value);
    }
  }
  RecordingHeader here;
  fill_host_facts(here);
  if (header->arch != here.arch) {
    base::log_warning(config_.replay_path + ": recorded on " + base::printable(header->arch) +
                      ": names of system calls and the like are those of this machine");
  }
  return {};
}

// The data sources that readers feed, as their programs send them: before the module and stages add fields.
base::Status Run::record_sources() {
  for (const auto& source : sources_) {
    if (recorder_ != nullptr) recorder_->add_source(*source);
    if (replay_ != nullptr) GADGETRY_TRY(replay_->add_source(*source));
  }
  if (replay_ != nullptr) GADGETRY_TRY(replay_->check());
  return {};
}

void Run::attach_recording(Stream& stream) {
  if (recorder_ != nullptr) recorder_->attach(stream);
  if (replay_ != nullptr) replay_->attach(stream);
}

base::Status Run::start_replay() {
  replay_->set_count(config_.count);
  if (module_ != nullptr) {
    replay_->on_timer([this](uint64_t callback) { module_->host().run_timer(callback); });
  }
  return {};
}

base::Result<bool> Run::replay_step() {
  GADGETRY_TRY(wait(0));
  bool more = true;
  for (int i = 0; i < kReplayRound && more; i++) {
    more = !stop_seen_ && !replay_->done();
    if (!more) break;
    GADGETRY_ASSIGN(more, replay_->step());
    if (auto status = run_module(0); !status.ok()) {
      (void)finish();
      return std::move(status).error();
    }
  }
  GADGETRY_TRY(check_sinks());
  if (more && (deadline_ns_ == 0 || now_ns() < deadline_ns_)) return true;
  GADGETRY_TRY(finish());
  return false;
}

}  // namespace gadgetry::pipeline
