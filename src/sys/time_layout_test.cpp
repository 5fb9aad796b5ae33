#include "sys/time_layout.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <ctime>

#include "sys/clock.hpp"

namespace gadgetry::sys {
namespace {

class TimeLayoutTest : public testing::Test {
 protected:
  void zone(const char* name) {
    setenv("TZ", name, 1);
    tzset();
  }
  void SetUp() override { zone("UTC0"); }
  void TearDown() override {
    unsetenv("TZ");
    tzset();
  }
  static std::string once(std::string_view layout, int64_t time) {
    TimeLayout compiled(layout);
    return std::string(compiled.format(time));
  }
  // 2023-11-14T22:13:20.123456789Z, a Tuesday, day 318 of the year.
  static constexpr int64_t kTime = 1700000000'123456789;
};

TEST_F(TimeLayoutTest, Default) {
  EXPECT_EQ(once(kDefaultTimeLayout, kTime), "2023-11-14T22:13:20.123456789Z");
  zone("TST-5:30");
  EXPECT_EQ(once(kDefaultTimeLayout, kTime), "2023-11-15T03:43:20.123456789+05:30");
  zone("TST3");
  EXPECT_EQ(once(kDefaultTimeLayout, kTime), "2023-11-14T19:13:20.123456789-03:00");
}

TEST_F(TimeLayoutTest, KeepsTheSecond) {
  TimeLayout layout;
  EXPECT_EQ(layout.format(kTime), "2023-11-14T22:13:20.123456789Z");
  EXPECT_EQ(layout.format(kTime + 1), "2023-11-14T22:13:20.123456790Z");
  EXPECT_EQ(layout.format(1700000000'000000000), "2023-11-14T22:13:20.000000000Z");
  EXPECT_EQ(layout.format(1700000001'999999999), "2023-11-14T22:13:21.999999999Z");
  EXPECT_EQ(layout.format(kTime), "2023-11-14T22:13:20.123456789Z");
  EXPECT_EQ(layout.format(-1), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(layout.format(0), "1970-01-01T00:00:00.000000000Z");
}

TEST_F(TimeLayoutTest, CustomLayouts) {
  EXPECT_EQ(once("15:04:05", kTime), "22:13:20");
  EXPECT_EQ(once("15:04:05.000", kTime), "22:13:20.123");
  EXPECT_EQ(once("15:04:05,000000", kTime), "22:13:20,123456");
  EXPECT_EQ(once("15:04:05.999999999", 1700000000'120000000), "22:13:20.12");
  EXPECT_EQ(once("15:04:05.999", 1700000000'000000000), "22:13:20");
  EXPECT_EQ(once("3:04PM", kTime), "10:13PM");
  EXPECT_EQ(once("03:04pm", 1700000000'000000000 - 12 * 3600'000000000), "10:13am");
  EXPECT_EQ(once("Mon Jan _2 15:04:05 2006", kTime), "Tue Nov 14 22:13:20 2023");
  EXPECT_EQ(once("Monday, 02-Jan-06 15:04:05 MST", kTime), "Tuesday, 14-Nov-23 22:13:20 UTC");
  EXPECT_EQ(once("January 2, 2006 002 __2", kTime), "November 14, 2023 318 318");
  EXPECT_EQ(once("2006-01-02T15:04:05Z07:00", kTime), "2023-11-14T22:13:20Z");
  EXPECT_EQ(once("15h04m5s -0700", kTime), "22h13m20s +0000");
  EXPECT_EQ(once("Month of Janet", kTime), "Month of Janet");
  EXPECT_EQ(once("_2006", kTime), "_2023");
  EXPECT_EQ(once("05.0000000000", kTime), "20.0000000000") << "more than nine digits are no fraction";
  EXPECT_EQ(once("", kTime), "");
  EXPECT_EQ(once("plain", kTime), "plain");
}

TEST_F(TimeLayoutTest, ALayoutWithoutFractionKeepsItsText) {
  TimeLayout layout("15:04:05");
  EXPECT_EQ(layout.format(kTime), "22:13:20");
  EXPECT_EQ(layout.format(kTime + 5), "22:13:20");
  EXPECT_EQ(layout.format(kTime + 1'000'000'000), "22:13:21");
}

TEST_F(TimeLayoutTest, AnyLayoutFromOutsideIsBounded) {
  std::string all;
  for (int i = 0; i < 1000; i++) all += ".000 Monday January Z07:00:00 ";
  EXPECT_LT(once(all, kTime).size(), 1000u);
}

TEST(BootClock, GivesWallTime) {
  BootClock clock;
  timespec boot{};
  timespec wall{};
  clock_gettime(CLOCK_BOOTTIME, &boot);
  clock_gettime(CLOCK_REALTIME, &wall);
  int64_t boot_ns = boot.tv_sec * 1'000'000'000L + boot.tv_nsec;
  int64_t wall_ns = wall.tv_sec * 1'000'000'000L + wall.tv_nsec;
  clock.refresh();
  EXPECT_NEAR(static_cast<double>(clock.wall_time(static_cast<uint64_t>(boot_ns)) - wall_ns), 0, 50e6);
  EXPECT_NEAR(static_cast<double>(clock.wall_time(0) - wall_ns), 0, 1e9) << "0 means now";
}

TEST(BootClock, CanBeFixed) {
  BootClock clock(1000);
  clock.refresh();
  EXPECT_EQ(clock.wall_time(5), 1005);
}

}  // namespace
}  // namespace gadgetry::sys
