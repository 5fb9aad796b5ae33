// Feeds the streams of a run from a recording instead of readers.
//
// A Run uses it so: open → add_source for each data source that a reader would feed, before module and stages
// add fields → attach for each stream → check → step until it gives false.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "pipeline/recording.hpp"
#include "pipeline/stream.hpp"
#include "stages/formatters.hpp"

namespace gadgetry::pipeline {

class ReplayInput {
 public:
  // The context's clock is set for each batch to what it was when that was recorded.
  static base::Result<std::unique_ptr<ReplayInput>> open(const std::string& path,
                                                         stages::FormatterContext& context);
  ReplayInput(std::unique_ptr<RecordingReader> reader, stages::FormatterContext& context)
      : reader_(std::move(reader)), context_(&context) {}

  // What is done when a timer of the module fired, with the number that the module gave it.
  void on_timer(std::function<void(uint64_t callback)> call) { on_timer_ = std::move(call); }
  // --count: events of each tracer, fetches of each array. 0: all.
  void set_count(uint64_t count) { count_ = count; }
  const RecordingHeader* header() const { return reader_->header(); }
  RecordingReader& reader() { return *reader_; }

  base::Status add_source(const data::DataSource& source);
  void attach(Stream& stream);
  base::Status check() { return reader_->check_bound(); }
  // The next thing that happened: a batch through its stream, losses, a timer. False at the end.
  base::Result<bool> step();
  // As many came as --count wanted.
  bool done() const;

 private:
  struct Target {
    const data::DataSource* source;
    Stream* stream = nullptr;
    uint64_t fetches = 0;
  };
  static bool is_array(const Target& target) { return target.source->type() == data::SourceType::kArray; }
  uint64_t left(const Target& target) const;
  void give_batch(Target& target);

  std::unique_ptr<RecordingReader> reader_;
  stages::FormatterContext* context_;
  std::function<void(uint64_t)> on_timer_;
  uint64_t count_ = 0;
  std::vector<Target> targets_;
  RecordedItem item_;
};

}  // namespace gadgetry::pipeline
