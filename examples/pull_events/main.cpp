// Pulls events one by one and reads typed fields: which files does a process open?
//
//   ./pull_events [COMM]      needs root (or CAP_BPF and CAP_PERFMON)
#include <chrono>
#include <cstdio>
#include <gadget/runner.hpp>

int main(int argc, char** argv) {
  gadget::Options options;
  if (argc > 1) options.params["comm"] = argv[1];  // filtered in the kernel

  auto runner = gadget::Runner::run_oci("trace_open", options);
  if (!runner) {
    std::fprintf(stderr, "%s\n%s\n", runner.error().message.c_str(), runner.error().hint.c_str());
    return 1;
  }

  // Ten events, or ten seconds without one.
  for (int i = 0; i < 10; i++) {
    auto event = runner->next(std::chrono::seconds(10));
    if (!event) break;
    // Fields are read by their full name; a field that is not there, or of another kind, gives no value.
    std::string comm(event->get_text("proc.comm").value_or("?"));
    std::string file(event->get_text("fname").value_or("?"));
    std::printf("%-16s pid %lld opens %s\n", comm.c_str(),
                static_cast<long long>(event->get_int("proc.pid").value_or(0)), file.c_str());
  }

  // Ends the run. What was produced up to here can still be read.
  runner->stop();
  while (runner->next(std::chrono::seconds(1))) {
  }
  gadget::Counters counters = runner->counters("open");
  std::printf(
      "%llu produced, %llu delivered, %llu lost\n", static_cast<unsigned long long>(counters.produced),
      static_cast<unsigned long long>(counters.delivered), static_cast<unsigned long long>(counters.lost));
  return runner->error() ? 1 : 0;
}
