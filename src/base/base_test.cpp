#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "base/strings.hpp"

namespace gadgetry::base {
namespace {

Result<int> half(int n) {
  if (n % 2 != 0) return Error("odd").with_hint("give an even number");
  return n / 2;
}

Result<int> quarter(int n) {
  GADGETRY_ASSIGN(int h, half(n));
  return half(h);
}

TEST(Result, PassesValuesAndErrorsOn) {
  EXPECT_EQ(*quarter(8), 2);
  auto failed = quarter(6);
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(std::move(failed).error().context("quarter of 6").text(), "quarter of 6: odd; give an even number");
}

TEST(Result, SystemErrorsKeepTheirNumberAndKind) {
  Error error = Error::system("open x", EACCES);
  EXPECT_EQ(error.errno_value, EACCES);
  EXPECT_EQ(error.kind, ErrorKind::kPermission);
  EXPECT_EQ(error.text(), "open x: Permission denied");
}

TEST(Strings, Durations) {
  EXPECT_EQ(*parse_duration("0"), 0);
  EXPECT_EQ(*parse_time("1.5"), 1'500'000'000);
  EXPECT_EQ(*parse_time("20ms"), 20'000'000);
  EXPECT_FALSE(parse_time("-1").ok());
  EXPECT_FALSE(parse_time("soon").ok());
  EXPECT_EQ(*parse_duration("1500ms"), 1'500'000'000);
  EXPECT_EQ(*parse_duration("1m30.5s"), 90'500'000'000);
  EXPECT_EQ(*parse_duration("-2us"), -2000);
  for (const char* bad : {"", "-", "5", "1x", "ms", "1..2s", "999999999h"}) EXPECT_FALSE(parse_duration(bad).ok()) << bad;
}

TEST(Strings, ParseIntTakesTheWholeTextOnly) {
  EXPECT_EQ(parse_int<uint8_t>("255"), 255);
  EXPECT_FALSE(parse_int<uint8_t>("256"));
  EXPECT_FALSE(parse_int<uint32_t>("-1"));
  EXPECT_FALSE(parse_int<int>("1 "));
  EXPECT_FALSE(parse_int<int>(""));
}

TEST(Strings, ClosestFindsTyposOnly) {
  EXPECT_EQ(closest("columns.with", {"columns.width", "columns.hidden"}), "columns.width");
  EXPECT_EQ(closest("nothing", {"columns.width"}), "");
}

TEST(Strings, PrintableEscapesControlCharacters) { EXPECT_EQ(printable("a\x1b[2J\n"), "a\\x1b[2J\\n"); }

TEST(Files, ReplaceIsWholeAndReadHonoursItsLimit) {
  char folder[] = "/tmp/gadgetry-base-XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  std::string path = std::string(folder) + "/file";
  ASSERT_TRUE(replace_file(path, "first").ok());
  ASSERT_TRUE(replace_file(path, "second").ok());
  EXPECT_EQ(*read_file(path, 100), "second");
  EXPECT_FALSE(read_file(path, 3).ok());
  EXPECT_FALSE(read_file(folder, 100).ok());
  unlink(path.c_str());
  EXPECT_EQ(rmdir(folder), 0) << "a temporary file was left behind";
}

}  // namespace
}  // namespace gadgetry::base
