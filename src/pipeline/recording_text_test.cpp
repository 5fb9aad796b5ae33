#include "pipeline/recording_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

#include "data/access.hpp"
#include "data/test_source.hpp"

namespace gadgetry::pipeline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class TextRecordingTest : public ::testing::Test {
 protected:
  TextRecordingTest() {
    auto table = std::make_shared<data::EnumTable>();
    table->name = "state";
    table->entries = {{1, "RUNNING"}, {2, "DONE"}};
    test_.source.find("u16")->enumeration = table;
  }

  // The batches of a text, as numbers of records; or the error.
  std::string batches(const std::string& text, data::SourceType type = data::SourceType::kSingle) {
    data::TestSource source(type);
    auto reader = TextRecording::from_text(text, "t.jsonl");
    if (!reader) return reader.error().text();
    EXPECT_TRUE((*reader)->bind(source.source));
    std::string out;
    for (RecordedItem item;;) {
      auto more = (*reader)->next(item);
      if (!more) return more.error().text();
      if (!*more) return out;
      if (item.type == RecordedItem::Type::kBatch) out += std::to_string(item.records.size()) + " ";
      if (item.type == RecordedItem::Type::kLosses)
        out += "lost " + std::to_string(item.losses.lost_ring_full) + " ";
      if (item.type == RecordedItem::Type::kTimer) out += "timer " + std::to_string(item.timer) + " ";
    }
  }

  // The record that the fields make; empty with error_ set when they make none.
  data::Record encode(std::string fields) {
    std::replace(fields.begin(), fields.end(), '\n', ' ');  // one line
    error_.clear();
    sample_ = {};
    auto reader = TextRecording::from_text("{\"fields\":" + fields + "}", "t.jsonl");
    if (!reader) {
      error_ = reader.error().text();
      return {};
    }
    EXPECT_TRUE((*reader)->bind(test_.source));
    auto more = (*reader)->next(sample_);
    if (!more) {
      error_ = more.error().text();
      return {};
    }
    return sample_.records.at(0);
  }
  std::string error_of(const std::string& fields) {
    encode(fields);
    return error_;
  }
  int64_t number(const data::Record& record, const char* name, uint32_t element = 0, uint32_t base = 0) {
    return static_cast<int64_t>(data::read_integer(record, *test_.source.find(name), element, base));
  }
  std::string text(const data::Record& record, const char* name, uint32_t element = 0) {
    return std::string(data::read_text(record, *test_.source.find(name), element));
  }

  data::TestSource test_;
  RecordedItem sample_;
  std::string error_;
};

TEST_F(TextRecordingTest, NumbersAndTexts) {
  auto record =
      encode(R"({"flag":true,"i8":-5,"i64":-9223372036854775808,"u64":18446744073709551615,"pid":"0x1f",
      "f32":1.5,"f64":-2,"comm":"cat","proc":{"comm":"sh","tid":9},"low":31,"high":-64,"u16":"DONE"})");
  ASSERT_EQ(error_, "");
  EXPECT_EQ(record.sample_size, 256u);
  EXPECT_EQ(number(record, "flag"), 1);
  EXPECT_EQ(number(record, "i8"), -5);
  EXPECT_EQ(number(record, "i64"), INT64_MIN);
  EXPECT_EQ(number(record, "u64"), -1);
  EXPECT_EQ(number(record, "pid"), 31);
  EXPECT_EQ(number(record, "u16"), 2);
  EXPECT_EQ(number(record, "low"), 31);
  EXPECT_EQ(number(record, "high"), -64);
  EXPECT_EQ(number(record, "proc.tid"), 9);
  EXPECT_EQ(data::read_float(record, *test_.source.find("f32")), 1.5);
  EXPECT_EQ(data::read_float(record, *test_.source.find("f64")), -2.0);
  EXPECT_EQ(text(record, "comm"), "cat");
  EXPECT_EQ(text(record, "proc.comm"), "sh");
}

TEST_F(TextRecordingTest, DottedNamesAreTheSameAsNestedOnes) {
  auto record = encode(R"({"proc.tid":7,"proc.comm":"x"})");
  ASSERT_EQ(error_, "");
  EXPECT_EQ(number(record, "proc.tid"), 7);
  EXPECT_EQ(text(record, "proc.comm"), "x");
}

TEST_F(TextRecordingTest, Arrays) {
  auto record = encode(R"({"nums":[1,-2],"names":["a","bc"],"flags":[false,true],
      "args":[{"len":1},{"len":2,"kinds":[9,8],"parts":[{"x":-1},{"x":5}]}]})");
  ASSERT_EQ(error_, "");
  EXPECT_EQ(number(record, "nums", 1), -2);
  EXPECT_EQ(number(record, "nums", 2), 0);
  EXPECT_EQ(text(record, "names", 1), "bc");
  EXPECT_EQ(number(record, "flags", 1), 1);
  const data::Field& args = *test_.source.find("args");
  uint32_t second = data::element_base(args, 1);
  EXPECT_EQ(number(record, "args.len", 0, second), 2);
  EXPECT_EQ(number(record, "args.kinds", 1, second), 8);
  uint32_t part = data::element_base(*test_.source.find("args.parts"), 1, second);
  EXPECT_EQ(number(record, "args.parts.x", 0, part), 5);
}

TEST_F(TextRecordingTest, Bytes) {
  EXPECT_EQ(text(encode(R"({"blob":"0001ff"})"), "blob"), std::string("\0\1\xff\0\0\0\0\0", 8));
  EXPECT_EQ(text(encode(R"({"blob":{"text":"ab\u0000c"}})"), "blob"), std::string("ab\0c\0\0\0\0", 8));
  EXPECT_EQ(text(encode(R"({"blob":"10.0.0.1"})"), "blob"), std::string("\x0a\0\0\1\0\0\0\0", 8));
  EXPECT_THAT(error_of(R"({"blob":"xyz"})"), HasSubstr("blob: \"xyz\" is neither hex nor"));
  EXPECT_THAT(error_of(R"({"blob":"000000000000000000"})"), HasSubstr("9 bytes, but there is room for 8"));
}

TEST_F(TextRecordingTest, TrailingData) {
  test_.source.annotations()["ebpf.rest.name"] = "rest";
  test_.source.annotations()["ebpf.rest.len"] = "pid";
  auto record = encode(R"({"rest":{"text":"ls\u0000-l"}})");
  ASSERT_EQ(error_, "");
  EXPECT_EQ(record.sample_size, 261u);
  EXPECT_EQ(number(record, "pid"), 5);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(record.sample) + 256, 5), std::string("ls\0-l", 5));
  EXPECT_EQ(number(encode(R"({"rest":"616263","pid":2})"), "pid"), 2);
}

TEST_F(TextRecordingTest, MistakesAreNamed) {
  EXPECT_THAT(error_of(R"({"pidd":1})"), HasSubstr("no field pidd; did you mean pid?"));
  EXPECT_THAT(error_of(R"({"proc":{"pid":1}})"), HasSubstr("no field proc.pid"));
  EXPECT_THAT(error_of(R"({"i8":128})"), HasSubstr("i8: 128 does not fit into int8"));
  EXPECT_THAT(error_of(R"({"pid":-1})"), HasSubstr("does not fit into uint32"));
  EXPECT_THAT(error_of(R"({"low":32})"), HasSubstr("does not fit into uint32 of 5 bits"));
  EXPECT_THAT(error_of(R"({"pid":1.5})"), HasSubstr("1.5 is not a number"));
  EXPECT_THAT(error_of(R"({"u16":"GONE"})"), HasSubstr("or one of RUNNING, DONE"));
  EXPECT_THAT(error_of(R"({"comm":"12345678901234567"})"), HasSubstr("room for 16"));
  EXPECT_THAT(error_of(R"({"comm":5})"), HasSubstr("is not text"));
  EXPECT_THAT(error_of(R"({"nums":[1,2,3,4,5]})"), HasSubstr("5 elements, but there is room for 4"));
  EXPECT_THAT(error_of(R"({"nums":1})"), HasSubstr("give a list"));
  EXPECT_THAT(error_of(R"({"args":[1]})"), HasSubstr("list of objects"));
  EXPECT_THAT(error_of(R"({"args.len":1})"), HasSubstr("give args as a list of objects"));
  EXPECT_THAT(error_of(R"([1])"), HasSubstr("no JSON object"));
}

TEST_F(TextRecordingTest, LinesMakeBatches) {
  EXPECT_EQ(batches("{\"fields\":{}}\n{\"fields\":{\"pid\":1}}\n"), "2 ");
  EXPECT_EQ(batches("{\"fields\":{}}\n\n{\"fields\":{}}\n# comment\n{\"source\":\"open\",\"fields\":{}}"),
            "1 2 ");
  EXPECT_EQ(batches("{\"fields\":{}}\n{\"timer\":3}\n{\"fields\":{}}\n{\"lost\":9}"), "1 timer 3 1 lost 9 ");
  EXPECT_EQ(batches("\n\n// nothing\n"), "");
  std::string many;
  for (int i = 0; i < 300; i++) many += "{\"fields\":{}}\n";
  EXPECT_EQ(batches(many), "256 44 ");
}

TEST_F(TextRecordingTest, RowsAreOneArray) {
  EXPECT_EQ(batches("{\"rows\":[{\"pid\":1},{\"pid\":2}]}\n{\"rows\":[]}\n", data::SourceType::kArray),
            "2 0 ");
  EXPECT_THAT(batches("{\"rows\":[]}"), HasSubstr("single events: give fields"));
}

TEST_F(TextRecordingTest, WrongLinesAreNamedByNumber) {
  EXPECT_THAT(batches("{\"fields\":{}}\n{\"fields\":{\"pid\":\"x\"}}\n"), HasSubstr("t.jsonl:2: field pid"));
  EXPECT_THAT(batches("\n{oops}\n"), HasSubstr("t.jsonl:2: no JSON"));
  EXPECT_THAT(batches("{\"field\":{}}"), HasSubstr("t.jsonl:1: unknown key field"));
  EXPECT_THAT(batches("{\"source\":\"exec\",\"fields\":{}}"), HasSubstr("no data source exec; it has open"));
  EXPECT_THAT(batches("{\"source\":\"open\"}"), HasSubstr("fields are missing"));
  EXPECT_THAT(batches("{\"fields\":" + std::string(100000, '[')), HasSubstr("nested too deeply"));
  EXPECT_THAT(batches("[]"), HasSubstr("a line is a JSON object"));
  EXPECT_THAT(batches("{\"call\":\"ig.getMap\",\"outputs\":[\"zz\"]}"), HasSubstr("give hex texts"));
}

TEST_F(TextRecordingTest, AnswersAreFoundByName) {
  auto reader = TextRecording::from_text(
      "{\"fields\":{}}\n{\"call\":\"ig.getMap\",\"result\":7}\n{\"call\":\"ig.getMap\",\"result\":8}\n"
      "{\"call\":\"gadget_v2.kernelVersion\",\"outputs\":[\"01020304\"]}\n{\"fields\":{}}\n",
      "t.jsonl");
  ASSERT_TRUE(reader) << reader.error().text();
  ASSERT_TRUE((*reader)->bind(test_.source));
  EXPECT_THAT((*reader)->next_call("gadget_v2.kernelVersion")->outputs, ElementsAre("\x01\x02\x03\x04"));
  EXPECT_EQ((*reader)->next_call("ig.getMap")->result, 7u);
  EXPECT_EQ((*reader)->next_call("ig.getMap")->result, 8u);
  EXPECT_EQ((*reader)->next_call("ig.getMap")->result, 8u);
  auto missing = (*reader)->next_call("ig.newMap");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().text(), HasSubstr("for which there is no answer"));
  RecordedItem item;
  ASSERT_TRUE(*(*reader)->next(item));
  EXPECT_EQ(item.records.size(), 2u);
}

}  // namespace
}  // namespace gadgetry::pipeline
