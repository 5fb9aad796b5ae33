#include "output/tree_sink.hpp"

#include <algorithm>

#include "data/access.hpp"

namespace gadgetry::output {
namespace {

using base::Error;
using data::DataSource;
using data::Field;
using data::Record;

constexpr uint32_t kDepthDrawn = 64;  // deeper rows are drawn at this depth
constexpr size_t kBranchCells = 3;

bool is_number(const Field& field) {
  return data::is_integer(field.kind) && !field.is_array && !field.unreferenced();
}

Field* find_tagged(DataSource& source, std::string_view tag) {
  for (Field& field : source.fields()) {
    if (is_number(field) && field.has_tag(tag)) return &field;
  }
  return nullptr;
}

Field* find_named(DataSource& source, std::string_view name) {
  Field* field = source.find(name);
  return field != nullptr && is_number(*field) ? field : nullptr;
}

// pid and parent.pid of the first gadget_process.
TreeFields find_in_process(DataSource& source) {
  for (const Field& field : source.fields()) {
    if (!field.has_tag("type:gadget_process") && field.full_name != "proc") continue;
    TreeFields found{find_named(source, field.full_name + ".pid"),
                     find_named(source, field.full_name + ".parent.pid")};
    if (found.pid != nullptr && found.parent != nullptr) return found;
  }
  return {};
}

// The column the branches are drawn in: the name of the process, or else the first text.
size_t find_name_column(const std::vector<Column>& columns) {
  auto first = [&](auto&& matches) {
    auto it = std::find_if(columns.begin(), columns.end(), matches);
    return static_cast<size_t>(it - columns.begin());
  };
  size_t found = first([](const Column& c) {
    return c.owner->has_tag("type:gadget_comm") || c.owner->full_name == "comm" ||
           c.owner->full_name == "proc.comm";
  });
  if (found == columns.size())
    found = first([](const Column& c) { return c.owner->name == "name" || c.owner->name == "comm"; });
  if (found == columns.size()) found = first([](const Column& c) { return data::is_text(c.field->kind); });
  return found == columns.size() ? 0 : found;
}

}  // namespace

TreeFields find_tree_fields(DataSource& source) {
  TreeFields process = find_in_process(source);
  TreeFields found{find_tagged(source, "type:gadget_pid"), find_tagged(source, "type:gadget_ppid")};
  if (found.pid == nullptr) found.pid = find_named(source, "pid");
  if (found.parent == nullptr) found.parent = find_named(source, "ppid");
  // A gadget_process carries the tags of its members: its own pid and its parent's belong together.
  return process.pid != nullptr ? process : found;
}

std::vector<TreeRow> order_tree(const std::vector<int64_t>& parents) {
  size_t count = parents.size();
  // Children as linked lists, in the order of the rows.
  std::vector<int64_t> first(count, -1), next(count, -1), tail(count, -1);
  std::vector<uint32_t> roots;
  for (size_t i = 0; i < count; i++) {
    int64_t parent = parents[i];
    if (parent < 0 || static_cast<size_t>(parent) == i) {
      roots.push_back(static_cast<uint32_t>(i));
      continue;
    }
    auto p = static_cast<size_t>(parent);
    (first[p] < 0 ? first[p] : next[static_cast<size_t>(tail[p])]) = static_cast<int64_t>(i);
    tail[p] = static_cast<int64_t>(i);
  }
  std::vector<TreeRow> out;
  out.reserve(count);
  std::vector<bool> seen(count, false);
  std::vector<TreeRow> stack;
  auto walk = [&](uint32_t root, bool last) {
    stack.push_back({root, 0, last});
    while (!stack.empty()) {
      TreeRow row = stack.back();
      stack.pop_back();
      if (seen[row.row]) continue;
      seen[row.row] = true;
      out.push_back(row);
      size_t start = stack.size();
      for (int64_t child = first[row.row]; child >= 0; child = next[static_cast<size_t>(child)]) {
        if (!seen[static_cast<size_t>(child)])
          stack.push_back({static_cast<uint32_t>(child), row.depth + 1, false});
      }
      if (stack.size() > start) stack.back().last = true;
      std::reverse(stack.begin() + static_cast<std::ptrdiff_t>(start), stack.end());
    }
  };
  for (uint32_t root : roots) walk(root, root == roots.back());
  for (uint32_t i = 0; i < count; i++) {
    if (!seen[i]) walk(i, true);
  }
  return out;
}

base::Status TreeSink::plan(DataSource& source) {
  if (source.type() != data::SourceType::kArray) {
    return Error::usage("data source " + source.name() +
                        ": a tree needs all processes at once, but its events come one by one")
        .with_hint("use -o columns");
  }
  fields_ = find_tree_fields(source);
  if (fields_.pid == nullptr || fields_.parent == nullptr) {
    return Error::usage("data source " + source.name() + ": no field holds the " +
                        (fields_.pid == nullptr ? "pid" : "pid of the parent process"))
        .with_hint(
            "-o tree needs fields of type gadget_pid and gadget_ppid, or fields named pid and ppid; use -o "
            "columns");
  }
  fields_.pid->needed = true;
  fields_.parent->needed = true;
  GADGETRY_ASSIGN(FieldSelection selection, FieldSelection::parse(options_.fields, source));
  TableStyle style{
      .terminal = options_.terminal, .color = options_.color, .utf8 = options_.utf8, .width = options_.width};
  GADGETRY_TRY(table_.plan(source, selection, style));
  source_name_ = source.name();
  name_column_ = find_name_column(table_.columns());
  return {};
}

void TreeSink::set_prefix_source(bool prefix) {
  options_.prefix_source = prefix;
}

void TreeSink::set_terminal_size(int width, int height) {
  options_.width = width;
  options_.height = height;
  table_.set_terminal_width(width);
}

std::vector<int64_t> TreeSink::find_parents(const data::Batch& batch) const {
  std::unordered_map<uint64_t, int64_t> rows;  // the first row of each pid
  rows.reserve(batch.records.size());
  for (size_t i = 0; i < batch.records.size(); i++) {
    rows.try_emplace(data::read_integer(batch.records[i], *fields_.pid), static_cast<int64_t>(i));
  }
  std::vector<int64_t> parents;
  parents.reserve(batch.records.size());
  for (const Record& record : batch.records) {
    auto it = rows.find(data::read_integer(record, *fields_.parent));
    parents.push_back(it == rows.end() ? -1 : it->second);
  }
  return parents;
}

void TreeSink::branches(const TreeRow& row, std::vector<bool>& open, std::string& out) const {
  uint32_t depth = std::min(row.depth, kDepthDrawn);
  out.clear();
  open.resize(size_t{depth} + 1);
  open[depth] = !row.last;
  if (depth == 0) return;
  for (uint32_t level = 1; level < depth; level++) {
    out += !open[level] ? "   " : options_.utf8 ? "\u2502  " : "|  ";
  }
  if (options_.utf8) {
    out += row.last ? "\u2514\u2500 " : "\u251c\u2500 ";
  } else {
    out += row.last ? "`- " : "|- ";
  }
}

// Names are indented: their column grows to hold the deepest one.
void TreeSink::widen_name_column(const data::Batch& batch, const std::vector<TreeRow>& rows) {
  Column& column = table_.columns()[name_column_];
  size_t widest = column.natural;
  for (const TreeRow& row : rows) {
    size_t indent = kBranchCells * std::min(row.depth, kDepthDrawn);
    widest = std::max(widest, indent + table_.measure(batch.records[row.row], column));
  }
  column.natural = widest;
  column.max = std::max(column.max, widest);
  if (column.fixed) column.min = widest;
  table_.set_terminal_width(options_.width);
}

void TreeSink::process(data::Batch& batch) {
  Writer& out = writer();
  std::vector<TreeRow> rows = order_tree(find_parents(batch));
  widen_name_column(batch, rows);
  if (out.claim(this) && options_.prefix_source) {
    out.append(source_name_);
    out.append(":\n");
  }
  table_.append_header(out);
  out.append('\n');
  std::vector<bool> open;
  std::string prefix;
  for (const TreeRow& row : rows) {
    branches(row, open, prefix);
    table_.append_row(batch.records[row.row], out, prefix, name_column_);
    out.append('\n');
    out.end_record();
  }
  count_delivered(batch);
}

}  // namespace gadgetry::output
