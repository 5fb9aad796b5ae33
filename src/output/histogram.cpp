#include "output/histogram.hpp"

#include <algorithm>

#include "data/access.hpp"
#include "output/cell_format.hpp"
#include "output/field_selection.hpp"
#include "output/number_format.hpp"
#include "output/sink_factory.hpp"
#include "output/text.hpp"

namespace gadgetry::output {
namespace {

using data::DataSource;
using data::Field;
using data::Record;

constexpr size_t kBarDefault = 40;
constexpr size_t kBarMin = 8;

std::string number_text(uint64_t value) {
  char text[kIntegerBound];
  return {text, static_cast<size_t>(write_unsigned(text, value) - text)};
}

void append_right(Writer& out, std::string_view text, size_t width) {
  if (text.size() < width) out.fill(width - text.size(), ' ');
  out.append(text);
}

// A bar of value/most * width cells, in eighths of a cell where characters for that may be used.
void append_bar(Writer& out, uint64_t value, uint64_t most, size_t width, bool utf8) {
  static constexpr std::string_view kEighths[] = {"",       "\u258f", "\u258e", "\u258d",
                                                  "\u258c", "\u258b", "\u258a", "\u2589"};
  if (most == 0) return;
  auto scaled = static_cast<size_t>(static_cast<unsigned __int128>(value) * width * 8 / most);
  if (value > 0 && scaled == 0) scaled = 1;
  if (!utf8) {
    out.fill(std::max<size_t>(scaled / 8, value > 0 ? 1 : 0), '*');
    return;
  }
  for (size_t i = 0; i < scaled / 8; i++) out.append("\u2588");
  out.append(kEighths[scaled % 8]);
}

}  // namespace

bool is_histogram(const Field& field) {
  if (!field.is_array || field.is_list || field.is_struct() || !data::is_integer(field.kind)) return false;
  return field.has_tag("type:gadget_histogram_slot__u32") ||
         field.has_tag("type:gadget_histogram_slot__u64") || field.annotation("metrics.type") == "histogram";
}

bool draws_histograms(const DataSource& source) {
  if (source.annotation("metrics.print") == "false") return false;
  return std::any_of(source.fields().begin(), source.fields().end(),
                     [](const Field& f) { return is_histogram(f) && !f.unreferenced(); });
}

SlotRange slot_range(size_t slot) {
  if (slot == 0) return {0, 0};
  if (slot > 64) return {UINT64_MAX, UINT64_MAX};
  uint64_t low = uint64_t{1} << (slot - 1);
  return {low, low + (low - 1)};
}

void draw_histogram(std::span<const uint64_t> slots, std::string_view unit, size_t bar_width, bool utf8,
                    Writer& out) {
  size_t used = slots.size();
  while (used > 0 && slots[used - 1] == 0) used--;
  if (used == 0) {
    out.append("  no values\n");
    return;
  }
  size_t first = 0;
  while (slots[first] == 0) first++;
  uint64_t most = *std::max_element(slots.begin(), slots.end());
  size_t digits = number_text(slot_range(used - 1).high).size();
  std::string heading;
  size_t unit_cells = append_printable(heading, unit, utf8);
  size_t range_width = std::max(2 * digits + 4, unit_cells);
  size_t count_width = std::max<size_t>(number_text(most).size(), 5);
  out.fill(2 + range_width - unit_cells, ' ');
  out.append(heading);
  out.fill(2 + count_width - 5, ' ');
  out.append("count  distribution\n");
  for (size_t i = first; i < used; i++) {
    SlotRange range = slot_range(i);
    out.fill(2 + range_width - (2 * digits + 4), ' ');
    append_right(out, number_text(range.low), digits);
    out.append(" .. ");
    append_right(out, number_text(range.high), digits);
    append_right(out, number_text(slots[i]), count_width + 2);
    out.append(slots[i] > 0 ? "  " : "");
    append_bar(out, slots[i], most, bar_width, utf8);
    out.append('\n');
  }
}

struct HistogramSink::Picture {
  struct Chart {
    const Field* field;
    std::string title;
    std::string unit;
  };
  struct Key {
    const Field* field;
    std::string title;
  };

  void choose(DataSource& source, const FieldSelection& selection, bool utf8);
  std::vector<Chart> charts;
  std::vector<Key> keys;
  CellFormat format;
  std::vector<uint64_t> slots;
  std::string line;
  Writer last;  // the latest picture, when it is printed at the end
};

namespace {

bool is_key(const Field& field) {
  return field.has_tag("role:key") || field.annotation("metrics.type") == "key";
}

bool is_hidden(const Field& field) {
  std::string_view annotation = field.annotation("columns.hidden");
  return annotation == "true" || (field.hidden() && annotation != "false");
}

// The field, or one it is part of, is in the list.
bool covers(const std::vector<const Field*>& list, const DataSource& source, const Field& field) {
  for (const Field* at = &field;; at = &source.fields()[static_cast<size_t>(at->parent)]) {
    if (std::find(list.begin(), list.end(), at) != list.end()) return true;
    if (at->parent < 0) return false;
  }
}

bool inside_array(const DataSource& source, const Field& field) {
  for (int32_t up = field.parent; up >= 0; up = source.fields()[static_cast<size_t>(up)].parent) {
    if (source.fields()[static_cast<size_t>(up)].is_array) return true;
  }
  return false;
}

}  // namespace

void HistogramSink::Picture::choose(DataSource& source, const FieldSelection& selection, bool utf8) {
  format.utf8 = utf8;
  const auto& all = source.fields();
  bool has_keys =
      std::any_of(all.begin(), all.end(), [](const Field& f) { return is_key(f) && !f.is_struct(); });
  for (Field& field : source.fields()) {
    if (field.unreferenced() || field.is_struct() || field.kind == data::Kind::kInvalid ||
        inside_array(source, field)) {
      continue;
    }
    bool shown = is_histogram(field) || (!is_hidden(field) && (is_key(field) || !has_keys));
    if (!selection.relative) shown = false;
    if (covers(selection.added, source, field)) shown = true;
    if (covers(selection.removed, source, field) || !shown) continue;
    field.needed = true;
    std::string title;
    append_printable(title, column_title(source, field), utf8);
    if (is_histogram(field)) {
      charts.push_back({&field, title, std::string(field.annotation("metrics.unit"))});
    } else {
      keys.push_back({&field, title});
    }
  }
}

HistogramSink::HistogramSink(const SinkOptions& options)
    : OutputSink(options.writer),
      options_(std::make_unique<SinkOptions>(options)),
      picture_(std::make_unique<Picture>()) {}

HistogramSink::~HistogramSink() = default;

base::Status HistogramSink::plan(DataSource& source) {
  GADGETRY_ASSIGN(FieldSelection selection, FieldSelection::parse(options_->fields, source));
  picture_->choose(source, selection, options_->utf8);
  if (picture_->charts.empty()) {
    return base::Error::usage("data source " + source.name() + ": no histogram is left to draw")
        .with_hint("name one with --fields, or use -o json");
  }
  return {};
}

void HistogramSink::set_prefix_source(bool prefix) {
  options_->prefix_source = prefix;
}

void HistogramSink::set_terminal_size(int width, int height) {
  options_->width = width;
  options_->height = height;
}

void HistogramSink::draw(const data::Batch& batch, Writer& out) {
  constexpr size_t kBesidesBar = 44;  // ranges and counts of usual length
  size_t bar = kBarDefault;
  if (options_->terminal && options_->width > 0) {
    auto width = static_cast<size_t>(options_->width);
    bar = width > kBesidesBar + kBarMin ? std::min<size_t>(width - kBesidesBar, 2 * kBarDefault) : kBarMin;
  }
  Picture& picture = *picture_;
  // A chart named as its data source (a map of plain numbers) says it itself.
  bool says_source =
      picture.keys.empty() && picture.charts.size() == 1 && picture.charts[0].title == batch.source->name();
  if (options_->prefix_source && !says_source) {
    out.append(batch.source->name());
    out.append(":\n");
  }
  for (const Record& record : batch.records) {
    picture.line.clear();
    for (const Picture::Key& key : picture.keys) {
      if (!picture.line.empty()) picture.line += "  ";
      picture.line += key.title;
      picture.line += '=';
      append_field(picture.line, record, *key.field, picture.format);
    }
    if (!picture.line.empty()) picture.line += '\n';
    out.append(picture.line);
    for (const Picture::Chart& chart : picture.charts) {
      picture.slots.resize(chart.field->count);
      for (uint32_t i = 0; i < chart.field->count; i++)
        picture.slots[i] = data::read_integer(record, *chart.field, i);
      out.append(chart.title);
      out.append(":\n");
      draw_histogram(picture.slots, chart.unit, bar, options_->utf8, out);
    }
    out.append('\n');
    out.end_record();
  }
}

void HistogramSink::process(data::Batch& batch) {
  if (!options_->histogram_at_finish) {
    writer().claim(this);
    draw(batch, writer());
  } else if (!batch.records.empty()) {
    picture_->last.clear();
    draw(batch, picture_->last);
  }
  count_delivered(batch);
}

base::Status HistogramSink::finish() {
  if (options_->histogram_at_finish && !picture_->last.text().empty()) {
    writer().append(picture_->last.text());
    writer().end_record();
    picture_->last.clear();
  }
  return {};
}

}  // namespace gadgetry::output
