#include "bpf/ring_reader.hpp"

#include <poll.h>

#include <atomic>
#include <cstring>
#include <thread>

#include "bpf/lost_samples.hpp"
#include "bpf/run_test_util.hpp"

namespace gadgetry::bpf {
namespace {

struct Event {
  uint64_t sequence;
  uint64_t words[2];
};

constexpr uint32_t kRingBytes = 64 * 1024;
constexpr size_t kRecordBytes = 8 + sizeof(Event);

class RingReaderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    GADGETRY_NEEDS_ROOT();
    object_ = testing::open_object("rings");
    ASSERT_NE(object_, nullptr);
    auto loaded = load(object_.get(), {});
    ASSERT_TRUE(loaded.ok()) << loaded.error().text();
    auto reader = RingReader::open(testing::map_fd(object_, "events"), kRingBytes);
    ASSERT_TRUE(reader.ok()) << reader.error().text();
    reader_.emplace(std::move(reader).value());
  }

  void emit(uint64_t count, uint64_t first, uint64_t discard = 0) {
    ASSERT_EQ(testing::run_program(object_, "emit", {count, first, discard}), 0);
  }
  static Event event_of(const data::Record& record) {
    Event event{};
    EXPECT_EQ(record.sample_size, sizeof(Event));
    std::memcpy(&event, record.sample, sizeof(event));
    return event;
  }

  testing::ObjectHandle object_;
  std::optional<RingReader> reader_;
  std::vector<data::Record> records_;
};

TEST_F(RingReaderTest, ReadsRecordsInOrder) {
  EXPECT_TRUE(reader_->empty());
  emit(10, 100);
  EXPECT_EQ(reader_->pending_bytes(), 10 * kRecordBytes);
  ASSERT_EQ(reader_->fill(records_, 1000), 10u);
  EXPECT_TRUE(reader_->empty());
  for (size_t i = 0; i < 10; ++i) {
    Event event = event_of(records_[i]);
    EXPECT_EQ(event.sequence, 100 + i);
    EXPECT_EQ(event.words[0], ~(100 + i));
  }
  reader_->release();
  EXPECT_EQ(reader_->fill(records_, 1000), 0u);
  EXPECT_EQ(reader_->malformed(), 0u);
}

TEST_F(RingReaderTest, StopsAtTheLimitAndGoesOn) {
  emit(10, 0);
  EXPECT_EQ(reader_->fill(records_, 4), 4u);
  EXPECT_EQ(reader_->fill(records_, 4), 4u);  // without a release in between: the first four stay valid
  EXPECT_EQ(reader_->fill(records_, 4), 2u);
  for (size_t i = 0; i < 10; ++i) EXPECT_EQ(event_of(records_[i]).sequence, i);
}

TEST_F(RingReaderTest, SkipsDiscardedRecords) {
  emit(9, 1, 3);  // 3, 6 and 9 are discarded
  ASSERT_EQ(reader_->fill(records_, 100), 6u);
  EXPECT_EQ(event_of(records_[1]).sequence, 2u);
  EXPECT_EQ(event_of(records_[2]).sequence, 4u);
  reader_->release();
  emit(3, 30, 1);  // nothing but discarded records
  records_.clear();
  EXPECT_FALSE(reader_->empty());
  EXPECT_EQ(reader_->fill(records_, 100), 0u);
  EXPECT_TRUE(reader_->empty());
}

TEST_F(RingReaderTest, WrapsAroundManyTimes) {
  uint64_t next = 0;
  for (int round = 0; round < 100; ++round) {
    emit(1000, next);  // about half of the ring
    records_.clear();
    ASSERT_EQ(reader_->fill(records_, 5000), 1000u);
    for (size_t i = 0; i < records_.size(); ++i) {
      Event event = event_of(records_[i]);
      ASSERT_EQ(event.sequence, next + i);
      ASSERT_EQ(event.words[0], ~(next + i));
    }
    reader_->release();
    next += 1000;
  }
  EXPECT_EQ(reader_->malformed(), 0u);
}

TEST_F(RingReaderTest, KeepsTheSizesOfRecords) {
  for (uint64_t size = 1; size < 200; ++size) {
    ASSERT_EQ(testing::run_program(object_, "emit_sized", {size, size}), 0);
  }
  ASSERT_EQ(reader_->fill(records_, 1000), 199u);
  for (uint64_t size = 1; size < 200; ++size) {
    EXPECT_EQ(records_[size - 1].sample_size, size);
    EXPECT_EQ(records_[size - 1].sample[0], static_cast<uint8_t>(size));
  }
}

TEST_F(RingReaderTest, AFullRingLosesAndTheLossIsCounted) {
  emit(5000, 0);
  size_t fits = kRingBytes / kRecordBytes;
  size_t got = reader_->fill(records_, 10000);
  EXPECT_LE(got, fits);
  EXPECT_GE(got, fits - 1);
  auto lost = LostSamples::open(testing::map_fd(object_, "events_lost_samples"));
  ASSERT_TRUE(lost.ok()) << lost.error().text();
  EXPECT_EQ(*lost->read(), 5000 - got);
  EXPECT_EQ(*lost->read(), 5000 - got);  // a running total, not reset by reading
  // Nothing is free before the release.
  emit(1, 9000);
  EXPECT_EQ(reader_->fill(records_, 10000), 0u);
  reader_->release();
  emit(1, 9001);
  EXPECT_EQ(reader_->fill(records_, 10000), 1u);
  EXPECT_EQ(*lost->read(), 5001 - got);
}

TEST_F(RingReaderTest, WaitsForARecordThatIsStillWritten) {
  std::atomic<bool> done = false;
  std::thread slow([&] {
    testing::run_program(object_, "emit_slowly", {6, 1});
    done = true;
  });
  while (reader_->empty() && !done) std::this_thread::yield();
  emit(2, 2);
  // Nothing while the first one is written; all three when it was finished meanwhile.
  size_t early = reader_->fill(records_, 100);
  EXPECT_TRUE(early == 0 || early == 3) << early;
  slow.join();
  reader_->fill(records_, 100);
  ASSERT_EQ(records_.size(), 3u);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(event_of(records_[i]).sequence, i + 1);
  if (early != 0) GTEST_SKIP() << "the record was finished before it could be seen busy";
}

TEST_F(RingReaderTest, BecomesReadable) {
  pollfd wait{.fd = reader_->fd(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(poll(&wait, 1, 0), 0);
  emit(1, 1);
  EXPECT_EQ(poll(&wait, 1, 1000), 1);
  reader_->fill(records_, 10);
  reader_->release();
  EXPECT_EQ(poll(&wait, 1, 0), 0);
}

TEST_F(RingReaderTest, CanBeMoved) {
  emit(2, 5);
  RingReader other = std::move(*reader_);
  EXPECT_EQ(other.fill(records_, 10), 2u);
  *reader_ = std::move(other);
  reader_->release();
  emit(1, 7);
  EXPECT_EQ(reader_->fill(records_, 10), 1u);
}

TEST_F(RingReaderTest, RefusesWrongSizes) {
  int fd = testing::map_fd(object_, "events");
  EXPECT_FALSE(RingReader::open(fd, 1000).ok());
  EXPECT_FALSE(RingReader::open(fd, 0).ok());
  EXPECT_FALSE(RingReader::open(fd, kRingBytes * 4).ok());
  EXPECT_FALSE(RingReader::open(-1, kRingBytes).ok());
  EXPECT_FALSE(RingReader::open(testing::map_fd(object_, "stacks"), kRingBytes).ok());
}

}  // namespace
}  // namespace gadgetry::bpf
