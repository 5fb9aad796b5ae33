#include "cli/run_loop.hpp"

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "base/log.hpp"
#include "cli/ask_permissions.hpp"
#include "cli/cli.hpp"
#include "output/field_selection.hpp"
#include "output/mode_chooser.hpp"
#include "output/sink_factory.hpp"
#include "output/writer.hpp"
#include "pipeline/run.hpp"

namespace gadgetry::cli {
namespace {

// Signal handlers can reach only globals.
std::atomic<pipeline::Run*> g_run{nullptr};
volatile sig_atomic_t g_resized = 0;

void handle_stop(int signal) {
  if (pipeline::Run* run = g_run.load()) run->request_stop();
  // The second signal does not wait for anything: stdout may be stuck.
  (void)std::signal(signal, SIG_DFL);
}

void handle_resize(int) {
  g_resized = 1;
}

// Installs the handlers for the time of a run.
class SignalScope {
 public:
  explicit SignalScope(pipeline::Run& run) {
    g_run = &run;
    set(SIGINT, handle_stop);
    set(SIGTERM, handle_stop);
    set(SIGHUP, handle_stop);
    set(SIGWINCH, handle_resize);
  }
  ~SignalScope() {
    for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGWINCH}) (void)std::signal(signal, SIG_DFL);
    g_run = nullptr;
  }
  SignalScope(const SignalScope&) = delete;
  SignalScope& operator=(const SignalScope&) = delete;

 private:
  static void set(int signal, void (*handler)(int)) {
    struct sigaction old{};
    // nohup wants SIGHUP ignored. That a script's "&" ignores SIGINT is not honoured: whoever sends one means
    // this process, and what was collected must still come out.
    if (signal == SIGHUP && sigaction(signal, nullptr, &old) == 0 && old.sa_handler == SIG_IGN) return;
    struct sigaction action{};
    action.sa_handler = handler;
    sigaction(signal, &action, nullptr);
  }
};

struct TerminalSize {
  int width = 0;
  int height = 0;
};

TerminalSize terminal_size() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return {};
  return {size.ws_col, size.ws_row};
}

output::SinkOptions sink_options(output::Writer& writer) {
  output::SinkOptions options;
  options.terminal = ::isatty(STDOUT_FILENO) == 1;
  options.color = options.terminal && std::getenv("NO_COLOR") == nullptr;
  (void)std::setlocale(LC_CTYPE, "");
  options.utf8 = std::strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
  if (options.terminal) {
    TerminalSize size = terminal_size();
    options.width = size.width;
    options.height = size.height;
  }
  options.writer = &writer;
  return options;
}

// The sinks of all data sources. These become known one by one, while the run is created.
class Sinks {
 public:
  Sinks(const RunArgs& args, output::SinkOptions options) : options_(std::move(options)), modes_(args.output) {
    options_.fields = args.fields;
    options_.histogram_at_finish = args.interval.empty();
  }

  base::Result<std::unique_ptr<data::Sink>> make(const data::DataSource& source) {
    output::SinkOptions own = options_;
    own.mode = output::OutputMode::kNone;
    if (source.is_referenced()) GADGETRY_TRY(modes_.choose(source, own));
    // Modules may make data sources without fields: there is nothing to show of them.
    if (source.fields().empty()) own.mode = output::OutputMode::kNone;
    GADGETRY_ASSIGN(auto sink, output::make_sink(own, source));
    if (own.mode != output::OutputMode::kNone) shown_++;
    names_.push_back(source.name());
    sinks_.push_back(sink.get());
    return std::unique_ptr<data::Sink>(std::move(sink));
  }

  // What can be said only when all data sources are known.
  base::Status complete() {
    GADGETRY_TRY(modes_.check());
    GADGETRY_TRY(output::check_selection_sources(options_.fields, names_));
    for (output::OutputSink* sink : sinks_) sink->set_prefix_source(shown_ > 1);
    return {};
  }

  void resize() {
    TerminalSize size = terminal_size();
    for (output::OutputSink* sink : sinks_) sink->set_terminal_size(size.width, size.height);
  }

 private:
  output::SinkOptions options_;
  output::ModeChooser modes_;
  std::vector<output::OutputSink*> sinks_;
  std::vector<std::string> names_;
  size_t shown_ = 0;
};

// `reader_left`: the output was a pipe that was closed (| head). What it did not take is no loss to warn of.
void report_counters(const pipeline::Run& run, bool always, bool reader_left) {
  for (const auto& stream : run.streams()) {
    const data::Counters& c = stream->source().counters();
    bool warn = c.lost() > (reader_left ? c.lost_queue : 0);
    if (!warn && !always) continue;
    std::string text = stream->source().name() + ": " + std::to_string(c.produced()) + " events produced, " +
                       std::to_string(c.delivered) + " delivered, " + std::to_string(c.filtered) +
                       " filtered, " + std::to_string(c.lost()) + " lost";
    if (c.lost() > 0) {
      text += " (ring buffer full " + std::to_string(c.lost_ring_full) + ", map full " +
              std::to_string(c.lost_map_full) + ", reader " +
              std::to_string(c.lost_reader) + ", output " + std::to_string(c.lost_queue) + ", module " +
              std::to_string(c.lost_module) + ")";
    }
    warn ? base::log_warning(text) : base::log_info(text);
  }
}

// What the module did; a trap is always worth a word.
void report_module(const pipeline::Run& run, bool always) {
  if (run.module() == nullptr) return;
  wasm::HostStats stats = run.module()->host().stats();
  if (stats.traps == 0 && !always) return;
  std::string text = "module: " + std::to_string(stats.calls) + " calls, " + std::to_string(stats.fuel) +
                     " instructions, " + std::to_string(stats.memory_pages * 64) + " KiB of memory, " +
                     std::to_string(stats.traps) + " traps";
  if (stats.skipped > 0) text += ", " + std::to_string(stats.skipped) + " events passed without it";
  stats.traps > 0 ? base::log_warning(text) : base::log_info(text);
}

// Steps until the end. A full disk or a closed pipe ends the run as well.
base::Status loop(pipeline::Run& run, Sinks& sinks) {
  constexpr int64_t kHour = 3600LL * 1'000'000'000;
  for (;;) {
    GADGETRY_ASSIGN(bool more, run.step(kHour));
    if (!more) return {};
    if (g_resized != 0) {
      g_resized = 0;
      sinks.resize();
    }
  }
}

}  // namespace

base::Result<int> run_gadget(std::unique_ptr<pipeline::Gadget> gadget, const RunArgs& args,
                             std::map<std::string, std::string> params, bool verbose) {
  GADGETRY_ASSIGN(pipeline::RunConfig config, make_config(args));
  config.params = std::move(params);
  config.verbose = verbose;
  // Replayed, the answers come from the recording: no file is opened.
  if (config.replay_path.empty()) GADGETRY_TRY(ask_permissions(*gadget, config.wasm.grants));
  config.read_maps_at_end = ::isatty(STDOUT_FILENO) == 0;

  output::Writer writer(STDOUT_FILENO);
  Sinks sinks(args, sink_options(writer));
  auto make_sink = [&sinks](data::DataSource& source) { return sinks.make(source); };
  GADGETRY_ASSIGN(auto run, pipeline::Run::create(std::move(gadget), std::move(config), make_sink));
  GADGETRY_TRY(sinks.complete());
  base::Status status;
  {
    SignalScope signals(*run);
    status = run->start();
    if (status.ok()) status = loop(*run, sinks);
  }
  report_counters(*run, verbose && run->ended(), !status.ok() && status.error().errno_value == EPIPE);
  report_module(*run, verbose && run->ended());
  if (!status.ok()) return std::move(status).error();
  return kExitOk;
}

base::Result<std::string> run_to_text(std::unique_ptr<pipeline::Gadget> gadget, const RunArgs& args,
                                      std::map<std::string, std::string> params, size_t limit) {
  GADGETRY_ASSIGN(pipeline::RunConfig config, make_config(args));
  config.params = std::move(params);
  output::Writer writer;
  output::SinkOptions options;
  options.writer = &writer;
  options.utf8 = true;  // whatever the locale of the machine
  Sinks sinks(args, std::move(options));
  auto make_sink = [&sinks](data::DataSource& source) { return sinks.make(source); };
  GADGETRY_ASSIGN(auto run, pipeline::Run::create(std::move(gadget), std::move(config), make_sink));
  GADGETRY_TRY(sinks.complete());
  GADGETRY_TRY(run->start());
  for (bool more = true; more;) {
    GADGETRY_ASSIGN(more, run->step(INT64_MAX));
    if (writer.text().size() > limit) {
      return base::Error("the output is longer than " + std::to_string(limit >> 20) + " MiB");
    }
  }
  return std::string(writer.text());
}

}  // namespace gadgetry::cli
