#include "output/table.hpp"

#include <algorithm>

#include "output/text.hpp"

namespace gadgetry::output {
namespace {

// The longest start of text that takes at most `cells`; sets used to the cells it takes.
std::string_view take_front(std::string_view text, size_t cells, size_t& used) {
  size_t at = 0;
  used = 0;
  while (at < text.size()) {
    CodePoint point = decode_utf8(text.substr(at));
    size_t width = point.size == 0 ? 1 : static_cast<size_t>(cell_width(point.value));
    if (used + width > cells) break;
    used += width;
    at += std::max<uint32_t>(point.size, 1);
  }
  return text.substr(0, at);
}

// The longest end of text that takes at most `cells`.
std::string_view take_back(std::string_view text, size_t cells, size_t& used) {
  size_t at = text.size();
  used = 0;
  while (at > 0) {
    size_t start = at - 1;
    while (start > 0 && at - start < 4 && (static_cast<unsigned char>(text[start]) & 0xc0) == 0x80) start--;
    CodePoint point = decode_utf8(text.substr(start, at - start));
    if (point.size != at - start) {  // not one character: a single byte
      start = at - 1;
      point.size = 0;
    }
    size_t width = point.size == 0 ? 1 : static_cast<size_t>(cell_width(point.value));
    if (used + width > cells) break;
    used += width;
    at = start;
  }
  return text.substr(at);
}

}  // namespace

size_t shorten(std::string& out, std::string_view text, size_t cells, Ellipsis ellipsis, bool utf8) {
  std::string_view mark = ellipsis == Ellipsis::kNone ? "" : utf8 ? "\u2026" : "...";
  size_t mark_cells = ellipsis == Ellipsis::kNone ? 0 : utf8 ? 1 : 3;
  if (mark_cells > cells) {
    mark = {};
    mark_cells = 0;
  }
  size_t room = cells - mark_cells;
  size_t back = ellipsis == Ellipsis::kStart ? room : ellipsis == Ellipsis::kMiddle ? room / 2 : 0;
  size_t front_used = 0;
  size_t back_used = 0;
  out.append(take_front(text, room - back, front_used));
  out.append(mark);
  if (back > 0) out.append(take_back(text, back, back_used));
  return front_used + mark_cells + back_used;
}

base::Status Table::plan(data::DataSource& source, const FieldSelection& selection, const TableStyle& style) {
  style_ = style;
  GADGETRY_ASSIGN(columns_, make_columns(source, selection, style.utf8));
  set_terminal_width(style.width);
  return {};
}

bool Table::set_terminal_width(int width) {
  style_.width = std::max(width, 0);
  std::vector<size_t> before;
  before.reserve(columns_.size());
  for (const Column& column : columns_) before.push_back(column.width);
  fit_columns(columns_, style_.terminal ? static_cast<size_t>(style_.width) : 0);
  for (size_t i = 0; i < columns_.size(); i++) {
    if (columns_[i].width != before[i]) return true;
  }
  return false;
}

void Table::begin_row() {
  position_ = 0;
  padding_ = 0;
}

void Table::append_header(Writer& out) {
  bool color = style_.color && style_.terminal;
  if (color) out.append("\x1b[1m");
  begin_row();
  for (const Column& column : columns_) append_cell(column, column.title, text_cells(column.title), out);
  if (color) out.append("\x1b[0m");
}

void Table::append_row(const data::Record& record, Writer& out, std::string_view prefix, size_t prefixed) {
  begin_row();
  for (size_t i = 0; i < columns_.size(); i++) {
    value_.clear();
    size_t cells = 0;
    if (i == prefixed) {
      value_.append(prefix);
      cells = text_cells(prefix);
    }
    cells += format(record, columns_[i]);
    append_cell(columns_[i], value_, cells, out);
  }
}

size_t Table::measure(const data::Record& record, const Column& column) {
  value_.clear();
  return format(record, column);
}

size_t Table::format(const data::Record& record, const Column& column) {
  if (column.members.empty()) return append_field(value_, record, *column.field, column.format);
  return append_struct_array(value_, record, *column.field, column.members, column.bare, column.format);
}

void Table::append_cell(const Column& column, std::string_view text, size_t cells, Writer& out) {
  size_t width = column.width;
  if (row_limit_ != 0) width = position_ >= row_limit_ ? 0 : std::min(width, row_limit_ - position_);
  bool cut = style_.terminal && style_.width > 0;
  if (cut && cells > width) {
    cut_.clear();
    cells = shorten(cut_, text, width, column.ellipsis, style_.utf8);
    text = cut_;
  }
  size_t blanks = width > cells ? width - cells : 0;
  if (!text.empty()) {
    if (column.right) {
      padding_ += blanks;
      blanks = 0;
    }
    out.fill(padding_, ' ');
    out.append(text);
    padding_ = 0;
  }
  padding_ += blanks + 1;
  position_ += std::max(width, cells) + 1;
}

}  // namespace gadgetry::output
