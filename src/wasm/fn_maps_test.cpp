// The host functions of maps, perf buffers and system calls, called as a module calls them.
#include <bpf/bpf.h>
#include <fcntl.h>
#include <sched.h>

#include <cstring>
#include <initializer_list>

#include "base/limits.hpp"
#include "bpf/run_test_util.hpp"
#include "wasm/maps.hpp"
#include "wasm/perf_buffer.hpp"
#include "wasm/syscall_declarations.hpp"
#include "wasm/test_guest.hpp"

namespace gadgetry::wasm {
namespace {

constexpr uint32_t kKey = 1000;  // addresses in the guest's memory
constexpr uint32_t kValue = 2000;
constexpr uint32_t kText = 3000;
constexpr uint32_t kNumber = 4000;
constexpr uint32_t kBig = 8192;
constexpr uint64_t kOutside = uint64_t{8} << 32 | 0xfffffff0;

uint64_t ref(uint32_t address, uint64_t size) {
  return size << 32 | address;
}
uint64_t code(Code value) {
  return static_cast<uint64_t>(value);
}

class MapEnvironment : public TestEnvironment {
 public:
  bpf::Object* object() override { return object_.get(); }
  int mntns_filter_map() override { return filter; }

  std::unique_ptr<bpf::Object> object_;
  int filter = -1;
};

class MapFunctionsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    GADGETRY_NEEDS_ROOT();
    auto bytes = base::read_file(bpf::testing::object_path("rings"), limits::kObjectBytes);
    ASSERT_TRUE(bytes.ok()) << bytes.error().text();
    auto object = bpf::Object::open("rings", base::as_bytes(*bytes));
    ASSERT_TRUE(object.ok()) << object.error().text();
    environment_.object_ = std::move(*object);
    ASSERT_TRUE(bpf::load(environment_.object_->handle(), {}).ok());
    start(
        "(module (memory (export \"memory\") 4)"
        " (func (export \"gadgetAPIVersion\") (result i64) i64.const 1))");
  }
  void start(const std::string& text) {
    auto module = Module::load("test", assemble(text));
    ASSERT_TRUE(module.ok()) << module.error().text();
    HostOptions options;
    options.name = "test";
    host_.reset();
    auto host = Host::create(*module, options, environment_);
    ASSERT_TRUE(host.ok()) << host.error().text();
    host_ = std::move(*host);
    ASSERT_TRUE(host_->init().ok());
    ASSERT_EQ(call(&fn::get_map, {text_of("stacks")}), 0u) << "maps are not there before gadgetStart";
    ASSERT_TRUE(host_->pre_start().ok());
    auto started = host_->start();
    ASSERT_TRUE(started.ok()) << started.error().text();
  }

  // The result, cut to an i32.
  uint64_t call(Function function, std::initializer_list<uint64_t> args) {
    uint64_t slots[8] = {};
    std::copy(args.begin(), args.end(), slots);
    function(*host_, slots);
    return slots[0] & UINT32_MAX;
  }
  uint64_t text_of(std::string_view text) {
    std::memcpy(host_->memory().range(kText, text.size()), text.data(), text.size());
    return ref(kText, text.size());
  }
  template <typename T>
  uint64_t key(T value) {
    host_->memory().put(kKey, value);
    return ref(kKey, sizeof(value));
  }
  template <typename T>
  uint64_t value(T what) {
    host_->memory().put(kValue, what);
    return ref(kValue, sizeof(what));
  }
  uint32_t number(uint32_t address = kNumber) { return *host_->memory().get<uint32_t>(address); }
  uint64_t value64() { return *host_->memory().get<uint64_t>(kValue); }
  uint64_t make(uint32_t type, uint32_t key_size, uint32_t value_size, uint32_t entries) {
    uint64_t handle = call(&fn::new_map, {text_of("made"), type, key_size, value_size, entries});
    EXPECT_NE(handle, 0u) << host_->last_error();
    return handle;
  }

  MapEnvironment environment_;
  std::unique_ptr<Host> host_;
};

TEST_F(MapFunctionsTest, LookupUpdateDelete) {
  uint64_t map = make(BPF_MAP_TYPE_HASH, 4, 8, 10);
  EXPECT_EQ(call(&fn::map_lookup, {map, key(1u), value(uint64_t{0})}), 1u);
  EXPECT_NE(host_->last_error().find("mapLookup: "), std::string::npos);
  EXPECT_EQ(call(&fn::map_update, {map, key(1u), value(uint64_t{42}), 2}), 1u) << "does not exist";
  EXPECT_EQ(call(&fn::map_update, {map, key(1u), value(uint64_t{42}), 1}), 0u);
  EXPECT_EQ(call(&fn::map_update, {map, key(1u), value(uint64_t{43}), 1}), 1u) << "exists";
  EXPECT_EQ(call(&fn::map_update, {map, key(1u), value(uint64_t{44}), 2}), 0u);
  value(uint64_t{0});
  EXPECT_EQ(call(&fn::map_lookup, {map, key(1u), ref(kValue, 100)}), 0u);
  EXPECT_EQ(value64(), 44u);
  EXPECT_EQ(call(&fn::map_delete, {map, key(1u)}), 0u);
  EXPECT_EQ(call(&fn::map_delete, {map, key(1u)}), 1u);
  EXPECT_EQ(call(&fn::map_release, {map}), 0u);
  EXPECT_EQ(call(&fn::map_release, {map}), 1u);
  EXPECT_EQ(call(&fn::map_delete, {map, key(1u)}), 1u);
}

TEST_F(MapFunctionsTest, ArgumentsAreChecked) {
  uint64_t map = make(BPF_MAP_TYPE_HASH, 4, 8, 10);
  uint64_t good = value(uint64_t{1});
  ASSERT_EQ(call(&fn::map_update, {map, key(1u), good, 0}), 0u);
  for (uint64_t bad_key : {kOutside, ref(kKey, 3), ref(kKey, 5), uint64_t{0}, uint64_t{1} << 52}) {
    EXPECT_EQ(call(&fn::map_lookup, {map, bad_key, good}), 1u);
    EXPECT_EQ(call(&fn::map_update, {map, bad_key, good, 0}), 1u);
    EXPECT_EQ(call(&fn::map_delete, {map, bad_key}), 1u);
  }
  for (uint64_t bad_value : {kOutside, ref(kValue, 7), uint64_t{0}}) {
    EXPECT_EQ(call(&fn::map_lookup, {map, key(1u), bad_value}), 1u);
    EXPECT_EQ(call(&fn::map_update, {map, key(1u), bad_value, 0}), 1u);
  }
  EXPECT_EQ(call(&fn::map_update, {map, key(1u), ref(kValue, 9), 0}), 1u);
  for (uint64_t flags : {uint64_t{5}, uint64_t{8}, UINT64_MAX}) {
    EXPECT_EQ(call(&fn::map_update, {map, key(1u), good, flags}), 1u);
  }
  for (uint64_t handle : {uint64_t{0}, uint64_t{4711}, uint64_t{UINT32_MAX}}) {
    EXPECT_EQ(call(&fn::map_lookup, {handle, key(1u), good}), 1u);
    EXPECT_EQ(call(&fn::map_update, {handle, key(1u), good, 0}), 1u);
    EXPECT_EQ(call(&fn::map_delete, {handle, key(1u)}), 1u);
    EXPECT_EQ(call(&fn::map_release, {handle}), 1u);
    EXPECT_EQ(call(&fn::new_perf_reader, {handle, 4096, 1}), 0u);
  }
  EXPECT_EQ(call(&fn::new_map, {kOutside, 1, 4, 4, 1}), 0u);
  EXPECT_EQ(call(&fn::new_map, {text_of("x"), 34, 4, 4, 1}), 0u);
  EXPECT_EQ(call(&fn::new_map, {text_of("x"), 1, 4, 4, UINT32_MAX}), 0u);
}

TEST_F(MapFunctionsTest, MapsOfTheGadget) {
  uint64_t map = call(&fn::get_map, {text_of("events_lost_samples")});
  ASSERT_NE(map, 0u) << host_->last_error();
  EXPECT_NE(call(&fn::get_map, {text_of("events_lost_samples")}), map) << "each call makes a handle";
  EXPECT_EQ(call(&fn::map_release, {map}), 1u) << "only those of newMap";
  EXPECT_EQ(call(&fn::release_handle, {map}), 0u);
  EXPECT_EQ(call(&fn::get_map, {text_of("nothing")}), 0u);
  EXPECT_EQ(call(&fn::get_map, {kOutside}), 0u);
  map = call(&fn::get_map, {text_of("perf_events")});
  ASSERT_NE(map, 0u);
  EXPECT_EQ(call(&fn::map_lookup, {map, key(0u), ref(kValue, 4)}), 1u);
  EXPECT_EQ(call(&fn::map_update, {map, key(0u), value(5u), 0}), 1u);
  EXPECT_EQ(call(&fn::map_delete, {map, key(0u)}), 1u);
  EXPECT_EQ(call(&fn::map_next_key, {map, 0, ref(kValue, 4)}), code(Code::kUnsupported));
}

TEST_F(MapFunctionsTest, PerCpuValues) {
  uint64_t map = make(BPF_MAP_TYPE_PERCPU_HASH, 4, 4, 10);
  uint32_t cpus = *possible_cpus();
  EXPECT_EQ(call(&fn::cpu_count, {kNumber}), 0u);
  EXPECT_EQ(number(), cpus);
  for (uint32_t cpu = 0; cpu < cpus; cpu++) host_->memory().put(kBig + cpu * 8, cpu + 100);
  EXPECT_EQ(call(&fn::map_update, {map, key(7u), ref(kBig, 4), 0}), 1u) << "all CPUs or none";
  ASSERT_EQ(call(&fn::map_update, {map, key(7u), ref(kBig, cpus * 8), 0}), 0u) << host_->last_error();
  std::memset(host_->memory().range(kBig, cpus * 8), 0, cpus * 8);
  EXPECT_EQ(call(&fn::map_lookup, {map, key(7u), ref(kBig, cpus * 8 - 1)}), 1u);
  ASSERT_EQ(call(&fn::map_lookup, {map, key(7u), ref(kBig, cpus * 8)}), 0u);
  for (uint32_t cpu = 0; cpu < cpus; cpu++) {
    EXPECT_EQ(number(kBig + cpu * 8), cpu + 100);
    ASSERT_EQ(call(&fn::map_lookup_cpu, {map, key(7u), cpu, ref(kValue, 4)}), 0u);
    EXPECT_EQ(number(kValue), cpu + 100);
  }
  EXPECT_EQ(call(&fn::map_lookup_cpu, {map, key(7u), cpus, ref(kValue, 4)}), code(Code::kNotFound));
  EXPECT_EQ(call(&fn::map_lookup_cpu, {map, key(8u), 0, ref(kValue, 4)}), code(Code::kNotFound));
  EXPECT_EQ(call(&fn::map_lookup_cpu, {map, key(7u), 0, ref(kValue, 3)}), code(Code::kTooSmall));
  uint64_t plain = make(BPF_MAP_TYPE_HASH, 4, 4, 1);
  EXPECT_EQ(call(&fn::map_lookup_cpu, {plain, key(7u), 0, ref(kValue, 4)}), code(Code::kUnsupported));
}

TEST_F(MapFunctionsTest, MapsInMaps) {
  // newMap cannot make one: no inner map can be given.
  EXPECT_EQ(call(&fn::new_map, {text_of("outer"), BPF_MAP_TYPE_HASH_OF_MAPS, 4, 4, 1}), 0u);
  base::Fd shape(bpf_map_create(BPF_MAP_TYPE_HASH, "inner", 4, 8, 10, nullptr));
  bpf_map_create_opts options{};
  options.sz = sizeof(options);
  options.inner_map_fd = static_cast<uint32_t>(shape.get());
  base::Fd outer(bpf_map_create(BPF_MAP_TYPE_HASH_OF_MAPS, "outer", 4, 4, 10, &options));
  ASSERT_TRUE(outer);
  Object object;
  object.type = ObjectType::kMap;
  object.resource = *KernelMap::borrow(outer.get());
  uint64_t map = host_->handles().add(std::move(object));

  uint64_t inner = make(BPF_MAP_TYPE_HASH, 4, 8, 10);
  EXPECT_EQ(call(&fn::map_update, {map, key(1u), value(static_cast<uint32_t>(outer.get())), 0}), 1u)
      << "descriptors are no handles";
  ASSERT_EQ(call(&fn::map_update, {map, key(1u), value(static_cast<uint32_t>(inner)), 0}), 0u)
      << host_->last_error();
  ASSERT_EQ(call(&fn::map_lookup, {map, key(1u), ref(kValue, 4)}), 0u) << host_->last_error();
  uint64_t found = number(kValue);
  EXPECT_NE(found, inner);
  ASSERT_EQ(call(&fn::map_update, {found, key(5u), value(uint64_t{55}), 0}), 0u);
  value(uint64_t{0});
  ASSERT_EQ(call(&fn::map_lookup, {inner, key(5u), ref(kValue, 8)}), 0u);
  EXPECT_EQ(value64(), 55u);
  EXPECT_EQ(call(&fn::map_release, {found}), 1u);
  EXPECT_EQ(call(&fn::release_handle, {found}), 0u);
  EXPECT_EQ(call(&fn::map_lookup, {map, key(2u), ref(kValue, 4)}), 1u);
  // The numbers of maps do not come out by the functions of gadget_v2.
  EXPECT_EQ(call(&fn::map_lookup_and_delete, {map, key(1u), ref(kValue, 4)}), code(Code::kUnsupported));
  host_->memory().put(kNumber, 0u);
  host_->memory().put(kNumber + 4, 4u);
  EXPECT_EQ(call(&fn::map_lookup_batch, {map, kNumber, ref(kKey, 100), ref(kValue, 100), kNumber + 4, 0}),
            code(Code::kUnsupported));
  EXPECT_EQ(call(&fn::map_next_key, {map, 0, ref(kValue, 4)}), 0u);
  EXPECT_EQ(call(&fn::map_delete, {map, key(1u)}), 0u);
}

TEST_F(MapFunctionsTest, HandlesOfInnerMapsEnd) {
  base::Fd shape(bpf_map_create(BPF_MAP_TYPE_HASH, "inner", 4, 8, 10, nullptr));
  bpf_map_create_opts options{};
  options.sz = sizeof(options);
  options.inner_map_fd = static_cast<uint32_t>(shape.get());
  base::Fd outer(bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "outer", 4, 4, 1, &options));
  uint32_t zero = 0;
  int fd = shape.get();
  ASSERT_EQ(bpf_map_update_elem(outer.get(), &zero, &fd, BPF_ANY), 0);
  Object object;
  object.type = ObjectType::kMap;
  object.resource = *KernelMap::borrow(outer.get());
  uint64_t map = host_->handles().add(std::move(object));
  size_t opened = 0;
  while (opened < 2 * limits::kWasmMaps && call(&fn::map_lookup, {map, key(0u), ref(kValue, 4)}) == 0)
    opened++;
  EXPECT_GT(opened, 100u);
  EXPECT_LE(opened, limits::kWasmMaps);
  base::Fd still(open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_TRUE(still) << "the program still has descriptors";
}

TEST_F(MapFunctionsTest, KeysOneByOne) {
  uint64_t map = make(BPF_MAP_TYPE_HASH, 4, 8, 10);
  EXPECT_EQ(call(&fn::map_next_key, {map, 0, ref(kValue, 4)}), code(Code::kEnd));
  for (uint32_t k = 1; k <= 3; k++)
    ASSERT_EQ(call(&fn::map_update, {map, key(k), value(uint64_t{k}), 0}), 0u);
  uint32_t sum = 0;
  uint64_t from = 0;
  uint64_t result = 0;
  for (int i = 0; i < 10 && (result = call(&fn::map_next_key, {map, from, ref(kValue, 4)})) == 0; i++) {
    sum += number(kValue);
    from = key(number(kValue));
  }
  EXPECT_EQ(result, code(Code::kEnd));
  EXPECT_EQ(sum, 6u);
  EXPECT_EQ(call(&fn::map_next_key, {map, 0, ref(kValue, 3)}), code(Code::kTooSmall));
  EXPECT_EQ(call(&fn::map_next_key, {map, ref(kKey, 3), ref(kValue, 4)}), code(Code::kInvalid));
  EXPECT_EQ(call(&fn::map_next_key, {map, kOutside, ref(kValue, 4)}), code(Code::kMemory));
  EXPECT_EQ(call(&fn::map_next_key, {77, 0, ref(kValue, 4)}), code(Code::kBadHandle));

  EXPECT_EQ(call(&fn::map_lookup_and_delete, {map, key(2u), ref(kValue, 8)}), 0u) << host_->last_error();
  EXPECT_EQ(value64(), 2u);
  EXPECT_EQ(call(&fn::map_lookup_and_delete, {map, key(2u), ref(kValue, 8)}), code(Code::kNotFound));
  EXPECT_EQ(call(&fn::map_lookup_and_delete, {map, key(3u), ref(kValue, 7)}), code(Code::kTooSmall));
  EXPECT_EQ(call(&fn::map_lookup, {map, key(3u), ref(kValue, 8)}), 0u) << "it was not taken out";
}

TEST_F(MapFunctionsTest, QueuesHaveNoKeys) {
  uint64_t queue = make(BPF_MAP_TYPE_QUEUE, 0, 8, 4);
  for (uint64_t v : {uint64_t{5}, uint64_t{6}})
    ASSERT_EQ(call(&fn::map_update, {queue, 0, value(v), 0}), 0u) << host_->last_error();
  EXPECT_EQ(call(&fn::map_lookup, {queue, 0, ref(kValue, 8)}), 0u) << host_->last_error();
  EXPECT_EQ(value64(), 5u);
  EXPECT_EQ(call(&fn::map_lookup_and_delete, {queue, 0, ref(kValue, 8)}), 0u) << host_->last_error();
  EXPECT_EQ(call(&fn::map_lookup_and_delete, {queue, 0, ref(kValue, 8)}), 0u);
  EXPECT_EQ(value64(), 6u);
  EXPECT_EQ(call(&fn::map_lookup_and_delete, {queue, 0, ref(kValue, 8)}), code(Code::kNotFound));
  EXPECT_EQ(call(&fn::map_next_key, {queue, 0, ref(kValue, 8)}), code(Code::kUnsupported));
}

TEST_F(MapFunctionsTest, Batches) {
  uint64_t map = make(BPF_MAP_TYPE_HASH, 4, 8, 1000);
  for (uint32_t k = 0; k < 600; k++)
    ASSERT_EQ(call(&fn::map_update, {map, key(k), value(uint64_t{k} * 3), 0}), 0u);
  auto batch = [&](uint32_t count, uint64_t flags) {
    host_->memory().put(kNumber + 4, count);
    return call(&fn::map_lookup_batch,
                {map, kNumber, ref(kBig, 400), ref(kBig + 400, 800), kNumber + 4, flags});
  };
  host_->memory().put(kNumber, 0u);
  uint64_t seen = 0;
  uint64_t result = 0;
  while (result == 0) {
    result = batch(100, 1);
    uint32_t count = number(kNumber + 4);
    for (uint32_t i = 0; i < count; i++) {
      EXPECT_EQ(*host_->memory().get<uint64_t>(kBig + 400 + i * 8), number(kBig + i * 4) * uint64_t{3});
    }
    seen += count;
  }
  EXPECT_EQ(result, code(Code::kEnd)) << host_->last_error();
  EXPECT_EQ(seen, 600u);
  EXPECT_EQ(call(&fn::map_next_key, {map, 0, ref(kValue, 4)}), code(Code::kEnd)) << "all were deleted";

  host_->memory().put(kNumber, 0u);
  EXPECT_EQ(batch(0, 0), code(Code::kInvalid));
  EXPECT_EQ(batch(10, 2), code(Code::kInvalid));
  EXPECT_EQ(batch(101, 0), code(Code::kTooSmall));
  EXPECT_EQ(batch(UINT32_MAX, 0), code(Code::kTooSmall));
  EXPECT_EQ(call(&fn::map_lookup_batch, {map, 0xfffffffe, ref(kBig, 400), ref(kBig, 800), kNumber, 0}),
            code(Code::kMemory));
}

TEST_F(MapFunctionsTest, PerfBuffers) {
  uint64_t map = call(&fn::get_map, {text_of("perf_events")});
  ASSERT_NE(map, 0u);
  EXPECT_EQ(call(&fn::new_perf_reader, {make(BPF_MAP_TYPE_HASH, 4, 4, 1), 4096, 1}), 0u);
  EXPECT_EQ(call(&fn::new_perf_reader, {map, 0, 1}), 0u);
  EXPECT_EQ(call(&fn::new_perf_reader, {map, UINT32_MAX, 1}), 0u);
  uint64_t reader = call(&fn::new_perf_reader, {map, 4096, 1});
  ASSERT_NE(reader, 0u) << host_->last_error();
  EXPECT_EQ(call(&fn::map_lookup, {reader, key(0u), ref(kValue, 8)}), 1u) << "no map";

  bpf_program* program = bpf_object__find_program_by_name(environment_.object_->handle(), "emit_perf");
  uint64_t context[12] = {3, 50};
  bpf_test_run_opts options{};
  options.sz = sizeof(options);
  options.ctx_in = context;
  options.ctx_size_in = sizeof(context);
  // All on the CPU the test runs on: otherwise the order of the samples is not known.
  cpu_set_t before;
  cpu_set_t one;
  sched_getaffinity(0, sizeof(before), &before);
  CPU_ZERO(&one);
  CPU_SET(static_cast<size_t>(sched_getcpu()), &one);
  sched_setaffinity(0, sizeof(one), &one);
  ASSERT_EQ(bpf_prog_test_run_opts(bpf_program__fd(program), &options), 0);
  sched_setaffinity(0, sizeof(before), &before);

  EXPECT_EQ(call(&fn::perf_reader_read, {reader, ref(kBig, 100)}), 1u) << "not paused";
  EXPECT_EQ(call(&fn::perf_reader_pause, {reader}), 0u);
  ASSERT_EQ(call(&fn::perf_reader_read, {reader, ref(kBig, 100)}), 0u) << host_->last_error();
  EXPECT_EQ(*host_->memory().get<uint64_t>(kBig), 52u);
  EXPECT_EQ(call(&fn::perf_reader_read, {reader, ref(kBig, 8)}), 1u) << "too small, and dropped";
  EXPECT_EQ(call(&fn::perf_reader_read, {reader, ref(kBig, 100)}), 0u);
  EXPECT_EQ(*host_->memory().get<uint64_t>(kBig), 50u);
  EXPECT_EQ(call(&fn::perf_reader_read, {reader, ref(kBig, 100)}), 2u);
  EXPECT_EQ(call(&fn::perf_reader_read, {reader, kOutside}), 1u);
  EXPECT_EQ(call(&fn::perf_reader_resume, {reader}), 0u);
  EXPECT_EQ(call(&fn::perf_reader_close, {reader}), 0u);
  EXPECT_EQ(call(&fn::perf_reader_close, {reader}), 1u);
  EXPECT_EQ(call(&fn::perf_reader_pause, {reader}), 1u);
  EXPECT_EQ(call(&fn::perf_reader_resume, {map}), 1u);
  EXPECT_EQ(call(&fn::perf_reader_read, {reader, ref(kBig, 100)}), 1u);
}

TEST_F(MapFunctionsTest, FilterByMountNamespace) {
  EXPECT_EQ(call(&fn::should_discard_mntns_id, {4026531841}), 0u) << "no filter";
  base::Fd filter(bpf_map_create(BPF_MAP_TYPE_HASH, "filter", 8, 4, 10, nullptr));
  environment_.filter = filter.get();
  EXPECT_EQ(call(&fn::should_discard_mntns_id, {4026531841}), 1u);
  uint64_t id = 4026531841;
  uint32_t one = 1;
  ASSERT_EQ(bpf_map_update_elem(filter.get(), &id, &one, BPF_ANY), 0);
  EXPECT_EQ(call(&fn::should_discard_mntns_id, {id}), 0u);
  EXPECT_EQ(call(&fn::should_discard_mntns_id, {id + 1}), 1u);
  environment_.filter = -1;
}

TEST_F(MapFunctionsTest, SystemCalls) {
  auto name_of = [&](uint64_t number, uint64_t room) {
    std::memset(host_->memory().range(kBig, 64), 0, 64);
    uint64_t result = call(&fn::get_syscall_name, {number, ref(kBig, room)});
    return result == 0 ? std::string(reinterpret_cast<const char*>(host_->memory().range(kBig, 64)))
                       : "failed";
  };
  EXPECT_EQ(name_of(428, 64), "open_tree");
  EXPECT_EQ(name_of(428, 9), "open_tree");
  EXPECT_EQ(name_of(428, 8), "failed");
  EXPECT_EQ(name_of(1337, 64), "syscall_539");
  EXPECT_EQ(name_of(0x10000 + 428, 64), "open_tree");
  EXPECT_EQ(name_of(UINT64_MAX, 64), "syscall_ffff");
  EXPECT_EQ(call(&fn::get_syscall_name, {428, kOutside}), 1u);
  EXPECT_EQ(call(&fn::get_syscall_id, {text_of("open_tree")}), 428u);
  EXPECT_EQ(call(&fn::get_syscall_id, {text_of("OPEN_TREE")}), UINT32_MAX);
  EXPECT_EQ(call(&fn::get_syscall_id, {text_of("foobar")}), UINT32_MAX);
  EXPECT_EQ(call(&fn::get_syscall_id, {kOutside}), UINT32_MAX);
  ASSERT_EQ(call(&fn::syscall_count, {kNumber}), 0u);
  EXPECT_GT(number(), 428u);
  EXPECT_LT(number(), 1024u);
  EXPECT_EQ(name_of(number(), 64).substr(0, 8), "syscall_");
  EXPECT_NE(name_of(number() - 1, 64).substr(0, 8), "syscall_");

  ASSERT_EQ(call(&fn::get_syscall_declaration, {text_of("execve"), ref(kBig, 252)}), 0u)
      << host_->last_error();
  SyscallDeclaration declaration;
  std::memcpy(&declaration, host_->memory().range(kBig, 252), 252);
  EXPECT_STREQ(declaration.name, "execve");
  EXPECT_EQ(declaration.param_count, 3);
  EXPECT_EQ(call(&fn::get_syscall_declaration, {text_of("execve"), ref(kBig, 251)}), 1u);
  EXPECT_EQ(call(&fn::get_syscall_declaration, {text_of("foobar"), ref(kBig, 252)}), 1u);
  EXPECT_EQ(call(&fn::get_syscall_declaration, {kOutside, ref(kBig, 252)}), 1u);
}

TEST_F(MapFunctionsTest, MapsAreLimited) {
  // Each has 100 MiB when it is full; the kernel takes none of it before.
  uint64_t maps = 0;
  while (maps < 100 && call(&fn::new_map, {text_of("big"), BPF_MAP_TYPE_LPM_TRIE, 8, 1000, 100'000}) != 0)
    maps++;
  EXPECT_GE(maps, 2u);
  EXPECT_LT(maps, 10u);
  EXPECT_NE(host_->last_error().find("MiB"), std::string::npos) << host_->last_error();
}

// The same by a module, so that names and types of the imports are those of the interface.
TEST_F(MapFunctionsTest, FromAModule) {
  start(R"((module
    (import "ig" "newMap" (func $new (param i64 i32 i32 i32 i32) (result i32)))
    (import "ig" "getMap" (func $get (param i64) (result i32)))
    (import "ig" "mapUpdate" (func $update (param i32 i64 i64 i64) (result i32)))
    (import "ig" "mapLookup" (func $lookup (param i32 i64 i64) (result i32)))
    (import "ig" "mapDelete" (func $delete (param i32 i64) (result i32)))
    (import "ig" "mapRelease" (func $release (param i32) (result i32)))
    (import "ig" "newPerfReader" (func $reader (param i32 i32 i32) (result i32)))
    (import "ig" "perfReaderPause" (func $pause (param i32) (result i32)))
    (import "ig" "perfReaderRead" (func $read (param i32 i64) (result i32)))
    (import "ig" "perfReaderResume" (func $resume (param i32) (result i32)))
    (import "ig" "perfReaderClose" (func $close (param i32) (result i32)))
    (import "ig" "getSyscallName" (func $name (param i32 i64) (result i32)))
    (import "ig" "getSyscallID" (func $id (param i64) (result i32)))
    (import "ig" "getSyscallDeclaration" (func $declaration (param i64 i64) (result i32)))
    (import "ig" "shouldDiscardMntnsID" (func $discard (param i64) (result i32)))
    (import "gadget_v2" "mapNextKey" (func $next (param i32 i64 i64) (result i32)))
    (import "gadget_v2" "mapLookupAndDelete" (func $take (param i32 i64 i64) (result i32)))
    (import "gadget_v2" "mapLookupBatch" (func $batch (param i32 i32 i64 i64 i32 i32) (result i32)))
    (import "gadget_v2" "mapLookupCpu" (func $cpu (param i32 i64 i32 i64) (result i32)))
    (import "gadget_v2" "cpuCount" (func $cpus (param i32) (result i32)))
    (import "gadget_v2" "syscallCount" (func $syscalls (param i32) (result i32)))
    (memory (export "memory") 2)
    (data (i32.const 0) "test")
    (data (i32.const 8) "perf_events")
    (data (i32.const 32) "\2a\00\00\00\00\00\00\00")
    (func (export "gadgetAPIVersion") (result i64) i64.const 1)
    (func $check (param i32) (if (local.get 0) (then unreachable)))
    (func (export "gadgetStart") (result i32) (local $map i32) (local $perf i32)
      (local.set $map (call $new (i64.const 0x400000000) (i32.const 1) (i32.const 4) (i32.const 8) (i32.const 10)))
      (call $check (i32.eqz (local.get $map)))
      (call $check (call $update (local.get $map) (i64.const 0x400000020) (i64.const 0x800000020) (i64.const 0)))
      (call $check (call $lookup (local.get $map) (i64.const 0x400000020) (i64.const 0x800000040)))
      (call $check (i64.ne (i64.load (i32.const 64)) (i64.const 42)))
      (call $check (i32.ne (call $batch (local.get $map) (i32.const 72) (i64.const 0x400000050)
        (i64.const 0x800000058) (i32.const 32) (i32.const 0)) (i32.const 6))) ;; 42 do not fit
      (i32.store (i32.const 32) (i32.const 42))
      (call $check (call $next (local.get $map) (i64.const 0) (i64.const 0x400000050)))
      (call $check (i32.ne (i32.load (i32.const 80)) (i32.const 42)))
      (call $check (call $take (local.get $map) (i64.const 0x400000020) (i64.const 0x800000040)))
      (call $check (i32.ne (call $delete (local.get $map) (i64.const 0x400000020)) (i32.const 1)))
      (call $check (i32.ne (call $cpu (local.get $map) (i64.const 0x400000020) (i32.const 0) (i64.const 0x800000040))
        (i32.const 5)))
      (call $check (call $release (local.get $map)))
      (local.set $perf (call $reader (call $get (i64.const 0xb00000008)) (i32.const 4096) (i32.const 1)))
      (call $check (i32.eqz (local.get $perf)))
      (call $check (call $pause (local.get $perf)))
      (call $check (i32.ne (call $read (local.get $perf) (i64.const 0x10000000040)) (i32.const 2)))
      (call $check (call $resume (local.get $perf)))
      (call $check (call $close (local.get $perf)))
      (call $check (i32.ne (call $id (i64.const 0x400000000)) (i32.const -1)))
      (call $check (call $name (i32.const 0) (i64.const 0x2000000040)))
      (call $check (i32.eqz (call $declaration (i64.const 0x400000000) (i64.const 0xfc00000100))))
      (call $check (call $discard (i64.const 1)))
      (call $check (call $cpus (i32.const 72)))
      (call $check (call $syscalls (i32.const 72)))
      (i32.const 0))))");
  EXPECT_EQ(host_->stats().traps, 0u);
}

TEST_F(MapFunctionsTest, WaitingReadsEndWithTheRun) {
  uint64_t map = call(&fn::get_map, {text_of("perf_events")});
  uint64_t reader = call(&fn::new_perf_reader, {map, 4096, 0});
  ASSERT_NE(reader, 0u) << host_->last_error();
  host_->interrupt();
  EXPECT_EQ(call(&fn::perf_reader_read, {reader, ref(kBig, 100)}), 1u);
}

}  // namespace
}  // namespace gadgetry::wasm
