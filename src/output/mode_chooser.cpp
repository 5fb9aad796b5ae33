#include "output/mode_chooser.hpp"

#include <algorithm>

#include "base/strings.hpp"

namespace gadgetry::output {
namespace {

// A file format of its own, which text of fields cannot stand for.
constexpr std::string_view kPacketMode = "pcap-ng";

bool has(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string_view default_mode(const data::DataSource& source) {
  constexpr std::string_view kColumns = "columns";
  std::string_view own = base::trim(source.annotation("cli.default-output-mode"));
  if (!own.empty()) return own;
  std::string_view first;
  for (std::string_view name : base::split(source.annotation("cli.supported-output-modes"), ',')) {
    name = base::trim(name);
    if (name == kColumns) return kColumns;
    if (first.empty() && name != kPacketMode) first = name;
  }
  return first.empty() ? kColumns : first;
}

}  // namespace

std::vector<std::string> own_output_modes(const data::DataSource& source) {
  std::vector<std::string> names;
  auto add = [&names](std::string_view name) {
    if (!name.empty() && name != kPacketMode && !find_output_mode(name) && !has(names, name))
      names.emplace_back(name);
  };
  for (const data::TextMode& mode : source.text_modes()) add(mode.name);
  for (std::string_view name : base::split(source.annotation("cli.supported-output-modes"), ','))
    add(base::trim(name));
  return names;
}

base::Status ModeChooser::choose(const data::DataSource& source, SinkOptions& options) {
  std::vector<std::string> own = own_output_modes(source);
  std::string_view name = name_.empty() ? default_mode(source) : std::string_view(name_);
  options.own_mode.clear();
  if (auto mode = find_output_mode(name)) {
    options.mode = *mode;
    found_ = true;
  } else if (has(own, name)) {
    options.mode = OutputMode::kOwn;
    options.own_mode = name;
    found_ = true;
  } else if (name_.empty()) {
    return unknown_mode(name, own).context("data source " + source.name() + ": cli.default-output-mode");
  } else {
    options.mode = OutputMode::kNone;
  }
  for (std::string& mode : own) {
    if (!has(own_modes_, mode)) own_modes_.push_back(std::move(mode));
  }
  return {};
}

base::Status ModeChooser::check() const {
  if (found_ || name_.empty() || find_output_mode(name_)) return {};
  return unknown_mode(name_, own_modes_);
}

}  // namespace gadgetry::output
