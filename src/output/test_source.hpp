// A made-up data source with every kind of field, for the tests of this room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "data/access.hpp"
#include "data/data_source.hpp"

namespace gadgetry::output::testing {

#pragma pack(push, 1)
struct Point {
  uint16_t x;
  int8_t y;
  char tag[4];
};
struct Sample {
  uint64_t when;
  int64_t delta;
  char comm[16];
  uint32_t pid;
  int32_t error;
  uint16_t port;
  int16_t shift;
  uint8_t small;
  int8_t tiny;
  uint8_t flag;
  float ratio;
  double load;
  uint8_t digest[4];
  struct {
    uint32_t uid;
    char name[8];
    struct {
      uint16_t x;
    } inner;
  } creds;
  int32_t numbers[3];
  Point points[2];
  uint32_t bits;
  uint32_t slots[8];
  uint32_t raw;
};
#pragma pack(pop)

// Adds fields to a source; remembers the latest one for what follows.
class FieldMaker {
 public:
  explicit FieldMaker(data::DataSource& source) : source_(source) {}

  data::Field& add(const std::string& name, data::Kind kind, size_t offset, size_t size,
                   const data::Field* parent = nullptr) {
    data::Field field;
    field.name = name;
    field.kind = kind;
    field.offset = static_cast<uint32_t>(offset);
    field.size = static_cast<uint32_t>(size);
    field.parent = parent == nullptr ? -1 : static_cast<int32_t>(parent->index);
    return *source_.add_field(std::move(field)).value();
  }
  data::Field& array(const std::string& name, data::Kind kind, size_t offset, size_t count, size_t stride) {
    data::Field& field = add(name, kind, offset, count * stride);
    field.is_array = true;
    field.count = static_cast<uint32_t>(count);
    field.stride = static_cast<uint32_t>(stride);
    return field;
  }

 private:
  data::DataSource& source_;
};

inline void add_sample_fields(data::DataSource& source) {
  using data::Kind;
  FieldMaker make(source);
#define GADGETRY_ADD(member, kind) \
  make.add(#member, Kind::kind, offsetof(Sample, member), sizeof(Sample::member))
  GADGETRY_ADD(when, kUint64);
  GADGETRY_ADD(delta, kInt64);
  GADGETRY_ADD(comm, kCString);
  GADGETRY_ADD(pid, kUint32);
  GADGETRY_ADD(error, kInt32);
  GADGETRY_ADD(port, kUint16);
  GADGETRY_ADD(shift, kInt16);
  GADGETRY_ADD(small, kUint8);
  GADGETRY_ADD(tiny, kInt8);
  GADGETRY_ADD(flag, kBool);
  GADGETRY_ADD(ratio, kFloat32);
  GADGETRY_ADD(load, kFloat64);
  GADGETRY_ADD(digest, kBytes);
  data::Field& creds = GADGETRY_ADD(creds, kBytes);
#undef GADGETRY_ADD
  make.add("uid", Kind::kUint32, offsetof(Sample, creds.uid), 4, &creds);
  make.add("name", Kind::kCString, offsetof(Sample, creds.name), 8, &creds);
  data::Field& inner = make.add("inner", Kind::kBytes, offsetof(Sample, creds.inner), 2, &creds);
  make.add("x", Kind::kUint16, offsetof(Sample, creds.inner.x), 2, &inner);
  make.array("numbers", Kind::kInt32, offsetof(Sample, numbers), 3, 4);
  data::Field& points = make.array("points", Kind::kBytes, offsetof(Sample, points), 2, sizeof(Point));
  make.add("x", Kind::kUint16, offsetof(Point, x), 2, &points);
  make.add("y", Kind::kInt8, offsetof(Point, y), 1, &points);
  make.add("tag", Kind::kCString, offsetof(Point, tag), 4, &points);
  data::Field& low = make.add("low", Kind::kUint32, offsetof(Sample, bits), 4);
  low.bit_size = 3;
  data::Field& high = make.add("high", Kind::kInt32, offsetof(Sample, bits), 4);
  high.bit_offset = 3;
  high.bit_size = 5;
  data::Field& slots = make.array("slots", Kind::kUint32, offsetof(Sample, slots), 8, 4);
  slots.tags.push_back("type:gadget_histogram_slot__u32");
  data::Field& raw = make.add("raw", Kind::kUint32, offsetof(Sample, raw), 4);
  raw.flags |= data::kFlagUnreferenced;
  source.set_sample_size(sizeof(Sample));
}

// The sample's fields and some that stages would have added.
inline void add_all_fields(data::DataSource& source) {
  using data::Kind;
  add_sample_fields(source);
  (void)source.add_added_field("path", Kind::kString, source.find("comm")).value();
  data::Field* pod = source.add_added_field("k8s.pod", Kind::kString).value();
  pod->order = -30;
  data::Field* quiet = source.add_added_field("quiet", Kind::kUint64).value();
  quiet->flags |= data::kFlagHidden;
  data::Field* screen_only = source.add_added_field("screen", Kind::kString).value();
  screen_only->annotations["json.skip"] = "true";
  (void)source.add_added_field("rest", Kind::kBytes).value();
  data::Field& empty = *source.add_added_field("empty", Kind::kInvalid).value();
  empty.flags |= data::kFlagEmpty;
}

inline Sample make_sample() {
  Sample s;
  std::memset(&s, 0, sizeof(s));
  s.when = 1763724048123456789u;
  s.delta = -9223372036854775807 - 1;
  std::memcpy(s.comm, "bash", 4);
  s.pid = 4242;
  s.error = -2;
  s.port = 8080;
  s.shift = -300;
  s.small = 255;
  s.tiny = -128;
  s.flag = 1;
  s.ratio = 0.1f;
  s.load = 1e21;
  std::memcpy(s.digest, "\x00\xde\xad\xff", 4);
  s.creds.uid = 1000;
  std::memcpy(s.creds.name, "someuser", 8);
  s.creds.inner.x = 7;
  s.numbers[0] = 1;
  s.numbers[1] = -2;
  s.numbers[2] = 3;
  s.points[0] = {1, -1, {'a', 0, 0, 0}};
  s.points[1] = {2, -2, {'l', 'o', 'n', 'g'}};
  s.bits = 5 | (0x1fu << 3);
  s.slots[0] = 1;
  s.slots[3] = 12;
  s.raw = 99;
  return s;
}

// Records of a source, with the memory they point to.
class Rows {
 public:
  explicit Rows(data::DataSource& source) : source_(source) {
    batch.source = &source;
    batch.arena = &arena;
  }

  data::Record& add(const void* bytes, size_t size) {
    const auto* start = static_cast<const uint8_t*>(bytes);
    samples_.emplace_back(start, start + size);
    added_.emplace_back(source_.added_size() / 8 + 1, uint64_t{0});
    batch.records.push_back({samples_.back().data(), static_cast<uint32_t>(size), 0,
                             reinterpret_cast<uint8_t*>(added_.back().data())});
    return batch.records.back();
  }

  // A record of add_all_fields().
  void add_full(const Sample& sample, std::string_view path, size_t size = sizeof(Sample)) {
    data::Record& record = add(&sample, size);
    data::store_text(record, *source_.find("path"), arena.copy(path).view());
    data::store_text(record, *source_.find("k8s.pod"), "web-1");
    data::store(record, *source_.find("quiet"), uint64_t{18446744073709551615u});
    data::store_text(record, *source_.find("screen"), "only here");
    data::store_text(record, *source_.find("rest"), "\x01\x02");
  }

  data::Arena arena;
  data::Batch batch;

 private:
  data::DataSource& source_;
  std::deque<std::vector<uint8_t>> samples_;
  std::deque<std::vector<uint64_t>> added_;
};

}  // namespace gadgetry::output::testing
