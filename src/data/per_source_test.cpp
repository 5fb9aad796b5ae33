#include "data/per_source.hpp"

#include <gtest/gtest.h>

namespace gadgetry::data {
namespace {

TEST(PerSource, OneUnnamedValueIsForAll) {
  auto values = parse_per_source("pid,-size", ';');
  ASSERT_TRUE(values) << values.error().text();
  ASSERT_EQ(values->size(), 1u);
  ASSERT_NE(find_per_source(*values, "open"), nullptr);
  EXPECT_EQ(find_per_source(*values, "open")->value, "pid,-size");
}

TEST(PerSource, NamedValuesWinOverTheUnnamedOne) {
  auto values = parse_per_source("10, exec : 20,open:30", ',');
  ASSERT_TRUE(values) << values.error().text();
  EXPECT_EQ(find_per_source(*values, "exec")->value, "20");
  EXPECT_EQ(find_per_source(*values, "open")->value, "30");
  EXPECT_EQ(find_per_source(*values, "other")->value, "10");
}

TEST(PerSource, NoValueForSourcesThatAreNotNamed) {
  auto values = parse_per_source("exec:a,b;open:c", ';');
  ASSERT_TRUE(values);
  EXPECT_EQ(find_per_source(*values, "exec")->value, "a,b");
  EXPECT_EQ(find_per_source(*values, "mount"), nullptr);
}

TEST(PerSource, OnlyTheFirstColonSeparates) {
  auto values = parse_per_source("a:b:c", ';');
  ASSERT_TRUE(values);
  EXPECT_EQ(values->front().value, "b:c");
}

TEST(PerSource, Errors) {
  EXPECT_FALSE(parse_per_source(" ", ','));
  EXPECT_FALSE(parse_per_source("a:", ','));
  EXPECT_FALSE(parse_per_source(":1", ','));
  EXPECT_FALSE(parse_per_source("1,", ','));
  EXPECT_FALSE(parse_per_source("1,2", ','));
  auto twice = parse_per_source("a:1,a:2", ',');
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().kind, base::ErrorKind::kUsage);
  EXPECT_NE(twice.error().text().find("data source a is given twice"), std::string::npos)
      << twice.error().text();
}

TEST(PerSource, UnknownSourcesAreTold) {
  auto values = parse_per_source("opne:1", ',');
  ASSERT_TRUE(values);
  EXPECT_TRUE(check_per_source(*values, {"opne"}, "--sort"));
  auto status = check_per_source(*values, {"open", "exec"}, "--max-entries");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().text(),
            "--max-entries: unknown data source \"opne\"; did you mean open? there are open, exec");
}

}  // namespace
}  // namespace gadgetry::data
