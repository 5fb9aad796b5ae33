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
#include "cli/cli.hpp"
#include "output/field_selection.hpp"
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

output::SinkOptions sink_options(const RunArgs& args, output::Writer& writer, size_t sources) {
  output::SinkOptions options;
  options.fields = args.fields;
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
  options.prefix_source = sources > 1;
  options.histogram_at_finish = args.interval.empty();
  return options;
}

std::vector<std::string> source_names(const pipeline::Gadget& gadget) {
  const auto& decls = gadget.object().declarations();
  std::vector<std::string> names;
  for (const auto& decl : decls.tracers) names.push_back(decl.name);
  for (const auto& decl : decls.iters) names.push_back(decl.name);
  for (const auto& decl : decls.map_iters) names.push_back(decl.name);
  return names;
}

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
              std::to_string(c.lost_reader) + ", output " + std::to_string(c.lost_queue) + ")";
    }
    warn ? base::log_warning(text) : base::log_info(text);
  }
}

// Steps until the end. A full disk or a closed pipe ends the run as well.
base::Status loop(pipeline::Run& run, const std::vector<output::OutputSink*>& sinks) {
  constexpr int64_t kHour = 3600LL * 1'000'000'000;
  for (;;) {
    GADGETRY_ASSIGN(bool more, run.step(kHour));
    if (!more) return {};
    if (g_resized != 0) {
      g_resized = 0;
      TerminalSize size = terminal_size();
      for (output::OutputSink* sink : sinks) sink->set_terminal_size(size.width, size.height);
    }
  }
}

}  // namespace

base::Result<int> run_gadget(std::unique_ptr<pipeline::Gadget> gadget, const RunArgs& args,
                             std::map<std::string, std::string> params, bool verbose) {
  GADGETRY_ASSIGN(pipeline::RunConfig config, make_config(args));
  config.params = std::move(params);
  config.verbose = verbose;
  config.read_maps_at_end = ::isatty(STDOUT_FILENO) == 0;

  output::Writer writer(STDOUT_FILENO);
  const std::vector<std::string> sources = source_names(*gadget);
  GADGETRY_TRY(output::check_selection_sources(args.fields, sources));
  output::SinkOptions options = sink_options(args, writer, sources.size());
  std::vector<output::OutputSink*> sinks;
  auto make_sink = [&](data::DataSource& source) -> base::Result<std::unique_ptr<data::Sink>> {
    output::SinkOptions own = options;
    GADGETRY_ASSIGN(own.mode, args.output.empty() ? output::default_output_mode(source)
                                                  : output::parse_output_mode(args.output));
    GADGETRY_ASSIGN(auto sink, output::make_sink(own, source));
    sinks.push_back(sink.get());
    return std::unique_ptr<data::Sink>(std::move(sink));
  };
  GADGETRY_ASSIGN(auto run, pipeline::Run::create(std::move(gadget), std::move(config), make_sink));
  base::Status status;
  {
    SignalScope signals(*run);
    status = run->start();
    if (status.ok()) status = loop(*run, sinks);
  }
  report_counters(*run, verbose && run->ended(), !status.ok() && status.error().errno_value == EPIPE);
  if (!status.ok()) return std::move(status).error();
  return kExitOk;
}

}  // namespace gadgetry::cli
