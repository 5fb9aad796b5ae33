#include "wasm/batch_view.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "wasm/field_access.hpp"
#include "wasm/host.hpp"

namespace gadgetry::wasm {
namespace {

constexpr uint32_t kHeaderBytes = 8;

template <typename T>
T get(const uint8_t* at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return value;
}

template <typename T>
void put(uint8_t* at, T value) {
  std::memcpy(at, &value, sizeof(T));
}

// Fills the buffer with records and takes back what the module made of them.
class BatchRun {
 public:
  BatchRun(Host& host, const BatchView& view, Packet& packet)
      : host_(host), view_(view), packet_(packet), buffer_(host.memory().range(view.buffer, view.buffer_size)) {
    rows_.reserve(packet.batch->records.size());
  }

  // Puts as many of the records from `begin` on as fit, dropped ones left out. Returns where it stopped.
  size_t fill(size_t begin);
  uint32_t count() const { return static_cast<uint32_t>(rows_.size()); }
  void take_back();

 private:
  bool fill_record(const data::Record& record, uint8_t* to, bool may_cut);
  bool put_bytes(uint8_t* to, std::string_view bytes, uint32_t unit, bool may_cut);
  void take_column(const BatchView::Column& column, const uint8_t* from, data::Record& record, bool was_cut);

  Host& host_;
  const BatchView& view_;
  Packet& packet_;
  uint8_t* buffer_;
  uint32_t heap_ = 0;  // text stands at or behind this offset
  bool cut_ = false;
  bool first_was_cut_ = false;  // only the first record of a call is ever cut
  std::vector<uint32_t> rows_;  // index in the batch of each record in the buffer
};

// Text goes to the end of the buffer, downwards. False: there is no room left.
bool BatchRun::put_bytes(uint8_t* to, std::string_view bytes, uint32_t unit, bool may_cut) {
  uint32_t floor = (count() + 1) * view_.stride;
  uint32_t room = heap_ > floor ? (heap_ - floor) & ~7u : 0;
  if (bytes.size() > room) {
    if (!may_cut) return false;
    bytes = bytes.substr(0, room / unit * unit);
    cut_ = true;
  }
  heap_ -= (static_cast<uint32_t>(bytes.size()) + 7) & ~7u;
  if (!bytes.empty()) std::memcpy(buffer_ + heap_, bytes.data(), bytes.size());
  put(to, view_.buffer + heap_);
  put(to + 4, static_cast<uint32_t>(bytes.size() / unit));
  return true;
}

bool BatchRun::fill_record(const data::Record& record, uint8_t* to, bool may_cut) {
  const data::DataSource& source = *packet_.source;
  for (const BatchView::Column& column : view_.columns) {
    const data::Field& field = *column.field;
    uint8_t* at = to + column.offset;
    if (column.shape == BatchView::Shape::kNumber) {
      uint64_t value = has_bytes(record, source, field) ? read_scalar_bits(record, field) : 0;
      std::memcpy(at, &value, column.size);
      continue;
    }
    std::string_view bytes;
    uint32_t unit = 1;
    if (has_bytes(record, source, field)) {
      if (column.shape == BatchView::Shape::kText) {
        bytes = data::read_text(record, field);
      } else {
        bytes = raw_bytes(record, source, field);
        unit = std::max(1u, field.stride);
      }
    }
    if (!put_bytes(at, bytes, unit, may_cut)) return false;
  }
  return true;
}

size_t BatchRun::fill(size_t begin) {
  const auto& records = packet_.batch->records;
  rows_.clear();
  first_was_cut_ = false;
  heap_ = view_.buffer_size;
  size_t at = begin;
  for (; at < records.size(); at++) {
    if ((records[at].flags & data::kRecordDropped) != 0) continue;
    uint32_t offset = count() * view_.stride;
    if (offset + view_.stride > heap_) break;
    uint32_t heap = heap_;
    cut_ = false;
    // A record that does not even fit alone is cut.
    if (!fill_record(records[at], buffer_ + offset, count() == 0)) {
      heap_ = heap;
      break;
    }
    put(buffer_ + offset, cut_ ? kVerdictCut : 0u);
    put(buffer_ + offset + 4, static_cast<uint32_t>(at));
    first_was_cut_ = first_was_cut_ || cut_;
    rows_.push_back(static_cast<uint32_t>(at));
  }
  host_.pay(uint64_t{count()} * (view_.columns.size() + 1) + (view_.buffer_size - heap_) / 16);
  return at;
}

void BatchRun::take_column(const BatchView::Column& column, const uint8_t* from, data::Record& record, bool was_cut) {
  const data::Field& field = *column.field;
  if (!has_bytes(record, *packet_.source, field)) return;
  if (column.shape == BatchView::Shape::kNumber) {
    uint64_t value = 0;
    std::memcpy(&value, from, column.size);
    write_scalar(packet_, record, field, value, field.offset);
    return;
  }
  auto address = get<uint32_t>(from);
  auto count = get<uint32_t>(from + 4);
  // What is left of a text that was cut must not replace all of it.
  if (was_cut && address - view_.buffer < view_.buffer_size) return;
  bool is_text = column.shape == BatchView::Shape::kText;
  uint64_t size = uint64_t{count} * (is_text ? 1 : std::max(1u, field.stride));
  const uint8_t* bytes = size == 0 ? nullptr : host_.memory().range(address, size);
  if (size != 0 && bytes == nullptr) {
    (void)host_.fail_v1(0, "gadgetBatch", "field " + field.full_name + ": the value is outside of the memory");
    return;
  }
  std::string_view value(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
  const char* why = nullptr;
  if (is_text || !field.is_list) {
    if (field.is_array && value.size() != field.size) why = "an array of this length does not fit";
    if (why == nullptr) why = write_bytes(host_, packet_, record, field, value, field.offset, field.size);
  } else if (count > limits::kArrayElements) {
    why = "a list has at most 65536 elements";
  } else if (!host_.charge(packet_, value.size())) {
    why = "the module made more data than the host keeps for one batch";
  } else {
    uint8_t* elements = allocate_aligned(*packet_.batch->arena, value.size());
    if (!value.empty()) std::memcpy(elements, value.data(), value.size());
    data::store(record, field, data::Text{reinterpret_cast<const char*>(elements), count});
  }
  if (why != nullptr) (void)host_.fail_v1(0, "gadgetBatch", "field " + field.full_name + ": " + why);
}

void BatchRun::take_back() {
  auto& records = packet_.batch->records;
  for (uint32_t row = 0; row < count(); row++) {
    const uint8_t* from = buffer_ + row * view_.stride;
    auto verdict = get<uint32_t>(from);
    if (verdict == 0 || rows_[row] >= records.size()) continue;
    data::Record& record = records[rows_[row]];
    if ((verdict & kVerdictDrop) != 0) {
      record.flags |= data::kRecordDropped;
    } else if ((verdict & kVerdictChanged) != 0) {
      for (const BatchView::Column& column : view_.columns) {
        if (column.writable) take_column(column, from + column.offset, record, row == 0 && first_was_cut_);
      }
    }
  }
}

}  // namespace

void BatchView::add(data::Field& field, bool is_writable) {
  Column column{.field = &field, .shape = Shape::kNumber, .writable = is_writable, .offset = 0, .size = 0};
  // Lists of text have no flat form: they are empty, and not written.
  bool flat_list = !(field.is_array && field.is_dynamic);
  if (field.is_array) {
    column.shape = Shape::kArray;
    column.writable = is_writable && flat_list;
  } else if (scalar_size(field) == 0) {
    column.shape = Shape::kText;
  }
  column.size = column.shape == Shape::kNumber ? scalar_size(field) : 8;
  uint32_t align = column.shape == Shape::kNumber ? column.size : 4;
  uint32_t end = columns.empty() ? kHeaderBytes : columns.back().offset + columns.back().size;
  column.offset = (end + align - 1) / align * align;
  stride = (column.offset + column.size + 7) / 8 * 8;
  columns.push_back(column);
}

bool run_batch(Host& host, const Subscription& subscription, Packet& packet, uint32_t source, size_t& done) {
  BatchRun run(host, subscription.view, packet);
  size_t at = 0;
  while (at < packet.batch->records.size()) {
    done = at;
    at = run.fill(at);
    if (run.count() == 0) break;  // only dropped ones were left
    if (!host.call_batch(subscription, source, subscription.view.buffer, run.count())) return false;
    run.take_back();
  }
  done = packet.batch->records.size();
  return true;
}

}  // namespace gadgetry::wasm
