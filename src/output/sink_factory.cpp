#include "output/sink_factory.hpp"

#include <algorithm>
#include <iterator>

#include "base/strings.hpp"
#include "output/columns_sink.hpp"
#include "output/histogram.hpp"
#include "output/json_sink.hpp"
#include "output/none_sink.hpp"
#include "output/pcapng_sink.hpp"
#include "output/text_mode_sink.hpp"
#include "output/tree_sink.hpp"
#include "output/yaml_sink.hpp"

namespace gadgetry::output {
namespace {

struct ModeName {
  std::string_view name;
  OutputMode mode;
};
constexpr size_t kLongestName = 256;  // the search for a similar name takes time by its length
constexpr ModeName kModes[] = {
    {"columns", OutputMode::kColumns}, {"json", OutputMode::kJson}, {"jsonpretty", OutputMode::kJsonPretty},
    {"yaml", OutputMode::kYaml},       {"none", OutputMode::kNone}, {"tree", OutputMode::kTree},
    {"pcap-ng", OutputMode::kPcapng}};

std::vector<std::string> mode_names() {
  std::vector<std::string> names;
  for (const ModeName& mode : kModes) {
    if (mode.mode != OutputMode::kPcapng) names.emplace_back(mode.name);  // few data sources have it
  }
  return names;
}

// Whether the data source's own list of modes, if it has one, allows the mode.
base::Status check_supported(OutputMode mode, const data::DataSource& source) {
  std::string_view list = source.annotation("cli.supported-output-modes");
  if (mode == OutputMode::kPcapng) return {};  // by its own annotations
  bool always = mode == OutputMode::kNone || mode == OutputMode::kTree || mode == OutputMode::kOwn;
  if (list.empty() || always) return {};
  for (std::string_view name : base::split(list, ',')) {
    if (base::trim(name) == output_mode_name(mode)) return {};
  }
  return base::Error::usage("data source " + source.name() + " has no output mode " +
                            std::string(output_mode_name(mode)))
      .with_hint("it supports " + base::printable(list));
}

// A text mode of the data source, else the text of its fields.
std::unique_ptr<OutputSink> make_own_sink(const SinkOptions& options, const data::DataSource& source) {
  const auto& modes = source.text_modes();
  auto mode = std::find_if(modes.begin(), modes.end(),
                           [&](const data::TextMode& m) { return m.name == options.own_mode; });
  if (mode != modes.end()) return std::make_unique<TextModeSink>(options, *mode);
  return std::make_unique<FieldTextSink>(options);
}

}  // namespace

std::optional<OutputMode> find_output_mode(std::string_view name) {
  for (const ModeName& mode : kModes) {
    if (mode.name == name) return mode.mode;
  }
  return std::nullopt;
}

base::Error unknown_mode(std::string_view name, const std::vector<std::string>& own) {
  std::vector<std::string> names = mode_names();
  names.insert(names.end(), own.begin(), own.end());
  std::string near = name.size() > kLongestName ? "" : base::closest(name, names);
  return base::Error::usage("output mode \"" + base::printable(name) + "\": unknown")
      .with_hint(base::printable((near.empty() ? "" : "did you mean " + near + "? ") + "choose one of " +
                                 base::join(names, ", ")));
}

std::string_view output_mode_name(OutputMode mode) {
  for (const ModeName& entry : kModes) {
    if (entry.mode == mode) return entry.name;
  }
  return "columns";
}

base::Result<std::unique_ptr<OutputSink>> make_sink(const SinkOptions& options,
                                                    const data::DataSource& source) {
  GADGETRY_TRY(check_supported(options.mode, source));
  if (options.mode == OutputMode::kPcapng && options.terminal) {
    return base::Error::usage("output mode pcap-ng: the output is a terminal, which cannot show it")
        .with_hint("send it to a file (> packets.pcapng) or to a program (| tshark -r -)");
  }
  std::unique_ptr<OutputSink> sink;
  switch (options.mode) {
    case OutputMode::kNone:
      sink = std::make_unique<NoneSink>();
      break;
    case OutputMode::kJson:
    case OutputMode::kJsonPretty:
      sink =
          std::make_unique<JsonSink>(options.writer, options.fields, options.mode == OutputMode::kJsonPretty);
      break;
    case OutputMode::kYaml:
      sink = std::make_unique<YamlSink>(options.writer, options.fields);
      break;
    case OutputMode::kTree:
      sink = std::make_unique<TreeSink>(options);
      break;
    case OutputMode::kPcapng:
      sink = std::make_unique<PcapngSink>(options);
      break;
    case OutputMode::kOwn:
      sink = make_own_sink(options, source);
      break;
    case OutputMode::kColumns:
      if (draws_histograms(source)) {
        sink = std::make_unique<HistogramSink>(options);
      } else {
        sink = std::make_unique<ColumnsSink>(options);
      }
      break;
  }
  return sink;
}

}  // namespace gadgetry::output
