// Records as JSON, by a plan made before the first record: a flat list of steps, each a piece of ready text
// (`,"pid":`) and one value to format. Running it allocates nothing.
//
// Format: keys sorted on each level; nested structs as objects; arrays as arrays; raw bytes as lower-case
// hex; 64-bit integers as numbers; floats as JavaScript prints them (NaN and infinities as null); text is
// always valid UTF-8 (each bad byte becomes U+FFFD) with control characters escaped.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "data/data_source.hpp"
#include "output/field_selection.hpp"
#include "output/writer.hpp"

namespace gadgetry::output {

struct FieldNode;

struct JsonStyle {
  bool pretty = false;  // two spaces of indentation, one value a line
  uint32_t depth = 0;   // indentation of the first line, in levels
};

class JsonPlan {
 public:
  // The whole record as an object. Marks every field it reads as needed.
  static JsonPlan compile(data::DataSource& source, const FieldSelection& selection, JsonStyle style = {});
  // The value of one field (and what is in it), without its name.
  static JsonPlan compile_field(data::DataSource& source, data::Field& field, JsonStyle style = {});

  // Appends one value, no newline. Not const: short samples are completed in a buffer of the plan.
  void append(const data::Record& record, Writer& out);

 private:
  enum class Code : uint8_t;
  struct Step {
    Code code;
    bool added = false;      // bytes in the added block, not in the sample
    uint32_t text = 0;       // into texts_: what stands in front of the value
    uint32_t text_size = 0;  //
    uint32_t offset = 0;     // of the value; inside an element, from its start
    uint32_t size = 0;       // bytes of fixed text, elements of an array
    // Arrays only.
    uint32_t stride = 0;
    uint32_t next = 0;       // the step behind those of an element
    uint32_t separator = 0;  // into texts_: between elements
    uint32_t separator_size = 0;
    uint32_t last_size =
        0;  // lists only: bytes of separator, without its comma, that stand behind the last element
    const data::Field* field = nullptr;  // bit-fields only
  };
  class Builder;

  // Where run() is: the record, the output, and the next byte of it.
  struct Cursor {
    const data::Record* record;
    Writer* out;
    char* at;
  };

  static Code code_of(const data::Field& field);
  static size_t bound_of(const Step& step);
  void run(uint32_t step, uint32_t end, uint32_t base, Cursor& cursor) const;
  void run_text(const Step& step, const uint8_t* at, Cursor& cursor) const;
  void run_array(uint32_t index, uint32_t base, Cursor& cursor) const;
  void run_list(uint32_t index, const uint8_t* at, Cursor& cursor) const;

  std::vector<Step> steps_;
  std::string texts_;
  size_t fixed_bound_ = 0;      // bytes that all texts and all values of known width need at most
  uint32_t sample_extent_ = 0;  // bytes of the sample that are read
  std::vector<uint8_t> completed_;
};

// Appends the record (or field) as JSON.
inline void append_record_json(JsonPlan& plan, const data::Record& record, Writer& out) {
  plan.append(record, out);
}
void append_record_json(JsonPlan& plan, const data::Record& record, std::string& out);

}  // namespace gadgetry::output
