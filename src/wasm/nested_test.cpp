// What a module emits within a callback, and what the host keeps for a module.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.hpp"
#include "wasm/test_puppet.hpp"

namespace gadgetry::wasm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// "events", whose callbacks emit into "made", which has callbacks of its own.
struct Nested {
  explicit Nested(HostOptions options = {}) : puppet(std::move(options)) {
    outer = &add_source(puppet);
    puppet.init = [this] {
      made = puppet.call("newDataSource", puppet.text("made"), 1);
      number = puppet.call("dataSourceAddField", made, puppet.text("number"), 9);
      text = puppet.call("dataSourceAddField", made, puppet.text("text"), 12);
      EXPECT_EQ(puppet.call("dataSourceSubscribe", puppet.source("events"), 1, 0, 1), 0u);
      EXPECT_EQ(puppet.call("dataSourceSubscribe", made, 1, 0, 2), 0u);
    };
    puppet.guest.environment.take = [this](Packet& packet) -> base::Status {
      TestStage inner(puppet.host(), *packet.source);
      inner.batch.records = packet.batch->records;
      inner.process();
      for (const data::Record& record : inner.batch.records) {
        emitted.emplace_back(data::read_text(record, *packet.source->find("text")));
      }
      return {};
    };
  }
  // A packet of "made".
  uint64_t packet(uint64_t value, std::string_view words) {
    uint64_t packet = puppet.call("dataSourceNewPacketSingle", made);
    EXPECT_EQ(puppet.call("fieldSet", number, packet, 9, value), 0u);
    EXPECT_EQ(puppet.call("fieldSet", text, packet, 12, puppet.text(words)), 0u);
    return packet;
  }
  uint64_t emit(uint64_t packet) { return puppet.call("dataSourceEmitAndRelease", made, packet); }

  Puppet puppet;
  data::DataSource* outer = nullptr;
  uint64_t made = 0;
  uint64_t number = 0;
  uint64_t text = 0;
  std::vector<std::string> emitted;
};

TEST(Nested, CallbacksSeeWhatCallbacksEmit) {
  Nested run;
  uint64_t packet = 0;
  run.puppet.event = [&](uint32_t callback, uint32_t data) {
    if (callback == 1) {
      packet = run.packet(7, "one");
      EXPECT_EQ(run.emit(packet), 0u);
      EXPECT_EQ(run.puppet.call("releaseHandle", packet), 1u) << "it is freed";
      return;
    }
    EXPECT_EQ(run.puppet.call("fieldGetScalar", run.number, data, 9, 0), 7u);
    EXPECT_EQ(run.puppet.call("fieldSet", run.text, data, 12, run.puppet.text("changed")), 0u);
    // Its memory is in use: it can neither be freed, nor changed, nor emitted again.
    EXPECT_EQ(run.puppet.call("releaseHandle", packet), 1u);
    EXPECT_EQ(run.puppet.call("dataSourceRelease", run.made, packet), 1u);
    EXPECT_EQ(run.puppet.call("fieldSet", run.number, packet, 9, 1), 1u);
    EXPECT_EQ(run.emit(packet), 1u);
  };
  ASSERT_TRUE(run.puppet.guest.run_to_start().ok());
  TestStage stage(run.puppet.host(), *run.outer);
  for (uint32_t pid = 0; pid < 3; pid++) stage.add(sample(pid));
  testing::internal::CaptureStderr();
  stage.process();
  testing::internal::GetCapturedStderr();
  EXPECT_THAT(run.emitted, ElementsAre("changed", "changed", "changed"));
  EXPECT_EQ(stage.batch.records.size(), 3u);
  EXPECT_TRUE(run.puppet.host().failure().ok());
}

TEST(Nested, ATrapEndsTheCallThatEmitted) {
  Nested run;
  int outer_calls = 0;
  run.puppet.event = [&](uint32_t callback, uint32_t) {
    if (callback == 1) {
      outer_calls++;
      run.emit(run.packet(1, "x"));
      run.puppet.set(kHowOn, kForever);  // it would go on if it could
    } else {
      run.puppet.set(kHowOn, kTrap);
    }
  };
  ASSERT_TRUE(run.puppet.guest.run_to_start().ok());
  TestStage stage(run.puppet.host(), *run.outer);
  for (uint32_t pid = 0; pid < 3; pid++) stage.add(sample(pid));
  stage.process();
  EXPECT_EQ(outer_calls, 1);
  EXPECT_FALSE(run.puppet.host().active());
  EXPECT_THAT(run.puppet.host().failure().error().message, HasSubstr("dataSourceCallback trapped: unreachable"));
  EXPECT_EQ(run.outer->counters().lost_module, 3u);
}

TEST(Nested, EmittingKeepsTheDeadlineOfTheLifecycle) {
  HostOptions options;
  options.lifecycle_deadline_ns = 100'000'000;
  Nested run(options);
  run.puppet.start = [&] {
    EXPECT_EQ(run.emit(run.packet(1, "x")), 0u);
    run.puppet.set(kHowOn, kForever);
  };
  auto status = run.puppet.guest.run_to_start();
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("gadgetStart trapped: "));
  EXPECT_THAT(status.error().message, HasSubstr("took too long"));
  EXPECT_THAT(run.emitted, ElementsAre("x"));
}

TEST(Nested, PacketsAreBoundedOverAllBatches) {
  Nested run;
  std::vector<uint64_t> packets;
  uint64_t failed = 0;
  run.puppet.event = [&](uint32_t, uint32_t) {
    uint64_t packet = run.puppet.call("dataSourceNewPacketSingle", run.made);
    failed = run.puppet.call("fieldSet", run.text, packet, 12, uint64_t{65536} << 32);
    packets.push_back(packet);
  };
  ASSERT_TRUE(run.puppet.guest.run_to_start().ok());
  testing::internal::CaptureStderr();
  for (int i = 0; i < 2000 && failed == 0; i++) {
    TestStage stage(run.puppet.host(), *run.outer);
    stage.add(sample(1));
    stage.process();
  }
  testing::internal::GetCapturedStderr();
  EXPECT_EQ(failed, 1u);
  EXPECT_LE(packets.size(), limits::kWasmHostBytes / 65536);
  // Freeing one makes room.
  EXPECT_EQ(run.puppet.call("releaseHandle", packets[0]), 0u);
  EXPECT_EQ(run.puppet.call("fieldSet", run.text, packets.back(), 12, uint64_t{60000} << 32), 0u);
}

TEST(Packets, HaveNoRoomForLaterFields) {
  Puppet puppet;
  puppet.init = [&] {
    uint64_t made = puppet.call("newDataSource", puppet.text("made"), 1);
    uint64_t early = puppet.call("dataSourceNewPacketSingle", made);
    uint64_t first = puppet.call("dataSourceAddField", made, puppet.text("first"), 12);
    uint64_t later = puppet.call("dataSourceAddField", made, puppet.text("later"), 12);
    for (uint64_t field : {first, later}) {
      EXPECT_EQ(puppet.call("fieldSet", field, early, 12, puppet.text("x")), 1u);
    }
    uint64_t packet = puppet.call("dataSourceNewPacketSingle", made);
    EXPECT_EQ(puppet.call("fieldSet", later, packet, 12, puppet.text("x")), 0u);
  };
  testing::internal::CaptureStderr();
  EXPECT_TRUE(puppet.guest.run_to_start().ok());
  testing::internal::GetCapturedStderr();
}

TEST(Fields, OfAModuleAreBounded) {
  Puppet puppet;
  puppet.init = [&] {
    uint64_t made = puppet.call("newDataSource", puppet.text("made"), 1);
    // Each dot is a parent that is made with it.
    std::string deep(60000, '.');
    EXPECT_EQ(puppet.call("dataSourceAddField", made, puppet.put(4096, deep), 8), 0u);
    uint64_t field = puppet.call("dataSourceAddField", made, puppet.text("a.b.c.d.e.f.g.h"), 8);
    EXPECT_NE(field, 0u);
    uint64_t added = 0;
    for (uint64_t code = 0; code == 0 && added < 10000; added++) {
      uint64_t of = puppet.call("dataSourceAddField", made, puppet.text("f" + std::to_string(added / 200)), 8);
      if (of != 0) field = of;
      code = puppet.call("fieldAddTag", field, uint64_t{60000} << 32 | 4096);
    }
    EXPECT_LE(added, limits::kWasmKeptBytes / 60000 + 1);
  };
  testing::internal::CaptureStderr();
  EXPECT_TRUE(puppet.guest.run_to_start().ok());
  testing::internal::GetCapturedStderr();
}

}  // namespace
}  // namespace gadgetry::wasm
