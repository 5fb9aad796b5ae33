#include "metadata/validate.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/perf_events.hpp"
#include "base/strings.hpp"
#include "data/annotations.hpp"
#include "metadata/names.hpp"
#include "metadata/validator.hpp"

namespace gadgetry::metadata {
namespace {

// Data sources that an operator makes, by the setting that turns it on.
struct OperatorSource {
  std::string_view setting;
  std::string_view source;
};
constexpr OperatorSource kOperatorSources[] = {
    {"ebpf.emitstats", "bpfstats"}, {"process.emitstats", "processes"}, {"cgroup.emitstats", "cgroups"}};

enum class SettingType : uint8_t { kBool, kDuration, kNumber, kText };
struct KnownSetting {
  std::string_view key;
  SettingType type;
};
constexpr KnownSetting kSettings[] = {
    {"ebpf.emitstats", SettingType::kBool},
    {"process.emitstats", SettingType::kBool},
    {"process.interval", SettingType::kDuration},
    {"process.first-interval", SettingType::kDuration},
    {"process.count", SettingType::kNumber},
    {"process.fields", SettingType::kText},
    {"cgroup.emitstats", SettingType::kBool},
    {"cgroup.interval", SettingType::kDuration},
    {"cgroup.first-interval", SettingType::kDuration},
    {"cgroup.count", SettingType::kNumber},
};

void check_setting(Validator& out, const Setting& setting) {
  auto known = std::find_if(std::begin(kSettings), std::end(kSettings),
                            [&](const KnownSetting& one) { return one.key == setting.key; });
  if (known == std::end(kSettings)) {
    std::vector<std::string> names;
    for (const auto& one : kSettings) names.emplace_back(one.key);
    out.unknown(setting.at, "unknown setting \"operator." + setting.key + "\"",
                Validator::suggestion(setting.key, names));
    return;
  }
  // A template is filled in at run time.
  if (setting.value.find("{{") != std::string::npos) return;
  std::string what = "operator." + setting.key + " is \"" + setting.value + "\"";
  if (known->type == SettingType::kBool && !base::parse_bool(setting.value)) {
    out.error(setting.at, std::move(what), "write true or false");
  } else if (known->type == SettingType::kDuration && !base::parse_duration(setting.value).ok()) {
    out.error(setting.at, std::move(what), "write a duration such as 500ms or 3s");
  } else if (known->type == SettingType::kNumber && !base::parse_int<uint64_t>(setting.value)) {
    out.error(setting.at, std::move(what), "write a whole number, 0 or more");
  }
}

bool is_made_by_operator(const Metadata& metadata, std::string_view source) {
  for (const auto& one : kOperatorSources) {
    if (one.source == source && metadata.operator_setting(one.setting) == "true") return true;
  }
  return source == "containers" && metadata.annotation("enable-containers-datasource") == "true";
}

// `instead_of` has to end at a program that stands in for no other.
void check_stand_in(Validator& out, const Metadata& metadata, const ProgramInfo& program,
                    const Facts* facts) {
  if (program.instead_of.empty()) return;
  std::set<std::string_view> seen = {program.name};
  const ProgramInfo* next = &program;
  while (next != nullptr && !next->instead_of.empty()) {
    if (!seen.insert(next->instead_of).second) {
      out.error(program.instead_at,
                "instead_of of program \"" + program.name + "\" leads back to \"" + next->instead_of + "\"",
                "name a program that is tried first and stands in for none");
      return;
    }
    next = metadata.find_program(next->instead_of);
  }
  if (facts == nullptr) return;
  std::vector<std::string> names;
  for (const auto& one : facts->programs) names.push_back(one.name);
  if (std::find(names.begin(), names.end(), program.instead_of) != names.end()) return;
  out.error(program.instead_at,
            "instead_of of program \"" + program.name + "\": the eBPF object has no program \"" +
                program.instead_of + "\"",
            Validator::suggestion(program.instead_of, names));
}

void check_perf(Validator& out, const ProgramInfo& program) {
  auto missing = [&](const std::string& value, std::string_view key, std::string_view example) {
    if (value.empty()) {
      out.error(program.perf_at,
                "perf." + std::string(key) + " of program \"" + program.name + "\" is missing",
                "write " + std::string(key) + ": " + std::string(example));
    }
    return value.empty();
  };
  bool lacks_type = missing(program.perf_type, "type", "software");
  bool lacks_config = missing(program.perf_config, "config", "count_sw_cpu_clock");
  if (!missing(program.perf_sample_type, "sampleType", "sample_raw") &&
      program.perf_sample_type != "sample_raw") {
    out.error(program.perf_at,
              "perf.sampleType of program \"" + program.name + "\" is \"" + program.perf_sample_type + "\"",
              "write sampleType: sample_raw");
  }
  if (!lacks_type && !lacks_config) {
    auto events = base::parse_perf_events(program.perf_type, program.perf_config);
    if (!events.ok()) {
      out.error(program.perf_at, "program \"" + program.name + "\": " + events.error().message,
                events.error().hint);
    } else if (events->size() > 1 && program.sampler_period) {
      out.error(program.sampler_at,
                "program \"" + program.name + "\": a period means something else for each event",
                "set sampler.frequency, which alternatives can share");
    }
  }
  if (program.sampler_frequency && program.sampler_period) {
    out.error(program.sampler_at, "program \"" + program.name + "\" has a frequency and a period",
              "remove one of them");
  } else if (!program.sampler_frequency && !program.sampler_period) {
    out.error(program.perf_at, "program \"" + program.name + "\" has no sampler.frequency",
              "add sampler: {frequency: 49}, in samples a second, or a period, in events");
  }
}

void check_program(Validator& out, const ProgramInfo& program, const Facts* facts) {
  if (program.attach_to && program.attach_to->empty()) {
    out.error(program.attach_at, "attach_to of program \"" + program.name + "\" is empty",
              "write a target, or gadget_program_disabled to leave the program out");
  }
  if (program.has_perf) check_perf(out, program);
  if (facts == nullptr) return;
  auto fact = std::find_if(facts->programs.begin(), facts->programs.end(),
                           [&](const ProgramFact& one) { return one.name == program.name; });
  if (fact == facts->programs.end()) {
    std::vector<std::string> names;
    for (const auto& one : facts->programs) names.push_back(one.name);
    out.error(program.at, "the eBPF object has no program \"" + program.name + "\"",
              Validator::suggestion(program.name, names));
  } else if (program.has_perf && !fact->section.starts_with("perf_event")) {
    out.error(program.perf_at,
              "program \"" + program.name + "\" is in section \"" + fact->section +
                  "\", which takes no perf settings",
              "put it into SEC(\"perf_event/" + program.name + "\") or remove perf");
  }
}

void check_programs(Validator& out, const Metadata& metadata, const Facts* facts) {
  for (const auto& program : metadata.programs) {
    check_program(out, program, facts);
    check_stand_in(out, metadata, program, facts);
  }
  if (facts == nullptr) return;
  for (const auto& fact : facts->programs) {
    if (!fact.section.starts_with("perf_event")) continue;
    const ProgramInfo* program = metadata.find_program(fact.name);
    if (program != nullptr && program->has_perf) continue;
    out.error(program == nullptr ? Position{} : program->at,
              "the perf_event program \"" + fact.name + "\" has no settings",
              "add programs: {" + fact.name +
                  ": {perf: {type: software, config: count_sw_cpu_clock, sampleType: sample_raw}, "
                  "sampler: {frequency: 49}}}");
  }
}

// Columns and struct fields that name no data source: some data source must have the field.
void check_loose_fields(Validator& out, const Metadata& metadata, const Facts* facts) {
  std::vector<std::string> names;
  if (facts != nullptr) {
    for (const auto* source : facts->sources) {
      for (auto& name : possible_fields(*source, metadata.find_source(source->name()))) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
  }
  for (const auto& loose : metadata.loose_fields) {
    if (facts != nullptr && !loose.source.empty() && !facts->has_wasm &&
        out.find_source(loose.source) == nullptr) {
      out.error(loose.at, "the eBPF object has no data source \"" + loose.source + "\"",
                Validator::suggestion(loose.source, out.source_names()));
    }
    for (const auto& field : loose.fields) {
      out.check_field_annotations(field, names);
      if (facts != nullptr && !facts->has_wasm && !is_possible_field(names, field.name)) {
        out.error(field.at, "no data source has a field \"" + field.name + "\"",
                  Validator::suggestion(field.name, names));
      }
    }
  }
}

void check_source(Validator& out, const Metadata& metadata, const SourceInfo& info, const Facts* facts) {
  const data::DataSource* source = out.find_source(info.name);
  bool known_only_at_run_time =
      facts == nullptr || facts->has_wasm || is_made_by_operator(metadata, info.name) || source == nullptr;
  if (facts != nullptr && source == nullptr && !facts->has_wasm &&
      !is_made_by_operator(metadata, info.name)) {
    auto names = out.source_names();
    out.error(info.at, "the eBPF object has no data source \"" + info.name + "\"",
              names.empty() ? "declare one with GADGET_TRACER, GADGET_MAPITER or GADGET_ITER"
                            : Validator::suggestion(info.name, names));
  }
  std::vector<std::string> names;
  if (source != nullptr) names = possible_fields(*source, &info);
  out.check_source_annotations(info, known_only_at_run_time ? std::vector<std::string>{} : names);
  for (const auto& field : info.fields) {
    if (!known_only_at_run_time && !is_possible_field(names, field.name)) {
      out.error(field.at, "data source \"" + info.name + "\" has no field \"" + field.name + "\"",
                Validator::suggestion(field.name, names));
    }
    out.check_field_annotations(field, known_only_at_run_time ? std::vector<std::string>{} : names);
  }
}

}  // namespace

std::vector<Diagnostic> validate(const Metadata& metadata, const Facts* facts, bool strict) {
  Validator out(facts, strict);
  for (const auto& issue : metadata.issues) out.add_issue(issue);
  for (const auto& source : metadata.sources) check_source(out, metadata, source, facts);
  check_loose_fields(out, metadata, facts);
  check_params(out, metadata, facts);
  check_programs(out, metadata, facts);
  for (const auto& setting : metadata.operators) check_setting(out, setting);
  for (const auto& setting : metadata.param_defaults) {
    if (!setting.key.starts_with("operator.")) {
      out.warning(setting.at, "the parameter \"" + setting.key + "\" in paramDefaults is not a full name",
                  "full names begin with operator., such as operator.oci.ebpf.map-fetch-interval");
    }
  }
  auto diagnostics = out.take();
  sort_by_position(diagnostics);
  return diagnostics;
}

}  // namespace gadgetry::metadata
