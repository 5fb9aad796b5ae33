#include "output/mode_chooser.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "output/pcapng_sink.hpp"

namespace gadgetry::output {
namespace {

// A file format of its own, which text of fields cannot stand for.
constexpr std::string_view kPacketMode = "pcap-ng";

base::Error no_packets() {
  return base::Error::usage("output mode pcap-ng: the gadget has no data source that holds packets")
      .with_hint("choose another mode: columns, json, jsonpretty, yaml, none, tree");
}

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
  auto mode = find_output_mode(name);
  if (mode == OutputMode::kPcapng && !holds_packets(source)) {
    if (name_.empty())
      return no_packets().context("data source " + source.name() + ": cli.default-output-mode");
    options.mode = OutputMode::kNone;
  } else if (mode) {
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
  for (std::string& own_mode : own) {
    if (!has(own_modes_, own_mode)) own_modes_.push_back(std::move(own_mode));
  }
  return {};
}

base::Status ModeChooser::check() const {
  if (found_ || name_.empty()) return {};
  if (auto mode = find_output_mode(name_))
    return mode == OutputMode::kPcapng ? base::Status(no_packets()) : base::ok();
  return unknown_mode(name_, own_modes_);
}

}  // namespace gadgetry::output
