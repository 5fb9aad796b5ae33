// What all sinks of this room share: where they write, how they count, and the terminal they may write to.
#pragma once

#include <string_view>

#include "data/stage.hpp"
#include "output/writer.hpp"

namespace gadgetry::output {

// kOwn: a mode that the data source brings along.
enum class OutputMode { kColumns, kJson, kJsonPretty, kYaml, kNone, kTree, kPcapng, kOwn };

struct SinkOptions;

// One sink serves one data source. It only buffers; whoever runs the pipeline calls flush(): after each round
// of reading, and within 100 ms of an event.
class OutputSink : public data::Sink {
 public:
  explicit OutputSink(Writer* writer) : writer_(writer) {}

  // The terminal has this many columns and rows now (at SIGWINCH). 0: unknown or not a terminal.
  virtual void set_terminal_size(int width, int height) {
    (void)width;
    (void)height;
  }

  // Whether several data sources share the output: tables then have the name of theirs as a title. Before the
  // first record.
  virtual void set_prefix_source(bool prefix) { (void)prefix; }

  base::Status flush() override { return writer_ == nullptr ? base::ok() : writer_->flush(); }

 protected:
  Writer& writer() { return *writer_; }

  // Counts the records of a batch that were handed to the writer: delivered, or lost when writing failed
  // before.
  void count_delivered(data::Batch& batch) {
    auto& counters = batch.source->counters();
    bool written = writer_ == nullptr || !writer_->failed();
    (written ? counters.delivered : counters.lost_queue) += batch.records.size();
  }

 private:
  Writer* writer_;  // null: writes nothing
};

}  // namespace gadgetry::output
