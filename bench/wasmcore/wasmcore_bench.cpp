// The engine by its C API, and the same programs as machine code, measured by turns in one process. Prints a
// line for each figure: name, engine, value, separated by tabs; bench_table makes a table of them.
//
//   wasmcore_bench [--quick] [--engine-only] [--only GROUP]... FOLDER   GROUP: boundary programs load go
//   wasmcore_bench --rss none|text|go FOLDER
//
// FOLDER holds the .wasm files that CMakeLists.txt beside this file makes; without a go.wasm its figures are
// missing.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bench_host.hpp"
#include "wasmcore.h"
#include "wasmcore_hosted.h"

#ifndef BENCH_ENGINE
#define BENCH_ENGINE "wasmcore"
#endif

extern "C" {
// The guests as machine code (guests/guest.h).
int32_t native_nop(int32_t value);
int32_t native_call_host(int32_t n);
int32_t native_event(int32_t record);
int32_t native_sha256(int32_t mebibytes);
int32_t native_mix(int32_t n);
int32_t native_fib(int32_t n);
int32_t native_stream(int32_t n);
int32_t native_stream_simd(int32_t n);
int32_t native_floats(int32_t n);
}

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void die(const std::string& why) {
  std::fprintf(stderr, "wasmcore_bench: %s\n", why.c_str());
  std::exit(1);
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

template <typename F>
double seconds_of(F function) {
  auto start = Clock::now();
  function();
  return seconds_since(start);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void figure(const char* name, const char* engine, double value) {
  std::printf("%s\t%s\t%.9g\n", name, engine, value);
  std::fflush(stdout);
}

// ---- the engine ----

std::vector<char> slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

wasmcore_module* load(const std::vector<char>& bytes, const std::string& name) {
  wasmcore_config config{};
  config.allocator = wasmcore_system_allocator();
  wasmcore_module* module = nullptr;
  wasmcore_error error{};
  if (wasmcore_load(bytes.data(), bytes.size(), &config, &module, &error) != WASMCORE_OK)
    die("loading " + name + ": " + error.message);
  return module;
}

wasmcore_instance* instantiate(const wasmcore_module* module, const std::string& name) {
  wasmcore_options options{};
  options.hosts = bench::hosts(&options.nhosts);
  wasmcore_instance* instance = nullptr;
  wasmcore_error error{};
  if (wasmcore_instantiate(module, &options, &instance, &error) != WASMCORE_OK)
    die("instantiating " + name + ": " + error.message);
  return instance;
}

// A module with one instance.
class Guest {
 public:
  Guest(const std::string& folder, const std::string& name)
      : name_(name),
        bytes_(slurp(folder + "/" + name + ".wasm")),
        module_(load(bytes_, name)),
        instance_(instantiate(module_, name)) {
    if (wasmcore_find_function(instance_, "_initialize") != nullptr) call0(function("_initialize"));
  }
  Guest(const Guest&) = delete;
  Guest& operator=(const Guest&) = delete;
  ~Guest() {
    wasmcore_free_instance(instance_);
    wasmcore_unload(module_);
  }

  wasmcore_function* function(const char* name) const {
    wasmcore_function* found = wasmcore_find_function(instance_, name);
    if (found == nullptr) die(name_ + " exports no function " + name);
    return found;
  }
  int32_t call(wasmcore_function* function, int32_t argument) const {
    uint64_t slots[1] = {static_cast<uint32_t>(argument)};
    check(wasmcore_call(function, slots, 1, 1));
    return static_cast<int32_t>(slots[0]);
  }
  void call0(wasmcore_function* function) const { check(wasmcore_call(function, nullptr, 0, 0)); }
  const wasmcore_module* module() const { return module_; }
  wasmcore_instance* instance() const { return instance_; }

 private:
  void check(wasmcore_trap trap) const {
    if (trap == WASMCORE_TRAP_NONE) return;
    wasmcore_error error{};
    wasmcore_last_trap(instance_, &error);
    die(name_ + ": " + error.message);
  }
  std::string name_;
  std::vector<char> bytes_;
  wasmcore_module* module_;
  wasmcore_instance* instance_;
};

// ---- what is measured ----

constexpr int kRepeat = 3;

struct Settings {
  std::string folder;
  bool quick = false;
  bool native = true;
  std::set<std::string, std::less<>> only;
  bool wants(std::string_view group) const { return only.empty() || only.count(group) != 0; }
};

// Nanoseconds for one of `count` calls: the median of several rounds after a warm-up.
template <typename F>
double nanoseconds(const Settings& settings, int count, F call) {
  if (settings.quick) count = std::max(1, count / 4);
  std::vector<double> rounds;
  for (int round = -1; round < kRepeat + 2; ++round) {
    double took = seconds_of([&] {
      for (int i = 0; i < count; ++i) call(i);
    });
    if (round >= 0) rounds.push_back(took / count * 1e9);
  }
  return median(std::move(rounds));
}

void check_event(int32_t result, int32_t expected) {
  if (result != expected || std::string_view(bench::g_record.out.data()) != "/USR/SHARE/ZONEINFO/EUROPE/BERL")
    die("the guest has made something else of the event");
  bench::g_record.out = {};
}

void boundary(const Settings& settings) {
  Guest guest(settings.folder, "event");
  wasmcore_function* nop = guest.function("nop");
  wasmcore_function* call_host = guest.function("call_host");
  wasmcore_function* event = guest.function("event");
  const int32_t expected = native_event(9);
  check_event(expected, expected);
  check_event(guest.call(event, 9), expected);

  int32_t sum = 0;
  constexpr int kCalls = 4000000;
  figure("host_to_guest_ns", BENCH_ENGINE,
         nanoseconds(settings, kCalls, [&](int i) { sum += guest.call(nop, i); }));
  figure("guest_to_host_ns", BENCH_ENGINE,
         nanoseconds(settings, 1, [&](int) { guest.call(call_host, kCalls); }) / kCalls);
  figure("event_ns", BENCH_ENGINE,
         nanoseconds(settings, 400000, [&](int i) { sum += guest.call(event, i); }));
  if (settings.native) {
    figure("host_to_guest_ns", "native", nanoseconds(settings, kCalls, [&](int i) { sum += native_nop(i); }));
    figure("guest_to_host_ns", "native",
           nanoseconds(settings, 1, [&](int) { sum += native_call_host(kCalls); }) / kCalls);
    figure("event_ns", "native", nanoseconds(settings, 400000, [&](int i) { sum += native_event(i); }));
  }
  if (sum == 1) std::fputc(' ', stderr);  // the results are used
}

struct Program {
  const char* figure;
  const char* name;   // of the file
  const char* entry;  // the exported function
  int32_t size, quick_size;
  int32_t (*native)(int32_t);
};

// node_bench.mjs has the same sizes.
const std::array<Program, 6> kPrograms{{
    {"sha256_ms", "sha256", "sha256", 64, 8, native_sha256},
    {"mix_ms", "mix", "mix", 1000, 100, native_mix},
    {"fib_ms", "fib", "fib", 30, 25, native_fib},
    {"stream_ms", "stream", "stream", 300, 30, native_stream},
    {"stream_simd_ms", "stream_simd", "stream", 300, 30, native_stream_simd},
    {"floats_ms", "floats", "floats", 400, 100, native_floats},
}};

void programs(const Settings& settings) {
  for (const Program& program : kPrograms) {
    Guest guest(settings.folder, program.name);
    wasmcore_function* entry = guest.function(program.entry);
    const int32_t size = settings.quick ? program.quick_size : program.size;
    if (guest.call(entry, 1) != program.native(1))
      die(std::string(program.name) + ": another result than natively");
    std::vector<double> here, there;
    for (int round = 0; round < kRepeat; ++round) {
      int32_t result = 0, expected = 0;
      here.push_back(seconds_of([&] { result = guest.call(entry, size); }) * 1e3);
      if (!settings.native) continue;
      there.push_back(seconds_of([&] { expected = program.native(size); }) * 1e3);
      if (result != expected) die(std::string(program.name) + ": another result than natively");
    }
    figure(program.figure, BENCH_ENGINE, median(std::move(here)));
    if (settings.native) figure(program.figure, "native", median(std::move(there)));
  }
}

void load_one(const Settings& settings, const char* name, const char* entry, int times) {
  std::vector<char> bytes = slurp(settings.folder + "/" + name + ".wasm");
  std::vector<double> took, started;
  for (int i = 0; i < times; ++i) {
    wasmcore_module* module = nullptr;
    took.push_back(seconds_of([&] { module = load(bytes, name); }));
    wasmcore_unload(module);
    started.push_back(seconds_of([&] {
      Guest guest(settings.folder, name);
      guest.call(guest.function(entry), 1);
    }));
  }
  const std::string prefix = std::string("load_") + name;
  const double seconds = median(std::move(took));
  figure((std::string("start_") + name + "_ms").c_str(), BENCH_ENGINE, median(std::move(started)) * 1e3);
  figure((prefix + "_ms").c_str(), BENCH_ENGINE, seconds * 1e3);
  figure((prefix + "_mbs").c_str(), BENCH_ENGINE, static_cast<double>(bytes.size()) / seconds / 1e6);

  wasmcore_module* module = load(bytes, name);
  wasmcore_module_info info{};
  wasmcore_describe(module, &info);
  figure((prefix + "_module_kb").c_str(), BENCH_ENGINE, static_cast<double>(info.module_bytes) / 1e3);
  figure((prefix + "_code_kb").c_str(), BENCH_ENGINE, static_cast<double>(info.code_bytes) / 1e3);
  figure((prefix + "_held_kb").c_str(), BENCH_ENGINE, static_cast<double>(info.memory_bytes) / 1e3);
  if (std::string_view(name) == "text") {
    figure("instantiate_us", BENCH_ENGINE, nanoseconds(settings, 4000, [&](int) {
                                             wasmcore_free_instance(instantiate(module, name));
                                           }) / 1e3);
    wasmcore_instance* instance = instantiate(module, name);
    wasmcore_stats stats{};
    wasmcore_instance_stats(instance, &stats);
    figure("instance_bytes", BENCH_ENGINE, static_cast<double>(stats.instance_bytes));
    figure("instance_memory_kb", BENCH_ENGINE, stats.memory_pages * 65.536);
    figure("instance_reserved_mb", BENCH_ENGINE, static_cast<double>(stats.reserved_bytes) / 1e6);
    wasmcore_free_instance(instance);
  }
  wasmcore_unload(module);
}

bool has_go(const Settings& settings) {
  return access((settings.folder + "/go.wasm").c_str(), R_OK) == 0;
}

void go(const Settings& settings) {
  if (!has_go(settings)) {
    std::fprintf(stderr, "wasmcore_bench: no go.wasm: its figures are missing\n");
    return;
  }
  load_one(settings, "go", "event", settings.quick ? 1 : 3);
  Guest guest(settings.folder, "go");
  wasmcore_function* event = guest.function("event");
  wasmcore_function* json = guest.function("json");
  check_event(guest.call(event, 9), native_event(9));
  bench::g_record.out = {};
  int32_t sum = 0;
  figure("go_event_ns", BENCH_ENGINE,
         nanoseconds(settings, 40000, [&](int i) { sum += guest.call(event, i); }));
  constexpr int kDocuments = 200;
  figure("go_json_us", BENCH_ENGINE,
         nanoseconds(settings, 4, [&](int) { sum += guest.call(json, kDocuments); }) / 1e3 / kDocuments);
  if (sum == 1) std::fputc(' ', stderr);
}

// The largest resident size of this process, which has done nothing but to load a guest and to call it.
double resident(const Settings& settings, const std::string& what) {
  if (what != "none") {
    Guest guest(settings.folder, what);
    guest.call(guest.function(what == "go" ? "event" : "text"), 1);
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  std::string rss;
  for (int i = 1; i < argc; ++i) {
    std::string_view word = argv[i];
    if (word == "--quick") {
      settings.quick = true;
    } else if (word == "--engine-only") {
      settings.native = false;
    } else if (word == "--only" && i + 1 < argc) {
      settings.only.insert(argv[++i]);
    } else if (word == "--rss" && i + 1 < argc) {
      rss = argv[++i];
    } else if (settings.folder.empty() && word.substr(0, 1) != "-") {
      settings.folder = word;
    } else {
      settings.folder.clear();
      break;
    }
  }
  if (settings.folder.empty()) {
    std::fprintf(stderr,
                 "usage: %s [--quick] [--engine-only] [--only GROUP]... [--rss none|text|go] FOLDER\n",
                 argv[0]);
    return 2;
  }
  if (!rss.empty()) {
    if (rss != "go" || has_go(settings))
      figure(("rss_" + rss + "_mb").c_str(), BENCH_ENGINE, resident(settings, rss));
    return 0;
  }
  std::fprintf(stderr, "%s: %s\n", BENCH_ENGINE, wasmcore_build_info());
  if (settings.wants("boundary")) boundary(settings);
  if (settings.wants("programs")) programs(settings);
  if (settings.wants("load")) load_one(settings, "text", "text", settings.quick ? 20 : 100);
  if (settings.wants("go")) go(settings);
  return 0;
}
