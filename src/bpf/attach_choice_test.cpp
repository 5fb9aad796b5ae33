// Which programs are used: alternatives, programs that may be left out, and those that stand in for them.
#include <gmock/gmock.h>

#include "bpf/attach.hpp"
#include "bpf/run_test_util.hpp"

namespace gadgetry::bpf {
namespace {

using ::testing::HasSubstr;

class ChoiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    GADGETRY_NEEDS_ROOT();
    object_ = testing::open_object("choice");
    ASSERT_NE(object_, nullptr);
  }
  // What happens when it is loaded and attached: an error, or the targets of the links.
  std::string run(const std::vector<AttachTarget>& targets) {
    object_ = testing::open_object("choice");
    auto loaded = load(object_.get(), {.targets = targets});
    if (!loaded.ok()) return loaded.error().text();
    auto links = Attachments::open(object_.get(), targets);
    if (!links.ok()) return links.error().text();
    std::string out;
    for (size_t i = 0; i < links->size(); i++)
      out += (*links)[i].program() + "=" + (*links)[i].target() + "\n";
    return out;
  }
  bool is_loaded(const char* name) const { return testing::program_fd(object_, name) >= 0; }

  testing::ObjectHandle object_;
};

const AttachTarget kNoStandIn = {.program = "on_stand_in", .disabled = true};
const AttachTarget kNoMissing = {.program = "on_missing", .disabled = true};

TEST_F(ChoiceTest, TheFirstAlternativeThatThereIs) {
  EXPECT_EQ(run({{.program = "on_first",
                  .target = "syscalls/no_such | syscalls/sys_enter_getpriority|syscalls/sys_enter_getpgid"},
                 kNoMissing,
                 kNoStandIn}),
            "on_first=tracepoint syscalls/sys_enter_getpriority\non_last=raw_tp sys_exit\n");
  std::string none =
      run({{.program = "on_first", .target = "syscalls/no_such|syscalls/none"}, kNoMissing, kNoStandIn});
  EXPECT_THAT(none, HasSubstr("program 'on_first': cannot attach to tracepoint syscalls/none"));
  // The target of a program that is bound when it is loaded.
  std::string bound = run({{.program = "on_missing", .target = "no_such|sched_switch"}, kNoStandIn});
  EXPECT_THAT(bound, HasSubstr("on_missing=tp_btf"));
}

TEST_F(ChoiceTest, WrongTargetsAreNoAlternatives) {
  std::string wrong = run(
      {{.program = "on_first", .target = "no-category|syscalls/sys_enter_getpgid"}, kNoMissing, kNoStandIn});
  EXPECT_THAT(wrong, HasSubstr("CATEGORY/NAME"));
}

TEST_F(ChoiceTest, WhatThereIsNotIsAnErrorUnlessItIsOptional) {
  std::string missing = run({kNoStandIn});
  EXPECT_THAT(missing, HasSubstr("program 'on_missing'"));
  EXPECT_THAT(missing, HasSubstr("no tracepoint 'no_such_tracepoint'"));
  EXPECT_THAT(missing, HasSubstr("gadget_program_disabled"));
  EXPECT_EQ(run({{.program = "on_missing", .optional = true}, kNoStandIn}),
            "on_first=tracepoint syscalls/sys_enter_getpgid\non_last=raw_tp sys_exit\n");
  EXPECT_FALSE(is_loaded("on_missing"));
  EXPECT_FALSE(is_loaded("on_stand_in"));
  EXPECT_TRUE(is_loaded("on_first"));
}

TEST_F(ChoiceTest, AnOptionalProgramWithoutTargetDoesNotStopTheOthers) {
  EXPECT_EQ(
      run({{.program = "on_first", .target = "syscalls/no_such", .optional = true}, kNoMissing, kNoStandIn}),
      "on_last=raw_tp sys_exit\n");
  EXPECT_TRUE(is_loaded("on_first"));
}

TEST_F(ChoiceTest, AStandInIsUsedOnlyInPlace) {
  EXPECT_THAT(run({{.program = "on_stand_in", .instead_of = "on_missing"}}),
              HasSubstr("on_stand_in=raw_tp sys_enter"));
  EXPECT_FALSE(is_loaded("on_missing"));
  std::string there = run({{.program = "on_missing", .target = "sched_switch"},
                           {.program = "on_stand_in", .instead_of = "on_missing"}});
  EXPECT_THAT(there, HasSubstr("on_missing="));
  EXPECT_FALSE(is_loaded("on_stand_in"));
  // Who switches a program off wants no other in its place.
  run({kNoMissing, {.program = "on_stand_in", .instead_of = "on_missing"}});
  EXPECT_FALSE(is_loaded("on_stand_in"));
}

TEST_F(ChoiceTest, StandInsInARow) {
  std::string out = run({{.program = "on_stand_in", .target = "no_such_raw", .instead_of = "on_missing"},
                         {.program = "on_last", .instead_of = "on_stand_in"}});
  // A raw tracepoint is only found missing when it is attached: then nothing stands in any more.
  EXPECT_THAT(out, HasSubstr("no tracepoint 'no_such_raw'"));
  EXPECT_FALSE(is_loaded("on_last"));
}

TEST_F(ChoiceTest, StandInsThatLeadNowhere) {
  EXPECT_THAT(run({kNoMissing, {.program = "on_stand_in", .instead_of = "nobody"}}),
              HasSubstr("instead_of names 'nobody'"));
  EXPECT_THAT(run({{.program = "on_missing", .instead_of = "on_stand_in"},
                   {.program = "on_stand_in", .instead_of = "on_missing"}}),
              HasSubstr("leads back to itself"));
  EXPECT_THAT(run({kNoMissing, {.program = "on_stand_in", .instead_of = "on_stand_in"}}),
              HasSubstr("leads back to itself"));
}

TEST(TargetAlternatives, AreSplitAndTrimmed) {
  EXPECT_EQ(target_alternatives(""), std::vector<std::string>{""});
  EXPECT_EQ(target_alternatives("a"), std::vector<std::string>{"a"});
  EXPECT_EQ(target_alternatives("a| b |c"), (std::vector<std::string>{"a", "b", "c"}));
}

}  // namespace
}  // namespace gadgetry::bpf
