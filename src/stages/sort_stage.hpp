// Sorts the rows of a fetch (--sort).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/stage.hpp"
#include "data/value.hpp"

namespace gadgetry::stages {

struct SortKey {
  std::string field;
  bool descending = false;
};

// "f1,-f2": ascending by f1, then descending by f2. Whether the fields exist is found in SortStage::plan.
base::Result<std::vector<SortKey>> parse_sort_keys(std::string_view text);

// Serves one array data source (make one for each; single events have no order but that of their arrival, so
// plan() fails for them). Stable: rows with equal keys keep their order. `text` is the part for this data
// source of data::parse_per_source(option, ';').
class SortStage final : public data::Stage {
 public:
  explicit SortStage(std::string text) : text_(std::move(text)) {}

  std::string_view name() const override { return "sort"; }
  base::Status plan(data::DataSource& source) override;
  void process(data::Batch& batch) override;

 private:
  struct Key {
    data::FieldRef field;
    bool descending = false;
  };

  std::string text_;
  std::vector<Key> keys_;
  std::vector<uint32_t> order_;  // kept between fetches, so that a warm stage does not allocate
  std::vector<data::Record> sorted_;
};

}  // namespace gadgetry::stages
