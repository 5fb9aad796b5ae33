#include "pipeline/recording.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/fd.hpp"
#include "base/log.hpp"
#include "data/test_source.hpp"
#include "pipeline/recording_file.hpp"
#include "pipeline/recording_writer.hpp"

namespace gadgetry::pipeline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RecordingTest : public ::testing::Test {
 protected:
  RecordingTest() {
    base::set_log_level(base::LogLevel::kError);  // warnings are expected here
    char name[] = "/tmp/gadgetry-recording-XXXXXX";
    folder_ = ::mkdtemp(name);
    path_ = folder_ + "/run.rec";
  }
  ~RecordingTest() override { std::filesystem::remove_all(folder_); }

  RecordingHeader header() const {
    RecordingHeader header;
    header.gadget = "trace_open";
    header.params["pid"] = "7";
    header.sources.push_back({.name = test_.source.name(),
                              .type = test_.source.type(),
                              .sample_size = test_.source.sample_size(),
                              .fields = layout_of(test_.source)});
    return header;
  }

  // A batch of `count` records of 64 bytes, which hold their number.
  static void add_numbers(RecordingWriter& writer, uint32_t count, uint32_t first = 0) {
    std::vector<std::vector<uint8_t>> samples(count, std::vector<uint8_t>(64));
    std::vector<data::Record> records;
    for (uint32_t i = 0; i < count; i++) {
      uint32_t number = first + i;
      std::memcpy(samples[i].data() + 8, &number, sizeof number);
      data::Record record;
      record.sample = samples[i].data();
      record.sample_size = 64;
      record.cpu = i % 4;
      records.push_back(record);
    }
    writer.add_batch(0, 1000 + first, 55, records);
  }

  std::string whole_file() {
    auto writer = RecordingWriter::create(path_);
    EXPECT_TRUE(writer);
    (*writer)->set_header(header());
    add_numbers(**writer, 3);
    (*writer)->add_call("gadget_v2", "kernelVersion", 0,
                        std::vector<std::string>{std::string("\x01\x00\x02", 3)});
    (*writer)->add_timer(4);
    add_numbers(**writer, 2, 3);
    EXPECT_TRUE((*writer)->finish());
    auto bytes = base::read_file(path_, 1 << 20);
    EXPECT_TRUE(bytes);
    return *bytes;
  }

  static std::vector<uint32_t> numbers(const RecordedItem& item) {
    std::vector<uint32_t> out;
    for (const data::Record& record : item.records) {
      EXPECT_EQ(record.sample_size, 64u);
      uint32_t number = 0;
      std::memcpy(&number, record.sample + 8, sizeof number);
      out.push_back(number);
    }
    return out;
  }

  std::string folder_;
  std::string path_;
  data::TestSource test_;
};

TEST_F(RecordingTest, GivesBackWhatWasRecorded) {
  whole_file();
  auto reader = RecordingReader::open(path_);
  ASSERT_TRUE(reader) << reader.error().text();
  ASSERT_NE((*reader)->header(), nullptr);
  EXPECT_EQ((*reader)->header()->gadget, "trace_open");
  EXPECT_EQ((*reader)->header()->params.at("pid"), "7");
  ASSERT_TRUE((*reader)->bind(test_.source));
  ASSERT_TRUE((*reader)->check_bound());
  RecordedItem item;
  ASSERT_TRUE(*(*reader)->next(item));
  EXPECT_EQ(item.type, RecordedItem::Type::kBatch);
  EXPECT_THAT(numbers(item), ElementsAre(0, 1, 2));
  EXPECT_EQ(item.records[2].cpu, 2u);
  EXPECT_EQ(item.wall_ns, 1000);
  EXPECT_EQ(item.boot_offset_ns, 55);
  auto call = (*reader)->next_call("gadget_v2.kernelVersion");
  ASSERT_TRUE(call) << call.error().text();
  EXPECT_THAT(call->outputs, ElementsAre(std::string("\x01\x00\x02", 3)));
  ASSERT_TRUE(*(*reader)->next(item));
  EXPECT_EQ(item.type, RecordedItem::Type::kTimer);
  EXPECT_EQ(item.timer, 4u);
  ASSERT_TRUE(*(*reader)->next(item));
  EXPECT_THAT(numbers(item), ElementsAre(3, 4));
  EXPECT_FALSE(*(*reader)->next(item));
  EXPECT_FALSE(*(*reader)->next(item));
  EXPECT_FALSE((*reader)->ended_early());
}

TEST_F(RecordingTest, AFileThatWasCutGivesItsWholeChunks) {
  std::string bytes = whole_file();
  size_t most = 0;
  for (size_t size = 0; size < bytes.size(); size++) {
    auto reader = RecordingFile::from_bytes(bytes.substr(0, size), "cut");
    if (!reader) continue;
    ASSERT_TRUE((*reader)->bind(test_.source));
    RecordedItem item;
    size_t items = 0;
    for (;;) {
      auto more = (*reader)->next(item);
      ASSERT_TRUE(more) << size << ": " << more.error().text();
      if (!*more) break;
      items++;
    }
    EXPECT_TRUE((*reader)->ended_early()) << size;
    EXPECT_GE(items, most);
    most = std::max(items, most);
  }
  EXPECT_EQ(most, 3u);
}

TEST_F(RecordingTest, EveryDamagedByteIsNoticed) {
  std::string bytes = whole_file();
  for (size_t at = 0; at < bytes.size(); at++) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    auto reader = RecordingFile::from_bytes(damaged, "damaged");
    if (!reader) continue;
    auto bound = (*reader)->bind(test_.source);
    RecordedItem item;
    auto more = bound.ok() ? (*reader)->next(item) : base::Result<bool>(false);
    while (more.ok() && *more) more = (*reader)->next(item);
    EXPECT_TRUE(!bound.ok() || !more.ok() || (*reader)->ended_early()) << at;
  }
}

TEST_F(RecordingTest, LargeBatchesStayOneBatch) {
  auto writer = RecordingWriter::create(path_);
  ASSERT_TRUE(writer);
  (*writer)->set_header(header());
  add_numbers(**writer, 20000);
  add_numbers(**writer, 0);
  ASSERT_TRUE((*writer)->finish());
  auto reader = RecordingReader::open(path_);
  ASSERT_TRUE(reader);
  ASSERT_TRUE((*reader)->bind(test_.source));
  RecordedItem item;
  ASSERT_TRUE(*(*reader)->next(item));
  std::vector<uint32_t> all = numbers(item);
  ASSERT_EQ(all.size(), 20000u);
  EXPECT_EQ(all[19999], 19999u);
  ASSERT_TRUE(*(*reader)->next(item));  // an empty fetch
  EXPECT_TRUE(item.records.empty());
  EXPECT_FALSE(*(*reader)->next(item));
}

TEST_F(RecordingTest, AnotherLayoutIsNamed) {
  whole_file();
  data::TestSource other;
  other.source.find("pid")->offset = 24;
  auto reader = RecordingReader::open(path_);
  ASSERT_TRUE(reader);
  auto bound = (*reader)->bind(other.source);
  ASSERT_FALSE(bound);
  EXPECT_THAT(bound.error().text(),
              HasSubstr("recorded: pid uint32 at 20 size 4, now: pid uint32 at 24 size 4"));
}

TEST_F(RecordingTest, AnotherGadgetIsNamed) {
  whole_file();
  data::DataSource other("exec", data::SourceType::kSingle);
  auto reader = RecordingReader::open(path_);
  ASSERT_TRUE(reader);
  ASSERT_TRUE((*reader)->bind(other));
  auto checked = (*reader)->check_bound();
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().text(), HasSubstr("recorded from gadget trace_open, whose data source open"));
}

TEST_F(RecordingTest, AnswersComeInTheirOrder) {
  whole_file();
  auto reader = RecordingReader::open(path_);
  ASSERT_TRUE(reader);
  ASSERT_TRUE((*reader)->bind(test_.source));
  auto early = (*reader)->next_call("gadget_v2.kernelVersion");
  ASSERT_FALSE(early);
  EXPECT_THAT(early.error().text(), HasSubstr("did not do at this point"));
  RecordedItem item;
  ASSERT_TRUE(*(*reader)->next(item));
  auto wrong = (*reader)->next_call("ig.getMap");
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().text(),
              HasSubstr("calls ig.getMap, but when it was recorded it called gadget_v2.kernelVersion"));
}

TEST_F(RecordingTest, AnswersAtTheEndAreForTheEndOfTheModule) {
  auto writer = RecordingWriter::create(path_);
  ASSERT_TRUE(writer);
  (*writer)->set_header(header());
  add_numbers(**writer, 1);
  (*writer)->add_call("ig", "mapLookup", 0, {});
  (*writer)->add_call("ig", "mapDelete", 0, {});
  (*writer)->add_losses(0, {});
  ASSERT_TRUE((*writer)->finish());
  auto reader = RecordingReader::open(path_);
  ASSERT_TRUE(reader);
  ASSERT_TRUE((*reader)->bind(test_.source));
  RecordedItem item;
  ASSERT_TRUE(*(*reader)->next(item));
  ASSERT_TRUE(*(*reader)->next(item));
  EXPECT_EQ(item.type, RecordedItem::Type::kLosses);
  EXPECT_FALSE(*(*reader)->next(item));
  EXPECT_TRUE((*reader)->next_call("ig.mapLookup"));
  EXPECT_TRUE((*reader)->next_call("ig.mapDelete"));
  EXPECT_FALSE((*reader)->next_call("ig.mapDelete"));
}

TEST_F(RecordingTest, AnswersBeforeTheHeaderFollowIt) {
  auto writer = RecordingWriter::create(path_);
  ASSERT_TRUE(writer);
  (*writer)->add_call("ig", "getMap", 5, {});
  (*writer)->set_header(header());
  ASSERT_TRUE((*writer)->finish());
  auto reader = RecordingReader::open(path_);
  ASSERT_TRUE(reader) << reader.error().text();
  auto call = (*reader)->next_call("ig.getMap");
  ASSERT_TRUE(call);
  EXPECT_EQ(call->result, 5u);
}

TEST_F(RecordingTest, TheFileIsPrivateAndAppearsAtTheEnd) {
  ASSERT_TRUE(base::replace_file(path_, "old"));
  auto writer = RecordingWriter::create(path_);
  ASSERT_TRUE(writer);
  (*writer)->set_header(header());
  EXPECT_EQ(*base::read_file(path_, 100), "old");
  auto second = RecordingWriter::create(path_);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().text(), HasSubstr("another run"));
  ASSERT_TRUE((*writer)->finish());
  struct stat info{};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_NE(::access((path_ + ".part").c_str(), F_OK), 0);
}

TEST_F(RecordingTest, ARunThatHadNothingLeavesTheOldFile) {
  ASSERT_TRUE(base::replace_file(path_, "old"));
  {
    auto writer = RecordingWriter::create(path_);
    ASSERT_TRUE(writer);
    (*writer)->set_header(header());
  }
  EXPECT_EQ(*base::read_file(path_, 100), "old");
  EXPECT_NE(::access((path_ + ".part").c_str(), F_OK), 0);
}

TEST_F(RecordingTest, OnlyRegularFilesAreReplaced) {
  auto device = RecordingWriter::create("/dev/full");
  ASSERT_FALSE(device);
  EXPECT_THAT(device.error().text(), HasSubstr("not a regular file"));
  ASSERT_EQ(::symlink("/etc/passwd", (path_ + ".part").c_str()), 0);
  auto link = RecordingWriter::create(path_);
  ASSERT_FALSE(link);
  EXPECT_THAT(link.error().text(), HasSubstr("in the way"));
}

TEST_F(RecordingTest, WhatAKilledRunLeftIsReplaced) {
  ASSERT_TRUE(base::replace_file(path_ + ".part", "half"));
  EXPECT_TRUE(RecordingWriter::create(path_));
}

TEST_F(RecordingTest, AFullDiskIsAnErrorAndLeavesWholeChunks) {
  auto writer = RecordingWriter::create(path_);
  ASSERT_TRUE(writer);
  (*writer)->set_header(header());
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  auto before = ::signal(SIGXFSZ, SIG_IGN);
  rlimit small{.rlim_cur = 600 << 10, .rlim_max = old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  uint32_t written = 0;
  while ((*writer)->status().ok() && written < 1'000'000) {
    add_numbers(**writer, 256, written);
    written += 256;
  }
  auto finished = (*writer)->finish();
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
  (void)::signal(SIGXFSZ, before);
  ASSERT_FALSE(finished);
  EXPECT_THAT(finished.error().text(), HasSubstr("recording: "));
  auto reader = RecordingReader::open(path_);
  ASSERT_TRUE(reader) << reader.error().text();
  ASSERT_TRUE((*reader)->bind(test_.source));
  RecordedItem item;
  uint32_t next = 0;
  for (;;) {
    auto more = (*reader)->next(item);
    ASSERT_TRUE(more) << more.error().text();
    if (!*more) break;
    for (uint32_t number : numbers(item)) EXPECT_EQ(number, next++);
  }
  EXPECT_GT(next, 1000u);
  EXPECT_LT(next, written);
  EXPECT_TRUE((*reader)->ended_early());
}

TEST_F(RecordingTest, WhatIsNoRecording) {
  for (const char* text : {"", "x", "{\"gadget\":1}", "GADGREC\n"}) {
    auto reader = RecordingFile::from_bytes(text, "file");
    ASSERT_FALSE(reader);
  }
  std::string future(kRecordingMagic);
  future[8] = 2;
  auto reader = RecordingFile::from_bytes(future, "file");
  ASSERT_FALSE(reader);
  EXPECT_THAT(reader.error().text(), HasSubstr("another version"));
}

TEST(Crc32c, KnownValues) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c("6789", crc32c("12345")), 0xe3069283u);
}

}  // namespace
}  // namespace gadgetry::pipeline
