// SPDX-License-Identifier: Apache-2.0
// Flags of a subcommand: parsing and help.
#include "args.hpp"

#include <algorithm>
#include <cctype>

namespace wasmcore::cli {
namespace {

// "-5", "-0x1p3", "-.5", "-inf", "-nan": arguments of functions, not flags.
bool is_number(std::string_view word) {
  std::string_view rest = word.substr(1);
  if (rest.starts_with("inf") || rest.starts_with("nan")) return true;
  if (rest.starts_with('.')) rest.remove_prefix(1);
  return !rest.empty() && std::isdigit(static_cast<unsigned char>(rest.front())) != 0;
}

bool is_flag(std::string_view word) {
  return word.size() > 1 && word.front() == '-' && !is_number(word);
}

}  // namespace

void Args::option(std::string name, std::string value, std::string help,
                  std::function<base::Status(std::string_view)> set) {
  flags_.push_back({std::move(name), std::move(value), std::move(help), std::move(set)});
}

void Args::flag(std::string name, std::string help, bool& to) {
  option(std::move(name), "", std::move(help), [&to](std::string_view) -> base::Status {
    to = true;
    return {};
  });
}

void Args::text(std::string name, std::string value, std::string help, std::string& to) {
  option(std::move(name), std::move(value), std::move(help), [&to](std::string_view text) -> base::Status {
    to = text;
    return {};
  });
}

const Flag* Args::find(std::string_view name) const {
  auto found =
      std::find_if(flags_.begin(), flags_.end(), [&](const Flag& flag) { return flag.name == name; });
  return found == flags_.end() ? nullptr : &*found;
}

base::Status Args::unknown(std::string_view name) const {
  std::vector<std::string> names;
  for (const Flag& flag : flags_) names.push_back(flag.name);
  std::string near = base::closest(name, names);
  std::string hint = near.empty()
                         ? "wasmcore-cli " + usage_.substr(0, usage_.find(' ')) + " --help lists the flags"
                         : "did you mean " + near + "?";
  return base::Error::usage("unknown flag \"" + base::printable(name) + "\"")
      .with_hint(hint + " What is meant for the guest goes behind --");
}

base::Status Args::parse(const Words& words) {
  for (size_t i = 0; i < words.size(); i++) {
    std::string_view word = words[i];
    if (word == "--") {
      positional_.insert(positional_.end(), words.begin() + static_cast<ptrdiff_t>(i) + 1, words.end());
      return {};
    }
    if (!is_flag(word)) {
      positional_.emplace_back(word);
      continue;
    }
    if (word == "--help" || word == "-h") {
      wants_help_ = true;
      return {};
    }
    size_t equals = word.find('=');
    std::string_view name = word.substr(0, equals);
    const Flag* flag = find(name);
    if (flag == nullptr) return unknown(name);
    bool inline_value = equals != std::string_view::npos;
    if (flag->value.empty() && inline_value) return base::Error::usage(flag->name + " takes no value");
    std::string_view value = inline_value ? word.substr(equals + 1) : std::string_view();
    if (!flag->value.empty() && !inline_value) {
      if (++i == words.size()) return base::Error::usage(flag->name + " needs a value: " + flag->value);
      value = words[i];
    }
    GADGETRY_TRY(flag->set(value));
  }
  return {};
}

std::string Args::help() const {
  std::string out = "Usage: wasmcore-cli " + usage_ + "\n\n" + about_ + "\nFlags:\n";
  size_t width = 0;
  auto label = [](const Flag& flag) { return flag.name + (flag.value.empty() ? "" : " " + flag.value); };
  for (const Flag& flag : flags_) width = std::max(width, label(flag).size());
  width = std::max(width, std::string_view("-h, --help").size());
  auto line = [&](const std::string& name, const std::string& text) {
    out += "  " + name + std::string(width - name.size() + 2, ' ') + text + "\n";
  };
  for (const Flag& flag : flags_) line(label(flag), flag.help);
  line("-h, --help", "Show this");
  return out;
}

}  // namespace wasmcore::cli
