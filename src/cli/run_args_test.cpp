#include "cli/run_args.hpp"

#include <gtest/gtest.h>

namespace gadgetry::cli {
namespace {

TEST(RunArgs, RingSizes) {
  EXPECT_EQ(*parse_ring_size("4096"), 4096u);
  EXPECT_EQ(*parse_ring_size("512K"), 512u << 10);
  EXPECT_EQ(*parse_ring_size("4m"), 4u << 20);
  for (const char* bad : {"", "0", "-1", "4G", "1025M", "99999999999", "M", "4 M"}) {
    EXPECT_FALSE(parse_ring_size(bad).ok()) << bad;
  }
}

TEST(RunArgs, TimeoutsAreSecondsOrDurations) {
  RunArgs args;
  args.timeout = "5";
  EXPECT_EQ(make_config(args)->timeout_ns, 5'000'000'000);
  args.timeout = "0.5";
  EXPECT_EQ(make_config(args)->timeout_ns, 500'000'000);
  args.timeout = "1m30s";
  EXPECT_EQ(make_config(args)->timeout_ns, 90'000'000'000);
  for (const char* bad : {"soon", "-1", "5x"}) {
    args.timeout = bad;
    auto config = make_config(args);
    ASSERT_FALSE(config.ok()) << bad;
    EXPECT_EQ(config.error().kind, base::ErrorKind::kUsage);
  }
}

TEST(RunArgs, MapModes) {
  RunArgs args;
  args.map_mode = "keep";
  EXPECT_EQ(make_config(args)->map_mode, pipeline::MapMode::kKeep);
  args.map_mode = "kep";
  EXPECT_FALSE(make_config(args).ok());
}

}  // namespace
}  // namespace gadgetry::cli
