// Guests made to never end, to use up memory or stack, or to reach outside of what is theirs. Each must end
// in a trap or an error; fuel bounds the time, the allocator's counter the memory.
#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "hostile.hpp"

namespace wasmcore::hostile {
namespace {

constexpr uint64_t kFuel = 1000000;

// Runs f of a module with limited fuel.
wasmcore_trap run(const Sections& s, std::vector<uint64_t> slots = {}, uint32_t nargs = 0,
                  uint32_t nresults = 0) {
  Engine e;
  e.options.fuel = kFuel;
  EXPECT_EQ(e.start(s.build()), WASMCORE_OK) << e.error.message;
  if (e.instance == nullptr) return WASMCORE_TRAP_COUNT;
  slots.resize(16);
  wasmcore_trap trap = e.call(&slots, nargs, nresults);
  EXPECT_LE(wasmcore_fuel(e.instance), kFuel);
  if (trap == WASMCORE_TRAP_NONE) return trap;
  wasmcore_error error;
  wasmcore_last_trap(e.instance, &error);
  EXPECT_EQ(error.trap, trap);
  // A trap does not end the instance.
  wasmcore_set_fuel(e.instance, kFuel);
  EXPECT_EQ(e.call(&slots, nargs, nresults), trap);
  return trap;
}

const Bytes kLoop{0, 0x03, 0x40, 0x0c, 0, 0x0b, 0x0b};

// ---- without end ----

TEST(HostileRun, EndlessLoops) {
  EXPECT_EQ(run(one_function(Bytes{0, 0}, kLoop)), WASMCORE_TRAP_FUEL);
  Bytes table{0, 0x03, 0x40, 0x41, 0, 0x0e, 3, 0, 0, 0, 0, 0x0b, 0x0b};
  EXPECT_EQ(run(one_function(Bytes{0, 0}, table)), WASMCORE_TRAP_FUEL);
  Bytes condition{0, 0x03, 0x40, 0x41, 1, 0x0d, 0, 0x0b, 0x0b};
  EXPECT_EQ(run(one_function(Bytes{0, 0}, condition)), WASMCORE_TRAP_FUEL);
  Bytes counting{1,    1, kI32, 0x03, 0x40, 0x20, 0,    0x41, 1,    0x6a,
                 0x22, 0, 0x41, 0,    0x4d, 0x45, 0x0d, 0,    0x0b, 0x0b};
  EXPECT_EQ(run(one_function(Bytes{0, 0}, counting)), WASMCORE_TRAP_FUEL);
  Sections calls =
      one_function(Bytes{0, 0}, Bytes{0, 0x03, 0x40, 0x10, 1, 0x0c, 0, 0x0b, 0x0b}).set(3, Bytes{2, 0, 0});
  calls.set(10, code_of({Bytes{0, 0x03, 0x40, 0x10, 1, 0x0c, 0, 0x0b, 0x0b}, Bytes{0, 0x0b}}));
  EXPECT_EQ(run(calls), WASMCORE_TRAP_FUEL);
}

TEST(HostileRun, EndlessRecursion) {
  EXPECT_EQ(run(one_function(Bytes{0, 0}, Bytes{0, 0x10, 0, 0x0b})), WASMCORE_TRAP_STACK);
  Sections mutual = one_function(Bytes{0, 0}, Bytes{0, 0x0b}).set(3, Bytes{2, 0, 0});
  mutual.set(10, code_of({Bytes{0, 0x10, 1, 0x0b}, Bytes{0, 0x10, 0, 0x0b}}));
  EXPECT_EQ(run(mutual), WASMCORE_TRAP_STACK);
  Sections indirect =
      one_function(Bytes{0, 0}, Bytes{0, 0x41, 0, 0x11, 0, 0, 0x0b}).set(4, Bytes{1, kFuncref, 0, 1});
  indirect.set(9, Bytes{1, 0, 0x41, 0, 0x0b, 1, 0});
  EXPECT_EQ(run(indirect), WASMCORE_TRAP_STACK);
  // Frames of the largest size, and of many operands.
  Bytes large = Bytes{1}.u(50000).u8(kI32).add({0x10, 0, 0x0b});
  EXPECT_EQ(run(one_function(Bytes{0, 0}, large)), WASMCORE_TRAP_STACK);
  Bytes tall = Bytes{0}.repeat(60000, Bytes{0x41, 1}).add({0x10, 0, 0x00, 0x0b});
  EXPECT_EQ(run(one_function(Bytes{0, 0}, tall)), WASMCORE_TRAP_STACK);
}

TEST(HostileRun, StackLimitsAreExact) {
  for (uint32_t slots = 1; slots < 40; slots++) {
    for (uint32_t depth = 1; depth < 6; depth++) {
      Engine e;
      e.options.stack_slots = slots;
      e.options.call_depth = depth;
      ASSERT_EQ(
          e.start(one_function(Bytes{2, kI64, kI64, 1, kI64},
                               Bytes{1,    3, kI64, 0x20, 0, 0x50, 0x04, 0x40, 0x20, 1, 0x0f, 0x0b, 0x20, 0,
                                     0x42, 1, 0x7d, 0x20, 1, 0x42, 1,    0x7c, 0x10, 0, 0x0b})
                      .build()),
          WASMCORE_OK);
      for (uint64_t n = 0; n < 8; n++) {
        std::vector<uint64_t> v = {n, 100};
        wasmcore_trap trap = e.call(&v, 2, 1);
        EXPECT_TRUE(trap == WASMCORE_TRAP_NONE || trap == WASMCORE_TRAP_STACK);
        if (trap == WASMCORE_TRAP_NONE) {
          EXPECT_EQ(v[0], 100 + n);
        }
        if (n >= depth) {
          EXPECT_EQ(trap, WASMCORE_TRAP_STACK);
        }
      }
    }
  }
}

struct Callback {
  uint32_t calls = 0;
  wasmcore_trap last = WASMCORE_TRAP_NONE;
};

wasmcore_trap call_again(wasmcore_instance* caller, uint64_t* /*slots*/, void* user) {
  auto* c = static_cast<Callback*>(user);
  std::vector<uint64_t> none(4);
  c->calls++;
  c->last = wasmcore_call(wasmcore_find_function(caller, "f"), none.data(), 0, 0);
  return c->last;
}

TEST(HostileRun, HostAndGuestCallEachOther) {
  Sections s = one_function(Bytes{0, 0}, Bytes{0, 0x10, 0, 0x0b});
  s.set(2, Bytes{1, 1, 'h', 1, 'g', 0, 0}).set(7, Bytes{1, 1, 'f', 0, 1});
  for (uint32_t nesting : {1u, 2u, 16u, 1000u}) {
    Callback callback;
    const wasmcore_host_function host = {"h", "g", ":", call_again, &callback};
    Engine e;
    e.config.limits.host_nesting = nesting;
    e.options.hosts = &host;
    e.options.nhosts = 1;
    e.options.fuel = kFuel;
    ASSERT_EQ(e.start(s.build()), WASMCORE_OK) << e.error.message;
    EXPECT_EQ(e.call(), WASMCORE_TRAP_NESTING);
    EXPECT_EQ(callback.calls, nesting < WASMCORE_MAX_HOST_NESTING ? nesting : WASMCORE_MAX_HOST_NESTING);
    EXPECT_EQ(e.call(), WASMCORE_TRAP_NESTING);
  }
}

TEST(HostileRun, StartThatLoops) {
  Sections s = one_function(Bytes{0, 0}, kLoop).set(8, Bytes{0});
  Engine e;
  e.options.fuel = kFuel;
  EXPECT_EQ(e.start(s.build()), WASMCORE_E_TRAP);
  EXPECT_EQ(e.error.trap, WASMCORE_TRAP_FUEL);
  ASSERT_NE(e.instance, nullptr);
  EXPECT_EQ(e.call(), WASMCORE_TRAP_USAGE);
}

TEST(HostileRun, FuelOfNoneOneAndJustEnough) {
  Sections s = one_function(Bytes{1, kI32, 1, kI32},
                            Bytes{0, 0x20, 0, 0x04, kI32, 0x41, 1, 0x05, 0x41, 2, 0x0b, 0x0b});
  for (uint64_t fuel = 0; fuel < 8; fuel++) {
    Engine e;
    ASSERT_EQ(e.start(s.build()), WASMCORE_OK);
    wasmcore_set_fuel(e.instance, fuel);
    std::vector<uint64_t> v = {1};
    EXPECT_EQ(e.call(&v, 1, 1), fuel < 3 ? WASMCORE_TRAP_FUEL : WASMCORE_TRAP_NONE) << fuel;
    EXPECT_EQ(wasmcore_fuel(e.instance), fuel < 3 ? wasmcore_fuel(e.instance) : fuel - 3);
    EXPECT_LE(wasmcore_fuel(e.instance), fuel);
  }
}

TEST(HostileRun, InterruptedByAnotherThread) {
  Engine e;
  ASSERT_EQ(e.start(one_function(Bytes{0, 0}, kLoop).build()), WASMCORE_OK);
  std::atomic<bool> done = false;
  std::thread other([&] {
    while (!done) {
      wasmcore_interrupt(e.instance);
      std::this_thread::yield();
    }
  });
  for (int i = 0; i < 100; i++) EXPECT_EQ(e.call(), WASMCORE_TRAP_INTERRUPTED);
  done = true;
  other.join();
}

// ---- memory and tables ----

TEST(HostileRun, GrowingMemoryWithoutEnd) {
  // loop: grow by one, by all of 32 bits
  for (int64_t pages : {int64_t{1}, int64_t{-1}, int64_t{65535}, int64_t{0x7fffffff}}) {
    Bytes body = Bytes{0, 0x03, 0x40}.i32(pages).add({0x40, 0, 0x1a, 0x0c, 0, 0x0b, 0x0b});
    Sections s = one_function(Bytes{0, 0}, body).set(5, Bytes{1, 0, 1});
    EXPECT_EQ(run(s), WASMCORE_TRAP_FUEL);
    Engine e;
    e.options.fuel = kFuel;
    e.options.memory_pages = 10;
    ASSERT_EQ(e.start(s.build()), WASMCORE_OK);
    EXPECT_EQ(e.call(), WASMCORE_TRAP_FUEL);
    EXPECT_LE(e.counting.peak, size_t{10} * WASMCORE_PAGE_SIZE + (size_t{4} << 20));
    wasmcore_stats stats;
    wasmcore_instance_stats(e.instance, &stats);
    EXPECT_LE(stats.memory_pages, 10u);
  }
}

TEST(HostileRun, GrowingTablesWithoutEnd) {
  for (int64_t n : {int64_t{1}, int64_t{100000}, int64_t{-1}}) {
    Bytes body = Bytes{0, 0x03, 0x40, 0xd0, kFuncref}.i32(n).add({0xfc, 15, 0, 0x1a, 0x0c, 0, 0x0b, 0x0b});
    EXPECT_EQ(run(one_function(Bytes{0, 0}, body).set(4, Bytes{1, kFuncref, 0, 0})), WASMCORE_TRAP_FUEL);
  }
}

TEST(HostileRun, RangesThatWrapAround) {
  const std::vector<int64_t> odd = {0, 1, 65535, 65536, 65537, 0x7fffffff, -0x80000000LL, -1, -2, -65536};
  for (int64_t a : odd) {
    for (int64_t b : odd) {
      for (int64_t n : odd) {
        auto u = [](int64_t v) { return static_cast<uint64_t>(static_cast<uint32_t>(v)); };
        bool to = u(a) + u(n) <= 65536, from = u(b) + u(n) <= 65536, three = u(b) + u(n) <= 3;
        auto with = [&](const Bytes& op) {
          Bytes body = Bytes{0}.i32(a).i32(b).i32(n);
          Sections s = one_function(Bytes{0, 0}, body.add(op).u8(0x0b)).set(5, Bytes{1, 0, 1});
          return s.set(11, Bytes{1, 1, 3, 1, 2, 3}).set(12, Bytes{1});
        };
        EXPECT_EQ(run(with(Bytes{0xfc, 10, 0, 0})), to && from ? WASMCORE_TRAP_NONE : WASMCORE_TRAP_MEMORY);
        EXPECT_EQ(run(with(Bytes{0xfc, 11, 0})), to ? WASMCORE_TRAP_NONE : WASMCORE_TRAP_MEMORY);
        EXPECT_EQ(run(with(Bytes{0xfc, 8, 0, 0})), to && three ? WASMCORE_TRAP_NONE : WASMCORE_TRAP_MEMORY);
      }
    }
  }
}

TEST(HostileRun, TableRangesThatWrapAround) {
  const std::vector<int64_t> odd = {0, 1, 9, 10, 11, 0x7fffffff, -0x80000000LL, -1, -10};
  for (int64_t a : odd) {
    for (int64_t b : odd) {
      for (int64_t n : odd) {
        auto u = [](int64_t v) { return static_cast<uint64_t>(static_cast<uint32_t>(v)); };
        bool to = u(a) + u(n) <= 10, from = u(b) + u(n) <= 10, two = u(b) + u(n) <= 2;
        auto with = [&](const Bytes& values, const Bytes& op) {
          Bytes body = Bytes{0}.i32(a).add(values).i32(n);
          Sections s = one_function(Bytes{0, 0}, body.add(op).u8(0x0b)).set(4, Bytes{1, kFuncref, 0, 10});
          return s.set(9, Bytes{1, 1, 0, 2, 0, 0});
        };
        Bytes i = Bytes().i32(b);
        EXPECT_EQ(run(with(i, Bytes{0xfc, 14, 0, 0})), to && from ? WASMCORE_TRAP_NONE : WASMCORE_TRAP_TABLE);
        EXPECT_EQ(run(with(Bytes{0xd0, kFuncref}, Bytes{0xfc, 17, 0})),
                  to ? WASMCORE_TRAP_NONE : WASMCORE_TRAP_TABLE);
        EXPECT_EQ(run(with(i, Bytes{0xfc, 12, 0, 0})), to && two ? WASMCORE_TRAP_NONE : WASMCORE_TRAP_TABLE);
      }
    }
  }
}

struct Access {
  int op;
  uint32_t bytes;
  Bytes value;  // what is stored; empty: a load
  int prefix = 0;
};

// Address and offset together have 33 bits: nothing may wrap around, at no place where the two are added.
TEST(HostileRun, AddressesAtTheEdges) {
  const Bytes i32 = Bytes().i32(1), i64 = Bytes().i64(1), v128 = Bytes{0xfd, 0x0c}.fill(16, 7);
  const std::vector<Access> accesses = {{0x28, 4, {}},       {0x29, 8, {}},        {0x2c, 1, {}},
                                        {0x2e, 2, {}},       {0x34, 4, {}},        {0x36, 4, i32},
                                        {0x37, 8, i64},      {0x3a, 1, i32},       {0x3b, 2, i32},
                                        {0x3e, 4, i64},      {0x00, 16, {}, 0xfd}, {0x03, 8, {}, 0xfd},
                                        {0x07, 1, {}, 0xfd}, {0x5c, 4, {}, 0xfd},  {0x0b, 16, v128, 0xfd}};
  const std::vector<uint64_t> edges = {
      0,     1,     65519,      65520,      65528,      65529,      65532,      65533,      65534,     65535,
      65536, 65537, 0x7fffffff, 0x80000000, 0xfffeffff, 0xffff0000, 0xfffffff0, 0xfffffffc, 0xffffffff};
  for (const Access& a : accesses) {
    for (uint64_t offset : edges) {
      // The address is a parameter, a parameter plus a constant, a parameter plus a parameter, a constant.
      for (int form = 0; form < 4; form++) {
        for (uint64_t address : edges) {
          Bytes body{0};
          if (form == 3) body.i32(static_cast<int32_t>(address));
          if (form != 3) body.add({0x20, 0});
          if (form == 1) body.i32(16).u8(0x6a);
          if (form == 2) body.add({0x20, 1, 0x6a});
          body.add(a.value);
          if (a.prefix != 0) body.u8(a.prefix);
          body.u8(a.op).u8(0).u(offset);
          if (a.value.size() == 0) body.u8(0x1a);
          body.u8(0x0b);
          uint64_t second = 0xfffffff8;
          auto low = static_cast<uint32_t>(address + (form == 1 ? 16 : form == 2 ? second : 0));
          wasmcore_trap expected =
              low + offset + a.bytes <= 65536 ? WASMCORE_TRAP_NONE : WASMCORE_TRAP_MEMORY;
          Engine e;
          e.config.limits.memory_pages = 1;
          ASSERT_EQ(e.start(one_function(Bytes{2, kI32, kI32, 0}, body).set(5, Bytes{1, 0, 1}).build()),
                    WASMCORE_OK);
          std::vector<uint64_t> v = {address | 0xff00000000, second};
          ASSERT_EQ(e.call(&v, 2, 0), expected)
              << std::hex << a.op << " " << address << " " << offset << " " << form;
        }
      }
    }
  }
}

TEST(HostileRun, SegmentsOutsideOfMemoryAndTable) {
  for (int64_t at : {int64_t{65534}, int64_t{65536}, int64_t{-1}, int64_t{-0x80000000LL}}) {
    Engine e;
    Sections s = one_function(Bytes{0, 0}, Bytes{0, 0x0b}).set(5, Bytes{1, 0, 1});
    s.set(11, Bytes{1, 0}.i32(at).add({0x0b, 3, 1, 2, 3}));
    EXPECT_EQ(e.start(s.build()), WASMCORE_E_TRAP);
    EXPECT_EQ(e.error.trap, WASMCORE_TRAP_MEMORY);
  }
  for (int64_t at : {int64_t{3}, int64_t{-1}}) {
    Engine e;
    Sections s = one_function(Bytes{0, 0}, Bytes{0, 0x0b}).set(4, Bytes{1, kFuncref, 0, 3});
    s.set(9, Bytes{1, 0}.i32(at).add({0x0b, 1, 0}));
    EXPECT_EQ(e.start(s.build()), WASMCORE_E_TRAP);
    EXPECT_EQ(e.error.trap, WASMCORE_TRAP_TABLE);
  }
}

// ---- calls and control ----

TEST(HostileRun, IndirectCallsOfOtherTypes) {
  Sections s = one_function(Bytes{0, 0}, Bytes{0, 0x0b});
  s.set(1, Bytes{3, 0x60, 1, kI32, 0, 0x60, 1, kI64, 0, 0x60, 0, 0}).set(3, Bytes{2, 0, 2});
  s.set(4, Bytes{1, kFuncref, 0, 3}).set(9, Bytes{1, 0, 0x41, 1, 0x0b, 1, 1});
  // The table has null at 0, and at 1 a function without parameters; called as one that takes an i64.
  s.set(10, code_of({Bytes{0, 0x42, 5, 0x20, 0, 0x11, 1, 0, 0x0b}, Bytes{0, 0x0b}}));
  EXPECT_EQ(run(s, {0}, 1), WASMCORE_TRAP_NULL_ELEMENT);
  EXPECT_EQ(run(s, {1}, 1), WASMCORE_TRAP_SIGNATURE);
  EXPECT_EQ(run(s, {2}, 1), WASMCORE_TRAP_NULL_ELEMENT);
  EXPECT_EQ(run(s, {3}, 1), WASMCORE_TRAP_UNDEFINED_ELEMENT);
  EXPECT_EQ(run(s, {0xffffffff}, 1), WASMCORE_TRAP_UNDEFINED_ELEMENT);
  EXPECT_EQ(run(s, {0x80000001}, 1), WASMCORE_TRAP_UNDEFINED_ELEMENT);
}

// Branches that carry a thousand operands, from high up on the stack to the bottom and into themselves.
TEST(HostileRun, BranchesWithManyOperands) {
  const Bytes type = Bytes{0}.u(1000).fill(1000, kI64);
  for (int branch = 0; branch < 3; branch++) {
    for (int below : {0, 1, 7, 999, 1000, 3000}) {
      Bytes body = Bytes{0, 0x02, 0}.repeat(static_cast<size_t>(below), Bytes{0x42, 0x7f});
      for (int i = 0; i < 1000; i++) body.i64(i);
      if (branch == 0) body.add({0x0c, 0});
      if (branch == 1) body.add({0x41, 1, 0x0d, 0, 0x00});
      if (branch == 2) body.add({0x41, 0, 0x0e, 1, 0, 0});
      body.add({0x0b, 0x0b});
      Engine e;
      e.options.fuel = kFuel;
      ASSERT_EQ(e.start(one_function(type, body).build()), WASMCORE_OK) << e.error.message;
      std::vector<uint64_t> v(1000);
      ASSERT_EQ(e.call(&v, 0, 1000), WASMCORE_TRAP_NONE);
      for (uint64_t i = 0; i < 1000; i++) ASSERT_EQ(v[i], i) << branch << " " << below;
    }
  }
}

TEST(HostileRun, LoopsThatMoveTheirOperands) {
  // A loop of 500 parameters that turns for ever: moving them costs fuel, too.
  Bytes body = Bytes{0}.repeat(500, Bytes{0x42, 1}).add({0x03, 0}).repeat(500, Bytes{0x1a});
  body.add({0x42, 0}).repeat(500, Bytes{0x42, 2}).add({0x0c, 0, 0x0b, 0x0b});
  EXPECT_EQ(run(one_function(Bytes().u(500).fill(500, kI64).u8(0), body)
                    .set(3, Bytes{2, 1, 0})
                    .set(1, Bytes{2, 0x60}.u(500).fill(500, kI64).add({0, 0x60, 0, 0}))
                    .set(10, code_of({body, Bytes{0, 0x0b}}))),
            WASMCORE_TRAP_FUEL);
}

TEST(HostileRun, WrongUseByTheHost) {
  Engine e;
  ASSERT_EQ(e.start(one_function(Bytes{2, kI32, kV128, 1, kI32}, Bytes{0, 0x20, 0, 0x0b}).build()),
            WASMCORE_OK);
  std::vector<uint64_t> v(8);
  for (uint32_t nargs = 0; nargs < 6; nargs++)
    for (uint32_t nresults = 0; nresults < 3; nresults++)
      EXPECT_EQ(e.call(&v, nargs, nresults),
                nargs == 3 && nresults == 1 ? WASMCORE_TRAP_NONE : WASMCORE_TRAP_USAGE);
  EXPECT_FALSE(wasmcore_global_get(e.instance, 0, v.data()));
  EXPECT_FALSE(wasmcore_table_get(e.instance, 0, 0, v.data()));
  EXPECT_EQ(wasmcore_function_at(e.instance, 1), nullptr);
  EXPECT_FALSE(wasmcore_read(e.instance, 0, v.data(), 1));
}

}  // namespace
}  // namespace wasmcore::hostile
