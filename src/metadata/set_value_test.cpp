#include "metadata/set_value.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.hpp"

namespace gadgetry::metadata {
namespace {

using testing::HasSubstr;

class SetValue : public testing::Test {
 protected:
  void set(std::string_view key, std::string_view value) {
    auto status = set_value(metadata_, key, value);
    EXPECT_TRUE(status.ok()) << key << ": " << status.error().text();
  }
  std::string refuse(std::string_view key) {
    auto status = set_value(metadata_, key, "x");
    EXPECT_FALSE(status.ok()) << key;
    return status.ok() ? std::string() : status.error().text();
  }

  Metadata metadata_ = *parse(
      "name: g\n"
      "programs:\n  ig_open: {attach_to: vfs_open}\n"
      "datasources:\n  open:\n    fields:\n      proc.comm:\n        annotations: {columns.width: 16}\n"
      "params:\n  ebpf:\n    limit: {key: limit, defaultValue: '1'}\n"
      "operator:\n  process: {interval: 1s}\n");
};

TEST_F(SetValue, AttachTo) {
  set("programs.ig_open.attach_to", "vfs_read");
  EXPECT_EQ(metadata_.find_program("ig_open")->attach_to, "vfs_read");
  set("Programs.IG_OPEN.ATTACH_TO", "vfs_write");
  EXPECT_EQ(metadata_.find_program("ig_open")->attach_to, "vfs_write");
  set("programs.ig_open.attach_to", "");
  EXPECT_FALSE(metadata_.find_program("ig_open")->attach_to.has_value());
  set("programs.other.attach_to", "gadget_program_disabled");
  EXPECT_EQ(metadata_.find_program("other")->attach_to, "gadget_program_disabled");
  EXPECT_EQ(metadata_.programs.size(), 2u);
}

TEST_F(SetValue, Annotations) {
  set("datasources.open.annotations.cli.default-output-mode", "json");
  EXPECT_EQ(metadata_.find_source("open")->find("cli.default-output-mode")->value, "json");
  set("datasources.open.fields.proc.comm.annotations.columns.width", "20");
  const FieldInfo* comm = metadata_.find_source("open")->find_field("proc.comm");
  ASSERT_NE(comm, nullptr);
  EXPECT_EQ(comm->annotations.size(), 1u);
  EXPECT_EQ(comm->find("columns.width")->value, "20");
  set("dataSources.open.fields.proc.parent.pid.annotations.columns.hidden", "true");
  EXPECT_EQ(metadata_.find_source("open")->find_field("proc.parent.pid")->find("columns.hidden")->value,
            "true");
  set("datasources.fresh.fields.f.annotations.a", "b");
  EXPECT_EQ(metadata_.find_source("fresh")->find_field("f")->find("a")->value, "b");
  // The words may come again in the key of an annotation.
  set("datasources.open.annotations.a.fields.b.annotations.c", "d");
  EXPECT_EQ(metadata_.find_source("open")->find("a.fields.b.annotations.c")->value, "d");
}

TEST_F(SetValue, ParametersAndOperators) {
  set("params.ebpf.limit.defaultValue", "5");
  EXPECT_EQ(metadata_.find_ebpf_param("limit")->default_value, "5");
  EXPECT_EQ(metadata_.find_ebpf_param("limit")->key, "limit");
  set("params.ebpf.fresh.defaultvalue", "6");
  EXPECT_EQ(metadata_.find_ebpf_param("fresh")->default_value, "6");
  set("operator.process.interval", "2s");
  EXPECT_EQ(metadata_.operator_setting("process.interval"), "2s");
  set("paramDefaults.operator.sort.sort", "pid");
  EXPECT_EQ(metadata_.param_default("operator.sort.sort"), "pid");
}

TEST_F(SetValue, RefusesTheRest) {
  EXPECT_THAT(refuse("programs.ig_open.sampler"),
              HasSubstr("setConfig: key programs.ig_open.sampler is not one that can be set"));
  EXPECT_THAT(refuse("name"), HasSubstr("keys are programs.NAME.attach_to"));
  EXPECT_EQ(set_value(metadata_, "name", "x").error().kind, base::ErrorKind::kNotFound);
  for (std::string_view key : {"",
                               ".",
                               "programs",
                               "programs.",
                               "programs.attach_to",
                               "programs..attach_to",
                               "operator.",
                               "params.ebpf.limit",
                               "params.ebpf..defaultValue",
                               "params.wasm.x.defaultValue",
                               "params.ebpf.defaultValue",
                               "datasources.open",
                               "datasources.open.annotations.",
                               "datasources..annotations.x",
                               "datasources.annotations.x",
                               "datasources.open.fields.annotations.x",
                               "datasources.open.fields..annotations.x",
                               "datasources.open.fields.pid",
                               "wasm.memory",
                               "a\x1b[31m.b"}) {
    refuse(key);
  }
  EXPECT_EQ(refuse("a\x1b[31m.b").find('\x1b'), std::string::npos);
  EXPECT_EQ(metadata_.sources.size(), 1u);
  EXPECT_EQ(metadata_.programs.size(), 1u);
  EXPECT_EQ(metadata_.ebpf_params.size(), 1u);
}

TEST_F(SetValue, Limits) {
  EXPECT_FALSE(set_value(metadata_, "operator." + std::string(limits::kConfigKeyBytes, 'a'), "x").ok());
  EXPECT_FALSE(set_value(metadata_, "operator.a", std::string(limits::kConfigValueBytes + 1, 'a')).ok());
  size_t before = metadata_.operators.size();
  for (size_t i = before; i < limits::kConfigEntries; i++)
    metadata_.operators.push_back({"k" + std::to_string(i), "", {}});
  EXPECT_THAT(refuse("operator.one.more"), HasSubstr("too many"));
  set("operator.k5", "still");
}

}  // namespace
}  // namespace gadgetry::metadata
