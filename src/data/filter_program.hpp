// A filter that was compiled: a flat array of typed nodes over the fields of one data source.
//
// Made by compile_simple_filter() and compile_expr_filter(). Everything that can be wrong with a filter is
// found when it is compiled; evaluating it neither allocates nor fails. (Only lower() and upper() of a text
// longer than 4 KiB, and the automata inside RE2, take memory while running.)
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "data/record.hpp"

namespace gadgetry::data {

struct FilterNodes;  // filter_nodes.hpp

class FilterProgram {
 public:
  explicit FilterProgram(std::unique_ptr<FilterNodes> nodes);
  FilterProgram(FilterProgram&&) noexcept;
  FilterProgram& operator=(FilterProgram&&) noexcept;
  ~FilterProgram();

  // A record in which something cannot be computed (a remainder by zero, an index past the end of an array)
  // does not match.
  bool matches(const Record& record) const;

  // Marks the fields it reads as needed. Call it in Stage::plan.
  void mark_needed();

 private:
  std::unique_ptr<FilterNodes> nodes_;
};

}  // namespace gadgetry::data
