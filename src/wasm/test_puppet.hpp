// A module that a test moves: what it would do is done in C++, within its calls.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "wasm/test_guest.hpp"

namespace gadgetry::wasm {

// The module only says which of its exports runs, then asks for a parameter: the test does in C++ what a module would.
// What is stored at 16 decides how it goes on.
inline constexpr const char* kPuppet = R"(
  (import "ig" "getParamValue" (func $ask (param i64 i64) (result i32)))
  (func $note (param i32 i32 i32 i32) (result i32)
    (i32.store (i32.const 0) (local.get 0))
    (i32.store (i32.const 4) (local.get 1))
    (i32.store (i32.const 8) (local.get 2))
    (i32.store (i32.const 12) (local.get 3))
    (i32.store (i32.const 16) (i32.const 0))
    (drop (call $ask (i64.const 0) (i64.const 0)))
    (if (i32.eq (i32.load (i32.const 16)) (i32.const 1)) (then (unreachable)))
    (if (i32.eq (i32.load (i32.const 16)) (i32.const 2)) (then (loop (br 0))))
    (i32.const 0))
  (func (export "gadgetInit") (result i32) (call $note (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)))
  (func (export "gadgetStart") (result i32) (call $note (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 0)))
  (func (export "dataSourceCallback") (param i64 i32 i32)
    (drop (call $note (i32.const 3) (i32.wrap_i64 (local.get 0)) (local.get 1) (local.get 2))))
  (func (export "gadgetBatch") (param i64 i32 i32 i32)
    (drop (call $note (i32.const 4) (i32.wrap_i64 (local.get 0)) (local.get 2) (local.get 3)))))";

inline constexpr uint32_t kHowOn = 16;
inline constexpr uint32_t kTrap = 1;
inline constexpr uint32_t kForever = 2;
inline constexpr uint32_t kText = 1024;     // where text() puts its text
inline constexpr uint32_t kEntries = 2048;  // of views
inline constexpr uint32_t kStride = 1020;
inline constexpr uint32_t kBuffer = 65536;
inline constexpr uint32_t kBufferSize = 65536;

class Puppet {
 public:
  explicit Puppet(HostOptions options = {}) : guest(kPuppet, std::move(options)) {
    guest.environment.params[""] = "";  // the answer
    guest.environment.asked = [this](std::string_view) { act(); };
  }

  Host& host() { return guest.host(); }
  // A host function of either module, as if the guest had called it.
  template <typename... Args>
  uint64_t call(std::string_view name, Args... args) {
    uint64_t slots[9] = {static_cast<uint64_t>(args)...};
    const AbiFunction* function = find_abi_function(kModuleV2, name);
    if (function == nullptr) function = find_abi_function(kModuleV1, name);
    EXPECT_NE(function, nullptr) << name;
    function->function(host(), slots);
    return slots[0];
  }
  uint64_t text(std::string_view value) { return put(kText, value); }
  uint64_t put(uint32_t address, std::string_view value) {
    std::memcpy(host().memory().range(address, value.size()), value.data(), value.size());
    return uint64_t{value.size()} << 32 | address;
  }
  template <typename T>
  T get(uint32_t address) {
    return host().memory().get<T>(address).value();
  }
  template <typename T>
  void set(uint32_t address, T value) {
    ASSERT_TRUE(host().memory().put(address, value));
  }
  std::string bytes_at(uint32_t column) {
    auto size = get<uint32_t>(column + 4);
    return size == 0 ? "" : std::string(reinterpret_cast<char*>(host().memory().range(get<uint32_t>(column), size)), size);
  }
  uint64_t source(std::string_view name) { return call("getDataSource", text(name)); }
  uint64_t field(uint64_t of, std::string_view name) { return call("dataSourceGetField", of, text(name)); }

  // Subscribes to a batch with these fields, all of them writable. Fills `offsets` and `stride`.
  uint64_t subscribe(uint64_t of, const std::vector<std::string>& names, int32_t priority = 0, uint32_t callback = 0,
                     uint32_t size = kBufferSize) {
    for (uint32_t i = 0; i < names.size(); i++) {
      set(kEntries + i * 16, static_cast<uint32_t>(field(of, names[i])));
      set(kEntries + i * 16 + 4, kViewWritable);
    }
    uint64_t code = call("subscribeBatch", of, static_cast<uint32_t>(priority), callback, kEntries, names.size(),
                         uint64_t{size} << 32 | kBuffer, kStride);
    offsets.clear();
    for (uint32_t i = 0; i < names.size(); i++) offsets.push_back(get<uint32_t>(kEntries + i * 16 + 8));
    stride = get<uint32_t>(kStride);
    return code;
  }
  // The address of a column of a record in the buffer.
  uint32_t at(uint32_t row, uint32_t column) const { return kBuffer + row * stride + offsets[column]; }
  uint32_t verdict(uint32_t row) const { return kBuffer + row * stride; }

  TestGuest guest;
  std::function<void()> init = [] {};
  std::function<void()> start = [] {};
  std::function<void(uint32_t callback, uint32_t data)> event = [](uint32_t, uint32_t) {};
  std::function<void(uint32_t callback, uint32_t count)> batch = [](uint32_t, uint32_t) {};
  std::vector<uint32_t> offsets;
  uint32_t stride = 0;

 private:
  void act() {
    auto which = get<uint32_t>(0);
    auto callback = get<uint32_t>(4);
    if (which == 1) init();
    if (which == 2) start();
    if (which == 3) event(callback, get<uint32_t>(12));
    if (which == 4) batch(callback, get<uint32_t>(12));
  }
};

inline data::Field* add(data::DataSource& source, const char* name, data::Kind kind, uint32_t offset, uint32_t size = 0,
                 int32_t parent = -1) {
  data::Field field;
  field.name = name;
  field.kind = kind;
  field.offset = offset;
  field.size = size == 0 ? data::kind_size(kind) : size;
  field.parent = parent;
  auto added = source.add_field(std::move(field));
  EXPECT_TRUE(added.ok());
  return *added;
}

inline void make_array(data::Field& field, uint32_t count, uint32_t stride) {
  field.is_array = true;
  field.count = count;
  field.stride = stride;
  field.size = count * stride;
}

struct Sample {
  uint8_t u8;
  bool flag;
  int16_t i16;
  uint32_t pid;
  uint64_t time;
  float ratio;
  char comm[9];
  uint8_t blob[5];
  uint16_t nums[3];
  uint32_t bits;
  struct {
    uint16_t a;
    char b[6];
  } rows[2];
};

inline data::DataSource& add_source(Puppet& puppet, const char* name = "events",
                             data::SourceType type = data::SourceType::kSingle) {
  data::DataSource& source = puppet.guest.environment.add(name, type);
  add(source, "u8", data::Kind::kUint8, offsetof(Sample, u8));
  add(source, "flag", data::Kind::kBool, offsetof(Sample, flag));
  add(source, "i16", data::Kind::kInt16, offsetof(Sample, i16));
  add(source, "pid", data::Kind::kUint32, offsetof(Sample, pid));
  add(source, "time", data::Kind::kUint64, offsetof(Sample, time));
  add(source, "ratio", data::Kind::kFloat32, offsetof(Sample, ratio));
  add(source, "comm", data::Kind::kCString, offsetof(Sample, comm), 9);
  add(source, "blob", data::Kind::kBytes, offsetof(Sample, blob), 5);
  make_array(*add(source, "nums", data::Kind::kUint16, offsetof(Sample, nums)), 3, 2);
  data::Field* low = add(source, "low", data::Kind::kInt32, offsetof(Sample, bits));
  low->bit_offset = 4;
  low->bit_size = 10;
  data::Field* rows = add(source, "rows", data::Kind::kBytes, offsetof(Sample, rows), 16);
  make_array(*rows, 2, 8);
  add(source, "a", data::Kind::kUint16, 0, 0, static_cast<int32_t>(rows->index));
  source.set_sample_size(sizeof(Sample));
  return source;
}

inline std::string sample(uint32_t pid, std::string_view comm = "abc") {
  Sample one{};
  one.u8 = 200;
  one.flag = true;
  one.i16 = -2;
  one.pid = pid;
  one.time = uint64_t{1} << 40;
  one.ratio = 0.5F;
  comm.copy(one.comm, sizeof one.comm);
  std::memcpy(one.blob, "\1\0\2\0\3", 5);
  for (uint16_t i = 0; i < 3; i++) one.nums[i] = static_cast<uint16_t>(100 + i);
  one.bits = (0x3feu << 4) | 0xf000000fu;  // low is -2
  one.rows[1].a = 77;
  return std::string(reinterpret_cast<const char*>(&one), sizeof one);
}

}  // namespace gadgetry::wasm
