#include "metadata/validate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metadata/test_source.hpp"

namespace gadgetry::metadata {
namespace {

class ValidateTest : public testing::Test {
 protected:
  ValidateTest() : source_(open_source()) {
    facts_.sources = {source_.get()};
    facts_.variables = {{"targ_failed", "bool", "false", {}, true, true},
                        {"min", "uint8", "0", {}, true, false},
                        {"mode", "uint32", "0", {"FAST", "SLOW"}, true, true},
                        {"state", "", "", {}, false, false}};
    facts_.programs = {{"ig_openat", "tracepoint/syscalls/sys_enter_openat"}};
  }

  // All diagnostics, a line each, as people see them.
  std::string check(std::string_view yaml, bool strict = true, bool with_facts = true) {
    auto metadata = parse(yaml);
    if (!metadata.ok()) return metadata.error().text();
    std::string out;
    for (const auto& one : validate(*metadata, with_facts ? &facts_ : nullptr, strict)) {
      out += format(one, "gadget.yaml") + "\n";
    }
    return out;
  }

  std::unique_ptr<data::DataSource> source_;
  Facts facts_;
};

TEST_F(ValidateTest, GoodMetadataIsQuiet) {
  EXPECT_EQ(check(R"(name: open
description: d
datasources:
  open:
    annotations:
      cli.clear-screen-before: "true"
    fields:
      timestamp: {annotations: {columns.hidden: true}}
      proc.comm: {annotations: {template: comm}}
      proc.creds.user: {annotations: {columns.hidden: "false"}}
      error: {annotations: {description: e, columns.maxWidth: 20}}
      dst.endpoint: {annotations: {columns.hidden: true}}
      dst.k8s.kind: {annotations: {columns.hidden: true}}
      k8s.podName: {annotations: {columns.width: 30}}
      runtime.containerName: {annotations: {columns.hidden: true}}
      fname: {annotations: {columns.ellipsis: start, columns.replace: error, columns.width: type}}
params:
  ebpf:
    targ_failed: {key: failed, defaultValue: "false", description: f}
    mode: {key: mode, defaultValue: FAST}
    min: {key: min, defaultValue: 255, type: uint8}
programs:
  ig_openat: {attach_to: syscalls/sys_enter_openat}
paramDefaults:
  operator.oci.ebpf.map-fetch-interval: 2s
)"),
            "");
}

TEST_F(ValidateTest, GoldenDiagnostics) {
  EXPECT_EQ(check(R"(name: open
descripton: typo
datasources:
  open:
    annotations:
      cli.clear-screen: "true"
    fields:
      fnam:
        annotations:
          columns.width: 10
      fname:
        annotations:
          columns.with: 10
          columns.alignment: middle
          columns.replace: nope
          columns.hidden: maybe
        colour: red
  close:
    fields:
      x:
params:
  ebpf:
    targ_faild:
      key: failed
    state:
      key: state
    min:
      key: ""
      type: u8
    mode:
      key: mode
      defaultValue: MEDIUM
programs:
  ig_open:
    attach_to: x
)"),
            R"(gadget.yaml:2:1: error: unknown key "descripton" in the metadata; did you mean "description"?
gadget.yaml:6:7: error: unknown annotation "cli.clear-screen" of data source "open"; did you mean "cli.clear-screen-before"?
gadget.yaml:8:7: error: data source "open" has no field "fnam"; did you mean "fname"?
gadget.yaml:13:11: error: unknown annotation "columns.with" of field "fname"; did you mean "columns.width"?
gadget.yaml:14:30: error: annotation columns.alignment: "middle" is not allowed; allowed are left, right
gadget.yaml:15:28: error: "columns.replace" names the field "nope", which does not exist; there are: dst, dst.addr, dst.endpoint, dst.proto, error, error_raw, fd, flags, flags_raw, fname, proc, proc.comm, proc.creds, proc.creds.uid, proc.creds.user, proc.pid, timestamp, timestamp_raw
gadget.yaml:16:27: error: annotation columns.hidden: "maybe" is not allowed; allowed are true and false
gadget.yaml:17:9: error: unknown key "colour" in field "fname"; known are: annotations, tags, attributes
gadget.yaml:18:3: error: the eBPF object has no data source "close"; there are: open
gadget.yaml:23:5: error: the eBPF object has no variable "targ_faild"; did you mean "targ_failed"?
gadget.yaml:25:5: error: the variable "state" is not const volatile; declare it as: const volatile TYPE state = DEFAULT;
gadget.yaml:28:12: error: parameter "min" has an empty key; add key: with the name of the flag people type
gadget.yaml:29:13: error: parameter "min" has the unknown type "u8"; known are: bool, string, bytes, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, float32, float64, duration, ip, []string
gadget.yaml:32:21: error: the default value "MEDIUM" of parameter "mode" is no uint32
gadget.yaml:34:3: error: the eBPF object has no program "ig_open"; did you mean "ig_openat"?
)");
}

TEST_F(ValidateTest, LenientTurnsUnknownIntoWarnings) {
  EXPECT_EQ(check("future: 1\n", false),
            "gadget.yaml:1:1: warning: unknown key \"future\" in the metadata; known are: name, description, "
            "homepageURL, "
            "documentationURL, sourceURL, annotations, datasources, params, paramDefaults, programs, "
            "operator, tags, "
            "category, documentation, columns, ebpfParams, wasm\n");
}

TEST_F(ValidateTest, WrongTypesAndDuplicates) {
  EXPECT_EQ(check("name: [a]\nname: b\ndatasources: 7\nparams: {ebpf: [x]}\n"),
            R"(gadget.yaml:1:7: error: name must be text, but is a list
gadget.yaml:2:1: error: the key "name" stands twice; remove one of them
gadget.yaml:3:14: error: datasources must be a mapping, but is a single value
gadget.yaml:4:16: error: params.ebpf must be a mapping, but is a list
)");
}

TEST_F(ValidateTest, AWasmModuleMayAddFields) {
  facts_.has_wasm = true;
  EXPECT_EQ(check("datasources:\n  open: {fields: {args: {}}}\n  advise: {fields: {text: {}}}\n"), "");
}

TEST_F(ValidateTest, OperatorsMakeDataSources) {
  EXPECT_EQ(check("operator: {process: {emitstats: true, interval: 3s}}\ndatasources: {processes: {fields: "
                  "{pid: {}}}}\n"),
            "");
  EXPECT_EQ(
      check("operator: {proces: {interval: 3s}, cgroup: {interval: soon}}\n"),
      R"(gadget.yaml:1:21: error: unknown setting "operator.proces.interval"; did you mean "process.interval"?
gadget.yaml:1:45: error: operator.cgroup.interval is "soon"; write a duration such as 500ms or 3s
)");
}

TEST_F(ValidateTest, PerfPrograms) {
  facts_.programs.push_back({"profiler", "perf_event/profiler"});
  EXPECT_EQ(
      check("name: x\n"),
      "gadget.yaml: error: the perf_event program \"profiler\" has no settings; add programs: {profiler: "
      "{perf: "
      "{type: software, config: count_sw_cpu_clock, sampleType: sample_raw}, sampler: {frequency: 49}}}\n");
  EXPECT_EQ(
      check("programs:\n  profiler:\n    perf: {type: hardware, config: count_sw_cpu_clock}\n"),
      R"(gadget.yaml:3:11: error: perf.sampleType of program "profiler" is missing; write sampleType: sample_raw
gadget.yaml:3:11: error: program "profiler": perf.config: count_sw_cpu_clock is an event of type software, not hardware; write type: software
gadget.yaml:3:11: error: program "profiler" has no sampler.frequency; add sampler: {frequency: 49}, in samples a second, or a period, in events
)");
}

TEST_F(ValidateTest, PerfAlternatives) {
  facts_.programs.push_back({"profiler", "perf_event/profiler"});
  const std::string program =
      "programs:\n  profiler:\n    perf: {type: hardware|software, config: "
      "count_hw_cache_misses|count_sw_cpu_clock, "
      "sampleType: sample_raw}\n    sampler: ";
  EXPECT_EQ(check(program + "{frequency: 49}\n"), "");
  EXPECT_EQ(
      check(program + "{period: 1000}\n"),
      "gadget.yaml:4:23: error: program \"profiler\": a period means something else for each event; set "
      "sampler.frequency, which alternatives can share\n");
  EXPECT_EQ(check("programs:\n  profiler:\n    perf: {type: raw, config: 0x1c2, sampleType: sample_raw}\n    "
                  "sampler: {period: 1000}\n"),
            "");
  EXPECT_EQ(
      check("programs:\n  profiler:\n    perf: {type: raw, config: 0x1c2, sampleType: sample_raw}\n    "
            "sampler: "
            "{period: 1000, frequency: 9}\n"),
      "gadget.yaml:4:40: error: program \"profiler\" has a frequency and a period; remove one of them\n");
}

TEST_F(ValidateTest, StandIns) {
  facts_.programs.push_back({"ig_old", "kprobe/do_open"});
  facts_.programs.push_back({"ig_older", "kprobe/do_open"});
  EXPECT_EQ(
      check(
          "programs:\n  ig_old: {instead_of: ig_openat}\n  ig_older: {instead_of: ig_old, optional: true}\n"),
      "");
  EXPECT_EQ(check("programs:\n  ig_old: {instead_of: ig_opena}\n"),
            "gadget.yaml:2:24: error: instead_of of program \"ig_old\": the eBPF object has no program "
            "\"ig_opena\"; did you "
            "mean \"ig_openat\"?\n");
  EXPECT_EQ(check("programs:\n  ig_old: {instead_of: ig_old}\n"),
            "gadget.yaml:2:24: error: instead_of of program \"ig_old\" leads back to \"ig_old\"; name a "
            "program that is tried "
            "first and stands in for none\n");
  EXPECT_EQ(
      check("programs:\n  ig_old: {instead_of: ig_older}\n  ig_older: {instead_of: ig_old}\n"),
      R"(gadget.yaml:2:24: error: instead_of of program "ig_old" leads back to "ig_old"; name a program that is tried first and stands in for none
gadget.yaml:3:26: error: instead_of of program "ig_older" leads back to "ig_older"; name a program that is tried first and stands in for none
)");
  EXPECT_EQ(check("programs:\n  ig_openat: {optional: perhaps}\n", true, false),
            "gadget.yaml:2:25: error: optional is \"perhaps\"; write true or false\n");
}

TEST_F(ValidateTest, ColumnsOfADefinition) {
  EXPECT_EQ(check("columns:\n- {name: fname, width: 3}\n- {name: nam}\n- {width: 3}\n- {name: fd, alignment: "
                  "up, color: 1}\n"),
            R"(gadget.yaml:3:10: error: no data source has a field "nam"; did you mean "fname"?
gadget.yaml:4:3: error: a column has no name; add name: with the name of a field
gadget.yaml:5:25: error: annotation columns.alignment: "up" is not allowed; allowed are left, right
gadget.yaml:5:29: error: unknown key "color" in a column; known are: name, raw_name, alias, width, min_width, max_width, alignment, visible, group_type, ellipsis_type, fixed_width, precision, hex, description, order, tags, template
)");
}

TEST_F(ValidateTest, WithoutFactsOnlyTheFileIsChecked) {
  EXPECT_EQ(check("datasources: {x: {fields: {y: {annotations: {columns.width: 3}}}}}\nparams: {ebpf: {z: "
                  "{key: z}}}\n",
                  true, false),
            "");
}

TEST_F(ValidateTest, KeysThatCannotBeFlags) {
  EXPECT_EQ(
      check("params:\n  ebpf:\n    min: {key: -m}\n    mode: {key: a b}\n    targ_failed: {key: x}\n  wasm: "
            "{y: {key: x}}\n"),
      R"(gadget.yaml:3:16: error: the key "-m" cannot be a flag; use letters, digits, dots, dashes and underscores
gadget.yaml:4:17: error: the key "a b" cannot be a flag; use letters, digits, dots, dashes and underscores
gadget.yaml:6:10: warning: params.wasm describes parameters, but the gadget has no Wasm module; name the module as wasm: in build.yaml, or remove params.wasm
gadget.yaml:6:19: error: the key "x" stands for "targ_failed" already; give every parameter a key of its own
)");
}

TEST_F(ValidateTest, WasmSection) {
  const char* yaml = "name: n\ndescription: d\nwasm: {memory: 32MiB}\n";
  EXPECT_EQ(check(yaml),
            "gadget.yaml:3:1: warning: wasm describes a module, but the gadget has none; name the module as "
            "wasm: in "
            "build.yaml, or remove the section\n");
  EXPECT_EQ(check(yaml, true, false), "");
  facts_.has_wasm = true;
  EXPECT_EQ(check(yaml), "");
  EXPECT_EQ(check("wasm: {memory: lots}\nparams:\n  ebpf: {min: {key: m}}\n  wasm:\n    a: {key: m}\n    "
                  "b: {key: b, type: uint8, defaultValue: 300}\n    c: {defaultValue: x, key: c, "
                  "possibleValues: [y]}\n"),
            R"(gadget.yaml:1:16: error: memory is "lots"; write a size such as 32MiB
gadget.yaml:5:14: error: the key "m" stands for "min" already; give every parameter a key of its own
gadget.yaml:6:44: error: the default value "300" of parameter "b" is no uint8
gadget.yaml:7:23: error: the default value "x" of parameter "c" is not among its possible values; they are: y
)");
}

}  // namespace
}  // namespace gadgetry::metadata
