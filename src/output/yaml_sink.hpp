// -o yaml: a document for each record, with the same fields in the same order as JSON.
#pragma once

#include <string>
#include <vector>

#include "output/field_tree.hpp"
#include "output/output_sink.hpp"

namespace gadgetry::output {

class YamlSink final : public OutputSink {
 public:
  YamlSink(Writer* writer, std::string fields) : OutputSink(writer), fields_(std::move(fields)) {}

  std::string_view name() const override { return "yaml"; }
  base::Status plan(data::DataSource& source) override;
  void process(data::Batch& batch) override;

 private:
  // Where a value stands: how deep, and inside an array where its element starts.
  struct Place {
    size_t indent = 0;
    uint32_t base = 0;
    const data::Field* array = nullptr;
    bool inline_first = false;  // the first key goes behind "- "
  };
  void mapping(const std::vector<FieldNode>& nodes, const data::Record& record, Place place);
  void value(const FieldNode& node, const data::Record& record, Place place);
  void array(const FieldNode& node, const data::Record& record, Place place);
  void scalar(const data::Field& field, const data::Record& record, uint32_t element, uint32_t base);

  std::string fields_;
  std::vector<FieldNode> nodes_;
};

// Appends text as a YAML scalar: plain when it cannot be taken for anything else, else in double quotes.
void append_yaml_text(Writer& out, std::string_view text);

}  // namespace gadgetry::output
