// Power-of-two histograms drawn as text.
//
// Slot semantics are those of the gadget headers (bits.bpf.h, get_slot_idx): slot 0 counts the value 0, slot
// i the values 2^(i-1) ... 2^i - 1.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "output/output_sink.hpp"

namespace gadgetry::output {

struct SinkOptions;

// An array of slots: tagged type:gadget_histogram_slot__u32 or __u64, or annotated metrics.type=histogram.
bool is_histogram(const data::Field& field);
// Whether columns mode draws this source as histograms: it has such arrays and metrics.print is not "false".
bool draws_histograms(const data::DataSource& source);

// Values 2^(i-1) ... 2^i - 1 of slot i.
struct SlotRange {
  uint64_t low;
  uint64_t high;
};
SlotRange slot_range(size_t slot);

// One line for each slot up to the last one with a count: range, count, bar. `unit` heads the ranges;
// `bar_width` is in terminal cells.
void draw_histogram(std::span<const uint64_t> slots, std::string_view unit, size_t bar_width, bool utf8,
                    Writer& out);

// Draws the rows of an array data source: for each row its key fields as a title, then its histograms.
class HistogramSink final : public OutputSink {
 public:
  explicit HistogramSink(const SinkOptions& options);
  ~HistogramSink() override;

  std::string_view name() const override { return "histogram"; }
  base::Status plan(data::DataSource& source) override;
  void process(data::Batch& batch) override;
  base::Status finish() override;
  void set_terminal_size(int width, int height) override;
  void set_prefix_source(bool prefix) override;

 private:
  struct Picture;
  void draw(const data::Batch& batch, Writer& out);

  std::unique_ptr<SinkOptions> options_;
  std::unique_ptr<Picture> picture_;
};

}  // namespace gadgetry::output
