// Where the records of a data source come from: rings that programs write to, and maps and iterators that are
// fetched.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "bpf/iter_reader.hpp"
#include "bpf/lost_samples.hpp"
#include "bpf/map_reader.hpp"
#include "bpf/perf_reader.hpp"
#include "bpf/ring_reader.hpp"
#include "pipeline/stream.hpp"

namespace gadgetry::pipeline {

// A ring buffer or perf event array. Nothing here allocates once the first batches went through.
class EventInput {
 public:
  using Reader = std::variant<bpf::RingReader, bpf::PerfReader>;

  EventInput(Stream& stream, Reader reader, std::optional<bpf::LostSamples> lost)
      : stream_(&stream), reader_(std::move(reader)), lost_(std::move(lost)) {}

  Stream& stream() const { return *stream_; }
  std::vector<int> fds() const;

  // Reads and processes at most `max` records; returns how many.
  size_t drain(size_t max);
  // Brings the loss counters of the data source up to date.
  void count_losses();

 private:
  Stream* stream_;
  Reader reader_;
  std::optional<bpf::LostSamples> lost_;
};

// A map or a set of iterators, read as a whole at an interval.
class FetchInput {
 public:
  using Reader = std::variant<bpf::IterReader, bpf::MapReader>;
  struct Schedule {
    int64_t interval_ns = 0;  // 0: once, when the run starts
    uint64_t count = 0;       // fetches in all; 0: until the run ends
    bool at_start = true;     // the first fetch comes at once, not after an interval
    bool at_stop = false;     // one more when the run ends
  };

  FetchInput(Stream& stream, Reader reader, Schedule schedule,
             std::optional<bpf::LostSamples> lost = std::nullopt);

  Stream& stream() const { return *stream_; }
  const Schedule& schedule() const { return schedule_; }

  // Reads all rows and processes them as one batch; one without rows is dropped when skip_empty.
  base::Status fetch(bool skip_empty = false);
  // Brings the loss counters of the data source up to date.
  void count_losses();
  uint64_t fetches() const { return fetches_; }
  bool finished() const { return schedule_.count != 0 && fetches_ >= schedule_.count; }

 private:
  Stream* stream_;
  Reader reader_;
  Schedule schedule_;
  std::optional<bpf::LostSamples> lost_;
  uint32_t row_size_ = 0;
  uint64_t fetches_ = 0;
  std::vector<uint8_t> rows_;
};

}  // namespace gadgetry::pipeline
