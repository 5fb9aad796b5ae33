#include "bpf/load.hpp"

#include <gmock/gmock.h>
#include <sched.h>
#include <sys/capability.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <functional>

#include "base/limits.hpp"
#include "base/log.hpp"
#include "bpf/features.hpp"
#include "bpf/run_test_util.hpp"

namespace gadgetry::bpf {
namespace {

using ::testing::HasSubstr;

class LoadTest : public ::testing::Test {
 protected:
  void SetUp() override { GADGETRY_NEEDS_ROOT(); }
};

std::string load_error(const std::string& name, const LoadOptions& options = {}) {
  testing::ObjectHandle object = testing::open_object(name);
  auto loaded = load(object.get(), options);
  return loaded.ok() ? "(it was loaded)" : loaded.error().text();
}

// Runs the check in a process of its own, where it can give away its rights and mounts.
bool in_child(const std::function<bool()>& check) {
  pid_t child = fork();
  if (child == 0) _exit(check() ? 0 : 1);
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST_F(LoadTest, AVerifierErrorShowsTheLinesThatMatter) {
  std::string error = load_error("bad_pointer");
  EXPECT_THAT(error, HasSubstr("program 'forgets_check' (raw_tp/sys_enter)"));
  EXPECT_THAT(error, HasSubstr("invalid mem access 'map_value_or_null'"));
  EXPECT_THAT(error, HasSubstr("*value += 1"));           // the source line
  EXPECT_THAT(error, HasSubstr("*(u64 *)(r0 +0)"));       // the instruction
  EXPECT_THAT(error, HasSubstr("check the pointer"));     // the remedy
  EXPECT_EQ(error.find("processed"), std::string::npos);  // no statistics
}

TEST_F(LoadTest, AWrongHelperIsNamed) {
  std::string error = load_error("bad_helper");
  EXPECT_THAT(error, HasSubstr("'wrong_helper'"));
  EXPECT_THAT(error, HasSubstr("bpf_skb_load_bytes"));
  EXPECT_THAT(error, HasSubstr("not for programs of this type"));
}

TEST_F(LoadTest, OtherSectionsAreRefusedByName) {
  std::string error = load_error("bad_section");
  EXPECT_THAT(error, HasSubstr("'on_packet'"));
  EXPECT_THAT(error, HasSubstr("section 'packet/all' is not supported by this version"));
  EXPECT_THAT(error, HasSubstr("supported are: action, cgroup/bind4"));
}

TEST_F(LoadTest, WhatTheKernelLacksIsNamed) {
  std::string error = load_error("infrared");
  if (error == "(it was loaded)") GTEST_SKIP() << "this kernel takes programs of infrared receivers";
  EXPECT_THAT(error, HasSubstr("program 'on_signal' (lirc_mode2)"));
  EXPECT_THAT(error, HasSubstr("this kernel may lack it: CONFIG_BPF_LIRC_MODE2"));
}

TEST_F(LoadTest, AMissingFunctionIsNamedAndCanBeDisabled) {
  std::string error = load_error("functions");
  EXPECT_THAT(error, HasSubstr("no_such_function_anywhere"));
  EXPECT_THAT(error, HasSubstr("this kernel has no function"));

  LoadOptions options;
  options.targets = {{.program = "on_fentry", .target = "another_missing_function"}};
  error = load_error("functions", options);
  EXPECT_THAT(error, HasSubstr("cannot attach to 'another_missing_function'"));

  options.targets = {{.program = "on_fentry", .target = std::string(kProgramDisabled)}};
  EXPECT_EQ(load_error("functions", options), "(it was loaded)");
  options.targets = {{.program = "on_fentry", .target = "", .disabled = true}};
  EXPECT_EQ(load_error("functions", options), "(it was loaded)");
}

TEST_F(LoadTest, RingSizesAreSet) {
  testing::ObjectHandle object = testing::open_object("rings");
  LoadOptions options;
  options.ring_bytes = 100000;
  options.tracer_maps = {"events"};
  ASSERT_TRUE(load(object.get(), options).ok());
  EXPECT_EQ(bpf_map__max_entries(bpf_object__find_map_by_name(object.get(), "events")), 131072u);
}

TEST(LoadSizes, AreRoundedUp) {
  EXPECT_EQ(round_ring_bytes(1), 4096u);
  EXPECT_EQ(round_ring_bytes(4096), 4096u);
  EXPECT_EQ(round_ring_bytes(4097), 8192u);
  EXPECT_EQ(round_ring_bytes(~uint64_t{0}), limits::kRingBytesMax);
}

std::string* g_messages = nullptr;

TEST_F(LoadTest, VerboseLogsTheVerifier) {
  std::string messages;
  g_messages = &messages;
  base::set_log_level(base::LogLevel::kDebug);
  base::set_log_sink([](base::LogLevel, std::string_view text) { *g_messages += std::string(text) + "\n"; });
  LoadOptions options;
  options.verbose = true;
  std::string error = load_error("attach", options);
  base::set_log_level(base::LogLevel::kInfo);
  base::set_log_sink([](base::LogLevel, std::string_view) {});
  EXPECT_EQ(error, "(it was loaded)");
  EXPECT_THAT(messages, HasSubstr("prog 'on_tracepoint': -- BEGIN PROG LOAD LOG --"));
  EXPECT_THAT(messages, HasSubstr("processed"));
}

TEST_F(LoadTest, PinningNeedsABpfFileSystem) {
  LoadOptions options;
  options.pin_path = "/tmp";
  std::string error = load_error("pinned", options);
  EXPECT_THAT(error, HasSubstr("map 'kept_map' is to be pinned in /tmp: that is not in a bpf file system"));
  EXPECT_THAT(error, HasSubstr("mount -t bpf"));
}

TEST_F(LoadTest, PinnedMapsAreShared) {
  EXPECT_TRUE(in_child([] {
    std::string folder = "/tmp/gadgetry_pin_test";
    mkdir(folder.c_str(), 0700);
    bool mounted = unshare(CLONE_NEWNS) == 0 &&
                   mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                   mount("bpf", folder.c_str(), "bpf", 0, nullptr) == 0;
    if (!mounted) return false;
    LoadOptions options;
    options.pin_path = folder + "/maps";
    testing::ObjectHandle first = testing::open_object("pinned");
    testing::ObjectHandle second = testing::open_object("pinned");
    if (!load(first.get(), options).ok() || !load(second.get(), options).ok()) return false;
    uint32_t key = 0;
    uint32_t value = 42;
    bpf_map_update_elem(testing::map_fd(first, "kept_map"), &key, &value, BPF_ANY);
    value = 0;
    bpf_map_lookup_elem(testing::map_fd(second, "kept_map"), &key, &value);
    return value == 42 && access((folder + "/maps/kept_map").c_str(), F_OK) == 0;
  }));
}

TEST_F(LoadTest, WithoutRightsTheMissingOnesAreNamed) {
  EXPECT_TRUE(in_child([] {
    testing::ObjectHandle object = testing::open_object("attach");
    cap_t none = cap_init();
    bool dropped = cap_set_proc(none) == 0;
    cap_free(none);
    auto loaded = load(object.get(), {});
    if (!dropped || loaded.ok()) return false;
    std::string text = loaded.error().text();
    return loaded.error().kind == base::ErrorKind::kPermission &&
           text.find("CAP_BPF and CAP_PERFMON") != std::string::npos;
  }));
}

}  // namespace
}  // namespace gadgetry::bpf
