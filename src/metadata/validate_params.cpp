// Parameters: their keys, types, defaults and the variables behind them.
#include <algorithm>
#include <array>
#include <map>

#include "base/strings.hpp"
#include "metadata/validator.hpp"

namespace gadgetry::metadata {
namespace {

constexpr std::array<std::string_view, 18> kTypeHints = {
    "bool",  "string", "bytes",  "int",    "int8",    "int16",   "int32",    "int64", "uint",
    "uint8", "uint16", "uint32", "uint64", "float32", "float64", "duration", "ip",    "[]string"};

template <typename T>
bool fits(std::string_view text, int64_t low, uint64_t high) {
  auto value = base::parse_int<T>(text);
  if (!value) return false;
  if constexpr (std::is_signed_v<T>) {
    return *value >= low && *value <= static_cast<int64_t>(high);
  } else {
    return *value <= high;
  }
}

}  // namespace

bool is_value_of(std::string_view text, std::string_view type) {
  if (type == "bool") return base::parse_bool(text).has_value();
  if (type == "float32" || type == "float64") return base::parse_double(text).has_value();
  if (type == "duration") return base::parse_duration(text).ok();
  bool is_unsigned = type.starts_with("uint");
  if (!is_unsigned && !type.starts_with("int")) return true;
  std::string_view digits = type.substr(is_unsigned ? 4 : 3);
  unsigned bits = base::parse_int<unsigned>(digits).value_or(64);
  if (text.starts_with("0x")) return base::parse_int<uint64_t>(text.substr(2), 16).has_value();
  if (is_unsigned) return fits<uint64_t>(text, 0, bits >= 64 ? UINT64_MAX : (uint64_t{1} << bits) - 1);
  return fits<int64_t>(text, bits >= 64 ? INT64_MIN : -(int64_t{1} << (bits - 1)),
                       bits >= 64 ? uint64_t{INT64_MAX} : (uint64_t{1} << (bits - 1)) - 1);
}

namespace {

bool is_usable_key(std::string_view key) {
  return key.front() != '-' && std::all_of(key.begin(), key.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                  c == '_' || c == '.';
         });
}

void check_key(Validator& out, const ParamInfo& param, std::map<std::string, std::string>& keys) {
  if (param.key.empty()) {
    out.error(param.has_key ? param.key_at : param.at, "parameter \"" + param.name + "\" has an empty key",
              "add key: with the name of the flag people type");
    return;
  }
  if (!is_usable_key(param.key)) {
    out.error(param.key_at, "the key \"" + param.key + "\" cannot be a flag",
              "use letters, digits, dots, dashes and underscores");
    return;
  }
  auto [at, added] = keys.emplace(param.key, param.name);
  if (!added) {
    out.error(param.key_at, "the key \"" + param.key + "\" stands for \"" + at->second + "\" already",
              "give every parameter a key of its own");
  }
}

void check_type(Validator& out, const ParamInfo& param, std::string_view variable_type,
                const std::vector<std::string>& value_names = {}) {
  std::string_view type = variable_type;
  if (!param.type.empty()) {
    type = param.type;
    if (std::find(kTypeHints.begin(), kTypeHints.end(), param.type) == kTypeHints.end()) {
      std::vector<std::string> names(kTypeHints.begin(), kTypeHints.end());
      out.error(param.type_at, "parameter \"" + param.name + "\" has the unknown type \"" + param.type + "\"",
                "known are: " + base::join(names, ", "));
      return;
    }
  }
  if (!param.default_value || param.default_value->empty()) return;
  const std::string& value = *param.default_value;
  bool is_name = std::find(value_names.begin(), value_names.end(), value) != value_names.end();
  if (!is_name && !is_value_of(value, type)) {
    out.error(param.default_at, "the default value \"" + value + "\" of parameter \"" + param.name +
                                    "\" is no " + std::string(type));
  } else if (!param.possible_values.empty() &&
             std::find(param.possible_values.begin(), param.possible_values.end(), value) ==
                 param.possible_values.end()) {
    out.error(param.default_at,
              "the default value \"" + value + "\" of parameter \"" + param.name +
                  "\" is not among its possible values",
              "they are: " + base::join(param.possible_values, ", "));
  }
}

void check_ebpf_param(Validator& out, const ParamInfo& param, const Facts& facts) {
  auto fact = std::find_if(facts.variables.begin(), facts.variables.end(),
                           [&](const VariableFact& one) { return one.name == param.name; });
  if (fact == facts.variables.end()) {
    std::vector<std::string> names;
    for (const auto& one : facts.variables) {
      if (one.is_settable) names.push_back(one.name);
    }
    out.error(param.at, "the eBPF object has no variable \"" + param.name + "\"",
              Validator::suggestion(param.name, names));
  } else if (!fact->is_settable) {
    out.error(param.at, "the variable \"" + param.name + "\" is not const volatile",
              "declare it as: const volatile TYPE " + param.name + " = DEFAULT;");
  } else {
    check_type(out, param, fact->type_name, fact->value_names);
  }
}

}  // namespace

void check_params(Validator& out, const Metadata& metadata, const Facts* facts) {
  std::map<std::string, std::string> keys;
  for (const auto& param : metadata.ebpf_params) {
    check_key(out, param, keys);
    if (facts != nullptr) {
      check_ebpf_param(out, param, *facts);
    } else {
      check_type(out, param, "");
    }
  }
  for (const auto& param : metadata.wasm_params) {
    check_key(out, param, keys);
    check_type(out, param, "");
  }
  if (facts != nullptr && !facts->has_wasm && !metadata.wasm_params.empty()) {
    out.warning(metadata.wasm_params.front().at,
                "params.wasm describes parameters, but the gadget has no Wasm module",
                "name the module as wasm: in build.yaml, or remove params.wasm");
  }
  if (facts != nullptr && !facts->has_wasm && metadata.wasm.at.line != 0) {
    out.warning(metadata.wasm.at, "wasm describes a module, but the gadget has none",
                "name the module as wasm: in build.yaml, or remove the section");
  }
  for (const auto& param : metadata.custom_params) check_type(out, param, "");
}

}  // namespace gadgetry::metadata
