// Rows of columns, laid out and cut to fit.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "data/data_source.hpp"
#include "output/column.hpp"
#include "output/writer.hpp"

namespace gadgetry::output {

struct TableStyle {
  bool terminal =
      false;  // cells are cut to their column; otherwise nothing is lost, so that grep finds everything
  bool color = false;  // the header in bold
  bool utf8 = true;
  int width = 0;  // of the terminal; 0: unknown, nothing is cut
};

class Table {
 public:
  // Marks the fields of the columns as needed.
  base::Status plan(data::DataSource& source, const FieldSelection& selection, const TableStyle& style);
  // Returns whether the widths of columns changed.
  bool set_terminal_width(int width);

  std::vector<Column>& columns() { return columns_; }
  const std::vector<Column>& columns() const { return columns_; }

  // Cells behind this one are not printed (0: all are). For rows that must not wrap.
  void limit_row(size_t cells) { row_limit_ = cells; }

  // One line each, without its newline.
  void append_header(Writer& out);
  // `prefix` is put in front of the value of column `prefixed` (the branches of a tree).
  void append_row(const data::Record& record, Writer& out, std::string_view prefix = {},
                  size_t prefixed = SIZE_MAX);
  // Terminal cells of a value as it would be printed.
  size_t measure(const data::Record& record, const Column& column);

 private:
  void begin_row();
  void append_cell(const Column& column, std::string_view text, size_t cells, Writer& out);
  size_t format(const data::Record& record, const Column& column);

  TableStyle style_;
  std::vector<Column> columns_;
  std::string value_;    // the cell being made
  std::string cut_;      // the same, shortened
  size_t position_ = 0;  // cells of the row so far, padding included
  size_t padding_ = 0;   // blanks to put in front of the next text: rows have none at their end
  size_t row_limit_ = 0;
};

// The text shortened to `cells` terminal cells with a mark where something is missing. Returns the cells it
// takes.
size_t shorten(std::string& out, std::string_view text, size_t cells, Ellipsis ellipsis, bool utf8);

}  // namespace gadgetry::output
