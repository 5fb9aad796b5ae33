#include "stages/filter_stage.hpp"

#include <algorithm>

#include "data/expr_filter.hpp"
#include "data/simple_filter.hpp"

namespace gadgetry::stages {

base::Status FilterStage::plan(data::DataSource& source) {
  for (const FilterText& text : texts_) {
    bool simple = text.syntax == FilterText::Syntax::kSimple;
    auto program = simple ? data::compile_simple_filter(source, text.text)
                          : data::compile_expr_filter(source, text.text);
    if (!program) return std::move(program).error().context(simple ? "--filter" : "--filter-expr");
    programs_.push_back(std::move(program).value());
  }
  texts_.clear();
  for (data::FilterProgram& program : programs_) program.mark_needed();
  return {};
}

bool FilterStage::matches(const data::Record& record) const {
  return std::all_of(programs_.begin(), programs_.end(),
                     [&](const data::FilterProgram& program) { return program.matches(record); });
}

void FilterStage::process(data::Batch& batch) {
  auto end = std::remove_if(batch.records.begin(), batch.records.end(),
                            [this](const data::Record& record) { return !matches(record); });
  batch.source->counters().filtered += static_cast<uint64_t>(batch.records.end() - end);
  batch.records.erase(end, batch.records.end());
}

}  // namespace gadgetry::stages
