#include "cli/param_flags.hpp"

#include <CLI/CLI.hpp>

#include "base/strings.hpp"

namespace gadgetry::cli {
namespace {

void add_flag(CLI::App& sub, const pipeline::Param& param, std::string& value) {
  std::string help = param.description;
  if (!param.possible_values.empty()) help += " (" + base::join(param.possible_values, ", ") + ")";
  // Our own flags come first: a parameter of the same name has a prefix.
  const bool taken = sub.get_option_no_throw("--" + param.key) != nullptr;
  const std::string name = (taken ? "--param." : "--") + param.key;
  CLI::Option* option = nullptr;
  if (param.type == "bool") {
    // Both `--failed` and `--failed=false`.
    option = sub.add_flag_function(
        name + "{true}", [&value](int64_t on) { value = on > 0 ? "true" : "false"; }, help);
  } else {
    option = sub.add_option(name, value, help)->type_name(param.type);
  }
  if (!param.default_value.empty()) option->default_str(param.default_value);
  option->group("Parameters of the gadget");
}

}  // namespace

void ParamFlags::add(CLI::App& sub, const pipeline::Gadget& gadget) {
  for (const pipeline::Param& param : gadget.params()) {
    flags_.emplace_back(param.key, std::make_unique<std::string>());
    add_flag(sub, param, *flags_.back().second);
  }
}

std::map<std::string, std::string> ParamFlags::values() const {
  std::map<std::string, std::string> values;
  for (const auto& [key, value] : flags_) {
    if (!value->empty()) values[key] = *value;
  }
  return values;
}

}  // namespace gadgetry::cli
