// Drops the records that do not match the filters of a run.
#pragma once

#include <string>
#include <vector>

#include "data/filter_program.hpp"
#include "data/stage.hpp"

namespace gadgetry::stages {

// A filter as it was given on the command line.
struct FilterText {
  enum class Syntax { kSimple, kExpression };
  Syntax syntax = Syntax::kSimple;
  std::string text;
};

// Serves one data source: make one for each. The texts are compiled in plan(), when all fields exist; a
// record must match them all. What is dropped counts as filtered.
class FilterStage final : public data::Stage {
 public:
  explicit FilterStage(std::vector<FilterText> texts) : texts_(std::move(texts)) {}

  // One more condition, compiled already for the data source this stage will serve.
  void add(data::FilterProgram program) { programs_.push_back(std::move(program)); }

  std::string_view name() const override { return "filter"; }
  base::Status plan(data::DataSource& source) override;
  void process(data::Batch& batch) override;

 private:
  bool matches(const data::Record& record) const;

  std::vector<FilterText> texts_;
  std::vector<data::FilterProgram> programs_;
};

}  // namespace gadgetry::stages
