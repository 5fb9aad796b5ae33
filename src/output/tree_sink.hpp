// -o tree: processes under their parents, for array data sources with a pid and the pid of its parent.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "output/output_sink.hpp"
#include "output/sink_factory.hpp"
#include "output/table.hpp"

namespace gadgetry::output {

// The fields that say who is whose child: tagged type:gadget_pid and type:gadget_ppid, or named so, or pid
// and parent.pid of a gadget_process. Null where there is none.
struct TreeFields {
  data::Field* pid = nullptr;
  data::Field* parent = nullptr;
};
TreeFields find_tree_fields(data::DataSource& source);

// The order and depth of the rows of a forest. parents[i] is the row of i's parent, or -1. Rows that only
// hang in a cycle become roots where it is first met.
struct TreeRow {
  uint32_t row;
  uint32_t depth;
  bool last;  // of its siblings
};
std::vector<TreeRow> order_tree(const std::vector<int64_t>& parents);

class TreeSink final : public OutputSink {
 public:
  explicit TreeSink(const SinkOptions& options) : OutputSink(options.writer), options_(options) {}

  std::string_view name() const override { return "tree"; }
  base::Status plan(data::DataSource& source) override;
  void process(data::Batch& batch) override;
  void set_terminal_size(int width, int height) override;
  void set_prefix_source(bool prefix) override;

 private:
  std::vector<int64_t> find_parents(const data::Batch& batch) const;
  // What stands in front of the name of each row; `open` says for each depth whether more siblings follow.
  void branches(const TreeRow& row, std::vector<bool>& open, std::string& out) const;
  void widen_name_column(const data::Batch& batch, const std::vector<TreeRow>& rows);

  SinkOptions options_;
  Table table_;
  TreeFields fields_;
  std::string source_name_;
  size_t name_column_ = 0;
};

}  // namespace gadgetry::output
