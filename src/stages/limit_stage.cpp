#include "stages/limit_stage.hpp"

#include <algorithm>

#include "base/strings.hpp"

namespace gadgetry::stages {

base::Result<int64_t> parse_limit(std::string_view text) {
  auto value = base::parse_int<int64_t>(base::trim(text));
  if (!value || *value < -1) {
    return base::Error::usage("limit \"" + base::printable(text) + "\" is not a number of records")
        .with_hint("write a number from 0, or -1 for no limit");
  }
  return *value;
}

void LimitStage::process(data::Batch& batch) {
  if (limit_ < 0) return;
  auto left = static_cast<uint64_t>(limit_) - passed_;
  if (batch.records.size() > left) {
    batch.source->counters().filtered += batch.records.size() - left;
    batch.records.resize(static_cast<size_t>(left));
  }
  if (batch.source->type() == data::SourceType::kSingle) passed_ += batch.records.size();
}

}  // namespace gadgetry::stages
