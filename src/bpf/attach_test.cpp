#include "bpf/attach.hpp"

#include <gmock/gmock.h>
#include <sys/syscall.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "bpf/features.hpp"
#include "bpf/run_test_util.hpp"

namespace gadgetry::bpf {
namespace {

using ::testing::HasSubstr;

// Of tests/data/run_objects/attach.bpf.c.
enum Counter : uint32_t {
  kTracepointHits,
  kTpHits,
  kRawHits,
  kTpBtfHits,
  kUprobeHits,
  kUretprobeHits,
  kSamples,
  kDisabled
};

const PerfSettings kSampling = {
    .type = "software", .config = "count_sw_cpu_clock", .sample_type = "sample_raw", .frequency = 999};

class AttachTest : public ::testing::Test {
 protected:
  void SetUp() override {
    GADGETRY_NEEDS_ROOT();
    object_ = testing::open_object("attach");
    ASSERT_NE(object_, nullptr);
    auto loaded = load(object_.get(), {});
    ASSERT_TRUE(loaded.ok()) << loaded.error().text();
    uint32_t zero = 0;
    uint32_t pid = static_cast<uint32_t>(getpid());
    ASSERT_EQ(bpf_map_update_elem(testing::map_fd(object_, "own_pid"), &zero, &pid, BPF_ANY), 0);
  }

  uint64_t count(uint32_t index) {
    uint64_t value = 0;
    EXPECT_EQ(bpf_map_lookup_elem(testing::map_fd(object_, "counts"), &index, &value), 0);
    return value;
  }
  std::string error(const std::vector<AttachTarget>& targets) {
    auto links = Attachments::open(object_.get(), targets);
    return links.ok() ? "(it was attached)" : links.error().text();
  }
  static void provoke() {
    for (int i = 0; i < 20; ++i) {
      syscall(SYS_getpgid, 0);
      [[maybe_unused]] volatile pid_t parent = getppid();
    }
    auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
    while (std::chrono::steady_clock::now() < end) {
    }
  }

  testing::ObjectHandle object_;
};

TEST_F(AttachTest, EveryFamilyCounts) {
  auto links = Attachments::open(object_.get(), {{.program = "on_sample", .target = "", .perf = kSampling}});
  ASSERT_TRUE(links.ok()) << links.error().text();
  provoke();
  EXPECT_EQ(count(kTracepointHits), 20u);
  EXPECT_EQ(count(kTpHits), 20u);
  EXPECT_GE(count(kRawHits), 40u);
  EXPECT_GE(count(kTpBtfHits), 40u);
  EXPECT_EQ(count(kUprobeHits), 20u);
  EXPECT_EQ(count(kUretprobeHits), 20u);
  EXPECT_GT(count(kSamples), 5u);
  EXPECT_EQ(count(kDisabled), 0u);

  auto before = std::chrono::steady_clock::now();
  links->detach();
  std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - before;
  std::printf("detaching everything took %.1f ms\n", took.count());
  std::vector<uint64_t> counts;
  for (uint32_t i = 0; i <= kDisabled; ++i) counts.push_back(count(i));
  provoke();
  for (uint32_t i = 0; i <= kDisabled; ++i) EXPECT_EQ(count(i), counts[i]) << "counter " << i;
}

TEST_F(AttachTest, TargetsCanBeReplaced) {
  auto links = Attachments::open(object_.get(),
                                 {{.program = "on_tracepoint", .target = "syscalls/sys_enter_getpriority"},
                                  {.program = "on_raw_tp", .target = "sys_exit"},
                                  {.program = "on_uprobe", .target = "libc:getpgid"},
                                  {.program = "on_tp_btf", .target = "", .disabled = true},
                                  {.program = "on_tp", .target = std::string(kProgramDisabled)},
                                  {.program = "on_sample", .target = "", .perf = kSampling}});
  ASSERT_TRUE(links.ok()) << links.error().text();
  EXPECT_EQ((*links)[0].target(), "tracepoint syscalls/sys_enter_getpriority");
  EXPECT_EQ((*links)[0].program(), "on_tracepoint");
  provoke();
  EXPECT_EQ(count(kTracepointHits), 0u);
  syscall(SYS_getpriority, 0, 0);
  EXPECT_EQ(count(kTracepointHits), 1u);
  EXPECT_GT(count(kRawHits), 20u);
  EXPECT_EQ(count(kUprobeHits), 0u);
  EXPECT_EQ(count(kTpBtfHits), 0u);
  EXPECT_EQ(count(kTpHits), 0u);
}

TEST_F(AttachTest, ErrorsNameProgramAndTarget) {
  // Programs of files come after those that need no place, so that these have to be right.
  auto probe_error = [this](const char* target) {
    return error({{.program = "on_sample", .target = "", .perf = kSampling},
                  {.program = "on_uprobe", .target = target}});
  };
  EXPECT_THAT(error({}),
              HasSubstr("program 'on_sample': cannot attach to perf_event: the metadata does not say"));
  EXPECT_THAT(
      error({{.program = "on_tracepoint", .target = "syscalls/no_such"}}),
      HasSubstr("program 'on_tracepoint': cannot attach to tracepoint syscalls/no_such: this kernel has no"));
  EXPECT_THAT(error({{.program = "on_tracepoint", .target = "../../etc/passwd"}}),
              HasSubstr("CATEGORY/NAME"));
  EXPECT_THAT(error({{.program = "on_tracepoint", .target = "syscalls/.."}}), HasSubstr("CATEGORY/NAME"));
  EXPECT_THAT(error({{.program = "on_raw_tp", .target = "no_such"}}), HasSubstr("no tracepoint 'no_such'"));
  EXPECT_THAT(probe_error("libc"), HasSubstr("LIBRARY:FUNCTION"));
  EXPECT_THAT(probe_error("libnosuch:f"), HasSubstr("no library 'libnosuch'"));
  EXPECT_THAT(probe_error("libc:no_such_f"), HasSubstr("no function 'no_such_f'"));
  EXPECT_THAT(probe_error("/etc/passwd:f"), HasSubstr("not an ELF file"));
  EXPECT_THAT(probe_error("/no/such:f"), HasSubstr("/no/such"));
  EXPECT_THAT(error({{.program = "no_program", .target = "x"}}), HasSubstr("'no_program'"));
  PerfSettings wrong = kSampling;
  wrong.config = "count_hw_cycles";
  EXPECT_THAT(error({{.program = "on_sample", .target = "", .perf = wrong}}), HasSubstr("count_hw_cycles"));
  wrong = kSampling;
  wrong.sample_type = "sample_ip";
  EXPECT_THAT(error({{.program = "on_sample", .target = "", .perf = wrong}}), HasSubstr("sample_raw"));
  wrong = kSampling;
  wrong.frequency = 1000000000;
  EXPECT_THAT(error({{.program = "on_sample", .target = "", .perf = wrong}}), HasSubstr("too high"));
}

TEST_F(AttachTest, SamplesProcessesAndPeriods) {
  std::vector<AttachTarget> targets;
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object_.get()) {
    targets.push_back({.program = bpf_program__name(program), .disabled = true});
  }
  auto sample =
      std::find_if(targets.begin(), targets.end(), [](auto& one) { return one.program == "on_sample"; });
  ASSERT_NE(sample, targets.end());
  // The clock counts nanoseconds: a sample every millisecond of this process.
  *sample = {.program = "on_sample",
             .perf = {.type = "software",
                      .config = "count_sw_task_clock",
                      .sample_type = "sample_raw",
                      .period = 1000000}};
  AttachOptions options;
  options.scope.pids = {getpid()};
  auto links = Attachments::open(object_.get(), targets, options);
  ASSERT_TRUE(links.ok()) << links.error().text();
  auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);  // of a busy machine
  while (count(kSamples) <= 5 && std::chrono::steady_clock::now() < end) provoke();
  EXPECT_GT(count(kSamples), 5u);
  options.scope.pids = {4194001};
  EXPECT_THAT(Attachments::open(object_.get(), targets, options).error().text(),
              HasSubstr("there is no process 4194001"));
  options.scope.pids.clear();
  options.scope.cgroups = {"no/such"};
  EXPECT_THAT(Attachments::open(object_.get(), targets, options).error().text(),
              HasSubstr("there is no cgroup 'no/such'"));
}

TEST_F(AttachTest, AFailureLeavesNothingAttached) {
  EXPECT_NE(error({{.program = "on_sample", .target = "", .perf = kSampling},
                   {.program = "on_uretprobe", .target = "libc:no_such_f"}}),
            "(it was attached)");
  uint64_t before = count(kTracepointHits);
  provoke();
  EXPECT_EQ(count(kTracepointHits), before);
}

TEST_F(AttachTest, KprobesWorkOrSayWhyNot) {
  testing::ObjectHandle object = testing::open_object("functions");
  std::vector<AttachTarget> targets = {{.program = "on_fentry", .target = "", .disabled = true}};
  ASSERT_TRUE(load(object.get(), {.targets = targets}).ok());
  auto links = Attachments::open(object.get(), targets);
  if (kernel_features().kprobes) {
    ASSERT_TRUE(links.ok()) << links.error().text();
    EXPECT_EQ(links->size(), 2u);
    targets.push_back({.program = "on_entry", .target = "no_such_function"});
    auto missing = Attachments::open(object.get(), targets);
    ASSERT_FALSE(missing.ok());
    EXPECT_THAT(missing.error().text(), HasSubstr("no function 'no_such_function'"));
  } else {
    ASSERT_FALSE(links.ok());
    EXPECT_THAT(links.error().text(),
                HasSubstr("cannot attach to kprobe vfs_unlink: this kernel has no kprobes"));
    EXPECT_THAT(links.error().text(), HasSubstr("CONFIG_KPROBES"));
  }
}

}  // namespace
}  // namespace gadgetry::bpf
