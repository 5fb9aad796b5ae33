#include "stages/filter_stage.hpp"

#include <gmock/gmock.h>

#include "data/expr_filter.hpp"
#include "stages/rows_for_test.hpp"

namespace gadgetry::stages {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Syntax = FilterText::Syntax;

TEST(FilterStage, EveryFilterMustMatch) {
  Rows rows(data::SourceType::kSingle, {{1, 5}, {2, 5}, {3, 6}, {4, 5}});
  FilterStage stage({{Syntax::kSimple, "size==5"}, {Syntax::kExpression, "pid > 1 and pid < 4"}});
  ASSERT_TRUE(stage.plan(rows.source));
  EXPECT_TRUE(rows.source.find("pid")->needed);
  EXPECT_TRUE(rows.source.find("size")->needed);
  EXPECT_FALSE(rows.source.find("comm")->needed);
  stage.process(rows.batch);
  EXPECT_THAT(rows.pids(), ElementsAre(2));
  EXPECT_EQ(rows.source.counters().filtered, 3u);
}

TEST(FilterStage, KeepsTheOrderAndCountsUp) {
  Rows rows(data::SourceType::kSingle, {{4, 1}, {2, 0}, {3, 1}, {1, 1}});
  FilterStage stage({{Syntax::kSimple, "size=1"}});
  ASSERT_TRUE(stage.plan(rows.source));
  stage.process(rows.batch);
  EXPECT_THAT(rows.pids(), ElementsAre(4, 3, 1));
  rows.fill({{9, 0}});
  stage.process(rows.batch);
  EXPECT_THAT(rows.pids(), ElementsAre());
  EXPECT_EQ(rows.source.counters().filtered, 2u);
  stage.process(rows.batch);
  EXPECT_EQ(rows.source.counters().filtered, 2u);
}

TEST(FilterStage, WithoutFiltersEverythingPasses) {
  Rows rows(data::SourceType::kSingle, {{1, 1}, {2, 2}});
  FilterStage stage({});
  ASSERT_TRUE(stage.plan(rows.source));
  stage.process(rows.batch);
  EXPECT_THAT(rows.pids(), ElementsAre(1, 2));
}

TEST(FilterStage, CompiledProgramsJoinIn) {
  Rows rows(data::SourceType::kArray, {{1, 1}, {2, 2}});
  FilterStage stage({});
  auto program = data::compile_expr_filter(rows.source, "pid == 2");
  ASSERT_TRUE(program);
  stage.add(std::move(program).value());
  ASSERT_TRUE(stage.plan(rows.source));
  EXPECT_TRUE(rows.source.find("pid")->needed);
  stage.process(rows.batch);
  EXPECT_THAT(rows.pids(), ElementsAre(2));
}

TEST(FilterStage, ErrorsNameTheOption) {
  Rows rows(data::SourceType::kSingle, {});
  auto simple = FilterStage({{Syntax::kSimple, "pidd==1"}}).plan(rows.source);
  ASSERT_FALSE(simple);
  EXPECT_THAT(simple.error().message, HasSubstr("--filter: column 1: unknown field"));
  EXPECT_EQ(simple.error().kind, base::ErrorKind::kUsage);
  auto expression = FilterStage({{Syntax::kExpression, "pid ="}}).plan(rows.source);
  ASSERT_FALSE(expression);
  EXPECT_THAT(expression.error().message, HasSubstr("--filter-expr: line 1, column 5:"));
}

}  // namespace
}  // namespace gadgetry::stages
