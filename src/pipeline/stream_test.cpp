#include "pipeline/stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "data/access.hpp"
#include "pipeline/rest_stage.hpp"

namespace gadgetry::pipeline {
namespace {

using data::Field;
using data::Kind;

struct Event {
  uint32_t pid;
  uint32_t length;
};

std::unique_ptr<data::DataSource> make_source(data::SourceType type) {
  auto source = std::make_unique<data::DataSource>("events", type);
  for (const char* name : {"pid", "length"}) {
    Field field;
    field.name = name;
    field.kind = Kind::kUint32;
    field.size = 4;
    field.offset = field.name == "pid" ? 0 : 4;
    EXPECT_TRUE(source->add_field(field).ok());
  }
  source->set_sample_size(sizeof(Event));
  return source;
}

// Adds twice the pid, when somebody needs it.
class DoubleStage final : public data::Stage {
 public:
  std::string_view name() const override { return "double"; }
  base::Status add_fields(data::DataSource& source) override {
    GADGETRY_ASSIGN(field_, source.add_added_field("double", Kind::kUint64));
    return {};
  }
  base::Status plan(data::DataSource& source) override {
    was_needed = field_->needed;
    pid_ = source.find("pid");
    return {};
  }
  void process(data::Batch& batch) override {
    for (data::Record& record : batch.records)
      data::store(record, *field_, 2 * data::read_integer(record, *pid_));
  }
  bool was_needed = false;

 private:
  const Field* field_ = nullptr;
  const Field* pid_ = nullptr;
};

class CollectSink final : public data::Sink {
 public:
  explicit CollectSink(std::string field) : name_(std::move(field)) {}
  std::string_view name() const override { return "collect"; }
  base::Status plan(data::DataSource& source) override {
    field_ = source.find(name_);
    field_->needed = true;
    return {};
  }
  void process(data::Batch& batch) override {
    batches++;
    for (const data::Record& record : batch.records) {
      numbers.push_back(data::read_integer(record, *field_));
      if (field_->is_dynamic) texts.emplace_back(data::read_text(record, *field_));
    }
    batch.source->counters().delivered += batch.records.size();
  }
  int batches = 0;
  std::vector<uint64_t> numbers;
  std::vector<std::string> texts;

 private:
  std::string name_;
  Field* field_ = nullptr;
};

TEST(Stream, StagesFillAddedFieldsThatTheSinkNeeds) {
  Stream stream(make_source(data::SourceType::kArray));
  auto stage = std::make_unique<DoubleStage>();
  DoubleStage* doubled = stage.get();
  stream.add_stage(std::move(stage));
  ASSERT_TRUE(stream.add_fields().ok());
  auto sink = std::make_unique<CollectSink>("double");
  CollectSink* collected = sink.get();
  stream.set_sink(std::move(sink));
  ASSERT_TRUE(stream.plan().ok());
  EXPECT_TRUE(doubled->was_needed) << "the sink plans before the stages";

  std::vector<uint8_t> rows(3 * sizeof(Event));
  for (uint32_t i = 0; i < 3; i++) {
    Event event{i + 1, 0};
    std::memcpy(rows.data() + i * sizeof(Event), &event, sizeof(event));
  }
  stream.process_rows(rows, sizeof(Event));
  EXPECT_THAT(collected->numbers, testing::ElementsAre(2, 4, 6));
  EXPECT_EQ(stream.source().counters().received, 3u);
  EXPECT_EQ(stream.source().counters().delivered, 3u);

  stream.process_rows({}, sizeof(Event));
  EXPECT_EQ(collected->batches, 2) << "an empty fetch is a batch, too";
}

// A module that emits into the data source whose events it has.
class EmitStage final : public data::Stage {
 public:
  explicit EmitStage(Stream& stream) : stream_(stream) {}
  std::string_view name() const override { return "emit"; }
  void process(data::Batch& batch) override {
    std::vector<data::Record> records = batch.records;
    status = stream_.emit(records);
  }
  base::Status status;

 private:
  Stream& stream_;
};

TEST(Stream, TakesNothingWhileItHandsOn) {
  Stream stream(make_source(data::SourceType::kSingle));
  auto stage = std::make_unique<EmitStage>(stream);
  EmitStage* emitter = stage.get();
  stream.add_stage(std::move(stage));
  auto sink = std::make_unique<CollectSink>("pid");
  CollectSink* collected = sink.get();
  stream.set_sink(std::move(sink));
  ASSERT_TRUE(stream.add_fields().ok());
  ASSERT_TRUE(stream.plan().ok());
  Event event{5, 0};
  stream.records().push_back({.sample = reinterpret_cast<const uint8_t*>(&event), .sample_size = sizeof event});
  stream.process();
  ASSERT_FALSE(emitter->status.ok());
  EXPECT_THAT(emitter->status.error().message, testing::HasSubstr("within that"));
  EXPECT_THAT(collected->numbers, testing::ElementsAre(5));
  EXPECT_EQ(stream.source().counters().received, 1u);
}

TEST(RestStage, TrailingBytesBecomeAField) {
  auto source = make_source(data::SourceType::kSingle);
  source->annotations()["ebpf.rest.name"] = "data";
  source->annotations()["ebpf.rest.len"] = "length";
  Stream stream(std::move(source));
  stream.add_stage(std::make_unique<RestStage>());
  ASSERT_TRUE(stream.add_fields().ok());
  auto sink = std::make_unique<CollectSink>("data");
  CollectSink* collected = sink.get();
  stream.set_sink(std::move(sink));
  ASSERT_TRUE(stream.plan().ok());

  struct {
    Event event;
    char tail[8];
  } sample = {{7, 5}, "payload"};
  const auto* bytes = reinterpret_cast<const uint8_t*>(&sample);
  for (uint32_t size : {16u, 10u, 8u, 6u}) {
    stream.records().push_back({.sample = bytes, .sample_size = size, .cpu = 0, .added = nullptr});
  }
  stream.process();
  EXPECT_THAT(collected->texts, testing::ElementsAre("paylo", "pa", "", ""));
}

TEST(RestStage, UnknownLengthFieldIsAnError) {
  auto source = make_source(data::SourceType::kSingle);
  source->annotations()["ebpf.rest.name"] = "data";
  source->annotations()["ebpf.rest.len"] = "nothing";
  Stream stream(std::move(source));
  stream.add_stage(std::make_unique<RestStage>());
  auto status = stream.add_fields();
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().text(), testing::HasSubstr("nothing"));
}

}  // namespace
}  // namespace gadgetry::pipeline
