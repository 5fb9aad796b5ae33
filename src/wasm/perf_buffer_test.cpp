#include "wasm/perf_buffer.hpp"

#include <bpf/bpf.h>
#include <sched.h>

#include <chrono>
#include <cstring>
#include <thread>

#include "bpf/run_test_util.hpp"

namespace gadgetry::wasm {
namespace {

constexpr uint64_t kPage = 4096;

struct Event {
  uint64_t sequence;
  uint64_t words[2];
};

bool never() {
  return false;
}

class PerfBufferTest : public ::testing::Test {
 protected:
  void SetUp() override {
    GADGETRY_NEEDS_ROOT();
    object_ = bpf::testing::open_object("rings");
    ASSERT_NE(object_, nullptr);
    ASSERT_TRUE(bpf::load(object_.get(), {}).ok());
    CPU_ZERO(&before_);
    sched_getaffinity(0, sizeof(before_), &before_);
    pin(sched_getcpu());
  }
  void TearDown() override {
    if (object_) sched_setaffinity(0, sizeof(before_), &before_);
  }
  static void pin(int cpu) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<size_t>(cpu), &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
  }

  void emit(uint64_t count, uint64_t first) {
    ASSERT_EQ(bpf::testing::run_program(object_, "emit_perf", {count, first}), 0);
  }
  std::unique_ptr<PerfBuffer> open(uint64_t bytes, bool overwritable) {
    auto buffer = PerfBuffer::open(bpf::testing::map_fd(object_, "perf_events"), bytes, overwritable);
    EXPECT_TRUE(buffer.ok()) << buffer.error().text();
    return buffer.ok() ? std::move(*buffer) : nullptr;
  }
  // All samples of a pass.
  static std::vector<uint64_t> pass(PerfBuffer& buffer) {
    std::vector<uint64_t> out;
    std::span<const uint8_t> sample;
    for (;;) {
      auto outcome = buffer.read(sample, never);
      EXPECT_TRUE(outcome.ok()) << outcome.error().text();
      if (!outcome.ok() || *outcome == PerfBuffer::Outcome::kNone) return out;
      EXPECT_GE(sample.size(), sizeof(Event));
      EXPECT_LT(sample.size(), sizeof(Event) + 8);
      Event event;
      std::memcpy(&event, sample.data(), sizeof(event));
      EXPECT_EQ(event.words[0], ~event.sequence);
      EXPECT_EQ(event.words[1], 7u);
      out.push_back(event.sequence);
    }
  }

  bpf::testing::ObjectHandle object_;
  cpu_set_t before_;
};

TEST_F(PerfBufferTest, OverwritableMustBePaused) {
  auto buffer = open(kPage, true);
  ASSERT_NE(buffer, nullptr);
  emit(3, 10);
  std::span<const uint8_t> sample;
  auto outcome = buffer->read(sample, never);
  ASSERT_FALSE(outcome.ok());
  EXPECT_NE(outcome.error().message.find("paused"), std::string::npos);

  ASSERT_TRUE(buffer->pause().ok());
  ASSERT_TRUE(buffer->pause().ok());
  EXPECT_EQ(pass(*buffer), (std::vector<uint64_t>{12, 11, 10}));
  EXPECT_EQ(pass(*buffer), std::vector<uint64_t>());
}

TEST_F(PerfBufferTest, PausedBuffersAreNotWritten) {
  auto buffer = open(kPage, true);
  ASSERT_NE(buffer, nullptr);
  emit(2, 0);
  ASSERT_TRUE(buffer->pause().ok());
  emit(5, 100);
  EXPECT_EQ(pass(*buffer), (std::vector<uint64_t>{1, 0}));
  ASSERT_TRUE(buffer->resume().ok());
  emit(2, 200);
  ASSERT_TRUE(buffer->pause().ok());
  // What was read does not come again.
  EXPECT_EQ(pass(*buffer), (std::vector<uint64_t>{201, 200}));
}

TEST_F(PerfBufferTest, NewestToOldestUntilOverwritten) {
  auto buffer = open(kPage, true);
  ASSERT_NE(buffer, nullptr);
  uint64_t next = 0;
  for (uint64_t count : {50ull, 120ull, 1000ull, 777ull, 5ull}) {  // about 100 fit
    emit(count, next);
    next += count;
    ASSERT_TRUE(buffer->pause().ok());
    std::vector<uint64_t> got = pass(*buffer);
    ASSERT_GT(got.size(), std::min<uint64_t>(count, 90) - 1);
    ASSERT_LE(got.size(), std::min<uint64_t>(count, kPage / sizeof(Event)));
    for (size_t i = 0; i < got.size(); i++) ASSERT_EQ(got[i], next - 1 - i);
    ASSERT_TRUE(buffer->resume().ok());
  }
}

TEST_F(PerfBufferTest, AnInterruptedPassIsOver) {
  auto buffer = open(kPage, true);
  ASSERT_NE(buffer, nullptr);
  emit(20, 0);
  ASSERT_TRUE(buffer->pause().ok());
  std::span<const uint8_t> sample;
  ASSERT_TRUE(buffer->read(sample, never).ok());
  ASSERT_TRUE(buffer->resume().ok());
  emit(1000, 100);
  ASSERT_TRUE(buffer->pause().ok());
  std::vector<uint64_t> got = pass(*buffer);
  ASSERT_FALSE(got.empty());
  EXPECT_EQ(got.front(), 1099u);
}

TEST_F(PerfBufferTest, AllCpusAreRead) {
  auto buffer = open(3 * kPage, true);  // becomes four
  ASSERT_NE(buffer, nullptr);
  uint64_t cpus = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
    if (!CPU_ISSET(static_cast<size_t>(cpu), &before_)) continue;
    cpus++;
    pin(cpu);
    emit(4, 1000 * static_cast<uint64_t>(cpu));
  }
  EXPECT_EQ(buffer->kernel_bytes() % (4 * kPage), 0u);
  ASSERT_TRUE(buffer->pause().ok());
  EXPECT_EQ(pass(*buffer).size(), 4 * cpus);
}

TEST_F(PerfBufferTest, WaitingReadsComeInOrder) {
  auto buffer = open(16 * kPage, false);
  ASSERT_NE(buffer, nullptr);
  std::span<const uint8_t> sample;
  uint64_t next = 0;
  for (int round = 0; round < 30; round++) {  // across the wrap
    emit(300, next);
    for (uint64_t i = 0; i < 300; i++, next++) {
      auto outcome = buffer->read(sample, never);
      ASSERT_TRUE(outcome.ok());
      ASSERT_EQ(*outcome, PerfBuffer::Outcome::kSample);
      Event event;
      ASSERT_GE(sample.size(), sizeof(event));
      std::memcpy(&event, sample.data(), sizeof(event));
      ASSERT_EQ(event.sequence, next);
    }
  }
}

TEST_F(PerfBufferTest, WaitsForASample) {
  auto buffer = open(kPage, false);
  ASSERT_NE(buffer, nullptr);
  int looks = 0;
  std::span<const uint8_t> sample;
  auto outcome = buffer->read(sample, [&] {
    if (++looks == 3) emit(1, 5);
    return false;
  });
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(*outcome, PerfBuffer::Outcome::kSample);
  EXPECT_EQ(looks, 3);
}

TEST_F(PerfBufferTest, AnInterruptEndsTheWait) {
  auto buffer = open(kPage, false);
  ASSERT_NE(buffer, nullptr);
  auto start = std::chrono::steady_clock::now();
  int looks = 0;
  std::span<const uint8_t> sample;
  auto outcome = buffer->read(sample, [&] { return ++looks == 4; });
  auto took = std::chrono::steady_clock::now() - start;
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(*outcome, PerfBuffer::Outcome::kInterrupted);
  EXPECT_LT(took, std::chrono::milliseconds(4 * 100));
}

TEST_F(PerfBufferTest, ClosedWithTheirMapElsewhere) {
  // The reader goes on after the handle of the map, opened by its number, is gone.
  bpf_map_info info{};
  uint32_t size = sizeof(info);
  ASSERT_EQ(bpf_obj_get_info_by_fd(bpf::testing::map_fd(object_, "perf_events"), &info, &size), 0);
  base::Fd inner(bpf_map_get_fd_by_id(info.id));
  auto buffer = PerfBuffer::open(inner.get(), kPage, true);
  ASSERT_TRUE(buffer.ok());
  inner.reset();
  emit(2, 1);
  ASSERT_TRUE((*buffer)->pause().ok());
  EXPECT_EQ(pass(**buffer), (std::vector<uint64_t>{2, 1}));
}

TEST_F(PerfBufferTest, RefusesWrongMapsAndSizes) {
  int map = bpf::testing::map_fd(object_, "perf_events");
  for (uint64_t bytes : {uint64_t{0}, uint64_t{UINT32_MAX}, UINT64_MAX}) {
    EXPECT_FALSE(PerfBuffer::open(map, bytes, true).ok()) << bytes;
    EXPECT_FALSE(PerfBuffer::open(map, bytes, false).ok()) << bytes;
  }
  EXPECT_FALSE(PerfBuffer::open(map, kPage, true, kPage - 1).ok());
  EXPECT_FALSE(PerfBuffer::open(bpf::testing::map_fd(object_, "events"), kPage, true).ok());
  EXPECT_FALSE(PerfBuffer::open(-1, kPage, true).ok());
}

}  // namespace
}  // namespace gadgetry::wasm
