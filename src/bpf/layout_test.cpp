#include "bpf/layout.hpp"

#include <bpf/btf.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "bpf/test_objects.hpp"
#include "data/access.hpp"

namespace gadgetry::bpf {
namespace {

using data::Field;
using data::Kind;

class LayoutTest : public testing::Test {
 protected:
  void SetUp() override {
    object_ = open_test_object("fields");
    ASSERT_NE(object_, nullptr);
    auto source = object_->make_source(object_->declarations().tracers.at(0));
    ASSERT_TRUE(source.ok()) << source.error().text();
    source_ = std::move(*source);
  }
  const Field& field(const std::string& name) {
    const Field* found = source_->find(name);
    if (found == nullptr) {
      ADD_FAILURE() << "no field " << name;
      return source_->fields().front();
    }
    return *found;
  }
  std::string name_of(const std::string& field_name, uint64_t value) {
    const auto& table = field(field_name).enumeration;
    if (table == nullptr) return "no table";
    for (const auto& entry : table->entries) {
      if (entry.value == value) return entry.name;
    }
    return "no entry";
  }

  std::unique_ptr<Object> object_;
  std::unique_ptr<data::DataSource> source_;
};

TEST_F(LayoutTest, Scalars) {
  const std::pair<const char*, Kind> expected[] = {
      {"flag", Kind::kBool},  {"i8", Kind::kInt8},     {"i16", Kind::kInt16},   {"i32", Kind::kInt32},
      {"i64", Kind::kInt64},  {"u8", Kind::kUint8},    {"u16", Kind::kUint16},  {"u32", Kind::kUint32},
      {"u64", Kind::kUint64}, {"f32", Kind::kFloat32}, {"f64", Kind::kFloat64}, {"letter", Kind::kInt8},
      {"huge", Kind::kBytes}};
  for (const auto& [name, kind] : expected) {
    EXPECT_EQ(field(name).kind, kind) << name;
    EXPECT_FALSE(field(name).is_array) << name;
    EXPECT_EQ(field(name).slot, data::Slot::kSample) << name;
    EXPECT_NE(field(name).flags & data::kFlagStaticMember, 0u) << name;
  }
  EXPECT_EQ(field("timestamp_raw").offset, 0u);
  EXPECT_EQ(field("flag").offset, 8u);
  EXPECT_EQ(field("huge").size, 16u);
  EXPECT_EQ(source_->type(), data::SourceType::kSingle);
  EXPECT_EQ(source_->name(), "fields");
}

TEST_F(LayoutTest, TagsNameEveryTypedef) {
  EXPECT_TRUE(field("timestamp_raw").has_tag("type:gadget_timestamp"));
  EXPECT_TRUE(field("timestamp_raw").has_tag("type:__u64"));
  EXPECT_TRUE(field("timestamp_raw").has_tag("type:unsigned long long"));
  EXPECT_TRUE(field("timestamp_raw").has_tag("name:timestamp_raw"));
  EXPECT_TRUE(field("timestamp_raw").has_tag("src:ebpf"));
  EXPECT_TRUE(field("comm").has_tag("type:gadget_comm"));
  EXPECT_TRUE(field("proc").has_tag("type:gadget_process"));
  EXPECT_TRUE(field("proc.comm").has_tag("type:gadget_comm"));
  EXPECT_TRUE(field("endpoint").has_tag("type:gadget_l3endpoint_t"));
  EXPECT_TRUE(field("error_raw").has_tag("type:gadget_errno"));
  EXPECT_TRUE(field("qualified").has_tag("type:__u32"));
}

TEST_F(LayoutTest, Text) {
  EXPECT_EQ(field("text").kind, Kind::kCString);
  EXPECT_EQ(field("text").size, 16u);
  EXPECT_FALSE(field("text").is_array);
  EXPECT_EQ(field("typed_text").kind, Kind::kCString);
  EXPECT_EQ(field("typed_text").size, 8u);
  EXPECT_TRUE(field("typed_text").has_tag("type:name_t"));
  EXPECT_EQ(field("comm").kind, Kind::kCString);
  const Field& lines = field("lines");
  EXPECT_EQ(lines.kind, Kind::kCString);
  EXPECT_TRUE(lines.is_array);
  EXPECT_EQ(lines.count, 3u);
  EXPECT_EQ(lines.stride, 10u);
}

TEST_F(LayoutTest, Enums) {
  EXPECT_EQ(field("color_raw").kind, Kind::kInt32);
  EXPECT_EQ(name_of("color_raw", 5), "GREEN");
  EXPECT_EQ(name_of("color_raw", ~uint64_t{0}), "BLUE");
  EXPECT_EQ(field("wide_raw").kind, Kind::kUint64);
  EXPECT_EQ(name_of("wide_raw", 0x100000002), "WIDE_LARGE");
  EXPECT_EQ(field("tiny_raw").kind, Kind::kUint8);
  EXPECT_EQ(name_of("tiny_raw", 200), "TINY_B");
  EXPECT_EQ(name_of("typed_color", 5), "GREEN");
  EXPECT_TRUE(field("typed_color").has_tag("type:color_t"));
  EXPECT_EQ(name_of("mode", 1), "MODE_ON");
  EXPECT_EQ(field("mode").enumeration->name, "mode_type");
  EXPECT_TRUE(field("access_raw").enumeration->is_set);
  EXPECT_FALSE(field("color_raw").enumeration->is_set);
  EXPECT_EQ(field("colors").count, 2u);
  EXPECT_EQ(name_of("colors", 5), "GREEN");
  EXPECT_EQ(field("u32").enumeration, nullptr);
}

TEST_F(LayoutTest, TheKernelsEnumWins) {
  if (::access("/sys/kernel/btf/vmlinux", R_OK) != 0) GTEST_SKIP() << "the kernel has no readable BTF";
  EXPECT_EQ(name_of("map_type_raw", 1), "BPF_MAP_TYPE_HASH");
  const int id = btf__find_by_name_kind(object_->types(), "bpf_map_type", BTF_KIND_ENUM);
  ASSERT_GT(id, 0);
  EXPECT_EQ(read_enum(object_->types(), static_cast<uint32_t>(id))->entries[0].name,
            "BPF_MAP_TYPE_NOT_OF_THE_KERNEL");
}

TEST_F(LayoutTest, StructsAndUnions) {
  const Field& inner = field("inner");
  EXPECT_EQ(inner.kind, Kind::kBytes);
  EXPECT_TRUE(inner.is_struct());
  EXPECT_FALSE(inner.is_array);
  EXPECT_EQ(field("inner.at.x").kind, Kind::kInt16);
  EXPECT_EQ(field("inner.at.y").offset, inner.offset + 2);
  EXPECT_EQ(field("inner.tag").offset, inner.offset + 4);
  EXPECT_EQ(field("inner.tag").parent, static_cast<int32_t>(inner.index));
  EXPECT_EQ(field("as_number").offset, field("as_bytes").offset);
  EXPECT_EQ(field("as_bytes").count, 4u);
  EXPECT_EQ(field("unnamed_b").offset, field("unnamed_a").offset + 2);
  EXPECT_EQ(field("address.v6").count, 16u);
  EXPECT_EQ(field("address.v4").offset, field("address").offset);
  EXPECT_EQ(field("endpoint.version").offset, field("endpoint").offset + 16);
  EXPECT_EQ(field("proc.parent.comm").offset, field("proc").offset + 40);
  EXPECT_EQ(field("proc").size, 64u);
}

TEST_F(LayoutTest, Arrays) {
  EXPECT_TRUE(field("numbers").is_array);
  EXPECT_EQ(field("numbers").count, 4u);
  EXPECT_EQ(field("numbers").stride, 4u);
  EXPECT_EQ(field("numbers").size, 16u);
  EXPECT_EQ(field("matrix").count, 6u);
  EXPECT_EQ(field("matrix").kind, Kind::kUint64);
  const Field& slots = field("slots");
  EXPECT_TRUE(slots.is_struct_array());
  EXPECT_EQ(slots.count, 3u);
  EXPECT_EQ(slots.size, slots.stride * 3);
  EXPECT_EQ(field("slots.id").offset, 0u);
  EXPECT_EQ(field("slots.label").offset, 4u);
  EXPECT_EQ(field("slots.corner.y").offset, 18u);
  EXPECT_EQ(field("slots.parts").count, 2u);
  EXPECT_EQ(field("slots.low").bit_size, 4u);
  EXPECT_EQ(field("slots.high").bit_offset, 4u);
  EXPECT_EQ(field("slots.nested").kind, Kind::kBytes);
  EXPECT_TRUE(field("slots.nested").is_array);
  EXPECT_FALSE(field("slots.nested").is_struct());
}

TEST_F(LayoutTest, LeavesOutHiddenMembersAndPointers) {
  for (const char* name : {"__hidden", "__hidden_point", "pointer", "rest"}) {
    EXPECT_EQ(source_->find(name), nullptr) << name;
  }
}

TEST_F(LayoutTest, BitFieldsReadTheirBits) {
  EXPECT_EQ(field("bit_a").bit_size, 3u);
  EXPECT_EQ(field("bit_c").kind, Kind::kBool);
  EXPECT_EQ(field("bit_d").bit_size, 40u);
  EXPECT_EQ(field("bit_e").enumeration->name, "access_set");

  std::vector<uint8_t> sample(source_->sample_size(), 0);
  data::Record record;
  record.sample = sample.data();
  record.sample_size = static_cast<uint32_t>(sample.size());
  const auto set_bits = [&](const Field& f,
                            uint64_t value) {  // bit by bit, as an independent reading of the format
    for (uint32_t i = 0; i < f.bit_size; i++) {
      const uint32_t bit = f.offset * 8 + f.bit_offset + i;
      const auto mask = static_cast<uint8_t>(1u << (bit % 8));
      if ((value >> i & 1) != 0) sample[bit / 8] |= mask;
    }
  };
  set_bits(field("bit_a"), 5);
  set_bits(field("bit_b"), 0x1d);  // -3 in five bits
  set_bits(field("bit_c"), 1);
  set_bits(field("bit_d"), 0xabcdef0123);
  EXPECT_EQ(data::read_integer(record, field("bit_a")), 5u);
  EXPECT_EQ(static_cast<int64_t>(data::read_integer(record, field("bit_b"))), -3);
  EXPECT_EQ(data::read_integer(record, field("bit_c")), 1u);
  EXPECT_EQ(data::read_integer(record, field("bit_d")), 0xabcdef0123u);
  EXPECT_EQ(data::read_integer(record, field("bit_e")), 0u);
}

}  // namespace
}  // namespace gadgetry::bpf
