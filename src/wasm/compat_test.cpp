// What modules in use need of version 1, beyond what its functions say one by one.
#include <gtest/gtest.h>

#include "wasm/test_guest.hpp"

namespace gadgetry::wasm {
namespace {

// struct { u32 number; u8 raw[8]; char name[8]; }
data::DataSource& add_events(TestEnvironment& environment) {
  data::DataSource& source = environment.add("events");
  struct Member {
    const char* name;
    data::Kind kind;
    uint32_t offset, size;
  };
  for (const Member& member : {Member{"number", data::Kind::kUint32, 0, 4}, Member{"raw", data::Kind::kBytes, 4, 8},
                               Member{"name", data::Kind::kCString, 12, 8}}) {
    data::Field field;
    field.name = member.name;
    field.kind = member.kind;
    field.offset = member.offset;
    field.size = member.size;
    EXPECT_TRUE(source.add_field(std::move(field)).ok());
  }
  source.set_sample_size(20);
  return source;
}

constexpr const char* kImports = R"(
  (import "ig" "getDataSource" (func $source (param i64) (result i32)))
  (import "ig" "dataSourceSubscribe" (func $subscribe (param i32 i32 i32 i64) (result i32)))
  (import "ig" "dataSourceGetField" (func $field (param i32 i64) (result i32)))
  (import "ig" "fieldSet" (func $set (param i32 i32 i32 i64) (result i32)))
  (global $raw (mut i32) (i32.const 0))
  (global $name (mut i32) (i32.const 0))
  (data (i32.const 0) "events")
  (data (i32.const 16) "raw")
  (data (i32.const 32) "name")
  (data (i32.const 48) "abc")
  (func $open (result i32) (local $events i32)
    (local.set $events (call $source (i64.const 0x600000000)))
    (global.set $raw (call $field (local.get $events) (i64.const 0x300000010)))
    (global.set $name (call $field (local.get $events) (i64.const 0x400000020)))
    (call $subscribe (local.get $events) (i32.const 1) (i32.const 0) (i64.const 7)))
)";

// The callback keeps what fieldSet says at 64 and behind.
constexpr const char* kCallback = R"(
  (func (export "dataSourceCallback") (param i64 i32 i32)
    (i32.store8 (i32.const 64) (call $set (global.get $raw) (local.get 2) (i32.const 14) (i64.const 0x300000030)))
    (i32.store8 (i32.const 65) (call $set (global.get $name) (local.get 2) (i32.const 14) (i64.const 0x300000030)))
    (i32.store8 (i32.const 66) (call $set (global.get $raw) (local.get 2) (i32.const 12) (i64.const 0x300000030)))
    (i32.store8 (i32.const 67) (call $set (global.get $name) (local.get 2) (i32.const 12) (i64.const 0x300000030)))
    (i32.store8 (i32.const 68) (call $set (global.get $raw) (local.get 2) (i32.const 12) (i64.const 0x900000030))))
)";

// Modules that follow containers get their data source only once the maps are there.
TEST(Compat, GadgetStartMaySubscribe) {
  TestGuest guest(std::string(kImports) + kCallback + R"((func (export "gadgetStart") (result i32) (call $open)))");
  ASSERT_TRUE(guest.made()) << guest.status().error().text();
  data::DataSource& events = add_events(guest.environment);
  ASSERT_TRUE(guest.host().init().ok());
  ASSERT_TRUE(guest.host().pre_start().ok());
  EXPECT_TRUE(WasmStage::is_needed(guest.host(), events, StagePlace::kBeforeFormatters));
  auto started = guest.host().start();
  ASSERT_TRUE(started.ok()) << started.error().text();
  EXPECT_TRUE(guest.host().take_replan());
  EXPECT_TRUE(WasmStage::is_needed(guest.host(), events, StagePlace::kBeforeFormatters));
  EXPECT_FALSE(WasmStage::is_needed(guest.host(), events, StagePlace::kLast));
  TestStage stage(guest.host(), events);
  stage.add(std::string(20, 'x'));
  stage.process();
  EXPECT_EQ(data::read_text(stage.batch.records[0], *events.find("name")), "abc");
}

TEST(Compat, ModulesThatCannotSubscribeLaterNeedNoStage) {
  TestGuest guest(std::string(kImports) + kCallback + R"((func (export "gadgetInit") (result i32) (i32.const 0)))");
  ASSERT_TRUE(guest.made()) << guest.status().error().text();
  data::DataSource& events = add_events(guest.environment);
  ASSERT_TRUE(guest.host().init().ok());
  EXPECT_FALSE(WasmStage::is_needed(guest.host(), events, StagePlace::kBeforeFormatters));
}

// Text that a module makes of a field of raw bytes, in its place.
TEST(Compat, TextIsPaddedInFieldsOfBytes) {
  TestGuest guest(std::string(kImports) + kCallback + R"((func (export "gadgetInit") (result i32) (call $open)))");
  ASSERT_TRUE(guest.made()) << guest.status().error().text();
  data::DataSource& events = add_events(guest.environment);
  auto started = guest.run_to_start();
  ASSERT_TRUE(started.ok()) << started.error().text();
  TestStage stage(guest.host(), events);
  stage.add(std::string(20, 'x'));
  testing::internal::CaptureStderr();
  stage.process();
  EXPECT_NE(testing::internal::GetCapturedStderr().find("must be as long as the field"), std::string::npos);
  const char* results = reinterpret_cast<const char*>(guest.host().memory().range(64, 5));
  EXPECT_EQ(std::string(results, 5), std::string("\1\1\0\0\1", 5))
      << "bytes fill a field, text that is shorter ends in zeros, text that is longer does not fit";
  const data::Record& record = stage.batch.records[0];
  std::string sample(reinterpret_cast<const char*>(record.sample), 20);
  EXPECT_EQ(sample, std::string("xxxxabc\0\0\0\0\0abc\0\0\0\0\0", 20));
}

}  // namespace
}  // namespace gadgetry::wasm
