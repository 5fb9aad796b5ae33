#include "output/json_sink.hpp"

namespace gadgetry::output {

base::Status JsonSink::plan(data::DataSource& source) {
  GADGETRY_ASSIGN(FieldSelection selection, FieldSelection::parse(fields_, source));
  bool in_array = source.type() == data::SourceType::kArray;
  plan_ = JsonPlan::compile(source, selection, {.pretty = pretty_, .depth = pretty_ && in_array ? 1u : 0u});
  return {};
}

void JsonSink::process(data::Batch& batch) {
  Writer& out = writer();
  if (batch.source->type() == data::SourceType::kArray) {
    write_array(batch);
  } else {
    for (const data::Record& record : batch.records) {
      plan_.append(record, out);
      out.append('\n');
      out.end_record();
    }
  }
  count_delivered(batch);
}

void JsonSink::write_array(const data::Batch& batch) {
  Writer& out = writer();
  std::string_view before = pretty_ ? "\n  " : "";
  out.append('[');
  bool first = true;
  for (const data::Record& record : batch.records) {
    if (!first) out.append(',');
    first = false;
    out.append(before);
    plan_.append(record, out);
    out.end_record();
  }
  if (pretty_ && !first) out.append('\n');
  out.append("]\n");
  out.end_record();
}

}  // namespace gadgetry::output
