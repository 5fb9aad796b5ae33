// SPDX-License-Identifier: Apache-2.0
// The embedding API: samples of a guest that runs. They see the right frames, and the guest notices nothing.
#include <map>

#include "engine.hpp"

namespace wasmcore {
namespace {

// Of engine_sample.wat, by index; the provider of "foreign" is the same module.
const char* const kNames[] = {"look",     "foreign", "leaf",  "middle", "outer",  "counted",
                              "switched", "deep",    "looks", "spin",   "nothing"};

// Two instances of the guest: what the first one imports as "foreign" is "outer" of the second.
struct Sampled {
  Sampled() : module(guest("sample")) {
    EXPECT_EQ(module.load(), WASMCORE_OK) << module.error.message;
    for (Guest* g : {&provider, &run}) {
      g->options.hosts = hosts;
      g->options.nhosts = g == &provider ? 2 : 1;
      g->options.resolve = resolve;
      g->options.resolve_user = this;
      EXPECT_EQ(g->start(module), WASMCORE_OK) << g->error.message;
    }
  }

  static bool resolve(void* user, const wasmcore_extern*, wasmcore_provider* out) {
    auto* self = static_cast<Sampled*>(user);
    out->instance = self->provider.instance;
    return wasmcore_find_export(self->module.module, "outer", WASMCORE_FUNCTION, &out->index);
  }
  static wasmcore_trap look(wasmcore_instance* caller, uint64_t*, void* user) {
    auto* self = static_cast<Sampled*>(user);
    self->looked = stack_of(caller);
    if (self->on_look) self->on_look(caller);
    return WASMCORE_TRAP_NONE;
  }
  static wasmcore_trap no_foreign(wasmcore_instance*, uint64_t*, void*) { return WASMCORE_TRAP_HOST; }

  static std::string stack_of(wasmcore_instance* instance) {
    std::string stack;
    wasmcore_frame frame{};
    for (uint32_t level = 0; wasmcore_current_frame(instance, level, &frame); level++) {
      EXPECT_EQ(frame.module, wasmcore_instance_module(instance));
      EXPECT_EQ(frame.offset, UINT32_MAX);
      stack = std::string(kNames[frame.function]) + (stack.empty() ? "" : ";") + stack;
    }
    return stack;
  }
  static void sample(void* user, wasmcore_instance* instance) {
    auto* self = static_cast<Sampled*>(user);
    self->stacks[stack_of(instance)]++;
    self->samples++;
    EXPECT_EQ(instance, self->run.instance);
    if (self->again) wasmcore_request_sample(instance);
  }
  // At each basic block from now on.
  void sample_always() {
    wasmcore_set_sampler(run.instance, sample, this);
    again = true;
    wasmcore_request_sample(run.instance);
  }

  Module module;
  std::map<std::string, int> stacks;
  std::string looked;
  std::function<void(wasmcore_instance*)> on_look;
  int samples = 0;
  bool again = false;
  wasmcore_host_function hosts[2] = {{"env", "look", "i:i", look, this},
                                     {"env", "foreign", "i:i", no_foreign, nullptr}};
  Guest provider, run;
};

using Stacks = std::map<std::string, int>;

TEST(Sample, SeesEveryBasicBlock) {
  Sampled s;
  s.sample_always();
  EXPECT_EQ(s.run.i32("outer", {2}), 30u + 9 + 30 + 3);
  // The entry, then in each round: two calls of the leaf by the middle (the frames are still the caller's),
  // which is called once; a branch at the end of each round of the loops.
  EXPECT_EQ(s.stacks,
            (Stacks{{"outer", 1 + 2 + 2}, {"outer;middle", 4}, {"outer;middle;leaf", 4 + 2 + 4 + 1}}));
}

TEST(Sample, SeesOtherInstances) {
  Sampled s;
  s.sample_always();
  EXPECT_EQ(s.run.i32("deep", {1}), 73u);
  EXPECT_EQ(s.stacks["deep;deep;outer;middle;leaf"], 11);
  EXPECT_EQ(s.stacks["deep;deep;outer;middle"], 4);
  EXPECT_EQ(s.stacks["deep;deep;outer"], 4);
}

// Fuel and results of a row of calls; with `always` all of them are sampled at each block.
std::vector<uint64_t> outcomes(Sampled& s) {
  std::vector<uint64_t> all;
  for (const char* name : {"outer", "counted", "switched", "deep", "looks"}) {
    for (uint64_t argument : {1u, 2u, 7u, 60u, 100u}) {
      for (uint64_t fuel : {0u, 1u, 3u, 40u, 777u, 100000u}) {
        wasmcore_set_fuel(s.run.instance, fuel);
        all.push_back(s.run.call(name, {argument}, 1));
        all.push_back(all.back() == WASMCORE_TRAP_NONE ? static_cast<uint32_t>(s.run.slots[0])
                                                       : s.run.trap().offset);
        all.push_back(wasmcore_fuel(s.run.instance));
      }
    }
  }
  return all;
}

TEST(Sample, ChangesNothing) {
  Sampled plain, sampled;
  sampled.sample_always();
  EXPECT_EQ(outcomes(plain), outcomes(sampled));
  EXPECT_EQ(plain.samples, 0);
  EXPECT_GT(sampled.samples, 1000);
  EXPECT_EQ(sampled.stacks.begin()->first, "counted");
}

TEST(Sample, OnceForEachRequest) {
  Sampled s;
  wasmcore_set_sampler(s.run.instance, Sampled::sample, &s);
  wasmcore_request_sample(s.run.instance);
  wasmcore_request_sample(s.run.instance);
  s.run.i32("outer", {3});
  EXPECT_EQ(s.samples, 1);
  s.run.i32("outer", {3});
  EXPECT_EQ(s.samples, 1);
  wasmcore_set_sampler(s.run.instance, nullptr, nullptr);
  wasmcore_request_sample(s.run.instance);
  s.run.i32("outer", {3});
  EXPECT_EQ(s.samples, 1);
}

TEST(Sample, AnInterruptionComesFirst) {
  Sampled s;
  s.sample_always();
  for (bool interrupt_last : {true, false}) {
    if (interrupt_last) wasmcore_interrupt(s.run.instance);
    wasmcore_request_sample(s.run.instance);
    if (!interrupt_last) wasmcore_interrupt(s.run.instance);
    EXPECT_EQ(s.run.call("outer", {3}, 1), WASMCORE_TRAP_INTERRUPTED);
    EXPECT_EQ(s.samples, 0);
  }
  wasmcore_interrupt(s.run.instance);
  wasmcore_clear_interrupt(s.run.instance);
  s.again = false;
  wasmcore_request_sample(s.run.instance);
  EXPECT_EQ(s.run.call("outer", {3}, 1), WASMCORE_TRAP_NONE);
  EXPECT_EQ(s.samples, 1);
}

TEST(Sample, AHostFunctionMayLook) {
  Sampled s;
  EXPECT_EQ(Sampled::stack_of(s.run.instance), "") << "nothing runs";
  int depth = 0;
  s.on_look = [&](wasmcore_instance* caller) {
    EXPECT_EQ(s.looked, "looks") << "out to the innermost call from the host";
    uint64_t slots[2] = {1, 0};
    if (depth++ > 0) return;
    EXPECT_EQ(wasmcore_call(wasmcore_find_function(caller, "looks"), slots, 1, 1), WASMCORE_TRAP_NONE);
    EXPECT_EQ(Sampled::stack_of(caller), "looks");
  };
  s.run.i32("looks", {1});
  EXPECT_EQ(depth, 2);
  EXPECT_EQ(Sampled::stack_of(s.run.instance), "");
}

TEST(Sample, ASamplerCannotCall) {
  Sampled s;
  static wasmcore_trap trap;
  trap = WASMCORE_TRAP_NONE;
  wasmcore_set_sampler(
      s.run.instance,
      [](void*, wasmcore_instance* instance) {
        uint64_t slots[2] = {1, 0};
        trap = wasmcore_call(wasmcore_find_function(instance, "counted"), slots, 1, 1);
      },
      nullptr);
  wasmcore_request_sample(s.run.instance);
  EXPECT_EQ(s.run.i32("outer", {2}), 72u);
  EXPECT_EQ(trap, WASMCORE_TRAP_NESTING);
  EXPECT_EQ(s.run.stats().traps, 0u);
}

TEST(Sample, FromAnotherThread) {
  Sampled s;
  wasmcore_set_sampler(s.run.instance, Sampled::sample, &s);
  std::atomic<bool> seen = false;
  std::thread other([&] {
    while (!seen.load()) {
      wasmcore_request_sample(s.run.instance);
      std::this_thread::yield();
    }
    wasmcore_interrupt(s.run.instance);
  });
  wasmcore_set_sampler(
      s.run.instance,
      [](void* user, wasmcore_instance* instance) {
        EXPECT_EQ(Sampled::stack_of(instance), "spin");
        static_cast<std::atomic<bool>*>(user)->store(true);
      },
      &seen);
  EXPECT_EQ(s.run.call("spin"), WASMCORE_TRAP_INTERRUPTED);
  other.join();
  EXPECT_TRUE(seen.load());
}

}  // namespace
}  // namespace wasmcore
