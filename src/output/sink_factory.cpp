#include "output/sink_factory.hpp"

#include <iterator>

#include "base/strings.hpp"
#include "output/columns_sink.hpp"
#include "output/histogram.hpp"
#include "output/json_sink.hpp"
#include "output/none_sink.hpp"
#include "output/tree_sink.hpp"
#include "output/yaml_sink.hpp"

namespace gadgetry::output {
namespace {

struct ModeName {
  std::string_view name;
  OutputMode mode;
};
constexpr ModeName kModes[] = {
    {"columns", OutputMode::kColumns}, {"json", OutputMode::kJson}, {"jsonpretty", OutputMode::kJsonPretty},
    {"yaml", OutputMode::kYaml},       {"none", OutputMode::kNone}, {"tree", OutputMode::kTree}};

std::vector<std::string> mode_names() {
  std::vector<std::string> names;
  for (const ModeName& mode : kModes) names.emplace_back(mode.name);
  return names;
}

// Whether the data source's own list of modes, if it has one, allows the mode.
base::Status check_supported(OutputMode mode, const data::DataSource& source) {
  std::string_view list = source.annotation("cli.supported-output-modes");
  if (list.empty() || mode == OutputMode::kNone || mode == OutputMode::kTree) return {};
  for (std::string_view name : base::split(list, ',')) {
    if (base::trim(name) == output_mode_name(mode)) return {};
  }
  return base::Error::usage("data source " + source.name() + " has no output mode " +
                            std::string(output_mode_name(mode)))
      .with_hint("it supports " + base::printable(list));
}

}  // namespace

base::Result<OutputMode> parse_output_mode(std::string_view text) {
  for (const ModeName& mode : kModes) {
    if (mode.name == text) return mode.mode;
  }
  std::string near = base::closest(text, mode_names());
  return base::Error::usage("output mode \"" + base::printable(text) + "\": unknown")
      .with_hint((near.empty() ? "" : "did you mean " + near + "? ") + "choose one of " +
                 base::join(mode_names(), ", "));
}

std::string_view output_mode_name(OutputMode mode) {
  for (const ModeName& entry : kModes) {
    if (entry.mode == mode) return entry.name;
  }
  return "columns";
}

base::Result<OutputMode> default_output_mode(const data::DataSource& source) {
  std::string_view text = base::trim(source.annotation("cli.default-output-mode", "columns"));
  auto mode = parse_output_mode(text);
  if (!mode.ok())
    return std::move(mode).error().context("data source " + source.name() + ": cli.default-output-mode");
  return mode;
}

base::Result<std::unique_ptr<OutputSink>> make_sink(const SinkOptions& options,
                                                    const data::DataSource& source) {
  GADGETRY_TRY(check_supported(options.mode, source));
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
