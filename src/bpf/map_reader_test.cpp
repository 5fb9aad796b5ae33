#include "bpf/map_reader.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <cstring>
#include <map>
#include <thread>

#include "bpf/lost_samples.hpp"
#include "bpf/run_test_util.hpp"

namespace gadgetry::bpf {
namespace {

struct Value {
  uint64_t count;
  uint32_t small;
  char name[4];
};

const std::vector<SumField> kSums = {{.offset = 0, .size = 8}, {.offset = 8, .size = 4}};

class MapReaderTest : public ::testing::Test {
 protected:
  void SetUp() override { GADGETRY_NEEDS_ROOT(); }

  static void put(int fd, uint32_t key, uint64_t count) {
    Value value{.count = count, .small = key, .name = "abc"};
    ASSERT_EQ(bpf_map_update_elem(fd, &key, &value, BPF_ANY), 0);
  }
  // A value for each CPU: CPU n has count + n, but only the first `used` ones have anything.
  static void put_per_cpu(int fd, uint32_t key, uint64_t count, int used) {
    std::vector<Value> values(static_cast<size_t>(libbpf_num_possible_cpus()));
    for (size_t cpu = 0; cpu < values.size() && cpu < static_cast<size_t>(used); ++cpu) {
      values[cpu] = {.count = count + cpu, .small = 1, .name = "xyz"};
    }
    ASSERT_EQ(bpf_map_update_elem(fd, &key, values.data(), BPF_ANY), 0);
  }
  static size_t count_elements(int fd) {
    size_t count = 0;
    uint32_t key = 0;
    uint32_t next = 0;
    for (bool first = true; bpf_map_get_next_key(fd, first ? nullptr : &key, &next) == 0;
         first = false, key = next) {
      ++count;
    }
    return count;
  }

  struct Row {
    uint32_t key;
    Value value;
    uint32_t cpu;
  };
  // Reads once; by key.
  std::multimap<uint32_t, Row> read(MapReader& reader) {
    std::vector<uint8_t> bytes;
    auto count = reader.fetch(bytes);
    EXPECT_TRUE(count.ok()) << count.error().text();
    EXPECT_EQ(*count * reader.row_size(), bytes.size());
    std::multimap<uint32_t, Row> rows;
    for (size_t at = 0; at < bytes.size(); at += reader.row_size()) {
      Row row{};
      std::memcpy(&row.key, bytes.data() + at, 4);
      std::memcpy(&row.value, bytes.data() + at + reader.layout().value_offset, sizeof(Value));
      if (reader.layout().cpu_offset != 0)
        std::memcpy(&row.cpu, bytes.data() + at + reader.layout().cpu_offset, 4);
      rows.emplace(row.key, row);
    }
    return rows;
  }
  static MapReader open(const base::Fd& fd, MapReadOptions options) {
    auto reader = MapReader::open(fd.get(), std::move(options));
    if (!reader.ok()) ADD_FAILURE() << reader.error().text();
    return std::move(reader).value();
  }
};

TEST_F(MapReaderTest, HashMapsAreConsumed) {
  for (bpf_map_type type : {BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_LRU_HASH}) {
    for (bool without_batch : {false, true}) {
      base::Fd fd = testing::make_map(type, 4, sizeof(Value), 10000);
      MapReader reader = open(fd, {.without_batch = without_batch});
      EXPECT_EQ(read(reader).size(), 0u);
      for (uint32_t key = 0; key < 3000; ++key) put(fd.get(), key, key * 3);
      auto rows = read(reader);
      ASSERT_EQ(rows.size(), 3000u);
      EXPECT_EQ(rows.find(7)->second.value.count, 21u);
      EXPECT_STREQ(rows.find(7)->second.value.name, "abc");
      EXPECT_EQ(count_elements(fd.get()), 0u);
    }
  }
}

TEST_F(MapReaderTest, HashMapsAreKept) {
  for (bool without_batch : {false, true}) {
    base::Fd fd = testing::make_map(BPF_MAP_TYPE_HASH, 4, sizeof(Value), 1000);
    for (uint32_t key = 0; key < 500; ++key) put(fd.get(), key, 1);
    MapReader reader = open(fd, {.mode = MapReadMode::kKeep, .without_batch = without_batch});
    EXPECT_EQ(read(reader).size(), 500u);
    EXPECT_EQ(read(reader).size(), 500u);
    EXPECT_EQ(count_elements(fd.get()), 500u);
  }
}

TEST_F(MapReaderTest, LayoutsAreFollowed) {
  base::Fd fd = testing::make_map(BPF_MAP_TYPE_HASH, 4, sizeof(Value), 10);
  put(fd.get(), 5, 55);
  MapLayout layout;
  layout.key_size = 4;
  layout.value_size = sizeof(Value);
  layout.value_offset = 8;
  layout.sample_size = 32;
  MapReader reader = open(fd, {.layout = layout});
  EXPECT_EQ(reader.row_size(), 32u);
  EXPECT_EQ(read(reader).find(5)->second.value.count, 55u);
  layout.value_offset = 2;  // in the key
  EXPECT_FALSE(MapReader::open(fd.get(), {.layout = layout}).ok());
  layout.value_offset = 30;  // beyond the end
  EXPECT_FALSE(MapReader::open(fd.get(), {.layout = layout}).ok());
  layout.value_offset = 8;
  layout.value_size = 12;  // not the map's
  EXPECT_FALSE(MapReader::open(fd.get(), {.layout = layout}).ok());
  EXPECT_FALSE(MapReader::open(fd.get(), {.sum_fields = {{.offset = 12, .size = 8}}}).ok());
  EXPECT_FALSE(MapReader::open(fd.get(), {.sum_fields = {{.offset = 0, .size = 3}}}).ok());
}

TEST_F(MapReaderTest, PerCpuMapsAreSummedOrShown) {
  int cpus = libbpf_num_possible_cpus();
  for (bpf_map_type type :
       {BPF_MAP_TYPE_PERCPU_HASH, BPF_MAP_TYPE_LRU_PERCPU_HASH, BPF_MAP_TYPE_PERCPU_ARRAY}) {
    base::Fd fd = testing::make_map(type, 4, sizeof(Value), 100);
    put_per_cpu(fd.get(), 3, 10, cpus);
    MapReader summed = open(fd, {.mode = MapReadMode::kKeep, .sum_fields = kSums});
    auto rows = read(summed);
    ASSERT_EQ(rows.size(), 1u);
    uint64_t expected = 0;
    for (int cpu = 0; cpu < cpus; ++cpu) expected += 10 + static_cast<uint64_t>(cpu);
    EXPECT_EQ(rows.find(3)->second.value.count, expected);
    EXPECT_EQ(rows.find(3)->second.value.small, static_cast<uint32_t>(cpus));
    EXPECT_STREQ(rows.find(3)->second.value.name, "xyz");

    put_per_cpu(fd.get(), 4, 20, 1);
    MapReader shown = open(fd, {.per_cpu = PerCpu::kShow});
    rows = read(shown);
    EXPECT_EQ(rows.count(3), static_cast<size_t>(cpus));
    ASSERT_EQ(rows.count(4), 1u);  // the others have nothing to show
    EXPECT_EQ(rows.find(4)->second.cpu, 0u);
    for (auto [at, end] = rows.equal_range(3); at != end; ++at) {
      EXPECT_EQ(at->second.value.count, 10 + at->second.cpu);
    }
    EXPECT_EQ(read(shown).size(), 0u);  // it was consumed
  }
}

TEST_F(MapReaderTest, ArraysAreSetToZero) {
  base::Fd fd = testing::make_map(BPF_MAP_TYPE_ARRAY, 4, sizeof(Value), 50);
  put(fd.get(), 7, 70);
  put(fd.get(), 9, 90);
  MapReader keeps = open(fd, {.mode = MapReadMode::kKeep, .skip_zero = false});
  EXPECT_EQ(read(keeps).size(), 50u);
  MapReader reader = open(fd, {});
  auto rows = read(reader);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows.find(9)->second.value.count, 90u);
  EXPECT_EQ(read(reader).size(), 0u);
}

TEST_F(MapReaderTest, SlotsMakeOneRow) {
  for (bpf_map_type type : {BPF_MAP_TYPE_ARRAY, BPF_MAP_TYPE_HASH}) {
    base::Fd fd = testing::make_map(type, 4, 4, 100);
    auto put_number = [&](uint32_t key, uint32_t value) {
      bpf_map_update_elem(fd.get(), &key, &value, BPF_ANY);
    };
    put_number(2, 20);
    put_number(40, 1);
    put_number(41, 2);
    MapLayout layout;
    layout.slots = 32;
    MapReader reader = open(fd, {.layout = layout});
    std::vector<uint8_t> bytes = {1, 2, 3, 4};  // what is there stays
    auto count = reader.fetch(bytes);
    ASSERT_TRUE(count.ok()) << count.error().text();
    EXPECT_EQ(*count, 1u);
    ASSERT_EQ(bytes.size(), 4 + 32 * 4u);
    std::vector<uint32_t> slots(32);
    std::memcpy(slots.data(), bytes.data() + 4, 128);
    EXPECT_EQ(slots[2], 20u);
    EXPECT_EQ(slots[31], 3u);
    EXPECT_EQ(*reader.fetch(bytes), 0u);
    EXPECT_EQ(bytes.size(), 4 + 32 * 4u);
  }
}

// Bigger than a batch can be at first: the kernel says ENOSPC when a bucket does not fit.
TEST_F(MapReaderTest, LargeValuesWork) {
  base::Fd fd = testing::make_map(BPF_MAP_TYPE_HASH, 4, 64 * 1024, 64);
  std::vector<uint8_t> value(64 * 1024, 9);
  for (uint32_t key = 0; key < 64; ++key) bpf_map_update_elem(fd.get(), &key, value.data(), BPF_ANY);
  MapReader reader = open(fd, {});
  std::vector<uint8_t> bytes;
  auto count = reader.fetch(bytes);
  ASSERT_TRUE(count.ok()) << count.error().text();
  EXPECT_EQ(*count, 64u);
}

TEST_F(MapReaderTest, EndsWhileTheMapChanges) {
  for (bool without_batch : {false, true}) {
    base::Fd fd = testing::make_map(BPF_MAP_TYPE_HASH, 4, sizeof(Value), 2000);
    std::atomic<bool> stop = false;
    std::atomic<uint64_t> written = 0;
    std::thread writer([&] {
      for (uint32_t key = 0; !stop; key = (key + 1) % 2000) {
        Value value{.count = 1, .small = 0, .name = ""};
        if (bpf_map_update_elem(fd.get(), &key, &value, BPF_NOEXIST) == 0) ++written;
      }
    });
    MapReader reader = open(fd, {.without_batch = without_batch});
    uint64_t got = 0;
    std::vector<uint8_t> bytes;
    for (int i = 0; i < 50; ++i) {
      bytes.clear();
      auto count = reader.fetch(bytes);
      ASSERT_TRUE(count.ok()) << count.error().text();
      got += *count;
    }
    stop = true;
    writer.join();
    bytes.clear();
    got += *reader.fetch(bytes);
    EXPECT_EQ(got, written) << "consuming takes every element exactly once";
  }
}

TEST_F(MapReaderTest, OtherMapsAreRefused) {
  base::Fd queue(bpf_map_create(BPF_MAP_TYPE_QUEUE, "test", 0, 4, 10, nullptr));
  auto reader = MapReader::open(queue.get(), {});
  ASSERT_FALSE(reader.ok());
  EXPECT_THAT(reader.error().text(), ::testing::HasSubstr("maps of type queue"));
  EXPECT_FALSE(MapReader::open(-1, {}).ok());
  EXPECT_FALSE(LostSamples::open(queue.get()).ok());
}

}  // namespace
}  // namespace gadgetry::bpf
