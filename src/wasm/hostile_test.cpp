// Modules that mean harm: none may crash, hang or bloat the host.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "wasm/abi.hpp"
#include "wasm/test_guest.hpp"

namespace gadgetry::wasm {
namespace {

using testing::HasSubstr;

// What is logged is not of interest here.
class Quiet {
 public:
  Quiet() { testing::internal::CaptureStderr(); }
  ~Quiet() { testing::internal::GetCapturedStderr(); }
};

HostOptions small() {
  HostOptions options;
  options.fuel = 5'000'000;
  options.lifecycle_deadline_ns = 300'000'000;
  options.batch_deadline_ns = 300'000'000;
  return options;
}

size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  size_t pages = 0;
  size_t resident = 0;
  file >> pages >> resident;
  return resident * 4096;
}

std::string wat_type(const std::string& signature) {
  std::string out;
  size_t colon = signature.find(':');
  for (size_t i = 0; i < signature.size(); i++) {
    if (i == colon) continue;
    out += i < colon ? " (param " : " (result ";
    out += signature[i] == 'i' ? "i32)" : "i64)";
  }
  return out;
}

// Calls of one function with all its arguments the same: `i32` and `i64` are texts of constants.
std::string call_with(const AbiFunction& function, const std::string& i32, const std::string& i64) {
  std::string out = "(call $f";
  size_t colon = function.signature.find(':');
  for (size_t i = 0; i < colon; i++) {
    out += function.signature[i] == 'i' ? " (i32.const " + i32 + ")" : " (i64.const " + i64 + ")";
  }
  out += ")";
  return colon + 1 < function.signature.size() ? "(drop " + out + ")" : out;
}

// Every function of both modules with bad arguments, in every phase: error values, and at most the trap that
// belongs to fieldGetScalar's error pointer.
TEST(Hostile, BadArgumentsEverywhere) {
  Quiet quiet;
  const std::pair<const char*, const char*> arguments[] = {{"0", "0"},
                                                           {"-1", "-1"},
                                                           {"1", "1"},
                                                           {"0x7fffffff", "0x7fffffff00000000"},
                                                           {"0x80000001", "0xffffffff00000000"},
                                                           {"131071", "0x1ffff"},
                                                           {"4096", "0x0000100000001000"},
                                                           {"2", "0x0000001000020000"}};
  for (const AbiFunction& function : abi_functions()) {
    std::string calls;
    for (const auto& [i32, i64] : arguments) calls += call_with(function, i32, i64) + "\n";
    std::string text = "(import \"" + std::string(function.module) + "\" \"" + std::string(function.name) +
                       "\" (func $f" + wat_type(function.signature) + "))\n";
    for (const char* name : {"gadgetInit", "gadgetPreStart", "gadgetStart", "gadgetStop", "gadgetPostStop"}) {
      text += "(func (export \"" + std::string(name) + "\") (result i32) " + calls + " (i32.const 0))\n";
    }
    TestGuest guest(text, small());
    guest.environment.add("events");
    ASSERT_TRUE(guest.made()) << function.name << ": " << guest.status().error().text();
    auto status = guest.run_to_start();
    bool may_trap = function.name == "fieldGetScalar" || function.name == "perfReaderRead";
    EXPECT_TRUE(status.ok() || may_trap) << function.name << ": " << status.error().text();
    guest.host().stop();
    guest.host().post_stop();
  }
}

struct Case {
  const char* name;
  const char* init;    // body of gadgetInit
  const char* reason;  // part of the error; null: it may succeed
};

TEST(Hostile, LoopsBombsAndFloods) {
  Quiet quiet;
  const Case cases[] = {
      {"endless loop", "(loop (br 0))", "took too long"},
      {"endless recursion", "(drop (call $recurse))", "call stack exhausted"},
      {"memory bomb", "(loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))", nullptr},
      {"handles", "(loop (drop (call $source (i64.const 0x600000000))) (br 0))", "took too long"},
      {"log", "(loop (call $log (i32.const 1) (i64.const 0x1000000000000)) (br 0))", "took too long"},
      {"data sources",
       "(local $i i32) (loop (drop (call $new (i64.const 0x600000000) (i32.const 1)))"
       " (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 5000))))",
       nullptr},
      {"fields",
       "(local $i i32) (loop (i32.store (i32.const 64) (local.get $i))"
       " (drop (call $add (call $source (i64.const 0x600000000)) (i64.const 0x400000040) (i32.const 12)))"
       " (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 9000))))",
       nullptr},
      {"packets",
       "(local $s i32) (local.set $s (call $new (i64.const 0x600000000) (i32.const 1)))"
       " (loop (drop (call $packet (local.get $s))) (br 0))",
       "took too long"},
      {"subscriptions",
       "(local $i i32) (local $s i32) (local.set $s (call $source (i64.const 0x600000000)))"
       " (loop (drop (call $subscribe (local.get $s) (i32.const 1) (local.get $i) (i64.const 0)))"
       " (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 5000))))",
       nullptr},
      {"timers",
       "(local $i i32) (loop (drop (call $timer (i64.const 1000000) (i32.const 0) (i64.const 0) (i32.const "
       "128)))"
       " (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 5000))))",
       nullptr},
      {"table bomb", "(drop (table.grow 0 (ref.null func) (i32.const 0x7fffffff)))", nullptr},
  };
  for (const Case& one : cases) {
    std::string text = R"(
      (import "ig" "getDataSource" (func $source (param i64) (result i32)))
      (import "ig" "newDataSource" (func $new (param i64 i32) (result i32)))
      (import "ig" "dataSourceAddField" (func $add (param i32 i64 i32) (result i32)))
      (import "ig" "dataSourceSubscribe" (func $subscribe (param i32 i32 i32 i64) (result i32)))
      (import "ig" "dataSourceNewPacketSingle" (func $packet (param i32) (result i32)))
      (import "ig" "gadgetLog" (func $log (param i32 i64)))
      (import "gadget_v2" "timerStart" (func $timer (param i64 i32 i64 i32) (result i32)))
      (table 1 funcref)
      (data (i32.const 0) "events")
      (func $recurse (result i32) (i32.add (call $recurse) (i32.const 1)))
      (func (export "dataSourceCallback") (param i64 i32 i32))
      (func (export "gadgetTimer") (param i64))
      (func (export "gadgetInit") (result i32) )" +
                       std::string(one.init) + " (i32.const 0))";
    auto begin = std::chrono::steady_clock::now();
    size_t before = resident_bytes();
    HostOptions options = small();
    // What ends by itself is bounded by what the host keeps for it, not by the clock of a busy machine.
    if (one.reason == nullptr) options.lifecycle_deadline_ns = 20'000'000'000;
    TestGuest guest(text, options);
    guest.environment.add("events");
    ASSERT_TRUE(guest.made()) << one.name << ": " << guest.status().error().text();
    auto status = guest.run_to_start();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20)) << one.name;
    EXPECT_LT(resident_bytes(), before + (160u << 20)) << one.name;
    if (one.reason == nullptr) {
      EXPECT_TRUE(status.ok()) << one.name << ": " << status.error().text();
    } else {
      ASSERT_FALSE(status.ok()) << one.name;
      EXPECT_THAT(status.error().message, HasSubstr(one.reason)) << one.name;
    }
  }
}

// A field of one data source, used with the data of another.
TEST(Hostile, FieldsOfOtherDataSources) {
  Quiet quiet;
  TestGuest guest(R"(
    (import "ig" "getDataSource" (func $source (param i64) (result i32)))
    (import "ig" "newDataSource" (func $new (param i64 i32) (result i32)))
    (import "ig" "dataSourceAddField" (func $add (param i32 i64 i32) (result i32)))
    (import "ig" "dataSourceNewPacketSingle" (func $packet (param i32) (result i32)))
    (import "ig" "fieldSet" (func $set (param i32 i32 i32 i64) (result i32)))
    (import "ig" "fieldGetBuffer" (func $get (param i32 i32 i32 i64) (result i32)))
    (data (i32.const 0) "events")
    (func (export "gadgetInit") (result i32)
      (local $a i32) (local $b i32) (local $field i32) (local $p i32) (local $late i32)
      (local.set $a (call $new (i64.const 0x100000000) (i32.const 1)))
      (local.set $b (call $new (i64.const 0x200000000) (i32.const 1)))
      (local.set $field (call $add (local.get $a) (i64.const 0x300000000) (i32.const 12)))
      (local.set $p (call $packet (local.get $b)))
      (if (i32.ne (call $set (local.get $field) (local.get $p) (i32.const 12) (i64.const 0x600000000)) (i32.const 1))
        (then (return (i32.const 1))))
      (if (i32.ne (call $get (local.get $field) (local.get $p) (i32.const 12) (i64.const 0x600000000)) (i32.const -1))
        (then (return (i32.const 2))))
      ;; a field that is younger than the packet has no place in it
      (local.set $p (call $packet (local.get $a)))
      (local.set $late (call $add (local.get $a) (i64.const 0x400000000) (i32.const 12)))
      (if (i32.ne (call $set (local.get $late) (local.get $p) (i32.const 12) (i64.const 0x600000000)) (i32.const 1))
        (then (return (i32.const 3))))
      (i32.const 0)))",
                  small());
  auto status = guest.run_to_start();
  EXPECT_TRUE(status.ok()) << status.error().text();
}

// What a callback keeps from one batch to the next is worth nothing.
TEST(Hostile, StaleHandles) {
  Quiet quiet;
  TestGuest guest(R"(
    (import "ig" "getDataSource" (func $source (param i64) (result i32)))
    (import "ig" "dataSourceSubscribe" (func $subscribe (param i32 i32 i32 i64) (result i32)))
    (import "ig" "dataSourceGetField" (func $field (param i32 i64) (result i32)))
    (import "ig" "fieldGetScalar" (func $get (param i32 i32 i32 i32) (result i64)))
    (import "ig" "dataSourceEmitAndRelease" (func $emit (param i32 i32) (result i32)))
    (import "ig" "dataArrayAppend" (func $append (param i32 i32) (result i32)))
    (import "ig" "dataArrayNew" (func $row (param i32) (result i32)))
    (import "ig" "releaseHandle" (func $release (param i32) (result i32)))
    (import "ig" "dataArrayGet" (func $at (param i32 i32) (result i32)))
    (data (i32.const 0) "rows") (data (i32.const 16) "id")
    (global $source (mut i32) (i32.const 0)) (global $id (mut i32) (i32.const 0))
    (global $old (mut i32) (i32.const 0)) (global $old_row (mut i32) (i32.const 0)) (global $old_new (mut i32) (i32.const 0))
    (func $must (param i32) (if (i32.eqz (local.get 0)) (then (unreachable))))
    (func (export "gadgetInit") (result i32)
      (global.set $source (call $source (i64.const 0x400000000)))
      (global.set $id (call $field (global.get $source) (i64.const 0x200000010)))
      (call $subscribe (global.get $source) (i32.const 2) (i32.const 0) (i64.const 0)))
    (func (export "dataSourceCallback") (param i64) (param $ds i32) (param $array i32)
      ;; emitting what is on its way already is refused
      (call $must (call $emit (global.get $source) (local.get $array)))
      (i32.store (i32.const 64) (i32.const 0))
      (drop (call $get (global.get $id) (global.get $old_row) (i32.const 8) (i32.const 64)))
      (call $must (i32.load (i32.const 64)))
      (call $must (call $append (global.get $old) (global.get $old_new)))
      (global.set $old (local.get $array))
      (global.set $old_row (call $at (local.get $array) (i32.const 0)))
      (call $must (global.get $old_row))
      (global.set $old_new (call $row (local.get $array)))
      (call $must (global.get $old_new))
      (drop (call $release (local.get $array)))))",
                  small());
  data::DataSource& rows = guest.environment.add("rows", data::SourceType::kArray);
  data::Field id;
  id.name = "id";
  id.kind = data::Kind::kUint32;
  id.size = 4;
  ASSERT_TRUE(rows.add_field(id).ok());
  rows.set_sample_size(4);
  ASSERT_TRUE(guest.run_to_start().ok());
  TestStage stage(guest.host(), rows);
  for (int round = 0; round < 3; round++) {
    stage.batch.records.clear();
    stage.add(std::string(4, '\1'));
    stage.add(std::string(4, '\2'));
    stage.process();
    EXPECT_TRUE(guest.host().failure().ok()) << guest.host().failure().error().text();
  }
  EXPECT_EQ(stage.batch.records.size(), 2u);
}

}  // namespace
}  // namespace gadgetry::wasm
