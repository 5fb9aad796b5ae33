// Cuts what is too much (--max-entries).
#pragma once

#include <cstdint>
#include <string_view>

#include "data/stage.hpp"

namespace gadgetry::stages {

// "-1" (no limit) or a number of records.
base::Result<int64_t> parse_limit(std::string_view text);

// Serves one data source: make one for each. Of an array data source every fetch keeps its first `limit`
// rows; of single events the first `limit` pass and all later ones are dropped. What is dropped counts as
// filtered.
class LimitStage final : public data::Stage {
 public:
  explicit LimitStage(int64_t limit) : limit_(limit) {}

  std::string_view name() const override { return "limit"; }
  void process(data::Batch& batch) override;

  // Nothing will pass any more: the run of a single-event source may end.
  bool exhausted() const { return limit_ >= 0 && passed_ >= static_cast<uint64_t>(limit_); }

 private:
  int64_t limit_;
  uint64_t passed_ = 0;  // single events only
};

}  // namespace gadgetry::stages
