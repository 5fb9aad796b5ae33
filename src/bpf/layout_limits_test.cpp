// Layouts that no compiler writes (any more), from BTF made by hand.
#include <bpf/btf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>

#include "base/limits.hpp"
#include "bpf/layout.hpp"
#include "data/access.hpp"

namespace gadgetry::bpf {
namespace {

using data::Kind;
using testing::HasSubstr;

class MadeLayout : public testing::Test {
 protected:
  struct Free {
    void operator()(btf* types) const { btf__free(types); }
  };

  uint32_t id(int result) {
    EXPECT_GT(result, 0);
    return static_cast<uint32_t>(result);
  }
  uint32_t integer(const char* name, size_t size, int encoding = 0) {
    return id(btf__add_int(types_.get(), name, size, encoding));
  }
  std::string add(uint32_t type) {
    auto status = add_struct_fields(types_.get(), type, {}, source_);
    return status.ok() ? "fine" : status.error().text();
  }

  std::unique_ptr<btf, Free> types_{btf__new_empty()};
  data::DataSource source_{"made", data::SourceType::kSingle};
};

// Before BTF had a flag for it, the width of a bit-field stood in an integer type of its own.
TEST_F(MadeLayout, OlderBitFields) {
  const uint32_t narrow = integer("unsigned int", 4);
  const uint32_t narrow_signed = integer("int", 4, BTF_INT_SIGNED);
  const auto set_bits = [&](uint32_t type, uint32_t offset, uint32_t bits) {
    const btf_type* t = btf__type_by_id(types_.get(), type);
    uint32_t word = 0;
    std::memcpy(&word, t + 1, sizeof(word));
    word = (word & 0x0f000000) | offset << 16 | bits;
    std::memcpy(const_cast<btf_type*>(t + 1), &word, sizeof(word));
  };
  set_bits(narrow, 2, 3);  // two bits into its integer
  set_bits(narrow_signed, 3, 5);
  const uint32_t outer = id(btf__add_struct(types_.get(), "event", 4));
  ASSERT_EQ(btf__add_field(types_.get(), "a", static_cast<int>(narrow), 0, 0), 0);
  ASSERT_EQ(btf__add_field(types_.get(), "b", static_cast<int>(narrow_signed), 8, 0), 0);
  ASSERT_EQ(add(outer), "fine");

  const uint8_t sample[] = {0b00010100, 0b11101000, 0, 0};  // a: bits 2-4, b: bits 11-15
  data::Record record;
  record.sample = sample;
  record.sample_size = sizeof(sample);
  EXPECT_EQ(data::read_integer(record, *source_.find("a")), 5u);
  EXPECT_EQ(static_cast<int64_t>(data::read_integer(record, *source_.find("b"))), -3);
}

TEST_F(MadeLayout, RefusesMembersOutsideTheirStruct) {
  const uint32_t number = integer("long", 8);
  const uint32_t outer = id(btf__add_struct(types_.get(), "event", 12));
  ASSERT_EQ(btf__add_field(types_.get(), "far", static_cast<int>(number), 64, 0), 0);
  EXPECT_THAT(add(outer), HasSubstr("data source made: member far lies outside its struct"));
}

TEST_F(MadeLayout, RefusesTwoMembersOfOneName) {
  const uint32_t number = integer("int", 4);
  const uint32_t outer = id(btf__add_struct(types_.get(), "event", 8));
  ASSERT_EQ(btf__add_field(types_.get(), "twin", static_cast<int>(number), 0, 0), 0);
  ASSERT_EQ(btf__add_field(types_.get(), "twin", static_cast<int>(number), 32, 0), 0);
  EXPECT_THAT(add(outer), HasSubstr("field twin exists already"));
}

TEST_F(MadeLayout, RefusesDeepNesting) {
  uint32_t inside = integer("int", 4);
  for (size_t i = 0; i < limits::kFieldDepth + 2; i++) {
    const uint32_t outer = id(btf__add_struct(types_.get(), "level", 4));
    ASSERT_EQ(btf__add_field(types_.get(), "in", static_cast<int>(inside), 0, 0), 0);
    inside = outer;
  }
  EXPECT_THAT(add(inside), HasSubstr("nested more than"));
}

TEST_F(MadeLayout, RefusesHugeArraysAndStructs) {
  const uint32_t number = integer("unsigned char", 1);
  const auto many = static_cast<uint32_t>(limits::kArrayElements + 1);
  const uint32_t array =
      id(btf__add_array(types_.get(), static_cast<int>(number), static_cast<int>(number), many));
  const uint32_t outer = id(btf__add_struct(types_.get(), "event", many));
  ASSERT_EQ(btf__add_field(types_.get(), "many", static_cast<int>(array), 0, 0), 0);
  EXPECT_THAT(add(outer), HasSubstr("member many: an array of more than"));
  const uint32_t huge =
      id(btf__add_struct(types_.get(), "huge", static_cast<uint32_t>(limits::kSampleBytes + 1)));
  EXPECT_THAT(add(huge), HasSubstr("its struct is larger than"));
}

TEST_F(MadeLayout, RefusesMoreFieldsThanTheLimit) {
  const uint32_t number = integer("int", 4);
  const auto count = static_cast<uint32_t>(limits::kFields + 1);
  const uint32_t outer = id(btf__add_struct(types_.get(), "event", count * 4));
  for (uint32_t i = 0; i < count; i++) {
    const std::string name = "m" + std::to_string(i);
    ASSERT_EQ(btf__add_field(types_.get(), name.c_str(), static_cast<int>(number), i * 32, 0), 0);
  }
  EXPECT_THAT(add(outer), HasSubstr("more than"));
}

TEST_F(MadeLayout, ScalarsGetANameOfTheirOwn) {
  const uint32_t number = integer("unsigned long", 8);
  LayoutOptions options;
  options.base_offset = 16;
  options.extra_tags = {"role:key"};
  ASSERT_TRUE(add_value_field(types_.get(), number, "key", options, source_).ok());
  EXPECT_EQ(source_.find("key")->kind, Kind::kUint64);
  EXPECT_EQ(source_.find("key")->offset, 16u);
  EXPECT_TRUE(source_.find("key")->has_tag("role:key"));
  EXPECT_EQ(find_struct(types_.get(), "no_such_struct"), 0u);
}

}  // namespace
}  // namespace gadgetry::bpf
