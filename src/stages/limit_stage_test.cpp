#include "stages/limit_stage.hpp"

#include <gmock/gmock.h>

#include "stages/rows_for_test.hpp"

namespace gadgetry::stages {
namespace {

using testing::ElementsAre;

TEST(Limit, Text) {
  EXPECT_EQ(*parse_limit("10"), 10);
  EXPECT_EQ(*parse_limit(" 0 "), 0);
  EXPECT_EQ(*parse_limit("-1"), -1);
  for (const char* text : {"", "x", "-2", "1.5", "99999999999999999999"})
    EXPECT_FALSE(parse_limit(text)) << text;
}

TEST(LimitStage, EveryFetchOfAnArrayKeepsItsFirstRows) {
  Rows rows(data::SourceType::kArray, {{1, 0}, {2, 0}, {3, 0}});
  LimitStage stage(2);
  stage.process(rows.batch);
  EXPECT_THAT(rows.pids(), ElementsAre(1, 2));
  rows.fill({{4, 0}, {5, 0}, {6, 0}});
  stage.process(rows.batch);
  EXPECT_THAT(rows.pids(), ElementsAre(4, 5));
  rows.fill({{7, 0}});
  stage.process(rows.batch);
  EXPECT_THAT(rows.pids(), ElementsAre(7));
  EXPECT_EQ(rows.source.counters().filtered, 2u);
  EXPECT_FALSE(stage.exhausted());
}

TEST(LimitStage, EventsPassUntilTheLimit) {
  Rows rows(data::SourceType::kSingle, {{1, 0}, {2, 0}});
  LimitStage stage(3);
  stage.process(rows.batch);
  EXPECT_THAT(rows.pids(), ElementsAre(1, 2));
  EXPECT_FALSE(stage.exhausted());
  rows.fill({{3, 0}, {4, 0}});
  stage.process(rows.batch);
  EXPECT_THAT(rows.pids(), ElementsAre(3));
  EXPECT_TRUE(stage.exhausted());
  rows.fill({{5, 0}});
  stage.process(rows.batch);
  EXPECT_THAT(rows.pids(), ElementsAre());
  EXPECT_EQ(rows.source.counters().filtered, 2u);
}

TEST(LimitStage, NoneAndZero) {
  Rows rows(data::SourceType::kSingle, {{1, 0}, {2, 0}});
  LimitStage none(-1);
  none.process(rows.batch);
  EXPECT_THAT(rows.pids(), ElementsAre(1, 2));
  EXPECT_FALSE(none.exhausted());
  LimitStage zero(0);
  zero.process(rows.batch);
  EXPECT_THAT(rows.pids(), ElementsAre());
  EXPECT_TRUE(zero.exhausted());
}

}  // namespace
}  // namespace gadgetry::stages
