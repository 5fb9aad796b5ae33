// Trailing data of an event: what the program sent behind its struct becomes a field of its own.
// (Data source annotations ebpf.rest.name and ebpf.rest.len.)
#pragma once

#include "data/stage.hpp"

namespace gadgetry::pipeline {

class RestStage final : public data::Stage {
 public:
  // Makes the field before there are stages: modules look it up while they start.
  static base::Status add_field(data::DataSource& source);

  std::string_view name() const override { return "rest"; }
  base::Status add_fields(data::DataSource& source) override;
  base::Status plan(data::DataSource& source) override;
  void process(data::Batch& batch) override;

 private:
  const data::Field* rest_ = nullptr;
  data::Field* length_ = nullptr;  // field with the number of bytes that count; may be absent
  uint32_t struct_size_ = 0;
};

}  // namespace gadgetry::pipeline
