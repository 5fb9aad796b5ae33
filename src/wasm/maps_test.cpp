#include "wasm/maps.hpp"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <numeric>
#include <set>

#include "base/limits.hpp"
#include "bpf/run_test_util.hpp"

namespace gadgetry::wasm {
namespace {

class MapsTest : public ::testing::Test {
 protected:
  void SetUp() override { GADGETRY_NEEDS_ROOT(); }

  static std::unique_ptr<KernelMap> make(uint32_t type, uint32_t key_size, uint32_t value_size,
                                         uint32_t entries) {
    auto map = KernelMap::create({.name = "test",
                                  .type = type,
                                  .key_size = key_size,
                                  .value_size = value_size,
                                  .max_entries = entries});
    EXPECT_TRUE(map.ok()) << map.error().text();
    return map.ok() ? std::move(*map) : nullptr;
  }
  static void fill(const KernelMap& map, uint32_t count) {
    std::vector<uint8_t> element(map.element_bytes());
    for (uint32_t key = 0; key < count; key++) {
      for (uint32_t cpu = 0; cpu < map.cpus(); cpu++) {
        uint32_t value = key * 10 + cpu;
        std::memcpy(element.data() + cpu * map.stride(), &value, sizeof(value));
      }
      ASSERT_EQ(bpf_map_update_elem(map.fd(), &key, element.data(), BPF_ANY), 0);
    }
  }

  // Reads all in batches of `room`; checks each value, and that no key comes twice.
  static void read_all(KernelMap& map, uint32_t room, uint32_t expected, bool remove) {
    std::vector<uint32_t> keys(room);
    std::vector<uint8_t> values(room * map.element_bytes());
    std::set<uint32_t> seen;
    uint32_t cursor = 0;
    int code = 0;
    for (int round = 0; code == 0 && round < 10000; round++) {
      uint32_t count = room;
      code = map.lookup_batch(cursor, reinterpret_cast<uint8_t*>(keys.data()), values.data(), count, remove);
      if (code == ENOSPC) {  // a long bucket of the hash table
        room *= 2;
        keys.resize(room);
        values.resize(room * map.element_bytes());
        code = 0;
        continue;
      }
      ASSERT_TRUE(code == 0 || code == ENOENT) << code;
      ASSERT_LE(count, room);
      for (uint32_t i = 0; i < count; i++) {
        EXPECT_TRUE(seen.insert(keys[i]).second) << keys[i];
        uint32_t value = 0;
        const uint8_t* last = values.data() + i * map.element_bytes() + (map.cpus() - 1) * map.stride();
        std::memcpy(&value, last, sizeof(value));
        EXPECT_EQ(value, keys[i] * 10 + map.cpus() - 1);
      }
    }
    EXPECT_EQ(code, ENOENT);
    EXPECT_EQ(cursor, 0u);
    EXPECT_EQ(seen.size(), expected);
  }
};

TEST_F(MapsTest, DescribesWhatItMakes) {
  auto map = make(BPF_MAP_TYPE_PERCPU_HASH, 4, 12, 10);
  ASSERT_NE(map, nullptr);
  EXPECT_EQ(map->key_size(), 4u);
  EXPECT_EQ(map->value_size(), 12u);
  EXPECT_EQ(map->stride(), 16u);
  EXPECT_EQ(map->cpus(), *possible_cpus());
  EXPECT_EQ(map->element_bytes(), 16 * uint64_t{*possible_cpus()});
  EXPECT_TRUE(map->was_created());
  EXPECT_GT(map->kernel_bytes(), 10 * map->element_bytes());

  bpf_map_info info{};
  uint32_t size = sizeof(info);
  ASSERT_EQ(bpf_obj_get_info_by_fd(map->fd(), &info, &size), 0);
  EXPECT_STREQ(info.name, "test");
  auto again = KernelMap::open_id(info.id);
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE((*again)->was_created());
  EXPECT_TRUE((*again)->is_owner());
  auto borrowed = KernelMap::borrow(map->fd());
  ASSERT_TRUE(borrowed.ok());
  EXPECT_FALSE((*borrowed)->is_owner());
  borrowed->reset();
  EXPECT_GE(fcntl(map->fd(), F_GETFD), 0) << "a borrowed descriptor stays open";
  EXPECT_FALSE(KernelMap::open_id(UINT32_MAX - 1).ok());
  EXPECT_FALSE(KernelMap::borrow(-1).ok());
}

TEST_F(MapsTest, NamesAreMadeToFit) {
  auto map = KernelMap::create({.name = "a name/of many \xff letters",
                                .type = BPF_MAP_TYPE_HASH,
                                .key_size = 4,
                                .value_size = 4,
                                .max_entries = 1});
  ASSERT_TRUE(map.ok()) << map.error().text();
  bpf_map_info info{};
  uint32_t size = sizeof(info);
  ASSERT_EQ(bpf_obj_get_info_by_fd((*map)->fd(), &info, &size), 0);
  EXPECT_STREQ(info.name, "a_name_of_many_");
}

TEST_F(MapsTest, TypesCompleteTheirSizes) {
  EXPECT_NE(make(BPF_MAP_TYPE_PERF_EVENT_ARRAY, 0, 0, 0), nullptr);
  EXPECT_NE(make(BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 100000), nullptr);
  EXPECT_NE(make(BPF_MAP_TYPE_LPM_TRIE, 8, 4, 10), nullptr);
}

TEST_F(MapsTest, RefusesWhatIsTooLarge) {
  auto refused = [](uint32_t type, uint32_t key, uint32_t value, uint32_t entries) {
    auto map = KernelMap::create(
        {.name = "x", .type = type, .key_size = key, .value_size = value, .max_entries = entries});
    return !map.ok() && map.error().message.find("MiB") != std::string::npos;
  };
  EXPECT_TRUE(refused(BPF_MAP_TYPE_HASH, 4, 4, UINT32_MAX));
  EXPECT_TRUE(refused(BPF_MAP_TYPE_HASH, UINT32_MAX, UINT32_MAX, UINT32_MAX));
  EXPECT_TRUE(refused(BPF_MAP_TYPE_ARRAY, 4, 1u << 20, 1u << 20));
  EXPECT_TRUE(refused(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 32768, 1u << 16));
  EXPECT_TRUE(refused(BPF_MAP_TYPE_RINGBUF, 0, 0, 1u << 30));
  EXPECT_TRUE(refused(kLastMapType, 0, 0, 1u << 30));  // pages of an arena
  EXPECT_FALSE(
      KernelMap::create({.name = "x", .type = 0, .key_size = 4, .value_size = 4, .max_entries = 1}).ok());
  EXPECT_FALSE(
      KernelMap::create({.name = "x", .type = 34, .key_size = 4, .value_size = 4, .max_entries = 1}).ok());
  EXPECT_FALSE(
      KernelMap::create(
          {.name = "x", .type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 4, .max_entries = 1000}, 1000)
          .ok());
}

TEST_F(MapsTest, FileDescriptorsDoNotCross) {
  auto map = make(BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 1);
  EXPECT_FALSE(map->refusal(MapAccess::kRead).empty());
  EXPECT_FALSE(map->refusal(MapAccess::kWrite).empty());
  EXPECT_FALSE(make(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 1)->refusal(MapAccess::kRead).empty());
  EXPECT_FALSE(make(BPF_MAP_TYPE_CGROUP_ARRAY, 4, 4, 1)->refusal(MapAccess::kRead).empty());
  auto sockets = make(BPF_MAP_TYPE_SOCKHASH, 4, 8, 1);
  EXPECT_TRUE(sockets->refusal(MapAccess::kRead).empty());
  EXPECT_FALSE(sockets->refusal(MapAccess::kWrite).empty());
  EXPECT_FALSE(make(BPF_MAP_TYPE_DEVMAP, 4, 8, 1)->refusal(MapAccess::kWrite).empty());
  EXPECT_TRUE(make(BPF_MAP_TYPE_DEVMAP, 4, 4, 1)->refusal(MapAccess::kWrite).empty());
  EXPECT_TRUE(make(BPF_MAP_TYPE_HASH, 4, 4, 1)->refusal(MapAccess::kWrite).empty());
}

TEST_F(MapsTest, ReadsInBatches) {
  for (uint32_t type : {BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_LRU_HASH, BPF_MAP_TYPE_PERCPU_HASH}) {
    // Room to spare: LRU maps evict from their per-CPU lists before they are full.
    auto map = make(type, 4, 8, 4096);
    fill(*map, 500);
    for (uint32_t room : {7u, 64u, 500u, 501u}) read_all(*map, room, 500, false);
    read_all(*map, 33, 500, true);
    read_all(*map, 33, 0, false);
  }
}

TEST_F(MapsTest, ArraysInBatches) {
  for (uint32_t type : {BPF_MAP_TYPE_ARRAY, BPF_MAP_TYPE_PERCPU_ARRAY}) {
    auto map = make(type, 4, 8, 100);
    fill(*map, 100);
    for (uint32_t room : {1u, 33u, 100u, 101u}) read_all(*map, room, 100, false);
    uint32_t cursor = 0;
    uint32_t count = 1;
    uint8_t key[4];
    std::vector<uint8_t> value(map->element_bytes());
    EXPECT_EQ(map->lookup_batch(cursor, key, value.data(), count, true), EOPNOTSUPP);
  }
}

// The kernel has no batches for tries before 5.17, and for others none at all.
TEST_F(MapsTest, TriesAreReadKeyByKey) {
  struct Key {
    uint32_t bits;
    uint32_t data;
  };
  auto map = make(BPF_MAP_TYPE_LPM_TRIE, sizeof(Key), 4, 100);
  for (uint32_t i = 0; i < 50; i++) {
    Key key{.bits = 32, .data = i};
    ASSERT_EQ(bpf_map_update_elem(map->fd(), &key, &i, BPF_ANY), 0);
  }
  auto read = [&](uint32_t& cursor, std::set<uint32_t>& seen, bool remove) {
    Key keys[8];
    uint32_t values[8];
    uint32_t count = 8;
    int code = map->lookup_batch(cursor, reinterpret_cast<uint8_t*>(keys), reinterpret_cast<uint8_t*>(values),
                                 count, remove);
    for (uint32_t i = 0; i < count; i++) {
      EXPECT_EQ(keys[i].data, values[i]);
      EXPECT_TRUE(seen.insert(values[i]).second);
    }
    return code;
  };
  // Two at the same time.
  std::set<uint32_t> first, second;
  uint32_t first_cursor = 0, second_cursor = 0;
  int first_code = 0, second_code = 0;
  for (int round = 0; round < 10 && (first_code == 0 || second_code == 0); round++) {
    if (first_code == 0) first_code = read(first_cursor, first, false);
    if (second_code == 0) second_code = read(second_cursor, second, false);
  }
  EXPECT_EQ(first_code, ENOENT);
  EXPECT_EQ(second_code, ENOENT);
  EXPECT_EQ(first.size(), 50u);
  EXPECT_EQ(second.size(), 50u);

  uint32_t wrong = 4711;
  std::set<uint32_t> none;
  EXPECT_EQ(read(wrong, none, false), EINVAL);

  std::set<uint32_t> removed;
  uint32_t cursor = 0;
  int code = 0;
  while (code == 0) code = read(cursor, removed, true);
  EXPECT_EQ(code, ENOENT);
  EXPECT_EQ(removed.size(), 50u);
  EXPECT_EQ(bpf_map_get_next_key(map->fd(), nullptr, &wrong), -ENOENT);
}

TEST_F(MapsTest, CursorsAreUntrusted) {
  auto map = make(BPF_MAP_TYPE_HASH, 4, 4, 16);
  fill(*map, 4);
  uint32_t keys[16];
  uint32_t values[16];
  for (uint32_t cursor : {UINT32_MAX, 1u, 2u, 17u, 0x80000000u}) {
    uint32_t count = 16;
    int code = map->lookup_batch(cursor, reinterpret_cast<uint8_t*>(keys), reinterpret_cast<uint8_t*>(values),
                                 count, false);
    EXPECT_TRUE(code == 0 || code == ENOENT) << code;
    EXPECT_LE(count, 4u);
  }
}

TEST_F(MapsTest, UseIsCounted) {
  Handles handles;
  EXPECT_EQ(kernel_use(handles).objects, 0u);
  auto map = make(BPF_MAP_TYPE_HASH, 4, 4, 100);
  uint64_t bytes = map->kernel_bytes();
  auto borrowed = KernelMap::borrow(map->fd());
  ASSERT_TRUE(borrowed.ok());
  auto add = [&](std::unique_ptr<KernelMap> what) {
    Object object;
    object.type = ObjectType::kMap;
    object.resource = std::move(what);
    return handles.add(std::move(object));
  };
  uint32_t own = add(std::move(map));
  add(std::move(*borrowed));
  EXPECT_EQ(kernel_use(handles).objects, 1u);
  EXPECT_EQ(kernel_use(handles).bytes, bytes);
  handles.remove(own);
  EXPECT_EQ(kernel_use(handles).objects, 0u);
}

TEST_F(MapsTest, LeavesDescriptorsToOthers) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  base::Fd probe(open("/dev/null", O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(probe);
  EXPECT_TRUE(check_descriptor(probe.get()).ok());
  rlimit tight = before;
  tight.rlim_cur = static_cast<rlim_t>(probe.get()) + limits::kSpareDescriptors;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
  auto map = KernelMap::create(
      {.name = "x", .type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 4, .max_entries = 1});
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_FALSE(map.ok());
  EXPECT_EQ(map.error().errno_value, EMFILE);
}

}  // namespace
}  // namespace gadgetry::wasm
