#include "data/data_source.hpp"

#include <gmock/gmock.h>

#include "base/limits.hpp"
#include "data/access.hpp"
#include "data/test_source.hpp"

namespace gadgetry::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> names(const std::vector<const Field*>& fields) {
  std::vector<std::string> out;
  for (const Field* field : fields) out.push_back(field->name);
  return out;
}

TEST(Kinds, NamesSizesAndGroups) {
  EXPECT_EQ(kind_name(Kind::kUint32), "uint32");
  EXPECT_EQ(kind_name(Kind::kBytes), "bytes");
  EXPECT_EQ(kind_size(Kind::kFloat64), 8u);
  EXPECT_EQ(kind_size(Kind::kCString), 0u);
  EXPECT_TRUE(is_integer(Kind::kInt8));
  EXPECT_FALSE(is_integer(Kind::kBool));
  EXPECT_TRUE(is_signed(Kind::kInt64));
  EXPECT_FALSE(is_signed(Kind::kUint8));
  EXPECT_TRUE(is_float(Kind::kFloat32));
  EXPECT_TRUE(is_text(Kind::kString));
  EXPECT_FALSE(is_text(Kind::kBytes));
}

TEST(DataSource, FieldsKnowTheirPlaceInTheTree) {
  TestSource t;
  const Field* tid = t.source.find("proc.tid");
  ASSERT_NE(tid, nullptr);
  EXPECT_EQ(tid->name, "tid");
  EXPECT_NE(tid->flags & kFlagHasParent, 0u);
  EXPECT_EQ(t.source.fields()[static_cast<size_t>(tid->parent)].name, "proc");
  EXPECT_TRUE(t.source.find("proc")->is_struct());
  EXPECT_TRUE(t.source.find("args")->is_struct_array());
  EXPECT_FALSE(t.source.find("nums")->is_struct_array());
  EXPECT_EQ(t.source.find("nothing"), nullptr);
  EXPECT_EQ(t.source.find(""), nullptr);
}

TEST(DataSource, RefusesDuplicatesAndTooMany) {
  DataSource source("s", SourceType::kSingle);
  Field field;
  field.name = "x";
  ASSERT_TRUE(source.add_field(field));
  auto again = source.add_field(field);
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().message, HasSubstr("field x exists already"));
  for (size_t i = 1; i < limits::kFields; i++) {
    field.name = "f" + std::to_string(i);
    ASSERT_TRUE(source.add_field(field));
  }
  field.name = "last";
  EXPECT_FALSE(source.add_field(field));
}

TEST(DataSource, AddedFieldsShareOneAlignedBlock) {
  DataSource source("s", SourceType::kSingle);
  auto flag = source.add_added_field("flag", Kind::kBool);
  auto number = source.add_added_field("number", Kind::kUint64);
  auto text = source.add_added_field("text", Kind::kString);
  ASSERT_TRUE(flag && number && text);
  EXPECT_EQ((*number)->offset % 8, 0u);
  EXPECT_GE((*number)->offset, (*flag)->offset + 1);
  EXPECT_GE((*text)->offset, (*number)->offset + 8);
  EXPECT_EQ((*text)->size, sizeof(Text));
  EXPECT_TRUE((*text)->is_dynamic);
  EXPECT_EQ(source.added_size() % 8, 0u);
  EXPECT_GE(source.added_size(), (*text)->offset + sizeof(Text));
}

TEST(DataSource, MissingParentsOfAddedFieldsAreMade) {
  DataSource source("s", SourceType::kSingle);
  ASSERT_TRUE(source.add_added_field("k8s.owner.kind", Kind::kString));
  ASSERT_TRUE(source.add_added_field("k8s.owner.name", Kind::kString));
  EXPECT_NE(source.find("k8s")->flags & kFlagEmpty, 0u);
  EXPECT_THAT(names(source.roots()), ElementsAre("k8s"));
  EXPECT_THAT(names(source.sorted_children(*source.find("k8s.owner"))), ElementsAre("kind", "name"));
}

TEST(DataSource, ShownInOrderThenRank) {
  DataSource source("s", SourceType::kSingle);
  Field field;
  for (const char* name : {"a_raw", "b", "c"}) {
    field.name = name;
    ASSERT_TRUE(source.add_field(field));
  }
  ASSERT_TRUE(source.add_added_field("a", Kind::kString, source.find("a_raw")));
  source.find("c")->order = -1;
  EXPECT_THAT(names(source.roots()), ElementsAre("c", "a_raw", "a", "b"));
}

TEST(DataSource, MovedFieldsAreReadFromTheAddedBlock) {
  TestSource t;
  t.set<uint64_t>("u64", 7);
  Field* field = t.source.find("u64");
  uint32_t before = t.source.added_size();
  t.source.move_to_added(*field);
  EXPECT_EQ(field->slot, Slot::kAdded);
  EXPECT_EQ(field->offset, before);
  EXPECT_EQ(t.source.added_size(), before + 8);
  t.source.move_to_added(*field);
  EXPECT_EQ(t.source.added_size(), before + 8);
  Record record = t.record();
  EXPECT_EQ(read_integer(record, *field), 0u);
  store(record, *field, uint64_t{9});
  EXPECT_EQ(read_integer(record, *field), 9u);
}

TEST(DataSource, UnreferencedNamesAreNotSuggested) {
  TestSource t;
  t.source.find("pid")->flags |= kFlagUnreferenced;
  EXPECT_THAT(t.source.field_names(), testing::Not(testing::Contains("pid")));
}

TEST(DataSource, Annotations) {
  TestSource t;
  EXPECT_EQ(t.source.annotation("k", "none"), "none");
  t.source.annotations()["k"] = "v";
  EXPECT_EQ(t.source.annotation("k", "none"), "v");
  EXPECT_EQ(t.source.find("dst")->annotation("columns.replace"), "dst.endpoint");
}

TEST(Counters, AddUp) {
  Counters counters{.received = 10, .delivered = 7, .filtered = 2, .lost_ring_full = 5, .lost_reader = 1};
  EXPECT_EQ(counters.produced(), 15u);
  EXPECT_EQ(counters.lost(), 6u);
  EXPECT_EQ(counters.produced(), counters.delivered + counters.filtered + counters.lost());
}

TEST(Access, IntegersKeepTheirSign) {
  TestSource t;
  t.set<int8_t>("i8", -2)
      .set<int16_t>("i16", -300)
      .set<int32_t>("i32", -70000)
      .set<int64_t>("i64", INT64_MIN);
  t.set<uint8_t>("u8", 0xfe)
      .set<uint16_t>("u16", 0xfffe)
      .set<uint32_t>("pid", 0xfffffffe)
      .set("u64", ~uint64_t{0});
  Record record = t.record();
  auto read = [&](const char* name) { return read_integer(record, *t.source.find(name)); };
  EXPECT_EQ(static_cast<int64_t>(read("i8")), -2);
  EXPECT_EQ(static_cast<int64_t>(read("i16")), -300);
  EXPECT_EQ(static_cast<int64_t>(read("i32")), -70000);
  EXPECT_EQ(static_cast<int64_t>(read("i64")), INT64_MIN);
  EXPECT_EQ(read("u8"), 0xfeu);
  EXPECT_EQ(read("u16"), 0xfffeu);
  EXPECT_EQ(read("pid"), 0xfffffffeu);
  EXPECT_EQ(read("u64"), ~uint64_t{0});
}

TEST(Access, AnyByteButZeroIsTrue) {
  TestSource t;
  t.set<uint8_t>("flag", 0x80);
  EXPECT_EQ(read_integer(t.record(), *t.source.find("flag")), 1u);
}

TEST(Access, Floats) {
  TestSource t;
  t.set<float>("f32", 1.5f).set<double>("f64", -2.25).set<float>("shares", 0.5f, 1);
  EXPECT_EQ(read_float(t.record(), *t.source.find("f32")), 1.5);
  EXPECT_EQ(read_float(t.record(), *t.source.find("f64")), -2.25);
  EXPECT_EQ(read_float(t.record(), *t.source.find("shares"), 1), 0.5);
}

TEST(Access, ShortSamplesReadAsZero) {
  TestSource t;
  t.set<uint32_t>("pid", 0x01020304).set<uint64_t>("u64", ~uint64_t{0}).set_text("comm", "bash");
  EXPECT_EQ(read_integer(t.record(22), *t.source.find("pid")), 0x0304u);  // two of its four bytes are there
  EXPECT_EQ(read_integer(t.record(20), *t.source.find("pid")), 0u);
  EXPECT_EQ(read_integer(t.record(0), *t.source.find("u64")), 0u);
  EXPECT_EQ(read_text(t.record(50), *t.source.find("comm")), "ba");
  EXPECT_EQ(read_text(t.record(48), *t.source.find("comm")), "");
  EXPECT_EQ(read_text(t.record(3), *t.source.find("comm")), "");
  EXPECT_EQ(read_float(t.record(36), *t.source.find("f64")), 0.0);
  Record nothing;
  EXPECT_EQ(read_integer(nothing, *t.source.find("i64")), 0u);
  EXPECT_EQ(read_text(nothing, *t.source.find("comm")), "");
}

TEST(Access, CharArraysEndAtNulOrAtTheirSize) {
  TestSource t;
  t.set_text("comm", "0123456789abcdef");
  EXPECT_EQ(read_text(t.record(), *t.source.find("comm")), "0123456789abcdef");
  t.set_text("comm", std::string_view("ab\0cd", 5));
  EXPECT_EQ(read_text(t.record(), *t.source.find("comm")), "ab");
  t.set_text("blob", std::string_view("a\0b", 3));
  EXPECT_EQ(read_text(t.record(), *t.source.find("blob")), std::string_view("a\0b\0\0\0\0\0", 8));
}

TEST(Access, BitFieldsOfOneWord) {
  TestSource t;
  // low = 21 (5 bits), high = -3 (7 bits, 0x7d)
  t.set<uint32_t>("low", 21u | 0x7du << 5 | 0xfffff000u);
  EXPECT_EQ(read_integer(t.record(), *t.source.find("low")), 21u);
  EXPECT_EQ(static_cast<int64_t>(read_integer(t.record(), *t.source.find("high"))), -3);
  t.set<uint32_t>("high", 0x3fu << 5);
  EXPECT_EQ(read_integer(t.record(), *t.source.find("high")), 63u);
}

TEST(Access, BitFieldsAcrossBytesAndAllOfThem) {
  TestSource t;
  Field& wide = t.scalar("wide", Kind::kUint64, 240);
  wide.bit_offset = 3;
  wide.bit_size = 64;  // 67 bits: nine bytes
  t.set<uint64_t>("wide", uint64_t{0xf} << 60);
  uint8_t last = 0x05;
  t.scalar("after", Kind::kUint8, 248);
  t.set("after", last);
  EXPECT_EQ(read_integer(t.record(), wide), (uint64_t{0xf} << 57) | (uint64_t{5} << 61));
  Field& one = t.scalar("one", Kind::kInt8, 250);
  one.bit_offset = 7;
  one.bit_size = 1;
  t.set<uint8_t>("one", 0x80);
  EXPECT_EQ(static_cast<int64_t>(read_integer(t.record(), one)), -1);
  Field& crossing = t.scalar("crossing", Kind::kUint16, 252);
  crossing.bit_offset = 6;
  crossing.bit_size = 4;
  t.set<uint16_t>("crossing", 0x02c0);
  EXPECT_EQ(read_integer(t.record(), crossing), 0xbu);
  EXPECT_EQ(read_integer(t.record(253), crossing), 0x3u);  // the second byte is missing
}

TEST(Access, ArraysOfScalarsAndText) {
  TestSource t;
  t.set<int32_t>("nums", -5, 0).set<int32_t>("nums", 8, 3);
  t.set_text("names", "eightchr", 0).set_text("names", "x", 2);
  Record record = t.record();
  EXPECT_EQ(static_cast<int64_t>(read_integer(record, *t.source.find("nums"), 0)), -5);
  EXPECT_EQ(read_integer(record, *t.source.find("nums"), 3), 8u);
  EXPECT_EQ(read_text(record, *t.source.find("names"), 0), "eightchr");
  EXPECT_EQ(read_text(record, *t.source.find("names"), 1), "");
  EXPECT_EQ(read_text(record, *t.source.find("names"), 2), "x");
  EXPECT_EQ(read_integer(t.record(82), *t.source.find("nums"), 3), 0u);
}

TEST(Access, ArraysOfStructsAndArraysInThem) {
  TestSource t;
  const Field& args = *t.source.find("args");
  const Field& parts = *t.source.find("args.parts");
  uint32_t second = element_base(args, 1);
  EXPECT_EQ(second, 128u + 16u);
  t.set<uint16_t>("args.len", 77, 0, second);
  t.set<uint8_t>("args.kinds", 9, 2, second);
  uint32_t inner = element_base(parts, 1, second);
  EXPECT_EQ(inner, second + 8 + 4);
  t.set<int16_t>("args.parts.x", -6, 0, inner);
  Record record = t.record();
  EXPECT_EQ(read_integer(record, *t.source.find("args.len"), 0, second), 77u);
  EXPECT_EQ(read_integer(record, *t.source.find("args.len"), 0, element_base(args, 0)), 0u);
  EXPECT_EQ(read_integer(record, *t.source.find("args.kinds"), 2, second), 9u);
  EXPECT_EQ(static_cast<int64_t>(read_integer(record, *t.source.find("args.parts.x"), 0, inner)), -6);
}

TEST(Access, DynamicTextIsAView) {
  TestSource t;
  std::string path = "/etc/passwd";
  Record record = t.record();
  const Field& field = *t.source.find("path");
  EXPECT_EQ(read_text(record, field), "");
  store_text(record, field, path);
  EXPECT_EQ(read_text(record, field), path);
  EXPECT_EQ(read_text(record, field).data(), path.data());
  store_text(record, field, std::string_view("a\0b", 3));
  EXPECT_EQ(read_text(record, field).size(), 3u);
}

TEST(Arena, TextStaysUntilReset) {
  Arena arena;
  EXPECT_EQ(arena.copy("").view(), "");
  Text first = arena.copy("first");
  std::string big(200 << 10, 'x');
  Text large = arena.copy(big);
  Text last = arena.copy("last");
  EXPECT_EQ(first.view(), "first");
  EXPECT_EQ(large.view(), big);
  EXPECT_EQ(last.view(), "last");
}

TEST(Arena, MemoryIsUsedAgain) {
  if (kArenaIsExact) GTEST_SKIP() << "not with the address sanitizer";
  Arena arena;
  char* first = arena.allocate(100);
  for (int i = 0; i < 100; i++) arena.allocate(10 << 10);
  arena.reset();
  EXPECT_EQ(arena.allocate(100), first);
  char* next = arena.allocate(8);
  arena.shrink_last(5);
  EXPECT_EQ(arena.allocate(1), next + 3);
}

TEST(Arena, SmallBlocksAreSkippedForLargeText) {
  Arena arena;
  arena.allocate(10);
  arena.allocate(100 << 10);
  arena.reset();
  std::string big(90 << 10, 'y');
  arena.allocate(10);
  EXPECT_EQ(arena.copy(big).view(), big);
}

}  // namespace
}  // namespace gadgetry::data
