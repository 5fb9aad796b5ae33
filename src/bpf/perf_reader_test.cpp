#include "bpf/perf_reader.hpp"

#include <sched.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "bpf/cpu_list.hpp"
#include "bpf/run_test_util.hpp"
#include "bpf/stack_map.hpp"

namespace gadgetry::bpf {
namespace {

struct Event {
  uint64_t sequence;
  uint64_t words[2];
};

class PerfReaderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    GADGETRY_NEEDS_ROOT();
    object_ = testing::open_object("rings");
    ASSERT_NE(object_, nullptr);
    ASSERT_TRUE(load(object_.get(), {}).ok());
    auto reader = PerfReader::open(testing::map_fd(object_, "perf_events"), 4);
    ASSERT_TRUE(reader.ok()) << reader.error().text();
    reader_.emplace(std::move(reader).value());
    // All events on one CPU, so that the order is known.
    CPU_ZERO(&before_);
    sched_getaffinity(0, sizeof(before_), &before_);
    cpu_ = static_cast<uint32_t>(sched_getcpu());
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu_, &one);
    sched_setaffinity(0, sizeof(one), &one);
  }
  void TearDown() override {
    if (reader_) sched_setaffinity(0, sizeof(before_), &before_);
  }

  void emit(uint64_t count, uint64_t first) {
    ASSERT_EQ(testing::run_program(object_, "emit_perf", {count, first}), 0);
  }

  testing::ObjectHandle object_;
  std::optional<PerfReader> reader_;
  std::vector<data::Record> records_;
  cpu_set_t before_;
  uint32_t cpu_ = 0;
};

TEST_F(PerfReaderTest, ReadsRecordsAcrossTheWrap) {
  EXPECT_EQ(reader_->fds().size(), online_cpus()->size());
  uint64_t next = 0;
  for (int round = 0; round < 200; ++round) {
    emit(97, next);
    records_.clear();
    ASSERT_EQ(reader_->fill(records_, 1000), 97u) << "round " << round;
    for (size_t i = 0; i < records_.size(); ++i) {
      ASSERT_GE(records_[i].sample_size, sizeof(Event));
      ASSERT_LT(records_[i].sample_size, sizeof(Event) + 8);
      EXPECT_EQ(records_[i].cpu, cpu_);
      Event event;
      std::memcpy(&event, records_[i].sample, sizeof(event));
      ASSERT_EQ(event.sequence, next + i);
      ASSERT_EQ(event.words[0], ~(next + i));
    }
    reader_->release();
    EXPECT_TRUE(reader_->empty());
    next += 97;
  }
  EXPECT_EQ(reader_->lost(), 0u);
  EXPECT_EQ(reader_->malformed(), 0u);
}

TEST_F(PerfReaderTest, StopsAtTheLimit) {
  emit(10, 0);
  EXPECT_EQ(reader_->fill(records_, 3), 3u);
  EXPECT_EQ(reader_->fill(records_, 100), 7u);
  Event event;
  std::memcpy(&event, records_[9].sample, sizeof(event));
  EXPECT_EQ(event.sequence, 9u);
}

TEST_F(PerfReaderTest, CountsWhatIsLost) {
  emit(2000, 0);  // far more than four pages
  size_t got = reader_->fill(records_, 10000);
  EXPECT_LT(got, 2000u);
  reader_->release();
  emit(1, 5000);  // older kernels tell the number lost in front of the next record
  got += reader_->fill(records_, 10000);
  EXPECT_EQ(got + reader_->lost(), 2001u);
}

TEST_F(PerfReaderTest, RefusesWrongSizes) {
  EXPECT_FALSE(PerfReader::open(testing::map_fd(object_, "perf_events"), 3).ok());
  EXPECT_FALSE(PerfReader::open(testing::map_fd(object_, "perf_events"), 0).ok());
  EXPECT_FALSE(PerfReader::open(testing::map_fd(object_, "events"), 4).ok());
}

TEST_F(PerfReaderTest, RingBuffersCanBecomePerfBuffers) {
  testing::ObjectHandle object = testing::open_object("rings");
  LoadOptions options;
  options.tracer_maps = {"events"};
  options.perf_buffers = true;
  // The programs for ring buffers cannot run on a perf buffer: gadgets choose by the type of the map.
  for (const char* name : {"emit", "emit_sized", "emit_slowly"}) {
    bpf_program__set_autoload(bpf_object__find_program_by_name(object.get(), name), false);
  }
  auto loaded = load(object.get(), options);
  ASSERT_TRUE(loaded.ok()) << loaded.error().text();
  auto reader = PerfReader::open(testing::map_fd(object, "events"));
  EXPECT_TRUE(reader.ok());
}

TEST_F(PerfReaderTest, StacksAreFound) {
  int id = testing::run_program(object_, "take_stack", {});
  ASSERT_GE(id, 0);
  auto stacks = StackMap::open(testing::map_fd(object_, "stacks"));
  ASSERT_TRUE(stacks.ok()) << stacks.error().text();
  std::vector<uint64_t> addresses(kStackDepth);
  size_t depth = stacks->lookup(static_cast<uint32_t>(id), addresses);
  ASSERT_GT(depth, 3u);
  for (size_t i = 0; i < depth; ++i) EXPECT_GT(addresses[i], uint64_t{1} << 63);  // kernel addresses
  std::vector<uint64_t> two(2);
  EXPECT_EQ(stacks->lookup(static_cast<uint32_t>(id), two), 2u);
  EXPECT_EQ(two[1], addresses[1]);
  EXPECT_EQ(stacks->lookup(100000, addresses), 0u);
  EXPECT_FALSE(StackMap::open(testing::map_fd(object_, "events")).ok());
}

TEST(CpuList, Parses) {
  EXPECT_EQ(*parse_cpu_list("0-3,8\n"), (std::vector<uint32_t>{0, 1, 2, 3, 8}));
  EXPECT_EQ(*parse_cpu_list("5"), (std::vector<uint32_t>{5}));
  for (const char* wrong : {"", "a", "3-1", "1-", "0-4000000000", "1,,2", "-1"}) {
    EXPECT_FALSE(parse_cpu_list(wrong).ok()) << wrong;
  }
}

}  // namespace
}  // namespace gadgetry::bpf
