// A data source with its stages and its sink: the road of one kind of record, from the reader to the output.
#pragma once

#include <functional>
#include <memory>
#include <span>
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
  // The stages plan again, because somebody asked for another field. The sink does not.
  base::Status plan_stages();

  // A reader appends records here and calls process(), which runs them through all stages and empties it.
  std::vector<data::Record>& records() { return batch_.records; }
  void process();

  // Sees what readers give, before any stage.
  void set_tap(std::function<void(const data::Batch&)> tap) { tap_ = std::move(tap); }

  // Records cut from `bytes`, `stride` bytes each, as one batch (a fetch of an array data source).
  void process_rows(const std::vector<uint8_t>& bytes, uint32_t stride);

  // Records that a module made, as one batch; their added bytes are taken over. Fails while a batch is processed.
  base::Status emit(std::span<const data::Record> records);

 private:
  void give_blocks();
  void run_stages();

  std::unique_ptr<data::DataSource> source_;
  std::vector<std::unique_ptr<data::Stage>> stages_;
  std::unique_ptr<data::Sink> sink_;
  data::Arena arena_;
  data::Batch batch_;
  std::function<void(const data::Batch&)> tap_;
  bool busy_ = false;
  std::vector<uint64_t> blocks_;  // the added fields of the batch's records, one block after the other
};

}  // namespace gadgetry::pipeline
