// Records a run: what its readers give, what its module asks the machine, which timers fired.
//
// A Run uses it so: create → add_source for each data source that a reader feeds, before module and stages
// add fields → attach for each stream → begin, before the first record → tick after each round → finish.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "data/data_source.hpp"
#include "pipeline/recording_writer.hpp"
#include "pipeline/stream.hpp"
#include "stages/formatters.hpp"
#include "sys/clock.hpp"

namespace gadgetry::pipeline {

class Recorder {
 public:
  // `header` without sources and facts of the machine. The context's clock is set for each batch to what the
  // recording says of it, so that a replay gives the same times.
  static base::Result<std::unique_ptr<Recorder>> create(const std::string& path, RecordingHeader header,
                                                        stages::FormatterContext& context);

  void add_source(const data::DataSource& source);
  // From now on, what readers give this stream is recorded. A stream that no reader feeds is left alone.
  void attach(Stream& stream);
  void begin();
  RecordingWriter& writer() { return *writer_; }

  // Writes out once a second, so that a run that is killed loses no more. Fails when the file cannot be
  // written.
  base::Status tick();
  // Notes the losses and ends the file. Without it the file ends with what there was when the recorder goes.
  base::Status finish();

 private:
  Recorder(std::unique_ptr<RecordingWriter> writer, RecordingHeader header, stages::FormatterContext& context)
      : writer_(std::move(writer)), header_(std::move(header)), context_(&context) {}
  void add_batch(uint32_t source, const data::Batch& batch);
  void note_losses();

  std::unique_ptr<RecordingWriter> writer_;
  RecordingHeader header_;
  stages::FormatterContext* context_;
  sys::BootClock clock_;
  struct Source {
    const data::DataSource* source;
    uint64_t lost = 0;  // noted so far
  };
  std::vector<Source> sources_;
  int64_t flushed_at_ = 0;  // coarse seconds
};

}  // namespace gadgetry::pipeline
