// Runs the examples of the C and C++ SDK on events like those of trace_open.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "data/access.hpp"
#include "wasm/host.hpp"
#include "wasm/stage.hpp"
#include "wasm/test_guest.hpp"

namespace gadgetry::wasm {
namespace {

struct OpenSample {
  uint32_t pid;
  char comm[16];
  char fname[64];
};

// The example's module, or nothing when there is no compiler for it.
std::string compile(const std::string& name) {
  if (std::system("clang++-19 --version >/dev/null 2>&1 && wasm-ld-19 --version >/dev/null 2>&1") != 0)
    return {};
  char folder[] = "/tmp/gadgetry_example_XXXXXX";
  EXPECT_NE(::mkdtemp(folder), nullptr);
  std::string sdk = std::string(GADGETRY_SOURCE_DIR) + "/sdk/wasm/cpp";
  std::string out = std::string(folder) + "/program.wasm";
  bool is_c = name.ends_with(".c");
  std::string command = is_c ? "clang-19 -std=c11" : "clang++-19 -std=c++20 -fno-exceptions -fno-rtti";
  command += " --target=wasm32-unknown-unknown -mbulk-memory -Os -nostdlib -Wl,--no-entry -I" + sdk;
  command += " " + sdk + "/examples/" + name + " -o " + out;
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
  std::ifstream file(out, std::ios::binary);
  std::string bytes(std::istreambuf_iterator<char>(file), {});
  std::filesystem::remove_all(folder);
  return bytes;
}

data::DataSource& add_open(TestEnvironment& environment) {
  data::DataSource& open = environment.add("open");
  auto add = [&](const char* name, data::Kind kind, size_t offset, size_t size, int32_t parent) {
    data::Field field;
    field.name = name;
    field.kind = kind;
    field.offset = static_cast<uint32_t>(offset);
    field.size = static_cast<uint32_t>(size);
    field.parent = parent;
    EXPECT_TRUE(open.add_field(std::move(field)).ok());
  };
  add("proc", data::Kind::kBytes, 0, 20, -1);
  add("pid", data::Kind::kUint32, offsetof(OpenSample, pid), 4, 0);
  add("comm", data::Kind::kCString, offsetof(OpenSample, comm), 16, 0);
  add("fname", data::Kind::kCString, offsetof(OpenSample, fname), 64, -1);
  open.set_sample_size(sizeof(OpenSample));
  return open;
}

std::string sample(uint32_t pid, const char* comm, const char* fname) {
  OpenSample out{};
  out.pid = pid;
  std::strcpy(out.comm, comm);
  std::strcpy(out.fname, fname);
  return std::string(reinterpret_cast<const char*>(&out), sizeof(out));
}

class Example {
 public:
  explicit Example(const std::string& bytes) : guest_(TestGuest::from_bytes(bytes)) {
    EXPECT_TRUE(guest_->made()) << (guest_->status().ok() ? "" : guest_->status().error().message);
    open_ = &add_open(guest_->environment);
  }
  TestEnvironment& environment() { return guest_->environment; }
  Host& host() { return guest_->host(); }
  data::DataSource& open() { return *open_; }
  base::Status start() { return guest_->run_to_start(); }

 private:
  std::unique_ptr<TestGuest> guest_;
  data::DataSource* open_;
};

#define COMPILE_OR_SKIP(bytes, name)                         \
  std::string bytes = compile(name);                         \
  if (bytes.empty()) {                                       \
    GTEST_SKIP() << "clang++-19 and wasm-ld-19 are missing"; \
  }

TEST(SdkExamples, RewritePutsATildeForHome) {
  COMPILE_OR_SKIP(bytes, "rewrite.cpp");
  Example example(bytes);
  ASSERT_TRUE(example.start().ok());
  TestStage stage(example.host(), example.open());
  stage.add(sample(1, "a", "/home/ann/notes"));
  stage.add(sample(2, "b", "/etc/hosts"));
  stage.add(sample(3, "c", "/home/"));
  stage.process();
  const data::Field& fname = *example.open().find("fname");
  ASSERT_EQ(stage.batch.records.size(), 3u);
  EXPECT_EQ(data::read_text(stage.batch.records[0], fname), "~ann/notes");
  EXPECT_EQ(data::read_text(stage.batch.records[1], fname), "/etc/hosts");
  EXPECT_EQ(data::read_text(stage.batch.records[2], fname), "~");
}

TEST(SdkExamples, DropKeepsTheFirstOfEvery) {
  COMPILE_OR_SKIP(bytes, "drop.cpp");
  Example example(bytes);
  example.environment().params["every"] = "10";
  ASSERT_TRUE(example.start().ok());
  TestStage stage(example.host(), example.open(), StagePlace::kBeforeFilter);
  // More than fit into the buffer of the module at once.
  for (uint32_t i = 0; i < 10000; i++) stage.add(sample(i % 2, "a", "/x"));
  stage.process();
  EXPECT_EQ(stage.batch.records.size(), 1000u);
  EXPECT_EQ(example.open().counters().filtered, 9000u);
}

TEST(SdkExamples, DropRefusesZero) {
  COMPILE_OR_SKIP(bytes, "drop.cpp");
  Example example(bytes);
  example.environment().params["every"] = "0";
  EXPECT_FALSE(example.start().ok());
}

TEST(SdkExamples, IdentityChangesNothing) {
  COMPILE_OR_SKIP(bytes, "identity.cpp");
  Example example(bytes);
  ASSERT_TRUE(example.start().ok());
  TestStage stage(example.host(), example.open());
  for (uint32_t i = 0; i < 100; i++) stage.add(sample(i, "a", "/x"));
  stage.process();
  EXPECT_EQ(stage.batch.records.size(), 100u);
  EXPECT_EQ(example.host().stats().calls, 100u);
  EXPECT_EQ(example.host().stats().traps, 0u);
}

TEST(SdkExamples, TimerSaysWhoOpensMost) {
  COMPILE_OR_SKIP(bytes, "timer.cpp");
  Example example(bytes);
  ASSERT_TRUE(example.start().ok());
  EXPECT_FALSE(example.open().is_referenced());
  TestStage stage(example.host(), example.open());
  for (uint32_t i = 0; i < 9; i++) stage.add(sample(i, i % 3 == 0 ? "few" : "many", "/x"));
  stage.process();
  int64_t due = example.host().next_timer_ns();
  ASSERT_NE(due, INT64_MAX);
  example.host().run_timers(due);
  ASSERT_EQ(example.environment().emitted.size(), 1u);
  EXPECT_EQ(example.environment().emitted[0].source->name(), "rates");
  EXPECT_EQ(example.environment().emitted[0].first_text, "many");
}

TEST(SdkExamples, HelloInCMarksProcessOne) {
  COMPILE_OR_SKIP(bytes, "hello.c");
  Example example(bytes);
  ASSERT_TRUE(example.start().ok());
  TestStage stage(example.host(), example.open());
  stage.add(sample(1, "systemd", "/x"));
  stage.add(sample(2, "cat", "/x"));
  stage.process();
  const data::Field& comm = *example.open().find("proc.comm");
  ASSERT_EQ(stage.batch.records.size(), 2u);
  EXPECT_EQ(data::read_text(stage.batch.records[0], comm), "(init)");
  EXPECT_EQ(data::read_text(stage.batch.records[1], comm), "cat");
}

}  // namespace
}  // namespace gadgetry::wasm
