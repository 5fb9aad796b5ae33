#include "output/text_mode_sink.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/strings.hpp"
#include "data/access.hpp"
#include "output/text.hpp"

namespace gadgetry::output {
namespace {

using data::Field;
using data::Record;

// Text of a gadget is written as it is, but a terminal obeys some of it: there only lines and tabs remain.
void append_own_text(Writer& out, const std::string& text, bool terminal, bool utf8) {
  if (!terminal) return out.append(text);
  std::string safe;
  append_lines(safe, text, utf8);
  out.append(safe);
}

}  // namespace

void TextModeSink::fail(base::Error error) {
  error_ = std::move(error).context("output mode " + base::printable(mode_.name));
}

void TextModeSink::write_text() {
  writer().claim(this);
  append_own_text(writer(), text_, terminal_, utf8_);
  writer().end_record();
}

void TextModeSink::process(data::Batch& batch) {
  text_.clear();
  if (!error_) {
    auto written = mode_.write(batch, text_);
    if (!written.ok()) fail(std::move(written).error());
  }
  // What was written before the failure is still shown.
  if (!text_.empty()) write_text();
  if (error_) {
    batch.source->counters().lost_module += batch.records.size();
  } else {
    count_delivered(batch);
  }
}

base::Status TextModeSink::flush() {
  GADGETRY_TRY(OutputSink::flush());
  if (error_) return *error_;
  return {};
}

base::Status TextModeSink::finish() {
  if (error_ || !mode_.finish) return {};  // flush() says it
  text_.clear();
  auto finished = mode_.finish(text_);
  if (!finished.ok()) fail(std::move(finished).error());
  if (!text_.empty()) write_text();
  return {};
}

base::Status FieldTextSink::plan(data::DataSource& source) {
  fields_.clear();
  choose(source, source.roots());
  std::sort(fields_.begin(), fields_.end(), [](const Field* a, const Field* b) {
    return std::tie(a->order, a->rank, a->index) < std::tie(b->order, b->rank, b->index);
  });
  return {};
}

// Takes what has a value from these fields and their members.
void FieldTextSink::choose(data::DataSource& source, const std::vector<const Field*>& fields) {
  for (const Field* field : fields) {
    if (field->unreferenced() || field->is_struct_array()) continue;
    choose(source, source.sorted_children(*field));
    bool has_value = !field->is_struct() && field->kind != data::Kind::kInvalid &&
                     (field->flags & (data::kFlagEmpty | data::kFlagContainer)) == 0;
    if (!has_value) continue;
    source.fields()[field->index].needed = true;
    fields_.push_back(field);
  }
}

void FieldTextSink::process(data::Batch& batch) {
  const CellFormat format{.utf8 = utf8_};
  writer().claim(this);
  for (const Record& record : batch.records) {
    text_.clear();
    for (const Field* field : fields_) {
      if (data::is_text(field->kind) && !field->is_array) {
        text_ += data::read_text(record, *field);
      } else {
        append_field(text_, record, *field, format);
      }
    }
    text_ += '\n';
    append_own_text(writer(), text_, terminal_, utf8_);
    writer().end_record();
  }
  count_delivered(batch);
}

}  // namespace gadgetry::output
