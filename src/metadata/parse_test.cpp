#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metadata/metadata.hpp"
#include "metadata/test_source.hpp"
#include "metadata/yaml.hpp"

namespace gadgetry::metadata {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Metadata must_parse(std::string_view yaml) {
  auto result = parse(yaml);
  EXPECT_TRUE(result.ok()) << result.error().text();
  return result.ok() ? std::move(*result) : Metadata();
}

std::string parse_error(std::string_view yaml) {
  auto result = parse(yaml);
  return result.ok() ? "" : result.error().text();
}

constexpr std::string_view kFull = R"(name: trace open
description: shows files being opened
homepageURL: https://example.org
documentationURL: https://example.org/docs
sourceURL: https://example.org/src
tags: [file, syscall]
annotations:
  enable-containers-datasource: true
dataSources:
  open:
    annotations:
      cli.clear-screen-before: true
    tags: [a]
    fields:
      fname:
        annotations:
          description: the file
          columns.maxWidth: 80
          columns.hidden: True
      flags:
        attributes: {width: 10, hidden: true}
        tags: [x, y]
params:
  ebpf:
    targ_failed:
      key: failed
      defaultValue: "false"
      description: failed calls only
      type: bool
      possibleValues: ["true", "false"]
  wasm:
    depth: {key: depth, isMandatory: true, title: Depth, valueHint: n, alias: d, alternativeKey: deep}
  custom:
    interval:
      description: how often
      defaultValue: 3s
      patch:
        operator:
          process:
            interval: '{{call .getParamValue "custom.interval"}}'
      values:
        fast: {patch: {name: quick}}
paramDefaults:
  operator.oci.ebpf.iface: eth0
  operator:
    LocalManager:
      host: true
programs:
  profiler:
    attach_to: vfs_open
    perf: {type: software, config: count_sw_cpu_clock, sampleType: sample_raw}
    sampler: {frequency: 49}
operator:
  process:
    emitstats: true
    fields: [a, b]
operator.process.interval: 3s
)";

TEST(Parse, ReadsTheWholeSchema) {
  Metadata m = must_parse(kFull);
  for (const auto& issue : m.issues) ADD_FAILURE() << format(issue, "gadget.yaml");
  EXPECT_EQ(m.name, "trace open");
  EXPECT_EQ(m.source_url, "https://example.org/src");
  EXPECT_THAT(m.tags, ElementsAre("file", "syscall"));
  EXPECT_EQ(m.annotation("enable-containers-datasource"), "true");
  ASSERT_NE(m.find_source("open"), nullptr);
  const auto* fname = m.find_source("open")->find_field("fname");
  ASSERT_NE(fname, nullptr);
  EXPECT_EQ(fname->find("columns.maxwidth")->value, "80");
  EXPECT_EQ(fname->find("columns.hidden")->value, "true");
  EXPECT_EQ(fname->at.line, 15u);
  EXPECT_EQ(fname->at.column, 7u);
  const auto* flags = m.find_source("open")->find_field("flags");
  EXPECT_EQ(flags->find("columns.width")->value, "10");
  EXPECT_THAT(flags->tags, ElementsAre("x", "y"));
  const auto* failed = m.find_ebpf_param("targ_failed");
  ASSERT_NE(failed, nullptr);
  EXPECT_EQ(failed->key, "failed");
  EXPECT_EQ(failed->default_value, "false");
  EXPECT_EQ(failed->type, "bool");
  ASSERT_EQ(m.wasm_params.size(), 1u);
  EXPECT_TRUE(m.wasm_params[0].is_mandatory);
  EXPECT_EQ(m.wasm_params[0].alias, "d");
  ASSERT_EQ(m.custom_params.size(), 1u);
  EXPECT_THAT(m.custom_params[0].patch, HasSubstr("getParamValue"));
  EXPECT_THAT(m.custom_params[0].value_patches.at("fast"), HasSubstr("quick"));
  EXPECT_EQ(m.param_default("operator.OCI.ebpf.iface"), "eth0");
  EXPECT_EQ(m.param_default("operator.localmanager.host"), "true");
  const auto* profiler = m.find_program("profiler");
  ASSERT_NE(profiler, nullptr);
  EXPECT_EQ(profiler->attach_to, "vfs_open");
  EXPECT_EQ(profiler->perf_config, "count_sw_cpu_clock");
  EXPECT_EQ(profiler->sampler_frequency, 49u);
  EXPECT_EQ(m.operator_setting("process.emitstats"), "true");
  EXPECT_EQ(m.operator_setting("process.interval"), "3s");
  EXPECT_EQ(m.operator_setting("process.fields"), "a,b");
}

TEST(Parse, ReadsProgramsThatMayBeLeftOut) {
  Metadata m = must_parse(R"(name: n
programs:
  fast: {optional: true, attach_to: "do_open|do_open_old"}
  slow: {instead_of: fast}
  plain: {optional: false}
)");
  EXPECT_TRUE(m.find_program("fast")->optional);
  EXPECT_EQ(m.find_program("fast")->attach_to, "do_open|do_open_old");
  EXPECT_EQ(m.find_program("slow")->instead_of, "fast");
  EXPECT_FALSE(m.find_program("slow")->optional);
  EXPECT_FALSE(m.find_program("plain")->optional);
}

TEST(Parse, ReadsTheDefinitionFileOfTheOriginalDesign) {
  Metadata m = must_parse(R"(name: open
description: trace open files
documentation: |
  Long text.
columns:
  - name: pid
    template: pid
    order: 1000
    visible: true
  - name: flags
    width: 5
    min_width: 3
    max_width: 9
    visible: false
    alignment: right
    ellipsis_type: end
    group_type: sum
ebpf_params:
  - key: uid
    description: only this user
    var: targ_uid
  - key: failed
    var: targ_failed
    defaultValue: false
)");
  EXPECT_TRUE(m.issues.empty());
  EXPECT_EQ(m.documentation, "Long text.\n");
  ASSERT_EQ(m.loose_fields.size(), 1u);
  ASSERT_EQ(m.loose_fields[0].fields.size(), 2u);
  const auto& flags = m.loose_fields[0].fields[1];
  EXPECT_EQ(flags.find("columns.hidden")->value, "true");
  EXPECT_EQ(flags.find("columns.minwidth")->value, "3");
  EXPECT_EQ(flags.find("columns.ellipsis")->value, "end");
  EXPECT_EQ(m.loose_fields[0].fields[0].order, 1000);
  ASSERT_NE(m.find_ebpf_param("targ_failed"), nullptr);
  EXPECT_EQ(m.find_ebpf_param("targ_failed")->key, "failed");
  EXPECT_EQ(m.find_ebpf_param("targ_failed")->default_value, "false");
}

TEST(Parse, ReadsTracersAndStructs) {
  Metadata m = must_parse(R"(name: open
tracers:
  open:
    mapName: events
    structName: event
structs:
  event:
    fields:
    - name: fname
      description: File
      attributes:
        width: 32
        minWidth: 24
ebpfParams:
  targ_uid:
    key: uid
)");
  EXPECT_TRUE(m.issues.empty());
  ASSERT_EQ(m.loose_fields.size(), 1u);
  EXPECT_EQ(m.loose_fields[0].source, "open");
  EXPECT_EQ(m.loose_fields[0].fields[0].find("columns.minwidth")->value, "24");
  EXPECT_EQ(m.loose_fields[0].fields[0].find("description")->value, "File");
  EXPECT_NE(m.find_ebpf_param("targ_uid"), nullptr);
}

TEST(Parse, ToleratesWhatItDoesNotKnow) {
  Metadata m = must_parse("name: x\nfuture: {a: 1}\nDataSources:\n  o:\n    new: 1\n");
  EXPECT_EQ(m.name, "x");
  EXPECT_NE(m.find_source("o"), nullptr);
  EXPECT_EQ(m.issues.size(), 2u);
}

TEST(Parse, EmptyTextIsEmptyMetadata) {
  EXPECT_TRUE(must_parse("").name.empty());
  EXPECT_TRUE(must_parse("# nothing\n").sources.empty());
}

TEST(Parse, RefusesWhatIsNotMetadata) {
  EXPECT_THAT(parse_error("- a\n- b\n"), HasSubstr("1:1: the metadata must be a mapping, but is a list"));
  EXPECT_THAT(parse_error("name: [a\n"), HasSubstr(":"));
  EXPECT_THAT(parse_error("a: b: c\n"), HasSubstr("1:5: "));
  EXPECT_THAT(parse_error("{[a]: b}"), HasSubstr("a key must be text"));
  EXPECT_THAT(parse_error(std::string("a\0b", 3)), HasSubstr("NUL"));
  EXPECT_THAT(parse_error(std::string(3u << 20, 'a')), HasSubstr("longer than"));
}

TEST(Parse, LimitsAliasesAndDepth) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) bomb += (j == 0 ? "*a" : ", *a") + std::to_string(i - 1);
    bomb += "]\n";
  }
  EXPECT_THAT(parse_error(bomb), HasSubstr("too many values"));
  EXPECT_THAT(parse_error("a: &x [*x]\n"), HasSubstr("alias"));
  EXPECT_THAT(parse_error("a: " + std::string(200, '[') + std::string(200, ']')),
              HasSubstr("nested too deeply"));
}

TEST(Parse, FollowsAliases) {
  Metadata m = must_parse("annotations: &a {x: y}\ndatasources: {o: {annotations: *a}}\n");
  EXPECT_EQ(m.find_source("o")->find("x")->value, "y");
}

TEST(Apply, SetsAnnotationsTagsAndFlags) {
  Metadata m = must_parse(kFull);
  auto source = open_source();
  std::vector<std::string> missing;
  apply_to(m, *source, &missing);
  EXPECT_EQ(source->annotation("cli.clear-screen-before"), "true");
  EXPECT_THAT(source->tags(), ElementsAre("a"));
  const auto* fname = source->find("fname");
  EXPECT_EQ(fname->annotation("columns.maxwidth"), "80");
  EXPECT_TRUE(fname->hidden());
  EXPECT_THAT(missing, ElementsAre("flags"));
  // Once the formatter added the field, the second call finds it.
  ASSERT_TRUE(source->add_added_field("flags", data::Kind::kString).ok());
  missing.clear();
  apply_to(m, *source, &missing);
  EXPECT_TRUE(missing.empty());
  EXPECT_EQ(source->find("flags")->annotation("columns.width"), "10");
  EXPECT_THAT(source->tags(), ElementsAre("a"));
}

TEST(Apply, ColumnsOfADefinitionApplyByName) {
  Metadata m = must_parse("columns:\n- {name: fname, width: 7, order: 3}\n- {name: fd, visible: false}\n");
  auto source = open_source();
  apply_to(m, *source);
  EXPECT_EQ(source->find("fname")->annotation("columns.width"), "7");
  EXPECT_EQ(source->find("fname")->order, 3);
  EXPECT_TRUE(source->find("fd")->hidden());
}

TEST(Yaml, WritesWhatItRead) {
  auto node = read_yaml("a: [1, 'two', {b: ~}]\nc: |\n  x\n  y\nd: {}\ne: \"q\\\"\"\n");
  ASSERT_TRUE(node.ok());
  auto again = read_yaml(write_yaml(*node));
  ASSERT_TRUE(again.ok()) << again.error().text() << write_yaml(*node);
  EXPECT_EQ(write_yaml(*again), write_yaml(*node));
  EXPECT_EQ(again->find("c")->scalar, "x\ny\n");
  EXPECT_EQ(again->find("e")->scalar, "q\"");
}

TEST(Parse, WasmSection) {
  Metadata none = must_parse("name: n");
  EXPECT_EQ(none.wasm.at.line, 0u);
  Metadata m = must_parse(R"(name: n
wasm:
  memory: 32MiB
  on-trap: pass
  permissions: {read: [/var/log], write: ./out, net: ["10.0.0.1:53", "[::1]:*", "10.0.0.0/8:53"]}
)");
  EXPECT_TRUE(m.issues.empty());
  EXPECT_EQ(m.wasm.at.line, 2u);
  EXPECT_EQ(m.wasm.memory_bytes, 32u << 20);
  EXPECT_EQ(m.wasm.on_trap, "pass");
  EXPECT_THAT(m.wasm.read, ElementsAre("/var/log"));
  EXPECT_THAT(m.wasm.write, ElementsAre("./out"));
  EXPECT_THAT(m.wasm.net, ElementsAre("10.0.0.1:53", "[::1]:*", "10.0.0.0/8:53"));
  for (const char* size : {"33554432", "32M", "32Mi", "32768K", "\"32 MiB\"", "32768KiB"}) {
    EXPECT_EQ(must_parse(std::string("wasm: {memory: ") + size + "}").wasm.memory_bytes, 32u << 20) << size;
  }
  EXPECT_EQ(must_parse("wasm.memory: 1GiB").wasm.memory_bytes, 1u << 30);
}

TEST(Parse, WasmSectionThatIsWrong) {
  auto issue = [](const std::string& yaml) {
    Metadata m = must_parse(yaml);
    EXPECT_EQ(m.wasm.memory_bytes, 0u) << yaml;
    EXPECT_EQ(m.wasm.on_trap, "") << yaml;
    EXPECT_TRUE(m.wasm.read.empty() && m.wasm.net.empty()) << yaml;
    return m.issues.size() == 1 ? format(m.issues[0], "f") : std::to_string(m.issues.size()) + " issues";
  };
  EXPECT_EQ(issue("wasm:\n  memory: 32MB"), "f:2:11: error: memory is \"32MB\"; write a size such as 32MiB");
  EXPECT_EQ(issue("wasm: {memory: 2G}"),
            "f:1:16: error: memory is \"2G\", which is too much; ask for 64KiB to 1024MiB");
  EXPECT_EQ(issue("wasm: {memory: 1K}"),
            "f:1:16: error: memory is \"1K\", which is too little; ask for 64KiB to 1024MiB");
  EXPECT_THAT(issue("wasm: {memory: 99999999999999999999}"), HasSubstr("write a size"));
  EXPECT_THAT(issue("wasm: {memory: 18014398509481985K}"), HasSubstr("write a size"));
  EXPECT_THAT(issue("wasm: {memory: [1]}"), HasSubstr("memory must be text, but is a list"));
  EXPECT_THAT(issue("wasm: {on-trap: ignore}"),
              HasSubstr("f:1:17: error: on-trap is \"ignore\"; write fail"));
  EXPECT_THAT(issue("wasm: {permission: {}}"), HasSubstr("did you mean \"permissions\"?"));
  EXPECT_THAT(issue("wasm: {permissions: {exec: [/bin]}}"), HasSubstr("unknown key \"exec\" in permissions"));
  EXPECT_THAT(issue("wasm: {permissions: {read: [/a/../b]}}"),
              HasSubstr("f:1:29: error: permissions.read \"/a/../b\" goes up with .."));
  EXPECT_THAT(issue("wasm: {permissions: {read: [\"\"]}}"), HasSubstr("is empty"));
  for (const char* net : {"10.0.0.1", "10.0.0.1:", "10.0.0.1:0", "10.0.0.1:65536", "::1:53", "[10.0.0.1]:53",
                          "example.org:53", "10.0.0.0/33:53", ":53"}) {
    EXPECT_THAT(issue("wasm: {permissions: {net: [\"" + std::string(net) + "\"]}}"),
                HasSubstr("permissions.net"))
        << net;
  }
  EXPECT_EQ(issue("wasm: yes"), "f:1:7: error: wasm must be a mapping, but is a single value");
  std::string many = "wasm: {permissions: {write: [";
  for (int i = 0; i < 257; ++i) many += "/a, ";
  EXPECT_THAT(issue(many + "]}}"), HasSubstr("permissions.write has too many items"));
}

}  // namespace
}  // namespace gadgetry::metadata
