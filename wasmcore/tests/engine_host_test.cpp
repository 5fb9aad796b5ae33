// SPDX-License-Identifier: Apache-2.0
// The embedding API: host functions, linking, instances, access by the host.
#include "engine.hpp"

namespace wasmcore {
namespace {

// ---- host functions ----

TEST(HostFunctions, ArgumentsOfEveryType) {
  Host host;
  host.start();
  EXPECT_EQ(host.run.i32("take"), 42u);
  EXPECT_EQ(host.caller, host.run.instance);
  EXPECT_EQ(wasmcore_user(host.caller), &host);
  EXPECT_EQ(wasmcore_instance_module(host.caller), host.module.module);
  ASSERT_EQ(host.taken.size(), 8u);
  EXPECT_EQ(static_cast<uint32_t>(host.taken[0]), 0xffffffffu);
  EXPECT_EQ(host.taken[1], 0x1122334455667788u);
  EXPECT_EQ(std::bit_cast<float>(static_cast<uint32_t>(host.taken[2])), 1.5F);
  EXPECT_EQ(std::bit_cast<double>(host.taken[3]), -2.5);
  EXPECT_EQ(host.taken[4], 3u);
  EXPECT_EQ(host.taken[5], 4u);
  auto* f = reinterpret_cast<wasmcore_function*>(host.taken[6]);
  EXPECT_EQ(f, wasmcore_find_function(host.run.instance, "double"));
  EXPECT_EQ(host.taken[7], 0u);
  uint64_t slots[1] = {21};
  EXPECT_EQ(wasmcore_call(f, slots, 1, 1), WASMCORE_TRAP_NONE) << "the reference can be called";
  EXPECT_EQ(static_cast<uint32_t>(slots[0]), 42u);
}

TEST(HostFunctions, ResultsOfEveryType) {
  Host host;
  host.start();
  ASSERT_EQ(host.run.call("give", {}, 8), WASMCORE_TRAP_NONE);
  const Slots& s = host.run.slots;
  EXPECT_EQ(static_cast<uint32_t>(s[0]), 7u);
  EXPECT_EQ(s[1], 0x8000000000000001u);
  EXPECT_EQ(std::bit_cast<float>(static_cast<uint32_t>(s[2])), 1.25F);
  EXPECT_EQ(std::bit_cast<double>(s[3]), -0.5);
  EXPECT_EQ(s[4], 10u);
  EXPECT_EQ(s[5], 20u);
  EXPECT_EQ(reinterpret_cast<wasmcore_function*>(s[6]), wasmcore_find_function(host.run.instance, "double"));
  EXPECT_EQ(s[7], 0xdeadu);
}

TEST(HostFunctions, HighBitsOfResultsAreIgnored) {
  Host host;
  host.start();
  ASSERT_EQ(host.run.call("dirty", {}, 1), WASMCORE_TRAP_NONE);
  EXPECT_EQ(host.run.slots[0], 0x80000002u);
  ASSERT_EQ(host.run.call("dirty plus", {}, 1), WASMCORE_TRAP_NONE);
  EXPECT_EQ(host.run.slots[0], 0x40000001u);
  EXPECT_EQ(host.run.i32("double", {0xffffffff00000003}), 6u) << "and those of arguments";
}

TEST(HostFunctions, TrapsOfTheHost) {
  Host host;
  host.start();
  EXPECT_EQ(host.run.i32("fail", {0}), 1u);
  EXPECT_EQ(host.run.call("fail", {WASMCORE_TRAP_HOST}, 1), WASMCORE_TRAP_HOST);
  EXPECT_EQ(host.run.trap().trap, WASMCORE_TRAP_HOST);
  EXPECT_EQ(host.run.trap().status, WASMCORE_E_TRAP);
  EXPECT_NE(std::string_view(host.run.trap().message).find("host function failed, in function"),
            std::string_view::npos)
      << host.run.trap().message;
  EXPECT_EQ(host.module.bytes[host.run.trap().offset], 0x10) << "the call";
  EXPECT_EQ(host.run.call("fail", {WASMCORE_TRAP_EXIT}, 1), WASMCORE_TRAP_EXIT);
  EXPECT_EQ(host.run.i32("fail", {0}), 1u) << "the guest can be called again";
}

TEST(HostFunctions, CallBackIntoTheGuest) {
  Host host;
  host.start();
  host.on_back = [](wasmcore_instance* caller, uint64_t* slots) {
    uint64_t inner[2] = {slots[0]};
    wasmcore_trap trap = wasmcore_call(wasmcore_find_function(caller, "double"), inner, 1, 1);
    slots[0] = inner[0];
    return trap;
  };
  EXPECT_EQ(host.run.i32("back", {4}), 1012u) << "what stood on the stack is as it was";
  EXPECT_EQ(host.run.stats().calls, 2u);
}

TEST(HostFunctions, MemoryGrownByANestedCall) {
  Host host;
  host.start();
  host.on_back = [](wasmcore_instance* caller, uint64_t* slots) {
    size_t before = 0, after = 0;
    const uint8_t* memory = wasmcore_memory(caller, &before);
    wasmcore_trap trap = wasmcore_call(wasmcore_find_function(caller, "grow and store"), slots, 0, 1);
    EXPECT_EQ(wasmcore_memory(caller, &after), memory) << "the address never changes";
    EXPECT_EQ(after, before + WASMCORE_PAGE_SIZE);
    return trap;
  };
  EXPECT_EQ(host.run.i32("grown by the call"), 9u);
}

TEST(HostFunctions, NestingHasALimit) {
  constexpr uint32_t kNesting = 5;
  Host host;
  host.module.config.limits.host_nesting = kNesting;
  wasmcore_unload(host.module.module);
  ASSERT_EQ(host.module.load(), WASMCORE_OK);
  host.start();
  uint32_t deepest = 0, depth = 0;
  wasmcore_trap innermost = WASMCORE_TRAP_NONE;
  host.on_back = [&](wasmcore_instance* caller, uint64_t* slots) {
    depth++;
    deepest = std::max(deepest, depth);
    uint64_t inner[2] = {slots[0]};
    wasmcore_trap trap = wasmcore_call(wasmcore_find_function(caller, "again"), inner, 1, 1);
    if (innermost == WASMCORE_TRAP_NONE) innermost = trap;
    depth--;
    slots[0] = 0;
    return WASMCORE_TRAP_NONE;
  };
  EXPECT_EQ(host.run.i32("again", {0}), 1u);
  EXPECT_EQ(innermost, WASMCORE_TRAP_NESTING);
  EXPECT_EQ(deepest, kNesting);
}

TEST(HostFunctions, FuelIsSharedWithNestedCalls) {
  Host host;
  host.start();
  host.on_back = [](wasmcore_instance* caller, uint64_t* slots) {
    uint64_t inner[1] = {100};
    slots[0] = 0;
    return wasmcore_call(wasmcore_find_function(caller, "spend"), inner, 1, 0);
  };
  wasmcore_set_fuel(host.run.instance, 1000);
  EXPECT_EQ(host.run.i32("back", {0}), 1000u);
  EXPECT_EQ(wasmcore_fuel(host.run.instance), 1000u - 500 - 6);
  wasmcore_set_fuel(host.run.instance, 400);
  EXPECT_EQ(host.run.call("back", {0}, 1), WASMCORE_TRAP_FUEL);
  host.on_back = [](wasmcore_instance* caller, uint64_t*) {
    wasmcore_set_fuel(caller, 0);
    return WASMCORE_TRAP_NONE;
  };
  wasmcore_set_fuel(host.run.instance, 1000);
  EXPECT_EQ(host.run.call("back", {0}, 1), WASMCORE_TRAP_NONE) << "its basic block was paid for";
  EXPECT_EQ(wasmcore_fuel(host.run.instance), 0u);
  EXPECT_EQ(host.run.call("back", {0}, 1), WASMCORE_TRAP_FUEL);
}

TEST(Link, MissingAndMismatched) {
  Host host;
  host.run.options.nhosts = 4;
  EXPECT_EQ(host.run.start(host.module), WASMCORE_E_LINK);
  EXPECT_EQ(host.run.instance, nullptr);
  EXPECT_STREQ(host.run.error.message, "import env.back: unknown import");
  host.run.options.nhosts = 5;
  for (const char* wrong : {"i:", ":i", "I:i", "i:I", "ii:i", "i:ii", "i", "", "i:i ", "i;i", "ix:i"}) {
    host.functions[4].signature = wrong;
    EXPECT_EQ(host.run.start(host.module), WASMCORE_E_LINK) << wrong;
    EXPECT_STREQ(host.run.error.message,
                 "import env.back: incompatible import type: the host's function has another signature");
  }
  host.functions[4].signature = "i:i";
  host.start();

  Module program(guest("program"));
  ASSERT_EQ(program.load(), WASMCORE_OK);
  Guest run;
  wasmcore_host_function memory{"library", "memory", ":", nothing, nullptr};
  run.options.hosts = &memory;
  run.options.nhosts = 1;
  EXPECT_EQ(run.start(program), WASMCORE_E_LINK);
}

// ---- instances that share ----

struct Linked {
  explicit Linked(const wasmcore_limits& limits = {})
      : library_module(guest("library")), module(guest("program")) {
    library_module.config.limits = module.config.limits = limits;
    EXPECT_EQ(library_module.load(), WASMCORE_OK) << library_module.error.message;
    EXPECT_EQ(module.load(), WASMCORE_OK) << module.error.message;
    EXPECT_EQ(library.start(library_module), WASMCORE_OK) << library.error.message;
    run.options.resolve = resolve;
    run.options.resolve_user = library.instance;
    EXPECT_EQ(run.start(module), WASMCORE_OK) << run.error.message;
  }
  static bool resolve(void* user, const wasmcore_extern* import, wasmcore_provider* out) {
    out->instance = static_cast<wasmcore_instance*>(user);
    return wasmcore_find_export(wasmcore_instance_module(out->instance),
                                std::string(import->name, import->name_size).c_str(), import->kind,
                                &out->index);
  }

  Module library_module, module;
  Guest library, run;
};

TEST(Link, InstancesShareEverything) {
  Linked linked;
  EXPECT_EQ(linked.run.i32("divide", {5}), 21u);
  EXPECT_EQ(linked.run.i32("stored there", {77}), 77u);
  uint32_t value = 0;
  EXPECT_TRUE(wasmcore_read(linked.library.instance, 64, &value, 4));
  EXPECT_EQ(value, 77u);
  EXPECT_EQ(linked.run.i32("grown there"), 11u);
  size_t size = 0;
  EXPECT_EQ(wasmcore_memory(linked.run.instance, &size), wasmcore_memory(linked.library.instance, &size));
  EXPECT_EQ(size, 2 * size_t{WASMCORE_PAGE_SIZE});
  EXPECT_EQ(linked.run.call("add to total", {40}), WASMCORE_TRAP_NONE);
  uint64_t total = 2;
  EXPECT_TRUE(wasmcore_global_get(linked.library.instance, 0, &total));
  EXPECT_EQ(total, 40u);
  EXPECT_EQ(linked.run.i32("indirect", {0}), 7u) << "a function of the library";
  EXPECT_EQ(linked.run.i32("indirect", {1}), 9u) << "its own, from a shared table";
  EXPECT_EQ(linked.library.i32("call", {1}), 9u) << "the library calls the program's";
  EXPECT_EQ(linked.run.i32("there and back", {1}), 9u);
  EXPECT_EQ(linked.run.i32("wide"), 5u);
  EXPECT_EQ(linked.run.i32("wide deep", {20}), 5u);
}

TEST(Link, TrapInAnImportedFunction) {
  Linked linked;
  EXPECT_EQ(linked.run.call("divide", {0}, 1), WASMCORE_TRAP_DIVIDE_BY_ZERO);
  auto frames = linked.run.frames();
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(frames[0].module, linked.library_module.module);
  EXPECT_EQ(frames[1].module, linked.library_module.module);
  EXPECT_EQ(frames[2].module, linked.module.module);
  uint32_t divide = 0, exported = 0;
  ASSERT_TRUE(wasmcore_find_export(linked.library_module.module, "divide", WASMCORE_FUNCTION, &divide));
  ASSERT_TRUE(wasmcore_find_export(linked.module.module, "divide", WASMCORE_FUNCTION, &exported));
  EXPECT_EQ(frames[0].function, divide - 1);
  EXPECT_EQ(frames[1].function, divide);
  EXPECT_EQ(frames[2].function, exported);
  EXPECT_EQ(linked.library_module.bytes[frames[0].offset], 0x6e) << "i32.div_u";
  EXPECT_EQ(linked.library_module.bytes[frames[1].offset], 0x10) << "call";
  EXPECT_EQ(linked.module.bytes[frames[2].offset], 0x10) << "call";
  EXPECT_NE(std::string_view(linked.run.trap().message).find("(inner)"), std::string_view::npos)
      << linked.run.trap().message;
  EXPECT_EQ(linked.run.i32("divide", {4}), 26u) << "both can be called again";
  EXPECT_EQ(linked.library.i32("divide", {4}), 25u);
  EXPECT_EQ(linked.run.call("there and back", {2}, 1), WASMCORE_TRAP_UNREACHABLE) << "out and in again";
  frames = linked.run.frames();
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(frames[0].module, linked.module.module);
  EXPECT_EQ(frames[1].module, linked.library_module.module);
  EXPECT_EQ(frames[2].module, linked.module.module);
}

TEST(Link, OutOfFuelAtTheBorder) {
  Linked linked;
  uint64_t used = 0;
  {
    wasmcore_set_fuel(linked.run.instance, 1000);
    ASSERT_EQ(linked.run.call("divide", {1}, 1), WASMCORE_TRAP_NONE);
    used = 1000 - wasmcore_fuel(linked.run.instance);
  }
  for (uint64_t fuel = 0; fuel < used; fuel++) {
    wasmcore_set_fuel(linked.run.instance, fuel);
    ASSERT_EQ(linked.run.call("divide", {1}, 1), WASMCORE_TRAP_FUEL) << fuel;
    for (const wasmcore_frame& f : linked.run.frames()) {
      const Module& m = f.module == linked.module.module ? linked.module : linked.library_module;
      ASSERT_EQ(f.module, m.module);
      ASSERT_LT(f.offset, m.bytes.size());
    }
  }
  wasmcore_set_fuel(linked.run.instance, used);
  EXPECT_EQ(linked.run.call("divide", {1}, 1), WASMCORE_TRAP_NONE);
  EXPECT_EQ(wasmcore_fuel(linked.library.instance), WASMCORE_FUEL_UNLIMITED) << "the caller's instance pays";
}

TEST(Link, StackRunsOutAtTheBorder) {
  // Some depth leaves room for the call but not for the 16 locals of the library's function, some not for its
  // frames.
  for (uint32_t slots = 1; slots < 60; slots++) {
    Linked linked;
    wasmcore_free_instance(linked.run.instance);
    linked.run.options.stack_slots = slots;
    ASSERT_EQ(linked.run.start(linked.module), WASMCORE_OK);
    wasmcore_trap trap = linked.run.call("wide deep", {3}, 1);
    ASSERT_TRUE(trap == WASMCORE_TRAP_STACK || trap == WASMCORE_TRAP_NONE) << slots;
    for (const wasmcore_frame& f : linked.run.frames())
      ASSERT_TRUE(f.module == linked.module.module || f.module == linked.library_module.module);
  }
  for (uint32_t depth = 1; depth < 10; depth++) {
    Linked linked;
    wasmcore_free_instance(linked.run.instance);
    linked.run.options.call_depth = depth;
    ASSERT_EQ(linked.run.start(linked.module), WASMCORE_OK);
    wasmcore_trap trap = linked.run.call("wide deep", {3}, 1);
    ASSERT_TRUE(trap == WASMCORE_TRAP_STACK || trap == WASMCORE_TRAP_NONE) << depth;
    for (const wasmcore_frame& f : linked.run.frames()) ASSERT_EQ(f.module, linked.module.module);
  }
}

TEST(Instance, TrapsWhileItIsMade) {
  // (memory 1) (data (i32.const 65536) "x") (func (export "f"))
  Bytes bytes{0, 'a', 's', 'm', 1, 0, 0, 0};
  append_section(bytes, 1, {1, 0x60, 0, 0});
  append_section(bytes, 3, {1, 0});
  append_section(bytes, 5, {1, 0, 1});
  append_section(bytes, 7, {1, 1, 'f', 0, 0});
  Bytes with_start = bytes;
  append_section(bytes, 10, {1, 2, 0, 0x0b});
  append_section(bytes, 11, {1, 0, 0x41, 0x80, 0x80, 4, 0x0b, 1, 'x'});
  Module m(bytes);
  ASSERT_EQ(m.load(), WASMCORE_OK) << m.error.message;
  Guest run;
  EXPECT_EQ(run.start(m), WASMCORE_E_TRAP);
  EXPECT_EQ(run.error.status, WASMCORE_E_TRAP);
  EXPECT_EQ(run.error.trap, WASMCORE_TRAP_MEMORY);
  ASSERT_NE(run.instance, nullptr) << "it must be kept";
  EXPECT_EQ(run.call("f"), WASMCORE_TRAP_USAGE);

  append_section(with_start, 8, {0});
  append_section(with_start, 10, {1, 4, 0, 0x01, 0x00, 0x0b});  // nop, unreachable
  Module start(with_start);
  ASSERT_EQ(start.load(), WASMCORE_OK) << start.error.message;
  Guest trapped;
  EXPECT_EQ(trapped.start(start), WASMCORE_E_TRAP);
  EXPECT_EQ(trapped.error.trap, WASMCORE_TRAP_UNREACHABLE);
  EXPECT_EQ(trapped.error.function, 0u);
  ASSERT_LT(trapped.error.offset, with_start.size());
  EXPECT_EQ(with_start[trapped.error.offset], 0x00);
  EXPECT_EQ(trapped.call("f"), WASMCORE_TRAP_USAGE);

  Guest later;
  later.options.skip_start = true;
  ASSERT_EQ(later.start(start), WASMCORE_OK);
  EXPECT_EQ(wasmcore_start(later.instance), WASMCORE_TRAP_UNREACHABLE);

  Guest poor;
  poor.options.fuel = 1;
  EXPECT_EQ(poor.start(start), WASMCORE_E_TRAP);
  EXPECT_EQ(poor.error.trap, WASMCORE_TRAP_FUEL);
}

TEST(Instance, MemoryCapAndNoMemory) {
  Module m(guest("library"));
  ASSERT_EQ(m.load(), WASMCORE_OK);
  Guest capped;
  capped.options.memory_pages = 2;
  ASSERT_EQ(capped.start(m), WASMCORE_OK);
  EXPECT_EQ(capped.i32("grow"), 1u);
  EXPECT_EQ(capped.i32("grow"), UINT32_MAX);
  Module limits(guest("fuel"));
  ASSERT_EQ(limits.load(), WASMCORE_OK);
  Guest refused;
  refused.options.memory_pages = 1;
  EXPECT_EQ(refused.start(limits), WASMCORE_E_LIMIT);
  EXPECT_EQ(refused.instance, nullptr);
}

// ---- calls and access by the host ----

TEST(Instance, CallsThatDoNotFit) {
  Basic basic;
  wasmcore_function* add = wasmcore_find_function(basic.run.instance, "add");
  uint64_t slots[4] = {1, 2, 3, 4};
  EXPECT_EQ(wasmcore_call(add, slots, 1, 1), WASMCORE_TRAP_USAGE);
  EXPECT_EQ(wasmcore_call(add, slots, 3, 1), WASMCORE_TRAP_USAGE);
  EXPECT_EQ(wasmcore_call(add, slots, 2, 0), WASMCORE_TRAP_USAGE);
  EXPECT_EQ(wasmcore_call(add, slots, 2, 2), WASMCORE_TRAP_USAGE);
  EXPECT_EQ(slots[0], 1u) << "nothing happened";
  EXPECT_EQ(wasmcore_call(add, slots, 2, 1), WASMCORE_TRAP_NONE);
  EXPECT_EQ(slots[0], 3u);
  EXPECT_EQ(wasmcore_call(wasmcore_find_function(basic.run.instance, "nothing"), nullptr, 0, 0),
            WASMCORE_TRAP_NONE);
  EXPECT_EQ(wasmcore_find_function(basic.run.instance, "memory"), nullptr);
  EXPECT_EQ(wasmcore_find_function(basic.run.instance, "nobody"), nullptr);
  EXPECT_EQ(wasmcore_function_at(basic.run.instance, 1000), nullptr);
  wasmcore_signature s{};
  wasmcore_signature_of(add, &s);
  EXPECT_EQ(types_of(s), "ii:i");
  ASSERT_EQ(basic.run.call("vector add", {1, 2, 9}, 3), WASMCORE_TRAP_NONE) << "a vector has two slots";
  EXPECT_EQ(static_cast<uint32_t>(basic.run.slots[0]), 9u);
  EXPECT_EQ(basic.run.slots[1], 2u);
  EXPECT_EQ(basic.run.slots[2], 4u);
  ASSERT_EQ(basic.run.call("log twice", {5}), WASMCORE_TRAP_NONE);
  EXPECT_EQ(basic.logged, (std::vector<uint32_t>{5, 99}));
  uint64_t one[1] = {6};
  EXPECT_EQ(wasmcore_call(wasmcore_function_at(basic.run.instance, 0), one, 1, 0), WASMCORE_TRAP_NONE)
      << "an imported host function";
  EXPECT_EQ(basic.logged.back(), 6u);
}

TEST(Instance, MemoryAccess) {
  Basic basic;
  wasmcore_instance* i = basic.run.instance;
  size_t size = 0;
  uint8_t* memory = wasmcore_memory(i, &size);
  ASSERT_EQ(size, size_t{WASMCORE_PAGE_SIZE});
  EXPECT_EQ(std::memcmp(memory + 16, "sixteen", 7), 0);
  EXPECT_EQ(wasmcore_range(i, 0, 65536), memory);
  EXPECT_EQ(wasmcore_range(i, 65535, 1), memory + 65535);
  EXPECT_EQ(wasmcore_range(i, 65536, 0), memory + 65536) << "an empty range at the end";
  EXPECT_EQ(wasmcore_range(i, 65537, 0), nullptr);
  EXPECT_EQ(wasmcore_range(i, 65536, 1), nullptr);
  EXPECT_EQ(wasmcore_range(i, 1, 65536), nullptr);
  EXPECT_EQ(wasmcore_range(i, UINT32_MAX, 1), nullptr);
  EXPECT_EQ(wasmcore_range(i, UINT32_MAX, 2), nullptr);
  EXPECT_EQ(wasmcore_range(i, 1, UINT64_MAX), nullptr);
  EXPECT_EQ(wasmcore_range(i, 8, UINT64_MAX - 4), nullptr);
  uint32_t value = 0x11223344;
  EXPECT_TRUE(wasmcore_write(i, 65532, &value, 4));
  value = 0;
  EXPECT_TRUE(wasmcore_read(i, 65532, &value, 4));
  EXPECT_EQ(value, 0x11223344u);
  EXPECT_FALSE(wasmcore_write(i, 65533, &value, 4));
  EXPECT_FALSE(wasmcore_read(i, 65533, &value, 4));
  EXPECT_FALSE(wasmcore_read(i, UINT32_MAX, &value, 4));
  EXPECT_EQ(basic.run.i32("load", {65535}), 0x11u);

  Module m(module_of({{0, 0x0b}}));
  ASSERT_EQ(m.load(), WASMCORE_OK);
  Guest none;
  ASSERT_EQ(none.start(m), WASMCORE_OK);
  EXPECT_EQ(wasmcore_memory(none.instance, &size), nullptr);
  EXPECT_EQ(size, 0u);
  EXPECT_FALSE(wasmcore_read(none.instance, 0, &value, 1));
}

TEST(Instance, GlobalsAndTables) {
  Basic basic;
  wasmcore_instance* i = basic.run.instance;
  uint64_t v[2] = {0, 0};
  EXPECT_TRUE(wasmcore_global_get(i, 0, v)) << "imported";
  EXPECT_EQ(static_cast<uint32_t>(v[0]), 99u);
  EXPECT_FALSE(wasmcore_global_set(i, 0, v)) << "immutable";
  v[0] = 41;
  EXPECT_TRUE(wasmcore_global_set(i, 1, v));
  EXPECT_EQ(basic.run.i32("count"), 42u);
  EXPECT_TRUE(wasmcore_global_get(i, 1, v));
  EXPECT_EQ(static_cast<uint32_t>(v[0]), 42u);
  EXPECT_TRUE(wasmcore_global_get(i, 2, v));
  EXPECT_EQ(v[0], static_cast<uint64_t>(-7));
  EXPECT_FALSE(wasmcore_global_set(i, 2, v));
  EXPECT_TRUE(wasmcore_global_get(i, 3, v));
  EXPECT_EQ(v[0], 0x11u);
  EXPECT_EQ(v[1], 0x22u);
  v[0] = 0x33;
  EXPECT_TRUE(wasmcore_global_set(i, 3, v));
  EXPECT_TRUE(wasmcore_global_get(i, 3, v));
  EXPECT_EQ(v[0], 0x33u);
  EXPECT_FALSE(wasmcore_global_get(i, 5, v));
  EXPECT_FALSE(wasmcore_global_set(i, 5, v));

  uint64_t ref = 1;
  EXPECT_EQ(wasmcore_table_size(i, 0), 4u);
  EXPECT_EQ(wasmcore_table_size(i, 1), 2u);
  EXPECT_EQ(wasmcore_table_size(i, 2), 0u);
  EXPECT_TRUE(wasmcore_table_get(i, 0, 0, &ref));
  EXPECT_EQ(ref, 0u);
  EXPECT_TRUE(wasmcore_table_get(i, 0, 2, &ref));
  EXPECT_EQ(reinterpret_cast<wasmcore_function*>(ref), wasmcore_find_function(i, "seven"));
  EXPECT_FALSE(wasmcore_table_get(i, 0, 4, &ref));
  EXPECT_FALSE(wasmcore_table_get(i, 2, 0, &ref));
  EXPECT_EQ(basic.run.call("set ref", {1, 0x1234567890}), WASMCORE_TRAP_NONE);
  EXPECT_TRUE(wasmcore_table_get(i, 1, 1, &ref));
  EXPECT_EQ(ref, 0x1234567890u) << "a reference of the host is passed on as it is";
  EXPECT_EQ(basic.run.i32("grow table", {6}), 4u);
  EXPECT_EQ(wasmcore_table_size(i, 0), 10u);
  EXPECT_EQ(basic.run.i32("grow table", {1}), UINT32_MAX);
}

}  // namespace
}  // namespace wasmcore
