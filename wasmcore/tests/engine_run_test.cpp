// SPDX-License-Identifier: Apache-2.0
// The embedding API: traps and where they happened, fuel to the unit, interruption, memory of the host.
#include "engine.hpp"

namespace wasmcore {
namespace {

// ---- traps ----

struct TrapCase {
  const char* function;
  Slots arguments;
  uint32_t nresults;
  wasmcore_trap trap;
  uint8_t opcode;  // of the instruction that traps
};

class Traps : public testing::TestWithParam<TrapCase> {};

TEST_P(Traps, SayWhatAndWhere) {
  const TrapCase& c = GetParam();
  Basic basic;
  EXPECT_EQ(basic.run.call(c.function, c.arguments, c.nresults), c.trap);
  const wasmcore_error e = basic.run.trap();
  uint32_t index = 0;
  ASSERT_TRUE(wasmcore_find_export(basic.module.module, c.function, WASMCORE_FUNCTION, &index));
  EXPECT_EQ(e.status, WASMCORE_E_TRAP);
  EXPECT_EQ(e.trap, c.trap);
  EXPECT_EQ(e.function, index);
  ASSERT_LT(e.offset, basic.module.bytes.size());
  EXPECT_EQ(basic.module.bytes[e.offset], c.opcode);
  char expected[192];
  snprintf(expected, sizeof(expected), "%s, in function %u (%s) at 0x%x", wasmcore_trap_text(c.trap), index,
           c.function, e.offset);
  EXPECT_STREQ(e.message, expected);
  EXPECT_EQ(basic.run.stats().traps, 1u);
  EXPECT_EQ(basic.run.i32("add", {20, 22}), 42u) << "the instance can be called again";
}

const uint64_t kNan = std::bit_cast<uint64_t>(std::numeric_limits<double>::quiet_NaN());
const uint64_t kHuge = std::bit_cast<uint64_t>(1e300);

INSTANTIATE_TEST_SUITE_P(
    Each, Traps,
    testing::Values(TrapCase{"unreachable", {}, 0, WASMCORE_TRAP_UNREACHABLE, 0x00},
                    TrapCase{"divide", {1, 0}, 1, WASMCORE_TRAP_DIVIDE_BY_ZERO, 0x6d},
                    TrapCase{"divide", {0x80000000, 0xffffffff}, 1, WASMCORE_TRAP_OVERFLOW, 0x6d},
                    TrapCase{"convert", {kNan}, 1, WASMCORE_TRAP_CONVERSION, 0xaa},
                    TrapCase{"convert", {kHuge}, 1, WASMCORE_TRAP_OVERFLOW, 0xaa},
                    TrapCase{"peek", {65517}, 1, WASMCORE_TRAP_MEMORY, 0x29},
                    TrapCase{"peek", {0xfffffffb}, 1, WASMCORE_TRAP_MEMORY, 0x29},
                    TrapCase{"poke", {65529}, 0, WASMCORE_TRAP_MEMORY, 0x37},
                    TrapCase{"fill", {65536, 1}, 0, WASMCORE_TRAP_MEMORY, 0xfc},
                    TrapCase{"get", {2}, 1, WASMCORE_TRAP_TABLE, 0x25},
                    TrapCase{"indirect", {4}, 1, WASMCORE_TRAP_UNDEFINED_ELEMENT, 0x11},
                    TrapCase{"indirect", {0}, 1, WASMCORE_TRAP_NULL_ELEMENT, 0x11},
                    TrapCase{"indirect", {2}, 1, WASMCORE_TRAP_SIGNATURE, 0x11},
                    TrapCase{"forever", {}, 1, WASMCORE_TRAP_STACK, 0x10}));

TEST(Backtrace, OfThreeLevels) {
  Basic basic;
  EXPECT_EQ(basic.run.call("outer", {0}, 1), WASMCORE_TRAP_DIVIDE_BY_ZERO);
  auto frames = basic.run.frames();
  ASSERT_EQ(frames.size(), 3u);
  uint32_t divide = 0, outer = 0;
  wasmcore_find_export(basic.module.module, "divide", WASMCORE_FUNCTION, &divide);
  wasmcore_find_export(basic.module.module, "outer", WASMCORE_FUNCTION, &outer);
  EXPECT_EQ(frames[0].function, divide);
  EXPECT_EQ(frames[1].function, outer + 1);
  EXPECT_EQ(frames[2].function, outer);
  EXPECT_EQ(basic.module.bytes[frames[0].offset], 0x6d);
  EXPECT_EQ(basic.module.bytes[frames[1].offset], 0x10);
  EXPECT_EQ(basic.module.bytes[frames[1].offset + 1], divide);
  EXPECT_EQ(basic.module.bytes[frames[2].offset], 0x10);
  EXPECT_EQ(basic.module.bytes[frames[2].offset + 1], outer + 1);
  EXPECT_EQ(frames[0].module, basic.module.module);
}

TEST(Backtrace, OfRecursion) {
  Basic basic;
  uint32_t down = 0;
  wasmcore_find_export(basic.module.module, "down", WASMCORE_FUNCTION, &down);
  EXPECT_EQ(basic.run.call("down", {9}, 1), WASMCORE_TRAP_UNREACHABLE);
  auto frames = basic.run.frames();
  ASSERT_EQ(frames.size(), 10u);
  for (const wasmcore_frame& f : frames) EXPECT_EQ(f.function, down);
  EXPECT_EQ(basic.module.bytes[frames[0].offset], 0x00);
  for (size_t i = 1; i < frames.size(); i++) EXPECT_EQ(basic.module.bytes[frames[i].offset], 0x10) << i;
  EXPECT_EQ(basic.run.call("down", {200}, 1), WASMCORE_TRAP_UNREACHABLE);
  EXPECT_EQ(basic.run.frames().size(), 32u) << "no more are kept";
}

TEST(Backtrace, OfACallThatDidNotFitTheStack) {
  Host host;
  host.start();
  host.on_back = [](wasmcore_instance*, uint64_t*) { return WASMCORE_TRAP_HOST; };
  ASSERT_EQ(host.run.call("back", {1}, 1), WASMCORE_TRAP_HOST) << "a trap from before must not shine through";
  wasmcore_free_instance(host.run.instance);
  host.run.options.call_depth = 1;
  host.start();
  wasmcore_trap inner_trap = WASMCORE_TRAP_NONE;
  host.on_back = [&](wasmcore_instance* caller, uint64_t* slots) {
    inner_trap = wasmcore_call(wasmcore_find_function(caller, "double"), slots, 1, 1);
    wasmcore_error e{};
    wasmcore_last_trap(caller, &e);
    EXPECT_STREQ(e.message, "call stack exhausted") << "the nested call did not begin: it has no place";
    EXPECT_EQ(e.function, UINT32_MAX);
    return inner_trap;
  };
  EXPECT_EQ(host.run.call("back", {1}, 1), WASMCORE_TRAP_STACK);
  EXPECT_EQ(inner_trap, WASMCORE_TRAP_STACK);
  uint32_t back = 0;
  wasmcore_find_export(host.module.module, "back", WASMCORE_FUNCTION, &back);
  EXPECT_EQ(host.run.trap().function, back);
  EXPECT_EQ(host.module.bytes[host.run.trap().offset], 0x10);
}

TEST(Stats, PeaksAndCounts) {
  Basic basic;
  const wasmcore_stats before = basic.run.stats();
  EXPECT_EQ(before.memory_pages, 1u);
  EXPECT_EQ(basic.run.i32("depth", {9}), 9u);
  wasmcore_stats s = basic.run.stats();
  EXPECT_EQ(s.peak_call_depth, 10u);
  EXPECT_GE(s.peak_stack_slots, 10u);
  EXPECT_LE(s.peak_stack_slots, 100u);
  EXPECT_EQ(basic.run.i32("depth", {4}), 4u);
  EXPECT_EQ(basic.run.stats().peak_call_depth, 10u) << "a peak stays";
  EXPECT_EQ(basic.run.i32("grow", {2}), 1u);
  EXPECT_EQ(basic.run.call("unreachable"), WASMCORE_TRAP_UNREACHABLE);
  s = basic.run.stats();
  EXPECT_EQ(s.calls, before.calls + 4);
  EXPECT_EQ(s.traps, 1u);
  EXPECT_EQ(s.memory_pages, 3u);
  EXPECT_EQ(s.peak_memory_pages, 3u);
  EXPECT_GT(s.instance_bytes, 0u);
  EXPECT_GE(s.reserved_bytes, s.instance_bytes + 3 * size_t{WASMCORE_PAGE_SIZE});
}

TEST(Stats, StackLimits) {
  Basic shallow([](Basic& b) { b.run.options.call_depth = 5; });
  EXPECT_EQ(shallow.run.i32("depth", {4}), 4u);
  EXPECT_EQ(shallow.run.call("depth", {5}, 1), WASMCORE_TRAP_STACK);
  EXPECT_EQ(shallow.run.stats().peak_call_depth, 5u);
  Basic narrow([](Basic& b) { b.run.options.stack_slots = 30; });
  EXPECT_EQ(narrow.run.i32("depth", {1}), 1u);
  EXPECT_EQ(narrow.run.call("depth", {100}, 1), WASMCORE_TRAP_STACK);
  EXPECT_LE(narrow.run.stats().peak_stack_slots, 30u);
  Basic limited([](Basic& b) {
    b.module.config.limits.call_depth = 5;
    b.module.config.limits.stack_slots = 1000;
    b.run.options.call_depth = 100;
    b.run.options.stack_slots = 1u << 20;
  });
  EXPECT_EQ(limited.run.call("depth", {5}, 1), WASMCORE_TRAP_STACK)
      << "options cannot raise the module's limits";
  Basic grow([](Basic& b) {
    b.module.config.limits.memory_pages = 2;
    b.module.config.limits.table_size = 6;
  });
  EXPECT_EQ(grow.run.i32("grow", {2}), UINT32_MAX);
  EXPECT_EQ(grow.run.i32("grow", {1}), 1u);
  EXPECT_EQ(grow.run.i32("grow table", {3}), UINT32_MAX);
  EXPECT_EQ(grow.run.i32("grow table", {2}), 4u);
}

// ---- fuel ----

struct Fuel {
  Fuel() : module(guest("fuel")) {
    EXPECT_EQ(module.load(), WASMCORE_OK) << module.error.message;
    EXPECT_EQ(run.start(module), WASMCORE_OK) << run.error.message;
  }

  uint64_t of(const char* name, Slots arguments = {}, uint32_t nresults = 0) {
    constexpr uint64_t kGiven = 1'000'000;
    wasmcore_set_fuel(run.instance, kGiven);
    last = run.call(name, std::move(arguments), nresults);
    return kGiven - wasmcore_fuel(run.instance);
  }

  Module module;
  Guest run;
  wasmcore_trap last = WASMCORE_TRAP_NONE;
};

TEST(FuelCount, ByHand) {
  Fuel fuel;
  EXPECT_EQ(fuel.of("empty"), 0u);
  EXPECT_EQ(fuel.of("nops"), 3u);
  EXPECT_EQ(fuel.of("add", {}, 1), 3u);
  EXPECT_EQ(fuel.of("blocks"), 1u) << "block, loop and end are free";
  EXPECT_EQ(fuel.of("count", {1}), 5u);
  EXPECT_EQ(fuel.of("count", {100}), 500u);
  EXPECT_EQ(fuel.of("if", {1}, 1), 5u) << "else is free";
  EXPECT_EQ(fuel.of("if", {0}, 1), 3u);
  EXPECT_EQ(fuel.of("if only", {1}), 6u);
  EXPECT_EQ(fuel.of("if only", {0}), 3u);
  EXPECT_EQ(fuel.of("calls"), 8u);
  EXPECT_EQ(fuel.of("early", {1}), 3u);
  EXPECT_EQ(fuel.of("early", {0}), 4u);
  EXPECT_EQ(fuel.of("dead"), 2u) << "what cannot be reached is free";
  EXPECT_EQ(fuel.of("table", {0}), 5u);
  EXPECT_EQ(fuel.of("table", {1}), 3u);
  EXPECT_EQ(fuel.of("table", {77}), 3u);
  EXPECT_EQ(fuel.of("br_if out", {1}), 4u);
  EXPECT_EQ(fuel.of("br_if out", {0}), 6u);
  EXPECT_EQ(fuel.of("trap"), 3u);
  EXPECT_EQ(fuel.last, WASMCORE_TRAP_UNREACHABLE);
  EXPECT_EQ(fuel.of("trap halfway", {0}, 1), 6u) << "a basic block is paid when it is entered";
  EXPECT_EQ(fuel.last, WASMCORE_TRAP_DIVIDE_BY_ZERO);
}

TEST(FuelCount, OfBulkInstructions) {
  Fuel fuel;
  for (const char* name : {"memory.fill", "memory.copy"}) {
    EXPECT_EQ(fuel.of(name, {0}), 4u) << name;
    EXPECT_EQ(fuel.of(name, {63}), 4u) << name;
    EXPECT_EQ(fuel.of(name, {64}), 5u) << name;
    EXPECT_EQ(fuel.of(name, {128 * 64}), 4u + 128) << name;
  }
  EXPECT_EQ(fuel.of("memory.init", {63}), 4u);
  EXPECT_EQ(fuel.of("memory.init", {128}), 6u);
  for (const char* name : {"table.fill", "table.copy"}) {
    EXPECT_EQ(fuel.of(name, {7}), 4u) << name;
    EXPECT_EQ(fuel.of(name, {8}), 5u) << name;
    EXPECT_EQ(fuel.of(name, {200}), 4u + 25) << name;
  }
  EXPECT_EQ(fuel.of("table.init", {16}), 6u);
  EXPECT_EQ(fuel.of("table.grow", {16}), 6u);
  EXPECT_EQ(fuel.of("table.grow", {0}), 4u);
  EXPECT_EQ(fuel.of("locals"), 3u) << "17 slots of locals";
  EXPECT_EQ(fuel.of("call locals"), 4u);
  EXPECT_EQ(fuel.of("moved operands"), 10u + 1 + 1 + 9) << "nine slots moved";
}

TEST(FuelCount, RunsOutAtTheRightPlace) {
  Fuel fuel;
  for (uint64_t given = 0; given < 50; given++) {
    wasmcore_set_fuel(fuel.run.instance, given);
    EXPECT_EQ(fuel.run.call("count", {10}), WASMCORE_TRAP_FUEL) << given;
    EXPECT_EQ(wasmcore_fuel(fuel.run.instance), 0u);
    EXPECT_EQ(fuel.run.trap().trap, WASMCORE_TRAP_FUEL);
  }
  wasmcore_set_fuel(fuel.run.instance, 50);
  EXPECT_EQ(fuel.run.call("count", {10}), WASMCORE_TRAP_NONE);
  EXPECT_EQ(wasmcore_fuel(fuel.run.instance), 0u);
  EXPECT_EQ(fuel.run.call("empty"), WASMCORE_TRAP_NONE) << "costs nothing";
  EXPECT_EQ(fuel.run.call("nops"), WASMCORE_TRAP_FUEL);
  wasmcore_set_fuel(fuel.run.instance, 3);
  EXPECT_EQ(fuel.run.call("nops"), WASMCORE_TRAP_NONE) << "the instance works again";
}

TEST(FuelCount, IsSummedUp) {
  Module m(guest("fuel"));
  ASSERT_EQ(m.load(), WASMCORE_OK);
  Guest run;
  run.options.fuel = 1000;
  ASSERT_EQ(run.start(m), WASMCORE_OK);
  EXPECT_EQ(wasmcore_fuel(run.instance), 1000u);
  run.call("count", {10});
  EXPECT_EQ(wasmcore_fuel(run.instance), 950u);
  wasmcore_set_fuel(run.instance, 20);
  run.call("nops");
  EXPECT_EQ(wasmcore_fuel(run.instance), 17u);
  EXPECT_EQ(run.stats().fuel_used, 53u);
  run.call("count", {10});
  EXPECT_EQ(run.stats().fuel_used, 70u) << "what was left is used up";
  wasmcore_set_fuel(run.instance, UINT64_MAX);
  EXPECT_EQ(wasmcore_fuel(run.instance), WASMCORE_FUEL_UNLIMITED);
  run.call("nops");
  EXPECT_EQ(run.stats().fuel_used, 73u);

  Guest unlimited;
  ASSERT_EQ(unlimited.start(m), WASMCORE_OK);
  EXPECT_EQ(wasmcore_fuel(unlimited.instance), WASMCORE_FUEL_UNLIMITED);
}

TEST(FuelCount, OfAVeryLongBasicBlock) {
  // Longer than the 16 bits of a price: paid in parts.
  constexpr size_t kNops = 150'000;
  Bytes body(kNops + 2, 0x01);
  body.front() = 0;
  body.back() = 0x0b;
  Module m(module_of({body}));
  ASSERT_EQ(m.load(), WASMCORE_OK) << m.error.message;
  Guest run;
  ASSERT_EQ(run.start(m), WASMCORE_OK);
  wasmcore_set_fuel(run.instance, kNops);
  EXPECT_EQ(run.call("f"), WASMCORE_TRAP_NONE);
  EXPECT_EQ(wasmcore_fuel(run.instance), 0u);
  wasmcore_set_fuel(run.instance, kNops - 1);
  EXPECT_EQ(run.call("f"), WASMCORE_TRAP_FUEL);
}

// ---- interruption and threads ----

TEST(Interrupt, BeforeACall) {
  Basic basic;
  wasmcore_interrupt(basic.run.instance);
  EXPECT_EQ(basic.run.call("add", {1, 2}, 1), WASMCORE_TRAP_INTERRUPTED);
  EXPECT_EQ(basic.run.i32("add", {1, 2}), 3u) << "one call only";
  wasmcore_interrupt(basic.run.instance);
  wasmcore_clear_interrupt(basic.run.instance);
  EXPECT_EQ(basic.run.i32("add", {1, 2}), 3u);
}

TEST(Interrupt, DuringACall) {
  Basic basic;
  for (int i = 0; i < 3; i++) {
    std::atomic<bool> running = false;
    std::thread other([&] {
      while (!running) std::this_thread::yield();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      wasmcore_interrupt(basic.run.instance);
    });
    running = true;
    EXPECT_EQ(basic.run.call("spin"), WASMCORE_TRAP_INTERRUPTED);
    other.join();
    EXPECT_STREQ(wasmcore_trap_text(basic.run.trap().trap), "interrupted");
    EXPECT_EQ(basic.run.i32("add", {1, 2}), 3u) << "the next call works";
  }
  wasmcore_set_fuel(basic.run.instance, 5);
  wasmcore_interrupt(basic.run.instance);
  EXPECT_EQ(basic.run.call("spin"), WASMCORE_TRAP_INTERRUPTED) << "with little fuel, too";
}

TEST(Threads, ShareAModule) {
  Module m(guest("fuel"));
  ASSERT_EQ(m.load(), WASMCORE_OK);
  auto work = [&m](uint64_t* used) {
    Guest run;
    ASSERT_EQ(run.start(m), WASMCORE_OK);
    for (int i = 0; i < 50; i++) EXPECT_EQ(run.call("count", {2000}), WASMCORE_TRAP_NONE);
    *used = run.stats().fuel_used;
  };
  uint64_t used[2] = {0, 0};
  std::thread a(work, &used[0]), b(work, &used[1]);
  a.join();
  b.join();
  EXPECT_EQ(used[0], 50u * 2000 * 5);
  EXPECT_EQ(used[1], used[0]) << "the same fuel for the same work";
}

TEST(Instances, OfOneModuleAreApart) {
  Basic basic;
  Guest second;
  second.options = basic.run.options;
  ASSERT_EQ(second.start(basic.module), WASMCORE_OK);
  EXPECT_EQ(basic.run.call("store", {100, 7}), WASMCORE_TRAP_NONE);
  EXPECT_EQ(second.i32("load", {100}), 0u);
  EXPECT_EQ(basic.run.i32("count"), 6u);
  EXPECT_EQ(basic.run.i32("count"), 7u);
  EXPECT_EQ(second.i32("count"), 6u);
  EXPECT_EQ(second.i32("grow", {1}), 1u);
  size_t size = 0;
  wasmcore_memory(basic.run.instance, &size);
  EXPECT_EQ(size, size_t{WASMCORE_PAGE_SIZE});
  EXPECT_NE(wasmcore_find_function(second.instance, "add"),
            wasmcore_find_function(basic.run.instance, "add"));
}

// ---- memory of the host ----

TEST(Memory, NothingIsRequestedWhileAGuestRuns) {
  Counter counter;
  {
    Basic basic([&](Basic& b) { b.module.config.allocator = counter.allocator(); });
    EXPECT_GT(counter.live, 0u);
    counter.armed = true;
    EXPECT_EQ(basic.run.i32("depth", {5000}), 5000u);
    EXPECT_EQ(basic.run.i32("grow", {2}), 1u);
    EXPECT_EQ(basic.run.i32("grow table", {6}), 4u);
    EXPECT_EQ(basic.run.call("fill", {0, 3 * WASMCORE_PAGE_SIZE}), WASMCORE_TRAP_NONE);
    EXPECT_EQ(basic.run.call("forever", {}, 1), WASMCORE_TRAP_STACK);
    EXPECT_EQ(basic.run.call("unreachable"), WASMCORE_TRAP_UNREACHABLE);
    EXPECT_FALSE(basic.run.frames().empty());
    basic.run.trap();
    wasmcore_set_fuel(basic.run.instance, 10);
    EXPECT_EQ(basic.run.call("spin"), WASMCORE_TRAP_FUEL);
    counter.armed = false;
  }
  EXPECT_EQ(counter.live, 0u) << "bytes that were not given back";
}

TEST(Memory, IsGivenBackAfterErrors) {
  Counter counter;
  for (const char* name : {"basic", "host", "fuel", "limits", "library", "program"}) {
    const Bytes whole = guest(name);
    for (size_t cut = 8; cut < whole.size(); cut += 7) {
      Module m(Bytes(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(cut)));
      m.config.allocator = counter.allocator();
      m.load();
    }
  }
  EXPECT_EQ(counter.live, 0u);
  Module unlinked(guest("program"));
  unlinked.config.allocator = counter.allocator();
  ASSERT_EQ(unlinked.load(), WASMCORE_OK);
  const size_t loaded = counter.live;
  Guest run;
  EXPECT_EQ(run.start(unlinked), WASMCORE_E_LINK);
  EXPECT_EQ(counter.live, loaded);
}

TEST(Memory, EverythingInAnArena) {
  alignas(16) static uint8_t buffer[2u << 20];
  wasmcore_arena arena{buffer, sizeof(buffer), 0};
  {
    Module m(guest("library"));
    m.config.allocator = wasmcore_arena_allocator(&arena);
    m.config.limits.memory_pages = 4;
    m.config.limits.stack_slots = 1000;
    m.config.limits.call_depth = 100;
    m.config.limits.table_size = 100;
    ASSERT_EQ(m.load(), WASMCORE_OK) << m.error.message;
    Guest run;
    ASSERT_EQ(run.start(m), WASMCORE_OK) << run.error.message;
    EXPECT_EQ(run.i32("divide", {5}), 20u);
    EXPECT_EQ(run.i32("grow"), 1u);
    size_t size = 0;
    const uint8_t* memory = wasmcore_memory(run.instance, &size);
    EXPECT_GE(memory, buffer);
    EXPECT_LE(memory + size, buffer + sizeof(buffer));
    EXPECT_GT(arena.used, 4 * size_t{WASMCORE_PAGE_SIZE});
  }
  // A small one is an error, not a crash, wherever it ends; odd addresses are made to fit.
  for (size_t small = 0; small < 60'000; small += 1009) {
    wasmcore_arena little{buffer + small % 16, small, 0};
    Module m(guest("library"));
    m.config.allocator = wasmcore_arena_allocator(&little);
    m.config.limits.memory_pages = 1;
    m.config.limits.stack_slots = 100;
    m.config.limits.call_depth = 10;
    m.config.limits.table_size = 10;
    if (m.load() != WASMCORE_OK) {
      EXPECT_EQ(m.status, WASMCORE_E_NOMEM);
      continue;
    }
    Guest run;
    EXPECT_EQ(run.start(m), WASMCORE_E_NOMEM) << "there is no room for its memory";
  }
  wasmcore_arena stack{buffer, 1000, 0};
  wasmcore_allocator a = wasmcore_arena_allocator(&stack);
  void* first = a.alloc(a.user, 10);
  void* second = a.alloc(a.user, 100);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(second) % 16, 0u);
  a.free(a.user, second, 100);
  EXPECT_EQ(a.alloc(a.user, 50), second) << "what was requested last is given back";
  EXPECT_EQ(a.alloc(a.user, 2000), nullptr);
  EXPECT_NE(first, nullptr);
}

}  // namespace
}  // namespace wasmcore
