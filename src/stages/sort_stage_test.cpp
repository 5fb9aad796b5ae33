#include "stages/sort_stage.hpp"

#include <gmock/gmock.h>

#include "stages/rows_for_test.hpp"

namespace gadgetry::stages {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<uint64_t> sorted(const std::string& keys, std::vector<Row> values) {
  Rows rows(data::SourceType::kArray, std::move(values));
  SortStage stage(keys);
  auto planned = stage.plan(rows.source);
  EXPECT_TRUE(planned) << planned.error().text();
  stage.process(rows.batch);
  return rows.pids();
}

TEST(SortKeys, Text) {
  auto keys = parse_sort_keys("a,-b, +c");
  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), 3u);
  EXPECT_EQ((*keys)[0].field, "a");
  EXPECT_FALSE((*keys)[0].descending);
  EXPECT_EQ((*keys)[1].field, "b");
  EXPECT_TRUE((*keys)[1].descending);
  EXPECT_EQ((*keys)[2].field, "c");
  EXPECT_FALSE((*keys)[2].descending);
  EXPECT_FALSE(parse_sort_keys(""));
  EXPECT_FALSE(parse_sort_keys("a,,b"));
  EXPECT_FALSE(parse_sort_keys("-"));
}

TEST(SortStage, OneKey) {
  EXPECT_THAT(sorted("pid", {{3, 0}, {1, 0}, {2, 0}}), ElementsAre(1, 2, 3));
  EXPECT_THAT(sorted("-pid", {{3, 0}, {1, 0}, {4000000000u, 0}}), ElementsAre(4000000000u, 3, 1));
  EXPECT_THAT(sorted("size", {{1, 5}, {2, -5}, {3, 0}}), ElementsAre(2, 3, 1));
  EXPECT_THAT(sorted("comm", {{1, 0, "b"}, {2, 0, "a"}, {3, 0, ""}}), ElementsAre(3, 2, 1));
}

TEST(SortStage, LaterKeysDecideAmongEqualRows) {
  EXPECT_THAT(sorted("comm,-size", {{1, 1, "b"}, {2, 1, "a"}, {3, 7, "b"}, {4, 9, "a"}}),
              ElementsAre(4, 2, 3, 1));
}

TEST(SortStage, StableInBothDirections) {
  std::vector<Row> rows;
  std::vector<uint64_t> expected;
  for (uint32_t i = 0; i < 1000; i++) rows.push_back({i, static_cast<int32_t>(i % 3), {}});
  for (uint32_t rest : {2u, 1u, 0u}) {
    for (uint32_t i = rest; i < 1000; i += 3) expected.push_back(i);
  }
  EXPECT_EQ(sorted("-size", rows), expected);
}

TEST(SortStage, FetchAfterFetch) {
  Rows rows(data::SourceType::kArray, {{2, 0}, {1, 0}});
  SortStage stage("pid");
  ASSERT_TRUE(stage.plan(rows.source));
  EXPECT_TRUE(rows.source.find("pid")->needed);
  stage.process(rows.batch);
  EXPECT_THAT(rows.pids(), ElementsAre(1, 2));
  rows.fill({{9, 0}, {7, 0}, {8, 0}});
  stage.process(rows.batch);
  EXPECT_THAT(rows.pids(), ElementsAre(7, 8, 9));
  rows.fill({});
  stage.process(rows.batch);
  EXPECT_THAT(rows.pids(), ElementsAre());
}

TEST(SortStage, Errors) {
  Rows events(data::SourceType::kSingle, {});
  auto single = SortStage("pid").plan(events.source);
  ASSERT_FALSE(single);
  EXPECT_THAT(single.error().text(), HasSubstr("single events"));
  Rows rows(data::SourceType::kArray, {});
  auto unknown = SortStage("-sice").plan(rows.source);
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().text(),
              HasSubstr("--sort: unknown field \"sice\" of data source table; did you mean size?"));
}

}  // namespace
}  // namespace gadgetry::stages
