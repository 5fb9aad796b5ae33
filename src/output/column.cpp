#include "output/column.hpp"

#include <algorithm>
#include <limits>
#include <tuple>

#include "base/strings.hpp"
#include "output/text.hpp"

namespace gadgetry::output {
namespace {

using data::DataSource;
using data::Field;
using data::Kind;

constexpr size_t kDefaultWidth = 16;
constexpr size_t kUnlimited = std::numeric_limits<size_t>::max();
constexpr size_t kWidestAnnotation = 4096;  // a wider column than that is a mistake

// Characters of the longest value of an integer type ("columns.width: type").
size_t type_width(Kind kind) {
  switch (kind) {
    case Kind::kBool:
      return 5;
    case Kind::kUint8:
      return 3;
    case Kind::kInt8:
      return 4;
    case Kind::kUint16:
      return 5;
    case Kind::kInt16:
      return 6;
    case Kind::kUint32:
      return 10;
    case Kind::kInt32:
      return 11;
    case Kind::kUint64:
    case Kind::kInt64:
      return 20;
    default:
      return kDefaultWidth;
  }
}

bool is_number(const Field& field) {
  return !field.is_array &&
         (data::is_integer(field.kind) || data::is_float(field.kind) || field.kind == Kind::kBool);
}

// An annotation that holds a width; fallback when it is missing or senseless.
size_t width_annotation(const Field& field, std::string_view key, size_t fallback) {
  std::string_view text = field.annotation(key);
  if (text == "type") return type_width(field.kind);
  auto value = base::parse_int<size_t>(text);
  return value && *value > 0 && *value <= kWidestAnnotation ? *value : fallback;
}

Ellipsis parse_ellipsis(const Field& field) {
  std::string_view text = field.annotation("columns.ellipsis", "end");
  if (text == "start") return Ellipsis::kStart;
  if (text == "middle") return Ellipsis::kMiddle;
  return text.empty() || text == "none" ? Ellipsis::kNone : Ellipsis::kEnd;
}

// Which columns there are, and in which order.
class ColumnPicker {
 public:
  explicit ColumnPicker(DataSource& source) : source_(source) {}

  std::vector<const Field*> pick(const FieldSelection& selection) const {
    std::vector<const Field*> picked = selection.relative ? defaults() : std::vector<const Field*>();
    std::vector<const Field*> removed;
    for (const Field* field : selection.removed) expand(*field, false, removed);
    for (const Field* field : selection.removed) removed.push_back(field);
    std::erase_if(picked, [&](const Field* f) { return is_in(removed, f); });
    for (const Field* field : selection.added) {
      std::vector<const Field*> more;
      expand(*field, true, more);
      if (more.empty()) expand(*field, false, more);
      for (const Field* f : more) {
        if (!is_in(picked, f)) picked.push_back(f);
      }
    }
    return picked;
  }

  const Field* parent_of(const Field& field) const {
    return field.parent < 0 ? nullptr : &source_.fields()[static_cast<size_t>(field.parent)];
  }

  // The array of structs that the field is a member of, or null.
  const Field* array_around(const Field& field) const {
    const Field* found = nullptr;
    for (const Field* up = parent_of(field); up != nullptr; up = parent_of(*up)) {
      if (up->is_array) found = up;
    }
    return found;
  }

  const Field* replacement(const Field& field) const {
    std::string_view name = field.annotation("columns.replace");
    if (name.empty()) return nullptr;
    const Field* target = source_.find(name);
    if (target == nullptr) target = source_.find(field.full_name + "." + std::string(name));
    return target == nullptr || target->unreferenced() || target->is_struct() ? nullptr : target;
  }

 private:
  static bool is_in(const std::vector<const Field*>& list, const Field* field) {
    return std::find(list.begin(), list.end(), field) != list.end();
  }

  static bool is_hidden(const Field& field) {
    std::string_view annotation = field.annotation("columns.hidden");
    return annotation == "true" || (field.hidden() && annotation != "false");
  }

  // Can be a column of its own.
  bool has_column(const Field& field) const {
    if (field.unreferenced()) return false;
    if (replacement(field) != nullptr || field.is_struct_array()) return true;
    return !field.is_struct() && field.kind != Kind::kInvalid &&
           (field.flags & (data::kFlagEmpty | data::kFlagContainer)) == 0;
  }

  bool shown_by_default(const Field& field) const {
    if (!has_column(field) || is_hidden(field)) return false;
    for (const Field* up = parent_of(field); up != nullptr; up = parent_of(*up)) {
      if (up->is_array || up->unreferenced()) return false;
      if (replacement(*up) != nullptr && !is_hidden(*up)) return false;  // the struct is shown as a whole
    }
    return true;
  }

  std::vector<const Field*> defaults() const {
    std::vector<const Field*> shown;
    for (const Field& field : source_.fields()) {
      if (shown_by_default(field)) shown.push_back(&field);
    }
    std::sort(shown.begin(), shown.end(), [](const Field* a, const Field* b) {
      return std::tie(a->order, a->rank, a->index) < std::tie(b->order, b->rank, b->index);
    });
    return shown;
  }

  // The columns a name stands for: itself, or what is in it (only what is not hidden, when `visible`).
  void expand(const Field& field, bool visible, std::vector<const Field*>& out) const {
    if (has_column(field)) {
      out.push_back(&field);
      return;
    }
    for (const Field* child : source_.sorted_children(field)) {
      if (!visible || !is_hidden(*child) || child->is_struct()) expand(*child, visible, out);
    }
  }

  DataSource& source_;
};

class ColumnMaker {
 public:
  ColumnMaker(DataSource& source, const ColumnPicker& picker, bool utf8)
      : source_(source), picker_(picker), utf8_(utf8) {}

  Column make(const Field& owner) {
    Column column;
    column.owner = &owner;
    const Field* target = picker_.replacement(owner);
    column.field = target != nullptr ? target : &owner;
    append_printable(column.title, base::to_upper(column_title(source_, owner)), utf8_);
    if (const Field* array = picker_.array_around(owner)) {
      column.field = array;
      column.bare = !owner.is_struct();
      add_member(owner, owner.full_name.substr(array->full_name.size() + 1), column.members);
    } else if (column.field->is_struct_array()) {
      add_members(*column.field, "", column.members);
    }
    source_.fields()[column.field->index].needed = true;
    set_style(column);
    set_widths(column);
    return column;
  }

 private:
  void add_members(const Field& parent, const std::string& prefix, std::vector<ArrayMember>& out) {
    for (const Field* child : source_.sorted_children(parent)) add_member(*child, prefix + child->name, out);
  }

  void add_member(const Field& field, const std::string& name, std::vector<ArrayMember>& out) {
    if (field.unreferenced() || field.is_struct_array()) return;
    if (field.is_struct()) {
      add_members(field, name + ".", out);
      return;
    }
    const Field* array = picker_.array_around(field);
    if (field.kind == Kind::kInvalid || array == nullptr || array->slot != field.slot) return;
    source_.fields()[field.index].needed = true;
    std::string safe;
    append_printable(safe, name, utf8_);
    out.push_back({safe, &field});
  }

  void set_style(Column& column) const {
    const Field& owner = *column.owner;
    column.format.utf8 = utf8_;
    column.format.hex = owner.annotation("columns.hex") == "true";
    if (auto digits = base::parse_int<int>(owner.annotation("columns.precision")))
      column.format.precision = *digits;
    column.ellipsis = parse_ellipsis(owner);
    column.right = owner.annotation("columns.alignment") == "right";
    column.fixed = owner.annotation("columns.fixed") == "true";
  }

  static void set_widths(Column& column) {
    const Field& owner = *column.owner;
    size_t width = width_annotation(owner, "columns.width", kDefaultWidth);
    column.max = width_annotation(owner, "columns.maxwidth", kUnlimited);
    size_t least = is_number(*column.field) ? std::min<size_t>(type_width(column.field->kind), 10) : 6;
    column.min = std::min(width_annotation(owner, "columns.minwidth", std::min(width, least)), column.max);
    size_t title = text_cells(column.title);
    column.natural = std::clamp(std::max(width, title), column.min, std::max(column.max, title));
    if (column.fixed) column.min = column.max = column.natural;
    column.width = column.natural;
  }

  DataSource& source_;
  const ColumnPicker& picker_;
  bool utf8_;
};

// Takes `cells` in all from columns in proportion to what each can give, or gives it to those that can grow.
void spread(std::vector<Column>& columns, size_t cells, bool grow) {
  auto room = [&](const Column& c) -> size_t {
    if (!grow) return c.width > c.min ? c.width - c.min : 0;
    // More room than its longest value is of no use to a number.
    size_t most = is_number(*c.field) ? std::min(c.max, type_width(c.field->kind)) : c.max;
    return c.fixed || most <= c.width ? 0 : std::min(most - c.width, cells);
  };
  while (cells > 0) {
    size_t total = 0;
    for (const Column& column : columns) total += room(column);
    if (total == 0) return;
    size_t left = cells;
    for (Column& column : columns) {
      size_t share = std::min({(cells * room(column) + total - 1) / total, room(column), left});
      column.width = grow ? column.width + share : column.width - share;
      left -= share;
    }
    cells = left;
  }
}

}  // namespace

base::Result<std::vector<Column>> make_columns(DataSource& source, const FieldSelection& selection,
                                               bool utf8) {
  ColumnPicker picker(source);
  ColumnMaker maker(source, picker, utf8);
  std::vector<Column> columns;
  for (const Field* field : picker.pick(selection)) columns.push_back(maker.make(*field));
  if (columns.empty()) {
    return base::Error::usage("data source " + source.name() + ": no column is left to show")
        .with_hint("name some fields with --fields, or use -o json");
  }
  return columns;
}

size_t fit_columns(std::vector<Column>& columns, size_t cells) {
  for (Column& column : columns) column.width = column.natural;
  size_t row = columns.size() - 1;
  for (const Column& column : columns) row += column.width;
  if (cells == 0) return row;
  if (row > cells) {
    spread(columns, row - cells, false);
  } else if (row < cells) {
    spread(columns, cells - row, true);
  }
  row = columns.size() - 1;
  for (const Column& column : columns) row += column.width;
  return row;
}

}  // namespace gadgetry::output
