#include "pipeline/stream.hpp"

#include <algorithm>
#include <cstring>

namespace gadgetry::pipeline {

Stream::Stream(std::unique_ptr<data::DataSource> source) : source_(std::move(source)) {
  batch_.source = source_.get();
  batch_.arena = &arena_;
  batch_.records.reserve(kBatchRecords);
}

void Stream::set_sink(std::unique_ptr<data::Sink> sink) {
  sink_ = std::move(sink);
}

base::Status Stream::add_fields() {
  for (auto& stage : stages_) GADGETRY_TRY(stage->add_fields(*source_));
  return {};
}

base::Status Stream::plan() {
  GADGETRY_TRY(sink_->plan(*source_));
  return plan_stages();
}

base::Status Stream::plan_stages() {
  for (auto it = stages_.rbegin(); it != stages_.rend(); ++it) GADGETRY_TRY((*it)->plan(*source_));
  return {};
}

// Blocks of zeros for what the stages add.
void Stream::give_blocks() {
  size_t words = source_->added_size() / sizeof(uint64_t);
  if (words == 0 || batch_.records.empty()) return;
  size_t needed = words * batch_.records.size();
  if (blocks_.size() < needed) blocks_.resize(needed);
  std::memset(blocks_.data(), 0, needed * sizeof(uint64_t));
  uint64_t* block = blocks_.data();
  for (data::Record& record : batch_.records) {
    record.added = reinterpret_cast<uint8_t*>(block);
    block += words;
  }
}

void Stream::run_stages() {
  source_->counters().received += batch_.records.size();
  busy_ = true;
  for (auto& stage : stages_) stage->process(batch_);
  sink_->process(batch_);
  busy_ = false;
  batch_.records.clear();
  arena_.reset();
}

void Stream::process() {
  if (tap_) tap_(batch_);
  give_blocks();
  run_stages();
}

base::Status Stream::emit(std::span<const data::Record> records) {
  if (busy_) {
    return base::Error("data source " + source_->name() + ": it is just handing on events, and takes no more within that");
  }
  batch_.records.assign(records.begin(), records.end());
  give_blocks();
  for (size_t i = 0; i < records.size(); i++) {
    data::Record& record = batch_.records[i];
    uint32_t size = std::min(records[i].added_size, source_->added_size());
    if (size > 0) std::memcpy(record.added, records[i].added, size);
    record.added_size = source_->added_size();
  }
  run_stages();
  return {};
}

void Stream::process_rows(const std::vector<uint8_t>& bytes, uint32_t stride) {
  for (size_t at = 0; stride > 0 && at + stride <= bytes.size(); at += stride) {
    batch_.records.push_back(
        {.sample = bytes.data() + at, .sample_size = stride, .cpu = 0, .added = nullptr});
  }
  process();
}

}  // namespace gadgetry::pipeline
