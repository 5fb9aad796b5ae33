// One step of a record's way through the house. Stages are visited in a fixed order (src/pipeline/stage_order.hpp).
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "data/data_source.hpp"
#include "data/record.hpp"

namespace gadgetry::data {

class Stage {
 public:
  virtual ~Stage() = default;
  virtual std::string_view name() const = 0;

  // Before the first record, in the order of the stages: add the fields this stage will fill.
  virtual base::Status add_fields(DataSource& source) {
    (void)source;
    return {};
  }
  // Before the first record, in the reverse order (the sink first): look at which own fields are needed, mark the
  // fields they are made from as needed, resolve every name, offset and converter. No field is added after this.
  virtual base::Status plan(DataSource& source) {
    (void)source;
    return {};
  }
  // The hot path. May rewrite added fields and drop records (compact batch.records and count them as filtered).
  virtual void process(Batch& batch) = 0;
};

// The last stage: takes the records out of the house.
class Sink : public Stage {
 public:
  // Pushes out what is buffered. Called after each round of reading, and at least every 100 ms.
  virtual base::Status flush() { return {}; }
  // Called once after the last record (draws what is drawn at the end), before the last flush.
  virtual base::Status finish() { return {}; }
};

}  // namespace gadgetry::data
