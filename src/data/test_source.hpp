// A data source with a field of every kind, and records for it. For tests only.
#pragma once

#include <gtest/gtest.h>
#include <algorithm>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "data/access.hpp"
#include "data/data_source.hpp"

namespace gadgetry::data {

// Layout: struct event with the members below; see fill().
class TestSource {
 public:
  explicit TestSource(SourceType type = SourceType::kSingle) : source("open", type), sample_(256, 0) {
    fill();
  }

  Field& scalar(const std::string& name, Kind kind, uint32_t offset, Field* parent = nullptr) {
    Field field;
    field.name = name;
    field.kind = kind;
    field.offset = offset;
    field.size = kind_size(kind);
    field.parent = parent == nullptr ? -1 : static_cast<int32_t>(parent->index);
    return put(std::move(field));
  }
  Field& array(const std::string& name, Kind kind, uint32_t offset, uint32_t count, uint32_t stride,
               Field* parent = nullptr) {
    Field field;
    field.name = name;
    field.kind = kind;
    field.offset = offset;
    field.is_array = true;
    field.count = count;
    field.stride = stride;
    field.size = count * stride;
    field.parent = parent == nullptr ? -1 : static_cast<int32_t>(parent->index);
    return put(std::move(field));
  }
  Field& chars(const std::string& name, uint32_t offset, uint32_t size, Field* parent = nullptr) {
    Field& field = scalar(name, Kind::kCString, offset, parent);
    field.size = size;
    return field;
  }

  // Writes the value of a field; `base` as in access.hpp.
  template <typename T>
  TestSource& set(std::string_view name, T value, uint32_t element = 0, uint32_t base = 0) {
    const Field* field = source.find(name);
    EXPECT_NE(field, nullptr) << name;
    uint8_t* at = (field->slot == Slot::kAdded ? added_ : sample_.data()) + field->offset + base;
    std::memcpy(at + element * field->stride, &value, sizeof(value));
    return *this;
  }
  TestSource& set_text(std::string_view name, std::string_view text, uint32_t element = 0) {
    const Field* field = source.find(name);
    EXPECT_NE(field, nullptr) << name;
    if (field->is_dynamic) return set(name, Text::of(text));
    uint32_t room = field->is_array ? field->stride : field->size;
    std::memset(sample_.data() + field->offset + element * field->stride, 0, room);
    std::memcpy(sample_.data() + field->offset + element * field->stride, text.data(),
                std::min<size_t>(text.size(), room));
    return *this;
  }

  Record record(uint32_t sample_size = 256) {
    Record out;
    out.sample = sample_.data();
    out.sample_size = sample_size;
    out.added = added_;
    return out;
  }

  DataSource source;

 private:
  Field& put(Field field) {
    auto added = source.add_field(std::move(field));
    EXPECT_TRUE(added);
    return **added;
  }

  void fill() {
    scalar("flag", Kind::kBool, 0);
    scalar("i8", Kind::kInt8, 1);
    scalar("i16", Kind::kInt16, 2);
    scalar("i32", Kind::kInt32, 4);
    scalar("i64", Kind::kInt64, 8);
    scalar("u8", Kind::kUint8, 16);
    scalar("u16", Kind::kUint16, 18);
    scalar("pid", Kind::kUint32, 20);
    scalar("u64", Kind::kUint64, 24);
    scalar("f32", Kind::kFloat32, 32);
    scalar("f64", Kind::kFloat64, 40);
    chars("comm", 48, 16);
    Field& low = scalar("low", Kind::kUint32, 64);  // low:5, high:7 signed, in one 32-bit word
    low.bit_size = 5;
    Field& high = scalar("high", Kind::kInt32, 64);
    high.bit_offset = 5;
    high.bit_size = 7;
    array("nums", Kind::kInt32, 72, 4, 4);
    array("names", Kind::kCString, 88, 3, 8);
    array("shares", Kind::kFloat32, 112, 2, 4);
    array("flags", Kind::kBool, 120, 3, 1);
    Field& args = array("args", Kind::kBytes, 128, 3, 16);
    scalar("len", Kind::kUint16, 0, &args);
    array("kinds", Kind::kUint8, 2, 4, 1, &args);
    Field& inner = array("parts", Kind::kBytes, 8, 2, 4, &args);
    scalar("x", Kind::kInt16, 2, &inner);
    Field& proc = scalar("proc", Kind::kBytes, 176);
    proc.size = 24;
    chars("comm", 176, 16, &proc);
    scalar("tid", Kind::kUint32, 192, &proc);
    Field& blob = scalar("blob", Kind::kBytes, 200);
    blob.size = 8;
    Field& dst = scalar("dst", Kind::kBytes, 208);
    dst.size = 32;
    dst.annotations["columns.replace"] = "dst.endpoint";
    scalar("port", Kind::kUint16, 224, &dst);
    source.set_sample_size(256);
    for (const char* name : {"path", "dst.addr", "dst.endpoint", "k8s.pod"}) {
      EXPECT_TRUE(source.add_added_field(name, Kind::kString));
    }
  }

  std::vector<uint8_t> sample_;
  alignas(8) uint8_t added_[256] = {};
};

}  // namespace gadgetry::data
