#include "wasm/profile.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <sstream>

#include "wasm/module.hpp"
#include "wasm/test_guest.hpp"
#include "wasm/watchdog.hpp"

namespace gadgetry::wasm {
namespace {

const char* const kGuest = R"((module
  (import "env" "slow" (func $slow))
  (import "env" "nested" (func $nested))
  (func $dns.rounds (param i32) (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func $main.parse (param i32) (call $dns.rounds (local.get 0)))
  (func $gadgetCallback (export "gadgetCallback")
    (call $main.parse (i32.const 300000)) (call $dns.rounds (i32.const 100000)))
  (func (export "unnamed") (call 2 (i32.const 100000)))
  (func $deep (export "deep") (param i32)
    (if (local.get 0) (then (call $deep (i32.sub (local.get 0) (i32.const 1)))) (else (call $dns.rounds (i32.const 90000)))))
  (func $calls (export "calls") (call $slow))
  (func (export "nests") (call $nested))
  (func (export "short"))))";

void burn(int64_t ns) {
  for (int64_t end = monotonic_ns() + ns; monotonic_ns() < end;) continue;
}

// A guest with its profiler, which the host functions tell as the host's bindings do.
struct Profiled {
  explicit Profiled(const std::string& flags = "--debug-names") {
    auto loaded = Module::load("test", assemble(kGuest, flags));
    EXPECT_TRUE(loaded.ok());
    module = *loaded;
    wasmcore_options options{};
    const wasmcore_host_function hosts[] = {{"env", "slow", ":", slow, this},
                                            {"env", "nested", ":", nested, this}};
    options.hosts = hosts;
    options.nhosts = 2;
    wasmcore_error error{};
    EXPECT_EQ(wasmcore_instantiate(module->get(), &options, &instance, &error), WASMCORE_OK) << error.message;
    profiler.attach(instance);
  }
  ~Profiled() {
    profiler.detach();
    wasmcore_free_instance(instance);
  }

  static enum wasmcore_trap slow(wasmcore_instance*, uint64_t*, void* user) {
    auto& self = *static_cast<Profiled*>(user);
    self.profiler.enter_host("fieldGetBuffer");
    burn(5'000'000);
    self.profiler.leave_host();
    return WASMCORE_TRAP_NONE;
  }
  static enum wasmcore_trap nested(wasmcore_instance*, uint64_t*, void* user) {
    auto& self = *static_cast<Profiled*>(user);
    self.profiler.enter_host("dataSourceEmit");
    self.call("gadgetCallback");
    self.profiler.leave_host();
    return WASMCORE_TRAP_NONE;
  }

  void call(const char* name, std::vector<uint64_t> slots = {}) {
    auto nargs = static_cast<uint32_t>(slots.size());
    slots.push_back(0);
    profiler.begin_call(name);
    EXPECT_EQ(wasmcore_call(wasmcore_find_function(instance, name), slots.data(), nargs, 0),
              WASMCORE_TRAP_NONE);
    profiler.end_call();
  }
  void call_until(uint64_t samples, const char* name, std::vector<uint64_t> slots = {}) {
    int64_t end = monotonic_ns() + 30'000'000'000;
    while (profiler.samples() < samples && monotonic_ns() < end) call(name, slots);
    EXPECT_GE(profiler.samples(), samples);
  }

  // Stacks and their microseconds.
  std::map<std::string, int64_t> lines() const {
    std::map<std::string, int64_t> all;
    std::istringstream text(profiler.text());
    std::string stack;
    for (int64_t weight = 0; text >> stack >> weight;) {
      EXPECT_GT(weight, 0);
      EXPECT_TRUE(all.emplace(stack, weight).second) << stack;
    }
    return all;
  }

  std::shared_ptr<const Module> module;
  wasmcore_instance* instance = nullptr;
  Profiler profiler{200'000};
};

int64_t sum(const std::map<std::string, int64_t>& lines) {
  int64_t all = 0;
  for (const auto& [stack, weight] : lines) all += weight;
  return all;
}

TEST(Profiler, GivesTimeToStacks) {
  Profiled p;
  int64_t begin = monotonic_ns();
  p.call_until(400, "gadgetCallback");
  int64_t elapsed = (monotonic_ns() - begin) / 1000;
  auto lines = p.lines();
  int64_t inner = lines["gadgetCallback;main.parse;dns.rounds"];
  int64_t outer = lines["gadgetCallback;dns.rounds"];
  EXPECT_GT(inner, outer * 2);
  EXPECT_LT(inner, outer * 5);
  EXPECT_GT(inner + outer, sum(lines) * 9 / 10) << "nothing else takes time";
  EXPECT_LE(sum(lines), elapsed);
  EXPECT_GT(sum(lines), elapsed / 2) << "all time is somewhere";
}

TEST(Profiler, CountsShortCallsToo) {
  Profiled p;
  int64_t inside = 0;
  for (int i = 0; i < 20000; i++) {
    int64_t begin = monotonic_ns();
    p.call("short");
    inside += monotonic_ns() - begin;
  }
  auto lines = p.lines();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_GT(lines["short"], 0);
  EXPECT_LE(lines["short"] * 1000, inside);
}

TEST(Profiler, NamesFunctionsByNumberWithoutNames) {
  Profiled p("");
  p.call_until(20, "unnamed");
  auto lines = p.lines();
  EXPECT_GT(lines["unnamed;func[5];func[2]"], sum(lines) * 8 / 10) << p.profiler.text();
}

TEST(Profiler, LeavesOutFramesOfDeepStacks) {
  Profiled p;
  p.call_until(20, "deep", {1000});
  auto lines = p.lines();
  ASSERT_FALSE(lines.empty());
  EXPECT_TRUE(std::any_of(lines.begin(), lines.end(), [](const auto& line) {
    return line.first.starts_with("deep;[...];deep;deep") && line.first.ends_with(";deep;dns.rounds");
  })) << p.profiler.text();
}

TEST(Profiler, HostFunctionsAreLeaves) {
  Profiled p;
  p.call_until(10, "calls");
  auto lines = p.lines();
  EXPECT_GT(lines["calls;host:fieldGetBuffer"], sum(lines) * 9 / 10) << p.profiler.text();
}

TEST(Profiler, CallsDuringHostFunctionsStandUnderTheCall) {
  Profiled p;
  p.call_until(20, "nests");
  auto lines = p.lines();
  EXPECT_GT(lines["nests;gadgetCallback;main.parse;dns.rounds"], sum(lines) / 3) << p.profiler.text();
}

TEST(Profiler, CostsNothingWhileNothingRuns) {
  Profiled p;
  p.call("short");
  burn(5'000'000);
  EXPECT_LE(p.profiler.samples(), 1u) << "of 25 ticks";
}

TEST(Profiler, OutlivesTheInstance) {
  Profiler profiler(200'000);
  for (int i = 0; i < 2; i++) {
    Profiled p;
    profiler.attach(p.instance);
    std::vector<uint64_t> slots(1);
    for (uint64_t before = profiler.samples(); profiler.samples() < before + 5;) {
      profiler.begin_call("gadgetCallback");
      wasmcore_call(wasmcore_find_function(p.instance, "gadgetCallback"), slots.data(), 0, 0);
      profiler.end_call();
    }
    profiler.detach();
  }
  EXPECT_NE(profiler.text().find("gadgetCallback;main.parse;dns.rounds "), std::string::npos);
}

TEST(Profiler, WritesAFile) {
  Profiled p;
  p.call_until(5, "gadgetCallback");
  char folder[] = "/tmp/gadgetry_profile_XXXXXX";
  ASSERT_NE(::mkdtemp(folder), nullptr);
  std::string path = std::string(folder) + "/profile.txt";
  ASSERT_TRUE(p.profiler.write(path).ok());
  std::stringstream content;
  content << std::ifstream(path).rdbuf();
  EXPECT_EQ(content.str(), p.profiler.text());
  auto status = p.profiler.write(std::string(folder) + "/no/such/folder");
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().text().find("write the profile of the module"), std::string::npos);
  ::unlink(path.c_str());
  ::rmdir(folder);
}

}  // namespace
}  // namespace gadgetry::wasm
