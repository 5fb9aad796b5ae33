// Runs an eBPF object from memory and gets every record as JSON by callback, without copies.
//
//   ./callback FILE.o [SECONDS]      needs root (or CAP_BPF and CAP_PERFMON)
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <gadget/runner.hpp>
#include <iterator>
#include <string>

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s FILE.o [SECONDS]\n", argv[0]);
    return 2;
  }
  std::ifstream file(argv[1], std::ios::binary);
  std::string object((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());

  gadget::Options options;
  options.timeout = std::chrono::seconds(argc > 2 ? std::atoi(argv[2]) : 5);
  auto runner = gadget::Runner::run_object(std::as_bytes(std::span(object)), options);
  if (!runner) {
    std::fprintf(stderr, "%s\n%s\n", runner.error().message.c_str(), runner.error().hint.c_str());
    return 1;
  }
  for (const std::string& source : runner->sources()) {
    std::fprintf(stderr, "data source %s:\n", source.c_str());
    for (const gadget::FieldInfo& field : runner->fields(source)) {
      std::fprintf(stderr, "  %-24s %s\n", field.name.c_str(), field.type.c_str());
    }
  }

  // The callback sees a view of the record; returning false would end run() early.
  bool fine = runner->run([](const gadget::Event& event) { return std::puts(event.json().c_str()) >= 0; });
  if (!fine) std::fprintf(stderr, "%s\n", runner->error()->message.c_str());
  return fine ? 0 : 1;
}
