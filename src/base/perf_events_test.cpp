#include "base/perf_events.hpp"

#include <gmock/gmock.h>
#include <linux/perf_event.h>

namespace gadgetry::base {
namespace {

using ::testing::HasSubstr;

TEST(PerfEvents, NamesAndNumbers) {
  struct Case {
    const char* type;
    const char* config;
    uint32_t expected_type;
    uint64_t expected_config;
  };
  for (const Case& one :
       {Case{"software", "count_sw_cpu_clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK},
        Case{"software", "count_sw_page_faults_maj", PERF_TYPE_SOFTWARE, 6},
        Case{"software", "2", PERF_TYPE_SOFTWARE, 2},
        Case{"hardware", "count_hw_cpu_cycles", PERF_TYPE_HARDWARE, 0},
        Case{"hardware", "count_hw_cache_misses", PERF_TYPE_HARDWARE, 3},
        Case{"hw_cache", "count_hw_cache_ll_read_miss", PERF_TYPE_HW_CACHE, 0x10002},
        Case{"hw_cache", "count_hw_cache_dtlb_prefetch_access", PERF_TYPE_HW_CACHE, 0x00203},
        Case{"hw_cache", "0x10002", PERF_TYPE_HW_CACHE, 0x10002},
        Case{"raw", "0x01c2", PERF_TYPE_RAW, 0x1c2}}) {
    auto events = parse_perf_events(one.type, one.config);
    ASSERT_TRUE(events.ok()) << one.config << ": " << events.error().text();
    ASSERT_EQ(events->size(), 1u);
    EXPECT_EQ(events->front().type, one.expected_type) << one.config;
    EXPECT_EQ(events->front().config, one.expected_config) << one.config;
  }
}

TEST(PerfEvents, Alternatives) {
  auto events = parse_perf_events("hardware|software", "count_hw_cache_misses | count_sw_cpu_clock");
  ASSERT_TRUE(events.ok()) << events.error().text();
  ASSERT_EQ(events->size(), 2u);
  EXPECT_EQ((*events)[0].name, "count_hw_cache_misses");
  EXPECT_EQ((*events)[1].type, static_cast<uint32_t>(PERF_TYPE_SOFTWARE));
  auto numbers = parse_perf_events("raw|software", "0x1c2|0");
  ASSERT_TRUE(numbers.ok()) << numbers.error().text();
  EXPECT_EQ((*numbers)[0].name, "raw 0x1c2");
  EXPECT_EQ((*numbers)[1].type, static_cast<uint32_t>(PERF_TYPE_SOFTWARE));
}

TEST(PerfEvents, Mistakes) {
  struct Case {
    const char* type;
    const char* config;
    const char* error;
  };
  for (const Case& one :
       {Case{"sofware", "0", "perf.type: 'sofware' is not known; did you mean software?"},
        Case{"", "0", "perf.type: '' is not known"},
        Case{"hardware", "count_hw_cpu_cycle",
             "'count_hw_cpu_cycle' is not known; did you mean count_hw_cpu_cycles?"},
        Case{"hw_cache", "count_hw_cache_l9_read_miss",
             "a cache event is count_hw_cache_CACHE_OPERATION_RESULT"},
        Case{"hardware", "count_sw_cpu_clock",
             "is an event of type software, not hardware; write type: software"},
        Case{"raw|software", "1|2|3", "no type for the number 3"},
        Case{"software", "count_sw_cpu_clock|", "perf.config: '' is not known"},
        Case{"raw", "0x11111111111111111", "is not known"}, Case{"raw", "-1", "is not known"}}) {
    auto events = parse_perf_events(one.type, one.config);
    ASSERT_FALSE(events.ok()) << one.config;
    EXPECT_THAT(events.error().text(), HasSubstr(one.error));
  }
}

}  // namespace
}  // namespace gadgetry::base
