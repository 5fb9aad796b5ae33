// Batch callbacks: the view of the records, and what is taken over from it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "base/limits.hpp"
#include "wasm/test_puppet.hpp"

namespace gadgetry::wasm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<uint64_t> pids(const TestStage& stage, const data::DataSource& source) {
  std::vector<uint64_t> out;
  for (const data::Record& record : stage.batch.records) out.push_back(data::read_integer(record, *source.find("pid")));
  return out;
}

TEST(Batch, AlignsTheColumns) {
  Puppet puppet;
  data::DataSource& source = add_source(puppet);
  uint64_t code = 99;
  puppet.init = [&] {
    code = puppet.subscribe(puppet.source("events"), {"u8", "time", "nums", "ratio", "flag", "comm", "i16", "low"});
  };
  ASSERT_TRUE(puppet.guest.run_to_start().ok());
  EXPECT_EQ(code, 0u);
  EXPECT_THAT(puppet.offsets, ElementsAre(8, 16, 24, 32, 36, 40, 48, 52));
  EXPECT_EQ(puppet.stride, 56u);
  std::vector<uint32_t> sizes;
  for (uint32_t i = 0; i < 8; i++) sizes.push_back(puppet.get<uint32_t>(kEntries + i * 16 + 12));
  EXPECT_THAT(sizes, ElementsAre(1, 8, 8, 4, 1, 8, 2, 4));
  EXPECT_TRUE(source.find("low")->needed);
}

TEST(Batch, ShowsEveryKind) {
  Puppet puppet;
  data::DataSource& source = add_source(puppet);
  puppet.init = [&] {
    uint64_t events = puppet.source("events");
    puppet.call("fieldAdd", events, puppet.text("list"), 8, 1, 0, kStride);
    EXPECT_EQ(puppet.subscribe(events, {"u8", "flag", "i16", "pid", "time", "ratio", "comm", "blob", "nums", "low",
                                        "rows", "list"}),
              0u);
  };
  int calls = 0;
  puppet.batch = [&](uint32_t, uint32_t count) {
    calls++;
    ASSERT_EQ(count, 3u);
    for (uint32_t row = 0; row < 2; row++) {
      EXPECT_EQ(puppet.get<uint32_t>(puppet.verdict(row)), 0u);
      EXPECT_EQ(puppet.get<uint32_t>(puppet.verdict(row) + 4), row);
      EXPECT_EQ(puppet.get<uint8_t>(puppet.at(row, 0)), 200);
      EXPECT_EQ(puppet.get<uint8_t>(puppet.at(row, 1)), 1);
      EXPECT_EQ(puppet.get<int16_t>(puppet.at(row, 2)), -2);
      EXPECT_EQ(puppet.get<uint32_t>(puppet.at(row, 3)), 10 + row);
      EXPECT_EQ(puppet.get<uint64_t>(puppet.at(row, 4)), uint64_t{1} << 40);
      EXPECT_EQ(puppet.get<float>(puppet.at(row, 5)), 0.5F);
      EXPECT_EQ(puppet.bytes_at(puppet.at(row, 6)), row == 0 ? "abc" : "123456789");
      EXPECT_EQ(puppet.bytes_at(puppet.at(row, 7)), std::string("\1\0\2\0\3", 5));
      EXPECT_EQ(puppet.get<uint32_t>(puppet.at(row, 8) + 4), 3u);
      auto nums = puppet.get<uint32_t>(puppet.at(row, 8));
      EXPECT_EQ(nums % 8, 0u);
      EXPECT_EQ(puppet.get<uint16_t>(nums + 4), 102);
      EXPECT_EQ(puppet.get<int32_t>(puppet.at(row, 9)), -2);
      EXPECT_EQ(puppet.get<uint32_t>(puppet.at(row, 10) + 4), 2u);
      EXPECT_EQ(puppet.get<uint16_t>(puppet.get<uint32_t>(puppet.at(row, 10)) + 8), 77);
      EXPECT_EQ(puppet.get<uint32_t>(puppet.at(row, 11) + 4), 0u);
    }
    // A sample that ends early: zeros and nothing.
    EXPECT_EQ(puppet.get<uint32_t>(puppet.at(2, 3)), 12u);
    EXPECT_EQ(puppet.get<uint64_t>(puppet.at(2, 4)), 0u);
    EXPECT_EQ(puppet.bytes_at(puppet.at(2, 6)), "");
    EXPECT_EQ(puppet.get<uint32_t>(puppet.at(2, 8) + 4), 0u);
  };
  ASSERT_TRUE(puppet.guest.run_to_start().ok());
  TestStage stage(puppet.host(), source);
  stage.add(sample(10));
  stage.add(sample(11, "123456789"));
  stage.add(sample(12).substr(0, offsetof(Sample, time)));
  stage.process();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(stage.batch.records.size(), 3u);
}

TEST(Batch, NeedsSeveralCallsForASmallBuffer) {
  Puppet puppet;
  data::DataSource& source = add_source(puppet);
  puppet.init = [&] { EXPECT_EQ(puppet.subscribe(puppet.source("events"), {"pid", "nums"}, 0, 0, 4096), 0u); };
  std::vector<uint32_t> seen;
  std::vector<uint32_t> calls;
  puppet.batch = [&](uint32_t, uint32_t count) {
    calls.push_back(count);
    for (uint32_t row = 0; row < count; row++) {
      seen.push_back(puppet.get<uint32_t>(puppet.verdict(row) + 4));
      EXPECT_EQ(puppet.get<uint32_t>(puppet.at(row, 0)), seen.back());
      EXPECT_EQ(puppet.get<uint16_t>(puppet.get<uint32_t>(puppet.at(row, 1))), 100);
      if (seen.back() % 3 == 0) puppet.set(puppet.verdict(row), kVerdictDrop);
    }
  };
  ASSERT_TRUE(puppet.guest.run_to_start().ok());
  TestStage stage(puppet.host(), source);
  for (uint32_t pid = 0; pid < 300; pid++) stage.add(sample(pid));
  stage.process();
  EXPECT_THAT(calls, ElementsAre(128, 128, 44));  // 24 bytes and 8 behind
  std::vector<uint32_t> all(300);
  std::iota(all.begin(), all.end(), 0u);
  EXPECT_EQ(seen, all);
  EXPECT_EQ(stage.batch.records.size(), 200u);
  EXPECT_EQ(source.counters().filtered, 100u);
}

TEST(Batch, CutsTextThatDoesNotFitAlone) {
  Puppet puppet;
  data::DataSource& source = add_source(puppet);
  puppet.init = [&] {
    uint64_t events = puppet.source("events");
    puppet.call("dataSourceAddField", events, puppet.text("long"), 12);
    EXPECT_EQ(puppet.subscribe(events, {"pid", "long"}, 0, 0, 4096), 0u);
  };
  std::vector<std::pair<uint32_t, uint32_t>> seen;  // verdict, length
  puppet.batch = [&](uint32_t, uint32_t count) {
    for (uint32_t row = 0; row < count; row++) {
      seen.emplace_back(puppet.get<uint32_t>(puppet.verdict(row)), puppet.get<uint32_t>(puppet.at(row, 1) + 4));
    }
  };
  ASSERT_TRUE(puppet.guest.run_to_start().ok());
  TestStage stage(puppet.host(), source);
  std::string long_text(10000, 'x');
  for (uint32_t pid = 0; pid < 3; pid++) stage.add(sample(pid));
  data::store_text(stage.batch.records[0], *source.find("long"), "short");
  data::store_text(stage.batch.records[1], *source.find("long"), long_text);
  stage.process();
  using Pair = std::pair<uint32_t, uint32_t>;
  EXPECT_THAT(seen, ElementsAre(Pair(0, 5), Pair(kVerdictCut, 4096 - 24), Pair(0, 0)));
  EXPECT_EQ(data::read_text(stage.batch.records[1], *source.find("long")), long_text);
}

TEST(Batch, TakesOverWhatTheModuleWrote) {
  Puppet puppet;
  data::DataSource& source = add_source(puppet);
  puppet.init = [&] {
    uint64_t events = puppet.source("events");
    puppet.call("fieldAdd", events, puppet.text("list"), 8, 1, 0, kStride);
    puppet.call("dataSourceAddField", events, puppet.text("text"), 12);
    EXPECT_EQ(puppet.subscribe(events, {"pid", "flag", "comm", "nums", "low", "list", "text", "blob"}), 0u);
  };
  puppet.batch = [&](uint32_t, uint32_t count) {
    for (uint32_t row = 0; row < count; row++) {
      puppet.set(puppet.at(row, 0), uint32_t{1000});
      puppet.set(puppet.at(row, 1), uint8_t{8});
      puppet.put(puppet.get<uint32_t>(puppet.at(row, 2)), "xy");  // in place
      puppet.set(puppet.get<uint32_t>(puppet.at(row, 3)) + 2, uint16_t{7});
      puppet.set(puppet.at(row, 4), int32_t{-100});
      puppet.put(4096, std::string_view("\1\0\0\0\2\0\0\0\3\0\0\0", 12));
      puppet.set(puppet.at(row, 5), uint64_t{3} << 32 | 4096);
      puppet.set(puppet.at(row, 6), puppet.put(5000, "from elsewhere"));
      puppet.put(puppet.get<uint32_t>(puppet.at(row, 7)), "hello");
    }
    puppet.set(puppet.verdict(0), kVerdictChanged);
  };
  ASSERT_TRUE(puppet.guest.run_to_start().ok());
  TestStage stage(puppet.host(), source);
  std::string original = sample(1);
  stage.add(original);
  stage.add(sample(2));
  const uint8_t* bytes = stage.batch.records[0].sample;
  stage.process();
  const data::Record& changed = stage.batch.records[0];
  EXPECT_EQ(data::read_integer(changed, *source.find("pid")), 1000u);
  EXPECT_EQ(changed.sample[offsetof(Sample, flag)], 1) << "a bool is 0 or 1";
  EXPECT_EQ(data::read_text(changed, *source.find("comm")), "xyc");
  EXPECT_EQ(data::read_integer(changed, *source.find("nums"), 1), 7u);
  EXPECT_EQ(data::read_integer(changed, *source.find("nums"), 2), 102u);
  EXPECT_EQ(static_cast<int64_t>(data::read_integer(changed, *source.find("low"))), -100);
  Sample raw{};
  std::memcpy(&raw, changed.sample, sizeof raw);
  EXPECT_EQ(raw.bits & ~(0x3ffu << 4), 0xf000000fu) << "its neighbours stay";
  data::Record list = data::list_record(changed, *source.find("list"));
  ASSERT_EQ(data::element_count(changed, *source.find("list")), 3u);
  EXPECT_EQ(data::read_integer(list, *source.find("list"), 2), 3u);
  EXPECT_EQ(data::read_text(changed, *source.find("text")), "from elsewhere");
  EXPECT_EQ(data::read_text(changed, *source.find("blob")), "hello");
  EXPECT_EQ(std::memcmp(bytes, original.data(), original.size()), 0) << "the kernel's memory is not written";
  // Without the verdict nothing counts.
  EXPECT_EQ(data::read_integer(stage.batch.records[1], *source.find("pid")), 2u);
  EXPECT_EQ(data::element_count(stage.batch.records[1], *source.find("list")), 0u);
}

TEST(Batch, TakesOverWritableFieldsOnly) {
  Puppet puppet;
  data::DataSource& source = add_source(puppet);
  puppet.init = [&] {
    uint64_t events = puppet.source("events");
    puppet.set(kEntries, static_cast<uint32_t>(puppet.field(events, "pid")));
    puppet.set(kEntries + 4, uint32_t{0});
    EXPECT_EQ(puppet.call("subscribeBatch", events, 0, 0, kEntries, 1, uint64_t{4096} << 32 | kBuffer, kStride), 0u);
    EXPECT_EQ(puppet.get<uint32_t>(kStride), 16u);
  };
  puppet.batch = [&](uint32_t, uint32_t) {
    puppet.set(kBuffer + 8, uint32_t{1000});
    puppet.set(kBuffer, kVerdictChanged);
  };
  ASSERT_TRUE(puppet.guest.run_to_start().ok());
  TestStage stage(puppet.host(), source);
  stage.add(sample(1));
  stage.process();
  EXPECT_THAT(pids(stage, source), ElementsAre(1));
}

TEST(Batch, RefusesWrongValues) {
  Puppet puppet;
  data::DataSource& source = add_source(puppet);
  puppet.init = [&] {
    uint64_t events = puppet.source("events");
    puppet.call("fieldAdd", events, puppet.text("list"), 6, 1, 0, kStride);
    puppet.call("dataSourceAddField", events, puppet.text("text"), 12);
    EXPECT_EQ(puppet.subscribe(events, {"comm", "nums", "list", "text", "blob", "pid"}), 0u);
  };
  puppet.batch = [&](uint32_t, uint32_t) {
    uint64_t end = 2 * 65536;
    puppet.set(puppet.at(0, 0), uint64_t{10} << 32 | 4096);              // longer than the field
    puppet.set(puppet.at(0, 1), uint64_t{2} << 32 | 4096);               // two elements of three
    puppet.set(puppet.at(0, 2), (limits::kArrayElements + 1) << 32 | 0); // a list too long
    puppet.set(puppet.at(0, 3), uint64_t{2} << 32 | (end - 1));          // one byte too far
    puppet.set(puppet.at(0, 4), uint64_t{0xffffffff} << 32 | 0xffffffff);
    puppet.set(puppet.at(0, 5), uint32_t{1000});
    puppet.set(puppet.verdict(0), kVerdictChanged);
  };
  ASSERT_TRUE(puppet.guest.run_to_start().ok());
  TestStage stage(puppet.host(), source);
  stage.add(sample(1));
  testing::internal::CaptureStderr();
  stage.process();
  std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("field comm: the value is longer than the field"));
  EXPECT_THAT(log, HasSubstr("field nums: an array of this length does not fit"));
  EXPECT_THAT(log, HasSubstr("field list: a list has at most 65536 elements"));
  EXPECT_THAT(log, HasSubstr("field text: the value is outside of the memory"));
  const data::Record& record = stage.batch.records.at(0);
  EXPECT_EQ(data::read_text(record, *source.find("comm")), "abc");
  EXPECT_EQ(data::read_integer(record, *source.find("nums"), 0), 100u);
  EXPECT_EQ(data::element_count(record, *source.find("list")), 0u);
  EXPECT_EQ(data::read_text(record, *source.find("text")), "");
  EXPECT_EQ(data::read_integer(record, *source.find("pid")), 1000u) << "the others are taken over";
  EXPECT_TRUE(puppet.host().active());
}

TEST(Batch, LooksAtItsOwnBitsOfTheVerdict) {
  Puppet puppet;
  data::DataSource& source = add_source(puppet);
  puppet.init = [&] { EXPECT_EQ(puppet.subscribe(puppet.source("events"), {"pid"}), 0u); };
  puppet.batch = [&](uint32_t, uint32_t count) {
    const uint32_t verdicts[] = {0xfffffffc, 0x80000001, 3, 0xffffffff, 0x102};
    for (uint32_t row = 0; row < count; row++) {
      puppet.set(puppet.verdict(row), verdicts[row]);
      puppet.set(puppet.verdict(row) + 4, 0xdeadbeef);  // the index is only told
      puppet.set(puppet.at(row, 0), uint32_t{1000});
    }
  };
  ASSERT_TRUE(puppet.guest.run_to_start().ok());
  TestStage stage(puppet.host(), source);
  for (uint32_t pid = 0; pid < 5; pid++) stage.add(sample(pid));
  stage.process();
  EXPECT_THAT(pids(stage, source), ElementsAre(0, 1000));
  EXPECT_EQ(source.counters().filtered, 3u);
}

TEST(Batch, RunsInTheOrderOfPriorities) {
  Puppet puppet;
  data::DataSource& source = add_source(puppet);
  uint64_t pid = 0;
  puppet.init = [&] {
    uint64_t events = puppet.source("events");
    pid = puppet.field(events, "pid");
    EXPECT_EQ(puppet.subscribe(events, {"pid"}, 0, 4), 0u);
    EXPECT_EQ(puppet.call("dataSourceSubscribe", events, 1, static_cast<uint32_t>(-1), 3), 0u);
    EXPECT_EQ(puppet.subscribe(events, {"pid"}, -2, 2), 0u);
    EXPECT_EQ(puppet.call("dataSourceSubscribe", events, 1, static_cast<uint32_t>(-3), 1), 0u);
    EXPECT_EQ(puppet.subscribe(events, {"pid"}, 1, 5), 0u);  // behind the formatters
  };
  std::string order;
  puppet.event = [&](uint32_t callback, uint32_t data) {
    order += std::to_string(callback);
    uint64_t value = puppet.call("fieldGetScalar", pid, data, 8, 0);
    if (callback == 1 && value == 1) puppet.call("dataDrop", data);
    if (callback == 3) puppet.call("fieldSet", pid, data, 8, value * 2);
  };
  puppet.batch = [&](uint32_t callback, uint32_t count) {
    order += "(" + std::to_string(callback);
    for (uint32_t row = 0; row < count; row++) {
      auto value = puppet.get<uint32_t>(puppet.at(row, 0));
      order += " " + std::to_string(value);
      puppet.set(puppet.at(row, 0), value + 10);
      puppet.set(puppet.verdict(row), kVerdictChanged);
    }
    order += ")";
  };
  ASSERT_TRUE(puppet.guest.run_to_start().ok());
  TestStage stage(puppet.host(), source);
  for (uint32_t value = 0; value < 3; value++) stage.add(sample(value));
  stage.process();
  EXPECT_EQ(order, "111(2 0 2)33(4 20 24)");
  EXPECT_THAT(pids(stage, source), ElementsAre(30, 34));
}

TEST(Batch, HasTheRowsOfArrays) {
  Puppet puppet;
  data::DataSource& source = add_source(puppet, "rows", data::SourceType::kArray);
  uint64_t pid = 0;
  puppet.init = [&] {
    uint64_t rows = puppet.source("rows");
    pid = puppet.field(rows, "pid");
    EXPECT_EQ(puppet.call("dataSourceSubscribe", rows, 2, static_cast<uint32_t>(-1), 1), 0u);
    EXPECT_EQ(puppet.subscribe(rows, {"pid"}), 0u);
  };
  puppet.event = [&](uint32_t, uint32_t array) {
    uint64_t row = puppet.call("dataArrayNew", array);
    EXPECT_EQ(puppet.call("fieldSet", pid, row, 8, 50), 0u);
    EXPECT_EQ(puppet.call("dataArrayAppend", array, row), 0u);
    puppet.call("dataArrayNew", array);  // forgotten
    EXPECT_EQ(puppet.call("dataDrop", puppet.call("dataArrayGet", array, 0)), 0u);
  };
  std::vector<uint32_t> seen;
  puppet.batch = [&](uint32_t, uint32_t count) {
    for (uint32_t row = 0; row < count; row++) seen.push_back(puppet.get<uint32_t>(puppet.at(row, 0)));
  };
  ASSERT_TRUE(puppet.guest.run_to_start().ok());
  uint32_t handles = puppet.host().handles().count();
  TestStage stage(puppet.host(), source);
  stage.add(sample(1));
  stage.add(sample(2));
  stage.process();
  EXPECT_THAT(seen, ElementsAre(2, 50));
  EXPECT_THAT(pids(stage, source), ElementsAre(2, 50));
  EXPECT_EQ(source.counters().received, 3u) << "two, and one of the module";
  EXPECT_EQ(source.counters().filtered, 1u);
  EXPECT_EQ(puppet.host().handles().count(), handles + 1) << "only that of the data source";
}

// Eight records in two calls; the second one traps.
struct Trapping {
  explicit Trapping(TrapPolicy policy) : puppet(options(policy)), source(add_source(puppet)) {
    puppet.init = [this] {
      uint64_t events = puppet.source("events");
      puppet.call("dataSourceAddField", events, puppet.text("long"), 12);
      EXPECT_EQ(puppet.subscribe(events, {"pid", "long"}, 0, 0, 4096), 0u);
    };
    puppet.batch = [this](uint32_t, uint32_t count) {
      counts.push_back(count);
      puppet.set(puppet.verdict(0), kVerdictDrop);
      puppet.set(puppet.verdict(1), kVerdictChanged);
      puppet.set(puppet.at(1, 0), uint32_t{1000});
      if (counts.size() == 2) puppet.set(kHowOn, kTrap);
    };
    EXPECT_TRUE(puppet.guest.run_to_start().ok());
    stage = std::make_unique<TestStage>(puppet.host(), source);
    for (uint32_t pid = 0; pid < 8; pid++) {
      stage->add(sample(pid));
      data::store_text(stage->batch.records.back(), *source.find("long"), text);
    }
    testing::internal::CaptureStderr();
    stage->process();
    log = testing::internal::GetCapturedStderr();
  }

  static HostOptions options(TrapPolicy policy) {
    HostOptions out;
    out.on_trap = policy;
    return out;
  }

  std::string text = std::string(900, 'x');
  Puppet puppet;
  data::DataSource& source;
  std::unique_ptr<TestStage> stage;
  std::vector<uint32_t> counts;
  std::string log;
};

TEST(Batch, LosesWhatATrapLeftUndone) {
  Trapping run(TrapPolicy::kFail);
  EXPECT_THAT(run.counts, ElementsAre(4, 4));
  EXPECT_THAT(pids(*run.stage, run.source), ElementsAre(1000, 2, 3));
  EXPECT_EQ(run.source.counters().filtered, 1u);
  EXPECT_EQ(run.source.counters().lost_module, 4u);
  EXPECT_THAT(run.puppet.host().failure().error().message, HasSubstr("gadgetBatch trapped: unreachable"));
}

TEST(Batch, PassesOnWhatATrapLeftUndone) {
  Trapping run(TrapPolicy::kPass);
  EXPECT_THAT(pids(*run.stage, run.source), ElementsAre(1000, 2, 3, 4, 5, 6, 7));
  EXPECT_EQ(run.source.counters().lost_module, 0u);
  EXPECT_EQ(run.puppet.host().stats().skipped, 4u);
  EXPECT_THAT(run.log, HasSubstr("switched off"));
}

TEST(Batch, RefusesViewsThatMakeNoSense) {
  Puppet puppet;
  add_source(puppet);
  auto code = [](Code value) { return static_cast<uint64_t>(value); };
  puppet.init = [&] {
    uint64_t events = puppet.source("events");
    EXPECT_EQ(puppet.subscribe(events, {"rows.a"}), code(Code::kUnsupported)) << "a member of an array";
    EXPECT_EQ(puppet.subscribe(events, {"nothing"}), code(Code::kBadHandle));
    EXPECT_EQ(puppet.subscribe(events, {"pid"}, 0, 0, 4095), code(Code::kTooSmall));
    auto view = [&](uint32_t address, uint32_t count, uint64_t buffer, uint32_t stride) {
      return puppet.call("subscribeBatch", events, 0, 0, address, count, buffer, stride);
    };
    uint64_t buffer = uint64_t{4096} << 32 | kBuffer;
    puppet.set(kEntries, static_cast<uint32_t>(puppet.field(events, "pid")));
    puppet.set(kEntries + 4, uint32_t{2});
    EXPECT_EQ(view(kEntries, 1, buffer, kStride), code(Code::kInvalid)) << "an unknown flag";
    puppet.set(kEntries + 4, uint32_t{0});
    EXPECT_EQ(view(kEntries, 257, buffer, kStride), code(Code::kLimit));
    EXPECT_EQ(view(2 * 65536 - 8, 1, buffer, kStride), code(Code::kMemory));
    EXPECT_EQ(view(kEntries, 1, buffer + 4, kStride), code(Code::kTooSmall)) << "not aligned";
    EXPECT_EQ(view(kEntries, 1, uint64_t{65537} << 32 | kBuffer, kStride), code(Code::kMemory));
    EXPECT_EQ(view(kEntries, 1, buffer, 0xfffffffe), code(Code::kMemory));
    EXPECT_EQ(view(kEntries, 0, buffer, kStride), 0u) << "no fields: the verdicts alone";
    EXPECT_EQ(puppet.get<uint32_t>(kStride), 8u);
  };
  puppet.start = [&] { EXPECT_EQ(puppet.subscribe(puppet.source("events"), {"pid"}), code(Code::kState)); };
  testing::internal::CaptureStderr();
  EXPECT_TRUE(puppet.guest.run_to_start().ok());
  testing::internal::GetCapturedStderr();
}

}  // namespace
}  // namespace gadgetry::wasm
