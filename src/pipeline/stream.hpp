// A data source with its stages and its sink: the road of one kind of record, from the reader to the output.
#pragma once

#include <memory>
#include <vector>

#include "base/result.hpp"
#include "data/data_source.hpp"
#include "data/record.hpp"
#include "data/stage.hpp"

namespace gadgetry::pipeline {

class Stream {
 public:
  // Records at most handed on at once. Large enough to amortise the call of each stage, small enough for the
  // cache.
  static constexpr size_t kBatchRecords = 256;

  explicit Stream(std::unique_ptr<data::DataSource> source);

  data::DataSource& source() { return *source_; }
  const data::DataSource& source() const { return *source_; }
  data::Sink& sink() { return *sink_; }

  void add_stage(std::unique_ptr<data::Stage> stage) { stages_.push_back(std::move(stage)); }
  void set_sink(std::unique_ptr<data::Sink> sink);

  // Before the first record, once each and in this order: every stage adds its fields; then, when the sink is
  // set, all plan, from the sink backwards.
  base::Status add_fields();
  base::Status plan();

  // A reader appends records here and calls process(), which runs them through all stages and empties it.
  std::vector<data::Record>& records() { return batch_.records; }
  void process();

  // Records cut from `bytes`, `stride` bytes each, as one batch (a fetch of an array data source).
  void process_rows(const std::vector<uint8_t>& bytes, uint32_t stride);

 private:
  void give_blocks();

  std::unique_ptr<data::DataSource> source_;
  std::vector<std::unique_ptr<data::Stage>> stages_;
  std::unique_ptr<data::Sink> sink_;
  data::Arena arena_;
  data::Batch batch_;
  std::vector<uint64_t> blocks_;  // the added fields of the batch's records, one block after the other
};

}  // namespace gadgetry::pipeline
