#include "metadata/update.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metadata/test_source.hpp"

namespace gadgetry::metadata {
namespace {

using testing::HasSubstr;

class UpdateTest : public testing::Test {
 protected:
  UpdateTest() : source_(open_source()) {
    facts_.sources = {source_.get()};
    facts_.variables = {{"targ_pid", "uint32", "0", {}, true, true},
                        {"max_len", "uint32", "0", {}, true, true},
                        {"hidden", "uint32", "0", {}, true, false}};
  }
  std::string must_update(std::string_view yaml) {
    auto result = update(yaml, facts_, "my_gadget");
    EXPECT_TRUE(result.ok()) << result.error().text();
    return result.ok() ? *result : "";
  }
  // What is there after an update must be valid, and a second update must change nothing.
  void expect_settled(const std::string& yaml) {
    EXPECT_EQ(must_update(yaml), yaml);
    auto metadata = parse(yaml);
    ASSERT_TRUE(metadata.ok());
    for (const auto& one : validate(*metadata, &facts_, true)) ADD_FAILURE() << format(one, "gadget.yaml");
  }

  std::unique_ptr<data::DataSource> source_;
  Facts facts_;
};

TEST_F(UpdateTest, CreatesAFile) {
  std::string made = must_update("");
  EXPECT_EQ(made, R"(name: my_gadget
description: describe me
datasources:
  open:
    fields:
      error:
        annotations:
          description: describe me
      fd:
        annotations:
          description: describe me
      flags:
        annotations:
          description: describe me
      fname:
        annotations:
          description: describe me
      dst:
        annotations:
          description: describe me
params:
  ebpf:
    max_len:
      key: max-len
      defaultValue: "0"
      description: describe me
)");
  expect_settled(made);
}

TEST_F(UpdateTest, KeepsWhatIsThere) {
  std::string made = must_update(R"(# my gadget
name: nice # name

datasources:
  open: # the source
    fields:
      # files
      fname:
        annotations:
          description: the file
      fd: {}
      error_raw:
        annotations: {columns.hidden: true}

      # the last comment

# parameters
params:
  ebpf:
    # none yet
)");
  EXPECT_EQ(made, R"(# my gadget
description: describe me
name: nice # name

datasources:
  open: # the source
    fields:
      # files
      fname:
        annotations:
          description: the file
      fd: {}
      error_raw:
        annotations: {columns.hidden: true}
      flags:
        annotations:
          description: describe me
      dst:
        annotations:
          description: describe me

      # the last comment

# parameters
params:
  ebpf:
    max_len:
      key: max-len
      defaultValue: "0"
      description: describe me
    # none yet
)");
  expect_settled(made);
}

TEST_F(UpdateTest, OpensEmptyMappings) {
  std::string made = must_update("name: n\ndescription: d\ndatasources: {} # none\nparams: {}\n");
  EXPECT_THAT(made, HasSubstr("datasources: # none\n  open:\n    fields:\n"));
  EXPECT_THAT(made, HasSubstr("params:\n  ebpf:\n    max_len:\n"));
  expect_settled(made);
  expect_settled(must_update("name: n\ndescription: d\ndatasources:\n    open:\n"));
  expect_settled(
      must_update("name: n\ndescription: d\nparams:\n  wasm: {}\ndatasources:\n    open:\n      tags: []"));
}

TEST_F(UpdateTest, AddsPerfSettings) {
  facts_.programs = {{"profiler", "perf_event/profiler"}};
  expect_settled(must_update("name: n\ndescription: d\n"));
  expect_settled(must_update("name: n\ndescription: d\nprograms:\n  profiler:\n    attach_to: x\n"));
}

TEST_F(UpdateTest, RefusesWhatItCannotExtend) {
  auto result = update("name: n\ndatasources: {open: {fields: {fd: {}}}}\n", facts_, "x");
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().text(), HasSubstr("in place"));
  EXPECT_FALSE(update("{name: n}", facts_, "x").ok());
  EXPECT_FALSE(update("- a", facts_, "x").ok());
  EXPECT_FALSE(update("a: b: c", facts_, "x").ok());
}

}  // namespace
}  // namespace gadgetry::metadata
