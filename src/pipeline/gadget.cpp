#include "pipeline/gadget.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/fd.hpp"
#include "base/log.hpp"
#include "base/strings.hpp"
#include "metadata/set_value.hpp"
#include "metadata/validate.hpp"
#include "pipeline/kernel_types.hpp"

namespace gadgetry::pipeline {
namespace {

// Variables of the SDK's filter.h and user_stack_map.h: every gadget that has them gets the same flags.
struct WellKnown {
  std::string_view variable;
  std::string_view key;
  std::string_view description;
};
constexpr WellKnown kWellKnown[] = {
    {"targ_pid", "pid", "Show only events of this process (0: all)"},
    {"targ_tid", "tid", "Show only events of this thread (0: all)"},
    {"targ_uid", "uid", "Show only events of this user id (4294967295: all)"},
    {"targ_gid", "gid", "Show only events of this group id (4294967295: all)"},
    {"targ_comm", "comm", "Show only events of processes with this name"},
    {"collect_ustack", "collect-ustack", "Collect user stacks"},
    {"collect_build_id", "collect-build-id", "Collect build ids with the user stacks"},
    {"ig_build_id_max_entries", "ig_build_id_max_entries", "User stacks whose build ids are kept at most"},
};

const WellKnown* find_well_known(std::string_view variable) {
  const auto* it = std::find_if(std::begin(kWellKnown), std::end(kWellKnown),
                                [&](const WellKnown& w) { return w.variable == variable; });
  return it == std::end(kWellKnown) ? nullptr : it;
}

// Not for people: set by us (gadget_filter_by_mntns) or by user-space logic (gadget_var_*).
bool is_internal(std::string_view variable) {
  return variable.starts_with("gadget_var_") || variable == "gadget_filter_by_mntns" ||
         variable == "gadget_iter_type" || variable.starts_with("collect_otel_stack");
}

}  // namespace

base::Result<std::unique_ptr<Gadget>> Gadget::open(GadgetParts parts) {
  std::unique_ptr<Gadget> gadget(new Gadget());
  gadget->parts_ = std::move(parts);
  const GadgetParts& p = gadget->parts_;
  auto parsed = metadata::parse(p.metadata);
  if (!parsed.ok()) return std::move(parsed).error().context("gadget " + p.name + ": metadata");
  gadget->metadata_ = std::move(*parsed);
  if (p.ebpf.empty() && p.wasm.empty()) {
    return base::Error("gadget " + p.name +
                       ": it has neither an eBPF object for this machine's architecture nor a module")
        .with_hint("gadgets that consist of metadata alone are not supported by this version");
  }
  gadget->find_module_params();
  if (p.ebpf.empty()) return gadget;
  auto types = archive_types(p.btfgen);
  if (!types.ok()) return std::move(types).error().context("gadget " + p.name);
  gadget->has_archive_ = !p.btfgen.empty();
  gadget->parts_.btfgen = {};  // may be large
  auto object = bpf::Object::open(p.name, base::as_bytes(p.ebpf), {.archive_types = *types});
  if (!object.ok()) return std::move(object).error().context("gadget " + p.name);
  gadget->object_ = std::move(*object);
  for (const std::string& warning : gadget->object_->declarations().warnings)
    base::log_warning(p.name + ": " + warning);
  gadget->find_params();
  gadget->find_packet_filters();
  return gadget;
}

base::Status Gadget::check_kernel_types() const {
  if (!has_object() || !object_->lacks_kernel_types()) return {};
  return no_kernel_types(name(), has_archive_);
}

void Gadget::find_params() {
  for (const bpf::VariableDecl& variable : object_->declarations().variables) {
    if (is_internal(variable.name)) continue;
    const metadata::ParamInfo* info = metadata_.find_ebpf_param(variable.name);
    if (!variable.is_param && info == nullptr) continue;
    Param param{.key = variable.name,
                .variable = variable.name,
                .of_module = false,
                .is_packet_filter = false,
                .type = variable.type_name,
                .default_value = variable.default_value,
                .description = {},
                .possible_values = {},
                .is_mandatory = false};
    if (const WellKnown* known = find_well_known(variable.name)) {
      param.key = known->key;
      param.description = known->description;
    }
    if (info != nullptr) {
      if (!info->key.empty()) param.key = info->key;
      if (info->default_value) param.default_value = *info->default_value;
      if (!info->description.empty()) param.description = info->description;
      param.possible_values = info->possible_values;
      param.is_mandatory = info->is_mandatory;
    }
    if (auto fallback = metadata_.param_default("operator.oci.ebpf." + base::to_lower(param.key));
        !fallback.empty()) {
      param.default_value = fallback;
    }
    // The default of the metadata may differ from the initialiser in the object.
    if (param.default_value != variable.default_value && !param.default_value.empty()) {
      if (auto set = object_->set_variable(param.variable, param.default_value); !set.ok()) {
        base::log_warning("gadget " + name() + ": default of parameter " + param.key + ": " +
                          set.error().text());
      }
    }
    params_.push_back(std::move(param));
  }
}

void Gadget::find_module_params() {
  if (parts_.wasm.empty()) return;
  for (const metadata::ParamInfo& info : metadata_.wasm_params) {
    Param param{.key = info.key.empty() ? info.name : info.key,
                .variable = info.name,
                .of_module = true,
                .is_packet_filter = false,
                .type = info.type.empty() ? "string" : info.type,
                .default_value = info.default_value.value_or(""),
                .description = info.description,
                .possible_values = info.possible_values,
                .is_mandatory = info.is_mandatory};
    if (auto fallback = metadata_.param_default("operator.oci.wasm." + base::to_lower(param.key));
        !fallback.empty()) {
      param.default_value = fallback;
    }
    module_values_[info.name] = param.default_value;
    params_.push_back(std::move(param));
  }
}

void Gadget::find_packet_filters() {
  for (const std::string& name : bpf::packet_filter_names(object_->types())) {
    Param param{
        .key = name.empty() ? "pf" : "pf-" + name,
        .variable = name,
        .of_module = false,
        .is_packet_filter = true,
        .type = "string",
        .default_value = {},
        .description = "Only packets that match this filter expression (as of tcpdump, see pcap-filter(7))",
        .possible_values = {},
        .is_mandatory = false};
    param.default_value = metadata_.param_default("operator.oci.ebpf." + base::to_lower(param.key));
    if (auto set = set_packet_filter(param, param.default_value); !set.ok()) {
      base::log_warning("gadget " + this->name() + ": default of parameter " + param.key + ": " +
                        set.error().text());
    }
    params_.push_back(std::move(param));
  }
}

base::Status Gadget::set_packet_filter(const Param& param, std::string_view expression) {
  std::erase_if(packet_filters_,
                [&](const bpf::PacketFilter& filter) { return filter.name == param.variable; });
  if (base::trim(expression).empty()) return {};  // every packet
  auto code = bpf::packet_filter_code(expression);
  if (!code.ok()) return std::move(code).error().context("--" + param.key);
  packet_filters_.push_back({param.variable, std::move(*code)});
  return {};
}

std::optional<std::string> Gadget::wasm_param(std::string_view key) const {
  auto it = std::find_if(params_.begin(), params_.end(),
                         [&](const Param& p) { return p.of_module && p.key == key; });
  auto value = module_values_.find(it == params_.end() ? key : std::string_view(it->variable));
  if (value == module_values_.end()) return std::nullopt;
  return value->second;
}

base::Status Gadget::set_config(std::string_view key, std::string_view value) {
  return metadata::set_value(metadata_, key, value);
}

base::Status Gadget::set_param(std::string_view key, std::string_view value) {
  auto it = std::find_if(params_.begin(), params_.end(), [&](const Param& p) { return p.key == key; });
  if (it == params_.end()) {
    std::vector<std::string> keys;
    for (const Param& param : params_) keys.push_back(param.key);
    std::string near = base::closest(key, keys);
    return base::Error::usage("gadget " + name() + ": it has no parameter " + std::string(key))
        .with_hint(!near.empty()  ? "did you mean " + near + "?"
                   : keys.empty() ? "it has no parameters at all"
                                  : "its parameters are " + base::join(keys, ", "));
  }
  const auto& allowed = it->possible_values;
  if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), value) == allowed.end()) {
    return base::Error::usage("--" + it->key + ": " + base::printable(value) + " is not one of its values")
        .with_hint("use one of " + base::join(allowed, ", "));
  }
  if (it->of_module) {
    if (!metadata::is_value_of(value, it->type)) {
      return base::Error::usage("--" + it->key + ": " + base::printable(value) + " is no value of type " +
                                it->type);
    }
    module_values_[it->variable] = value;
    return {};
  }
  if (it->is_packet_filter) return set_packet_filter(*it, value);
  auto set = object_->set_variable(it->variable, value);
  if (!set.ok()) {
    base::Error error = std::move(set).error().context("--" + it->key);
    error.kind = base::ErrorKind::kUsage;
    return error;
  }
  return {};
}

std::vector<bpf::AttachTarget> Gadget::attach_targets() const {
  std::vector<bpf::AttachTarget> targets;
  for (const metadata::ProgramInfo& program : metadata_.programs) {
    bpf::AttachTarget target;
    target.program = program.name;
    target.target = program.attach_to.value_or("");
    target.disabled = target.target == bpf::kProgramDisabled;
    target.optional = program.optional;
    target.instead_of = program.instead_of;
    target.perf = {.type = program.perf_type,
                   .config = program.perf_config,
                   .sample_type = program.perf_sample_type,
                   .frequency = program.sampler_frequency.value_or(0),
                   .period = program.sampler_period.value_or(0)};
    targets.push_back(std::move(target));
  }
  return targets;
}

}  // namespace gadgetry::pipeline
