#include "output/columns_sink.hpp"

#include <algorithm>

namespace gadgetry::output {

base::Status ColumnsSink::plan(data::DataSource& source) {
  GADGETRY_ASSIGN(FieldSelection selection, FieldSelection::parse(options_.fields, source));
  TableStyle style{
      .terminal = options_.terminal, .color = options_.color, .utf8 = options_.utf8, .width = options_.width};
  GADGETRY_TRY(table_.plan(source, selection, style));
  source_name_ = source.name();
  is_array_ = source.type() == data::SourceType::kArray;
  may_repaint_ = is_array_ && options_.terminal && source.annotation("cli.clear-screen-before") == "true";
  set_prefix_source(options_.prefix_source);
  return {};
}

void ColumnsSink::set_prefix_source(bool prefix) {
  options_.prefix_source = prefix;
  repaints_ = may_repaint_ && !prefix;
  set_terminal_size(options_.width, options_.height);
}

void ColumnsSink::set_terminal_size(int width, int height) {
  options_.width = width;
  options_.height = height;
  bool changed = table_.set_terminal_width(width);
  table_.limit_row(repaints_ && width > 0 ? static_cast<size_t>(width) : 0);
  header_due_ = header_due_ || changed;
  clear_ = true;
}

void ColumnsSink::write_header() {
  Writer& out = writer();
  if (options_.prefix_source) {
    out.append(source_name_);
    out.append(":\n");
  }
  table_.append_header(out);
  out.append('\n');
  header_due_ = false;
}

void ColumnsSink::process(data::Batch& batch) {
  if (repaints_ && options_.height > 0) {
    repaint(batch);
  } else {
    Writer& out = writer();
    bool interrupted = out.claim(this);
    if ((is_array_ || interrupted || header_due_) && (is_array_ || !batch.records.empty())) write_header();
    for (const data::Record& record : batch.records) {
      table_.append_row(record, out);
      out.append('\n');
      out.end_record();
    }
  }
  count_delivered(batch);
}

// Overwrites what the previous fetch left on the screen line by line: no flicker. Shows as many rows as fit.
void ColumnsSink::repaint(const data::Batch& batch) {
  constexpr std::string_view kClearScreen = "\x1b[H\x1b[2J";
  constexpr std::string_view kHome = "\x1b[H";
  constexpr std::string_view kEndLine = "\x1b[K\n";
  constexpr std::string_view kClearBelow = "\x1b[J";
  Writer& out = writer();
  out.append(clear_ ? kClearScreen : kHome);
  clear_ = false;
  table_.append_header(out);
  out.append(kEndLine);
  // One row is the header's, and the cursor stays on the last one.
  size_t rows = static_cast<size_t>(std::max(options_.height - 2, 1));
  for (size_t i = 0; i < std::min(rows, batch.records.size()); i++) {
    table_.append_row(batch.records[i], out);
    out.append(kEndLine);
  }
  out.append(kClearBelow);
  out.end_record();
}

base::Status ColumnsSink::flush() {
  // A person who waits for the first event sees what will come.
  if (header_due_ && !is_array_ && !options_.prefix_source) {
    writer().claim(this);
    write_header();
  }
  return OutputSink::flush();
}

}  // namespace gadgetry::output
