// -o json and -o jsonpretty: one object a line for single events, one array for each fetch of an array data
// source.
#pragma once

#include <string>

#include "output/json_plan.hpp"
#include "output/output_sink.hpp"

namespace gadgetry::output {

class JsonSink final : public OutputSink {
 public:
  JsonSink(Writer* writer, std::string fields, bool pretty)
      : OutputSink(writer), fields_(std::move(fields)), pretty_(pretty) {}

  std::string_view name() const override { return "json"; }
  base::Status plan(data::DataSource& source) override;
  void process(data::Batch& batch) override;

 private:
  void write_array(const data::Batch& batch);

  std::string fields_;
  bool pretty_;
  JsonPlan plan_;
};

}  // namespace gadgetry::output
