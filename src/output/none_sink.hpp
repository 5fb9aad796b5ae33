// -o none: nothing is printed, everything is counted.
#pragma once

#include "output/output_sink.hpp"

namespace gadgetry::output {

class NoneSink final : public OutputSink {
 public:
  NoneSink() : OutputSink(nullptr) {}
  std::string_view name() const override { return "none"; }
  void process(data::Batch& batch) override { count_delivered(batch); }
};

}  // namespace gadgetry::output
