// One run of a gadget: loads and attaches it, reads its data sources until it ends, and takes it down again.
//
// Lifecycle: create (everything that can be checked without the kernel) → start (load, attach, first fetches)
// → step ... step (false: ended, everything produced was processed) → summary in the counters of each stream.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "bpf/attach.hpp"
#include "pipeline/config.hpp"
#include "pipeline/gadget.hpp"
#include "pipeline/input.hpp"
#include "pipeline/recorder.hpp"
#include "pipeline/replay_input.hpp"
#include "pipeline/run_module.hpp"
#include "pipeline/stack_maps.hpp"
#include "pipeline/stream.hpp"
#include "wasm/call_log.hpp"

namespace gadgetry::pipeline {

class Run {
 public:
  // Sets the parameters and builds the road of each data source. Nothing is loaded yet.
  static base::Result<std::unique_ptr<Run>> create(std::unique_ptr<Gadget> gadget, RunConfig config,
                                                   const SinkFactory& make_sink);
  ~Run();
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  // Loads, opens the readers, attaches. On an error nothing stays behind.
  base::Status start();

  // Waits until there is something to do, at most timeout_ns, and does it. False when the run has ended: the
  // programs are detached and everything they produced went through the sinks.
  base::Result<bool> step(int64_t timeout_ns);

  // Makes the next step the last one. May be called from any thread and from signal handlers.
  void request_stop() noexcept;

  const Gadget& gadget() const { return *gadget_; }
  const std::vector<std::unique_ptr<Stream>>& streams() const { return streams_; }
  bool ended() const { return state_ == State::kEnded; }
  // The module of the gadget; null when it has none.
  const RunModule* module() const { return module_.get(); }

 private:
  enum class State { kCreated, kRunning, kEnded };

  Run(std::unique_ptr<Gadget> gadget, RunConfig config);

  // run_setup.cpp
  base::Status make_sources();
  base::Status make_module();
  base::Status build_streams(const SinkFactory& make_sink);
  base::Status add_stream(std::unique_ptr<data::DataSource> source, const SinkFactory& make_sink);
  base::Status annotate(data::DataSource& source, size_t own_fields);
  base::Result<std::vector<bpf::AttachTarget>> attach_targets() const;
  base::Status load_and_attach();
  void refresh_places(int64_t now);
  base::Status start_module();
  Stream* find_stream(const std::string& source);
  void take_author_settings();
  base::Status apply_config();
  base::Status open_inputs();
  base::Status open_event_input(const bpf::TracerDecl& decl);
  base::Status open_iter_input(const bpf::IterDecl& decl);
  base::Status open_map_input(const bpf::MapIterDecl& decl);
  base::Result<int64_t> interval_of(const data::DataSource& source, int64_t fallback) const;
  base::Result<int> map_fd(const std::string& map) const;
  base::Result<std::optional<bpf::LostSamples>> lost_samples(const std::string& map) const;

  // run_recording.cpp
  base::Status open_recording();
  base::Status record_sources();
  void attach_recording(Stream& stream);
  base::Status start_replay();
  base::Result<bool> replay_step();

  // run.cpp
  base::Status run_module(int64_t now);
  void drain_inputs();
  base::Status wait(int64_t timeout_ns);
  base::Status read_events(int64_t now);
  base::Status fetch_due(int64_t now);
  base::Status check_sinks();
  base::Status finish();
  int64_t next_deadline() const;
  bool done(int64_t now) const;
  size_t event_budget(const EventInput& input) const;
  void report_losses(int64_t now);
  void listen(EventInput& input, bool on);

  std::unique_ptr<Gadget> gadget_;
  RunConfig config_;
  State state_ = State::kCreated;
  base::Fd epoll_;
  base::Fd stop_event_;
  bool stop_seen_ = false;

  // Outlive the stages, which look things up in them.
  StackMaps stack_maps_;
  stages::FormatterContext formatter_context_;
  std::unique_ptr<Recorder> recorder_;    // --record
  std::unique_ptr<ReplayInput> replay_;   // --replay: instead of events_ and fetches_
  std::unique_ptr<wasm::CallLog> calls_;  // what the machine answers to the module, in either
  std::vector<std::unique_ptr<data::DataSource>> sources_;  // until the streams have them
  std::unique_ptr<RunModule> module_;                       // the stages call it
  std::vector<std::unique_ptr<Stream>> streams_;
  bpf::Attachments attachments_;
  int64_t next_refresh_ns_ = 0;  // when places are looked for again

  struct EventState {
    EventInput input;
    bool busy = false;         // read by timer, not by wake-up: see read_events
    int64_t next_read_ns = 0;  // when it is read at the latest
  };
  struct FetchState {
    FetchInput input;
    int64_t next_ns = 0;
  };
  std::vector<EventState> events_;
  std::vector<FetchState> fetches_;

  int64_t deadline_ns_ = 0;  // end of the run; 0: none
  int64_t next_loss_report_ns_ = 0;
  uint64_t reported_losses_ = 0;
  uint64_t reported_map_losses_ = 0;
};

}  // namespace gadgetry::pipeline
