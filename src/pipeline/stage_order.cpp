#include "pipeline/stage_order.hpp"

#include <memory>
#include <string>
#include <vector>

#include "data/per_source.hpp"
#include "data/simple_filter.hpp"
#include "pipeline/rest_stage.hpp"
#include "stages/filter_stage.hpp"
#include "stages/limit_stage.hpp"
#include "stages/sort_stage.hpp"

namespace gadgetry::pipeline {
namespace {

using stages::FilterText;

std::vector<FilterText> filter_texts(const RunConfig& config) {
  std::vector<FilterText> texts;
  if (!config.filter.empty()) texts.push_back({FilterText::Syntax::kSimple, config.filter});
  if (!config.filter_expr.empty()) texts.push_back({FilterText::Syntax::kExpression, config.filter_expr});
  return texts;
}

}  // namespace

base::Status add_stages(Stream& stream, const RunConfig& config, stages::FormatterContext& context,
                        wasm::Host* module) {
  const data::DataSource& source = stream.source();
  auto add_callbacks = [&](wasm::StagePlace place) {
    if (module == nullptr || !wasm::WasmStage::is_needed(*module, source, place)) return;
    stream.add_stage(std::make_unique<wasm::WasmStage>(*module, place));
  };
  if (!source.annotation("ebpf.rest.name").empty()) stream.add_stage(std::make_unique<RestStage>());
  add_callbacks(wasm::StagePlace::kBeforeFormatters);
  stream.add_stage(std::make_unique<stages::FormatterStage>(context));
  add_callbacks(wasm::StagePlace::kBeforeFilter);

  if (auto texts = filter_texts(config); !texts.empty()) {
    stream.add_stage(std::make_unique<stages::FilterStage>(std::move(texts)));
  }
  if (!config.sort.empty()) {
    GADGETRY_ASSIGN(auto sorts, data::parse_per_source(config.sort, ';'));
    if (const auto* sort = data::find_per_source(sorts, source.name())) {
      stream.add_stage(std::make_unique<stages::SortStage>(sort->value));
    }
  }
  if (!config.max_entries.empty()) {
    GADGETRY_ASSIGN(auto limits, data::parse_per_source(config.max_entries, ','));
    if (const auto* limit = data::find_per_source(limits, source.name())) {
      auto rows = stages::parse_limit(limit->value);
      if (!rows.ok()) return std::move(rows).error().context("--max-entries");
      stream.add_stage(std::make_unique<stages::LimitStage>(*rows));
    }
  }
  add_callbacks(wasm::StagePlace::kLast);
  return {};
}

base::Status check_source_names(const RunConfig& config, const std::vector<std::string>& sources) {
  struct Option {
    const std::string& text;
    char separator;
    const char* name;
  };
  for (const Option& option :
       {Option{config.sort, ';', "--sort"}, Option{config.max_entries, ',', "--max-entries"},
        Option{config.interval, ',', "--interval"}}) {
    if (option.text.empty()) continue;
    GADGETRY_ASSIGN(auto values, data::parse_per_source(option.text, option.separator));
    GADGETRY_TRY(data::check_per_source(values, sources, option.name));
  }
  GADGETRY_ASSIGN(auto filtered, data::simple_filter_sources(config.filter));
  std::vector<data::PerSource> named;
  for (const std::string& source : filtered) named.push_back({source, ""});
  return data::check_per_source(named, sources, "--filter");
}

}  // namespace gadgetry::pipeline
