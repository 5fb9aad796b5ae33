#include "data/value.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "data/test_source.hpp"

namespace gadgetry::data {
namespace {

using testing::HasSubstr;

TEST(FindField, SaysWhatThereIs) {
  TestSource t;
  auto missing = find_field(t.source, "pidd");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, base::ErrorKind::kUsage);
  EXPECT_THAT(missing.error().text(),
              HasSubstr("unknown field \"pidd\" of data source open; did you mean pid? fields are "));
}

TEST(FindField, ShortNameSuggestsTheFullOne) {
  TestSource t;
  auto missing = find_field(t.source, "tid");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().hint, HasSubstr("did you mean proc.tid?"));
}

TEST(FindField, ManyFieldsAreNotAllListed) {
  DataSource source("many", SourceType::kSingle);
  for (int i = 0; i < 100; i++) {
    ASSERT_TRUE(source.add_added_field("field_number_" + std::to_string(i), Kind::kInt64));
  }
  EXPECT_THAT(find_field(source, "zzzzzzzzzzzzzzzz").error().hint, HasSubstr(" and 70 more"));
}

TEST(FindField, ControlCharactersOfTheNameAreNotPrinted) {
  TestSource t;
  EXPECT_THAT(find_field(t.source, "a\x1b[31m").error().message, HasSubstr("\\x1b[31m"));
}

TEST(FindField, UnreferencedFieldsAreUnknown) {
  TestSource t;
  t.source.find("pid")->flags |= kFlagUnreferenced;
  EXPECT_FALSE(find_field(t.source, "pid"));
}

TEST(FindValue, StructsStandForWhatIsShownInTheirPlace) {
  TestSource t;
  auto ref = find_value(t.source, "dst");
  ASSERT_TRUE(ref) << ref.error().text();
  EXPECT_EQ(ref->field->full_name, "dst.endpoint");
  EXPECT_EQ(ref->type, ValueType::kText);
}

TEST(FindValue, WhatCannotBeCompared) {
  TestSource t;
  EXPECT_THAT(find_value(t.source, "proc").error().text(),
              HasSubstr("is a struct; name one of its members: proc.comm, proc.tid"));
  EXPECT_THAT(find_value(t.source, "blob").error().text(), HasSubstr("raw bytes"));
  EXPECT_THAT(find_value(t.source, "nums").error().text(), HasSubstr("is an array"));
  EXPECT_THAT(find_value(t.source, "args.len").error().text(), HasSubstr("args[0].len"));
  EXPECT_THAT(find_value(t.source, "k8s").error().text(), HasSubstr("is a struct"));
  EXPECT_TRUE(find_value(t.source, "nums", true));
}

TEST(CompareRecords, EveryTypeInItsOrder) {
  TestSource a;
  TestSource b;
  auto order = [&](const char* name) {
    return compare_records(*find_value(a.source, name, true), a.record(), b.record());
  };
  a.set<int32_t>("i32", -1);
  b.set<int32_t>("i32", 1);
  EXPECT_LT(order("i32"), 0);
  a.set<uint32_t>("pid", 0xffffffffu);
  b.set<uint32_t>("pid", 1);
  EXPECT_GT(order("pid"), 0);
  a.set<uint64_t>("u64", ~uint64_t{0});
  b.set<uint64_t>("u64", uint64_t{1} << 63);
  EXPECT_GT(order("u64"), 0);
  a.set<int64_t>("i64", std::numeric_limits<int64_t>::min());
  EXPECT_LT(order("i64"), 0);
  b.set<bool>("flag", true);
  EXPECT_LT(order("flag"), 0);
  a.set<double>("f64", -0.5);
  EXPECT_LT(order("f64"), 0);
  a.set<double>("f64", std::nan(""));
  EXPECT_LT(order("f64"), 0);
  b.set<double>("f64", std::nan(""));
  EXPECT_EQ(order("f64"), 0);
  a.set_text("comm", "b\xc3\xa9");
  b.set_text("comm", "bz");
  EXPECT_GT(order("comm"), 0);
  a.set_text("path", "/a");
  b.set_text("path", "/a/b");
  EXPECT_LT(order("path"), 0);
  EXPECT_EQ(order("nums"), 0);
}

}  // namespace
}  // namespace gadgetry::data
