#include "stages/sort_stage.hpp"

#include <algorithm>

#include "base/strings.hpp"

namespace gadgetry::stages {

base::Result<std::vector<SortKey>> parse_sort_keys(std::string_view text) {
  std::vector<SortKey> keys;
  for (std::string_view part : base::split(text, ',')) {
    part = base::trim(part);
    SortKey key;
    if (part.starts_with('-') || part.starts_with('+')) {
      key.descending = part.front() == '-';
      part = base::trim(part.substr(1));
    }
    if (part.empty()) {
      return base::Error::usage("sort order \"" + base::printable(text) + "\": a field name is missing")
          .with_hint(
              "write fields separated by commas, with - in front of one to sort it downwards: pid,-size");
    }
    key.field = part;
    keys.push_back(std::move(key));
  }
  return keys;
}

base::Status SortStage::plan(data::DataSource& source) {
  if (source.type() != data::SourceType::kArray) {
    return base::Error::usage("--sort: data source " + source.name() +
                              " has single events, which cannot be sorted")
        .with_hint("only snapshots and tables (array data sources) can");
  }
  GADGETRY_ASSIGN(std::vector<SortKey> keys, parse_sort_keys(text_));
  keys_.clear();
  for (const SortKey& key : keys) {
    auto field = data::find_value(source, key.field);
    if (!field) return std::move(field).error().context("--sort");
    keys_.push_back({*field, key.descending});
    field->field->needed = true;
  }
  return {};
}

void SortStage::process(data::Batch& batch) {
  const std::vector<data::Record>& rows = batch.records;
  order_.resize(rows.size());
  for (uint32_t i = 0; i < order_.size(); i++) order_[i] = i;
  std::sort(order_.begin(), order_.end(), [&](uint32_t a, uint32_t b) {
    for (const Key& key : keys_) {
      int order = data::compare_records(key.field, rows[a], rows[b]);
      if (order != 0) return key.descending ? order > 0 : order < 0;
    }
    return a < b;  // makes the sort stable
  });
  sorted_.clear();
  for (uint32_t index : order_) sorted_.push_back(rows[index]);
  batch.records.swap(sorted_);
}

}  // namespace gadgetry::stages
