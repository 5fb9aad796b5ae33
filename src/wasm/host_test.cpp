// The lifecycle of modules, their containment, and the functions of API version 1.
#include "wasm/host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wasm/test_guest.hpp"

namespace gadgetry::wasm {
namespace {

using testing::HasSubstr;

data::Field member(std::string name, data::Kind kind, uint32_t offset, uint32_t size = 0) {
  data::Field field;
  field.name = std::move(name);
  field.kind = kind;
  field.offset = offset;
  field.size = size == 0 ? data::kind_size(kind) : size;
  return field;
}

// struct { u32 pid; i16 delta; u8 flag; char name[9]; u64 time; }
data::DataSource& add_events(TestEnvironment& environment) {
  data::DataSource& source = environment.add("events");
  EXPECT_TRUE(source.add_field(member("pid", data::Kind::kUint32, 0)).ok());
  EXPECT_TRUE(source.add_field(member("delta", data::Kind::kInt16, 4)).ok());
  EXPECT_TRUE(source.add_field(member("flag", data::Kind::kBool, 6)).ok());
  EXPECT_TRUE(source.add_field(member("name", data::Kind::kCString, 7, 9)).ok());
  EXPECT_TRUE(source.add_field(member("time", data::Kind::kUint64, 16)).ok());
  source.set_sample_size(24);
  return source;
}

std::string event(uint32_t pid, int16_t delta, const std::string& name) {
  std::string out(24, '\0');
  std::memcpy(out.data(), &pid, 4);
  std::memcpy(out.data() + 4, &delta, 2);
  out[6] = 1;
  std::memcpy(out.data() + 7, name.data(), std::min<size_t>(name.size(), 9));
  return out;
}

// Imports that most modules below use.
constexpr const char* kImports = R"(
  (import "ig" "getDataSource" (func $source (param i64) (result i32)))
  (import "ig" "dataSourceSubscribe" (func $subscribe (param i32 i32 i32 i64) (result i32)))
  (import "ig" "dataSourceGetField" (func $field (param i32 i64) (result i32)))
  (import "ig" "dataSourceAddField" (func $add (param i32 i64 i32) (result i32)))
  (import "ig" "fieldGetScalar" (func $get (param i32 i32 i32 i32) (result i64)))
  (import "ig" "fieldGetBuffer" (func $buffer (param i32 i32 i32 i64) (result i32)))
  (import "ig" "fieldSet" (func $set (param i32 i32 i32 i64) (result i32)))
  (import "ig" "releaseHandle" (func $release (param i32) (result i32)))
  (import "gadget_v2" "dataDrop" (func $drop (param i32) (result i32)))
  (global $events (mut i32) (i32.const 0))
  (data (i32.const 0) "events")
  (data (i32.const 16) "pid")
  (data (i32.const 32) "name")
  (data (i32.const 48) "delta")
  (data (i32.const 64) "text")
)";
// length << 32 | address of the strings above
constexpr const char* kInit = R"(
  (func $open (result i32)
    (global.set $events (call $source (i64.const 0x600000000)))
    (call $subscribe (global.get $events) (i32.const 1) (i32.const 0) (i64.const 7)))
)";

TEST(Host, RunsTheLifecycleInOrder) {
  TestGuest guest(R"(
    (import "ig" "gadgetLog" (func $log (param i32 i64)))
    (global $step (mut i32) (i32.const 0))
    (func $expect (param i32) (result i32)
      (if (result i32) (i32.eq (global.get $step) (local.get 0))
        (then (global.set $step (i32.add (local.get 0) (i32.const 1))) (i32.const 0))
        (else (i32.const 1))))
    (func (export "_initialize") (drop (call $expect (i32.const 0))))
    (func (export "gadgetInit") (result i32) (call $expect (i32.const 1)))
    (func (export "gadgetPreStart") (result i32) (call $expect (i32.const 2)))
    (func (export "gadgetStart") (result i32) (call $expect (i32.const 3)))
    (func (export "gadgetStop") (result i32) (call $expect (i32.const 4)))
    (func (export "gadgetPostStop") (result i32) (call $expect (i32.const 5))))");
  auto status = guest.run_to_start();
  ASSERT_TRUE(status.ok()) << status.error().text();
  testing::internal::CaptureStderr();
  guest.host().stop();
  guest.host().post_stop();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Host, RefusesOtherVersions) {
  auto bytes = assemble(R"((module (func (export "gadgetAPIVersion") (result i64) i64.const 2)))");
  auto guest = TestGuest::from_bytes(bytes);
  auto status = guest->run_to_start();
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("unsupported gadget API version 2"));

  guest = TestGuest::from_bytes(assemble("(module)"));
  EXPECT_THAT(guest->run_to_start().error().message, HasSubstr("unsupported gadget API version"));
  guest = TestGuest::from_bytes(assemble(R"((module (func (export "gadgetAPIVersion") (result i32) i32.const 1)))"));
  EXPECT_THAT(guest->run_to_start().error().message, HasSubstr("unsupported gadget API version"));
}

TEST(Host, ReportsUnknownImports) {
  TestGuest guest(R"((import "ig" "noSuchThing" (func)))");
  EXPECT_FALSE(guest.made());
  EXPECT_THAT(guest.status().error().message, HasSubstr("noSuchThing"));
  // Later functions of gadget_v2 say that they are not there.
  TestGuest later(R"(
    (import "gadget_v2" "noSuchThing" (func $f (param i64) (result i32)))
    (func (export "gadgetInit") (result i32) (i32.sub (call $f (i64.const 0)) (i32.const 5))))");
  auto status = later.run_to_start();
  EXPECT_TRUE(status.ok()) << status.error().text();
}

TEST(Host, NamesTheFunctionOfATrap) {
  TestGuest guest(R"((func $broken (export "gadgetInit") (result i32) unreachable))");
  auto status = guest.run_to_start();
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("gadgetInit trapped: unreachable, in function 0"));
  EXPECT_EQ(guest.host().stats().traps, 1u);
}

TEST(Host, PassesTheReasonOfAFailedInit) {
  TestGuest guest(R"(
    (import "ig" "gadgetLog" (func $log (param i32 i64)))
    (data (i32.const 0) "no luck")
    (func (export "gadgetInit") (result i32) (call $log (i32.const 0) (i64.const 0x700000000)) (i32.const 1)))");
  auto status = guest.run_to_start();
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("gadgetInit failed: no luck"));
}

TEST(Host, StopsWhatRunsForEver) {
  HostOptions options;
  options.lifecycle_deadline_ns = 50'000'000;
  TestGuest guest(R"((func (export "gadgetInit") (result i32) (loop (br 0)) (i32.const 0)))", options);
  auto status = guest.run_to_start();
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("took too long"));
}

TEST(Host, LimitsMemory) {
  HostOptions options;
  options.memory_pages = 16;
  // 2 pages at the start; growing by 15 more is refused, by 14 is not.
  TestGuest guest(R"((func (export "gadgetInit") (result i32)
    (i32.or (i32.ne (memory.grow (i32.const 15)) (i32.const -1))
            (i32.eq (memory.grow (i32.const 14)) (i32.const -1)))))",
                  options);
  auto status = guest.run_to_start();
  EXPECT_TRUE(status.ok()) << status.error().text();
  auto large = TestGuest::from_bytes(assemble("(module (memory 300))"));
  EXPECT_FALSE(large->made());
  EXPECT_THAT(large->status().error().text(), HasSubstr("memory"));
}

TEST(Host, ReadsAndWritesFields) {
  TestGuest guest(std::string(kImports) + kInit + R"(
    (global $pid (mut i32) (i32.const 0)) (global $name (mut i32) (i32.const 0))
    (global $delta (mut i32) (i32.const 0)) (global $text (mut i32) (i32.const 0))
    (func (export "gadgetInit") (result i32)
      (local $r i32)
      (local.set $r (call $open))
      (global.set $pid (call $field (global.get $events) (i64.const 0x300000010)))
      (global.set $name (call $field (global.get $events) (i64.const 0x400000020)))
      (global.set $delta (call $field (global.get $events) (i64.const 0x500000030)))
      (global.set $text (call $add (global.get $events) (i64.const 0x400000040) (i32.const 12)))
      (local.get $r))
    (func (export "dataSourceCallback") (param $cb i64) (param $ds i32) (param $data i32)
      (local $n i32)
      ;; pid += delta (sign-extended)
      (drop (call $set (global.get $pid) (local.get $data) (i32.const 8)
        (i64.add (call $get (global.get $pid) (local.get $data) (i32.const 8) (i32.const 0))
                 (call $get (global.get $delta) (local.get $data) (i32.const 3) (i32.const 0)))))
      ;; text = name, all 9 bytes; name = "pi"
      (local.set $n (call $buffer (global.get $name) (local.get $data) (i32.const 14) (i64.const 0x1000000100)))
      (drop (call $set (global.get $text) (local.get $data) (i32.const 12)
        (i64.or (i64.shl (i64.extend_i32_u (local.get $n)) (i64.const 32)) (i64.const 0x100))))
      (drop (call $set (global.get $name) (local.get $data) (i32.const 12) (i64.const 0x200000010)))))");
  data::DataSource& source = add_events(guest.environment);
  auto status = guest.run_to_start();
  ASSERT_TRUE(status.ok()) << status.error().text();
  TestStage stage(guest.host(), source);
  stage.add(event(10, -3, "abc"));
  stage.add(event(0, 1, "123456789"));
  stage.process();
  ASSERT_EQ(stage.batch.records.size(), 2u);
  const data::Record& first = stage.batch.records[0];
  const data::Record& second = stage.batch.records[1];
  EXPECT_EQ(data::read_integer(first, *source.find("pid")), 7u);
  EXPECT_EQ(data::read_integer(second, *source.find("pid")), 1u);
  EXPECT_EQ(data::read_text(first, *source.find("name")), "pi");
  EXPECT_EQ(data::read_text(second, *source.find("text")), "123456789");
  EXPECT_EQ(data::read_text(first, *source.find("text")), std::string_view("abc\0\0\0\0\0\0", 9));
  EXPECT_EQ(guest.host().stats().calls, 2u);
}

TEST(Host, DropsEvents) {
  TestGuest guest(std::string(kImports) + kInit + R"(
    (global $pid (mut i32) (i32.const 0))
    (func (export "gadgetInit") (result i32)
      (local $r i32)
      (local.set $r (call $open))
      (global.set $pid (call $field (global.get $events) (i64.const 0x300000010)))
      (local.get $r))
    (func (export "dataSourceCallback") (param i64 i32 i32)
      (if (i64.ne (call $get (global.get $pid) (local.get 2) (i32.const 8) (i32.const 0)) (i64.const 3))
        (then (drop (call $drop (local.get 2)))))))");
  data::DataSource& source = add_events(guest.environment);
  ASSERT_TRUE(guest.run_to_start().ok());
  TestStage stage(guest.host(), source);
  for (uint32_t pid = 0; pid < 8; pid++) stage.add(event(pid, 0, "x"));
  stage.process();
  ASSERT_EQ(stage.batch.records.size(), 1u);
  EXPECT_EQ(data::read_integer(stage.batch.records[0], *source.find("pid")), 3u);
  EXPECT_EQ(source.counters().filtered, 7u);
}

// A callback that traps at the third event.
const std::string kTrapsAtThird = std::string(kImports) + kInit + R"(
    (global $n (mut i32) (i32.const 0))
    (func (export "gadgetInit") (result i32) (call $open))
    (func $callback (export "dataSourceCallback") (param i64 i32 i32)
      (global.set $n (i32.add (global.get $n) (i32.const 1)))
      (if (i32.eq (global.get $n) (i32.const 3)) (then (unreachable)))))";

TEST(Host, FailsTheRunOnATrap) {
  TestGuest guest(kTrapsAtThird);
  data::DataSource& source = add_events(guest.environment);
  ASSERT_TRUE(guest.run_to_start().ok());
  TestStage stage(guest.host(), source);
  for (uint32_t pid = 0; pid < 5; pid++) stage.add(event(pid, 0, "x"));
  stage.process();
  EXPECT_EQ(stage.batch.records.size(), 2u);
  EXPECT_EQ(source.counters().lost_module, 3u);
  ASSERT_FALSE(guest.host().failure().ok());
  EXPECT_THAT(guest.host().failure().error().message, HasSubstr("dataSourceCallback trapped: unreachable, in function"));
}

TEST(Host, PassesEventsOnAfterATrap) {
  HostOptions options;
  options.on_trap = TrapPolicy::kPass;
  TestGuest guest(kTrapsAtThird, options);
  data::DataSource& source = add_events(guest.environment);
  ASSERT_TRUE(guest.run_to_start().ok());
  TestStage stage(guest.host(), source);
  for (uint32_t pid = 0; pid < 5; pid++) stage.add(event(pid, 0, "x"));
  testing::internal::CaptureStderr();
  stage.process();
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("switched off"));
  EXPECT_EQ(stage.batch.records.size(), 5u);
  EXPECT_TRUE(guest.host().failure().ok());
  EXPECT_EQ(guest.host().stats().skipped, 3u);
  stage.process();
  EXPECT_EQ(guest.host().stats().skipped, 8u);
}

TEST(Host, BoundsTheWorkOfACallback) {
  HostOptions options;
  options.fuel = 100'000;
  TestGuest guest(std::string(kImports) + kInit + R"(
    (func (export "gadgetInit") (result i32) (call $open))
    (func (export "dataSourceCallback") (param i64 i32 i32) (loop (br 0))))",
                  options);
  data::DataSource& source = add_events(guest.environment);
  ASSERT_TRUE(guest.run_to_start().ok());
  TestStage stage(guest.host(), source);
  stage.add(event(1, 0, "x"));
  stage.process();
  EXPECT_THAT(guest.host().failure().error().message, HasSubstr("more than 100000 instructions"));
}

TEST(Host, BoundsWhatTheHostKeepsForAModule) {
  // Sets a field to 64 KiB again and again.
  TestGuest guest(std::string(kImports) + kInit + R"(
    (global $text (mut i32) (i32.const 0)) (global $failed (mut i32) (i32.const 0))
    (func (export "gadgetInit") (result i32)
      (local $r i32) (local.set $r (call $open))
      (global.set $text (call $add (global.get $events) (i64.const 0x400000040) (i32.const 12)))
      (local.get $r))
    (func (export "dataSourceCallback") (param i64 i32 i32)
      (local $i i32)
      (loop
        (global.set $failed (call $set (global.get $text) (local.get 2) (i32.const 12) (i64.const 0x1000000000000)))
        (br_if 0 (i32.and (i32.eqz (global.get $failed))
          (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 5000)))))
      (if (i32.eqz (global.get $failed)) (then (unreachable)))))");
  data::DataSource& source = add_events(guest.environment);
  ASSERT_TRUE(guest.run_to_start().ok());
  TestStage stage(guest.host(), source);
  stage.add(event(1, 0, "x"));
  testing::internal::CaptureStderr();
  stage.process();
  testing::internal::GetCapturedStderr();
  EXPECT_TRUE(guest.host().failure().ok());
}

TEST(Host, TakesBadArguments) {
  // Every call fails with its error value; none traps.
  TestGuest guest(std::string(kImports) + kInit + R"(
    (func (export "gadgetInit") (result i32)
      (local $bad i32)
      (local.set $bad (call $open))
      (local.set $bad (i32.or (local.get $bad) (call $source (i64.const 0x7fffffffffff))))
      (local.set $bad (i32.or (local.get $bad) (call $field (i32.const 99) (i64.const 0x300000010))))
      (local.set $bad (i32.or (local.get $bad) (call $field (global.get $events) (i64.const 0x400000010))))
      (local.set $bad (i32.or (local.get $bad) (call $add (global.get $events) (i64.const 0x300000010) (i32.const 12))))
      (local.set $bad (i32.or (local.get $bad) (call $add (global.get $events) (i64.const 0x500000010) (i32.const 15))))
      (local.set $bad (i32.or (local.get $bad) (i32.eqz (call $set (i32.const 0) (i32.const 0) (i32.const 8) (i64.const 0)))))
      (local.set $bad (i32.or (local.get $bad) (i32.eqz (call $release (i32.const 12345)))))
      (local.set $bad (i32.or (local.get $bad) (i32.ne (call $drop (i32.const 1)) (i32.const 7))))
      (local.set $bad (i32.or (local.get $bad) (i32.eqz (call $subscribe (global.get $events) (i32.const 2) (i32.const 0) (i64.const 0)))))
      (drop (call $get (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 512)))
      (local.set $bad (i32.or (local.get $bad) (i32.ne (i32.load (i32.const 512)) (i32.const 1))))
      (local.get $bad))
    (func (export "dataSourceCallback") (param i64 i32 i32)))");
  add_events(guest.environment);
  testing::internal::CaptureStderr();
  auto status = guest.run_to_start();
  std::string log = testing::internal::GetCapturedStderr();
  ASSERT_TRUE(status.ok()) << status.error().text() << log;
  EXPECT_THAT(log, HasSubstr("getDataSource: the name is outside of the memory"));
}

TEST(Host, TrapsOnABadErrorPointer) {
  TestGuest guest(std::string(kImports) + R"(
    (func (export "gadgetInit") (result i32)
      (drop (call $get (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 0x7fffffff)))
      (i32.const 0)))");
  testing::internal::CaptureStderr();
  auto status = guest.run_to_start();
  testing::internal::GetCapturedStderr();
  EXPECT_FALSE(status.ok());
}

TEST(Host, LimitsHandles) {
  TestGuest guest(std::string(kImports) + R"(
    (func (export "gadgetInit") (result i32)
      (local $n i32)
      (loop (br_if 0 (call $source (i64.const 0x600000000)) (local.set $n (i32.add (local.get $n) (i32.const 1)))))
      ;; 4096 succeeded, and one failed; a released one can be had again
      (if (i32.ne (local.get $n) (i32.const 4097)) (then (return (i32.const 1))))
      (if (call $release (i32.const 77)) (then (return (i32.const 2))))
      (i32.eqz (call $source (i64.const 0x600000000)))))");
  add_events(guest.environment);
  testing::internal::CaptureStderr();
  auto status = guest.run_to_start();
  testing::internal::GetCapturedStderr();
  EXPECT_TRUE(status.ok()) << status.error().text();
}

TEST(Host, EmitsPackets) {
  TestGuest guest(R"(
    (import "ig" "newDataSource" (func $new (param i64 i32) (result i32)))
    (import "ig" "dataSourceAddField" (func $add (param i32 i64 i32) (result i32)))
    (import "ig" "dataSourceNewPacketSingle" (func $single (param i32) (result i32)))
    (import "ig" "dataSourceNewPacketArray" (func $array (param i32) (result i32)))
    (import "ig" "dataArrayNew" (func $row (param i32) (result i32)))
    (import "ig" "dataArrayAppend" (func $append (param i32 i32) (result i32)))
    (import "ig" "dataArrayLen" (func $len (param i32) (result i32)))
    (import "ig" "dataArrayGet" (func $at (param i32 i32) (result i32)))
    (import "ig" "fieldSet" (func $set (param i32 i32 i32 i64) (result i32)))
    (import "ig" "dataSourceEmitAndRelease" (func $emit (param i32 i32) (result i32)))
    (data (i32.const 0) "one") (data (i32.const 16) "many") (data (i32.const 32) "text")
    (global $one (mut i32) (i32.const 0)) (global $many (mut i32) (i32.const 0))
    (global $text (mut i32) (i32.const 0)) (global $texts (mut i32) (i32.const 0))
    (func (export "gadgetInit") (result i32)
      (global.set $one (call $new (i64.const 0x300000000) (i32.const 1)))
      (global.set $many (call $new (i64.const 0x400000010) (i32.const 2)))
      (global.set $text (call $add (global.get $one) (i64.const 0x400000020) (i32.const 12)))
      (global.set $texts (call $add (global.get $many) (i64.const 0x400000020) (i32.const 12)))
      ;; an array packet is none of the single source
      (i32.ne (call $array (global.get $one)) (i32.const 0)))
    (func (export "gadgetStart") (result i32)
      (local $p i32) (local $r i32) (local $bad i32)
      (local.set $p (call $single (global.get $one)))
      (local.set $bad (call $set (global.get $text) (local.get $p) (i32.const 12) (i64.const 0x300000000)))
      (local.set $bad (i32.or (local.get $bad) (call $emit (global.get $one) (local.get $p))))
      ;; it is gone
      (local.set $bad (i32.or (local.get $bad) (i32.eqz (call $emit (global.get $one) (local.get $p)))))
      (local.set $p (call $array (global.get $many)))
      (local.set $r (call $row (local.get $p)))
      (local.set $bad (i32.or (local.get $bad) (call $set (global.get $texts) (local.get $r) (i32.const 12) (i64.const 0x400000010))))
      (local.set $bad (i32.or (local.get $bad) (call $append (local.get $p) (local.get $r))))
      (local.set $r (call $row (local.get $p)))
      (local.set $bad (i32.or (local.get $bad) (call $append (local.get $p) (local.get $r))))
      (local.set $bad (i32.or (local.get $bad) (i32.ne (call $len (local.get $p)) (i32.const 2))))
      (local.set $bad (i32.or (local.get $bad) (i32.eqz (call $at (local.get $p) (i32.const 1)))))
      (local.set $bad (i32.or (local.get $bad) (call $at (local.get $p) (i32.const 2))))
      (i32.or (local.get $bad) (call $emit (global.get $many) (local.get $p)))))");
  testing::internal::CaptureStderr();
  auto status = guest.run_to_start();
  testing::internal::GetCapturedStderr();
  ASSERT_TRUE(status.ok()) << status.error().text();
  ASSERT_EQ(guest.environment.emitted.size(), 2u);
  EXPECT_EQ(guest.environment.emitted[0].source->name(), "one");
  EXPECT_EQ(guest.environment.emitted[0].first_text, "one");
  EXPECT_EQ(guest.environment.emitted[1].records, 2u);
  EXPECT_EQ(guest.environment.emitted[1].first_text, "many");
}

}  // namespace
}  // namespace gadgetry::wasm
