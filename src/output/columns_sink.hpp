// -o columns: a table for people.
//
// To a terminal: cut to its width, and for sources annotated cli.clear-screen-before repainted in place. To a
// pipe or a file: padded to the widths of the columns and never cut. Array data sources get a header for each
// fetch.
#pragma once

#include <string>

#include "output/output_sink.hpp"
#include "output/sink_factory.hpp"
#include "output/table.hpp"

namespace gadgetry::output {

class ColumnsSink final : public OutputSink {
 public:
  explicit ColumnsSink(const SinkOptions& options) : OutputSink(options.writer), options_(options) {}

  std::string_view name() const override { return "columns"; }
  base::Status plan(data::DataSource& source) override;
  void process(data::Batch& batch) override;
  base::Status flush() override;
  void set_terminal_size(int width, int height) override;
  void set_prefix_source(bool prefix) override;

 private:
  void write_header();
  void repaint(const data::Batch& batch);

  SinkOptions options_;
  Table table_;
  std::string source_name_;
  bool is_array_ = false;
  bool may_repaint_ = false;
  bool repaints_ = false;
  bool clear_ = true;  // the next repaint starts with an empty screen
  bool header_due_ = true;
};

}  // namespace gadgetry::output
