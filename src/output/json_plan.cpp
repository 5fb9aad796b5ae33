#include "output/json_plan.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "data/access.hpp"
#include "output/field_tree.hpp"
#include "output/number_format.hpp"
#include "output/text.hpp"

namespace gadgetry::output {

using data::Field;
using data::Kind;
using data::Record;

enum class JsonPlan::Code : uint8_t {
  kText,  // no value
  kBool,
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kUint8,
  kUint16,
  kUint32,
  kUint64,
  kFloat32,
  kFloat64,
  kBits,
  kSignedBits,
  kString,        // Text
  kCString,       // fixed size
  kBytes,         // fixed size
  kDynamicBytes,  // Text
  kArray,
  kList,  // an array whose Text of elements is in the record
};

namespace {

constexpr size_t kSlack = 32;          // what copies in whole words may write behind the end
constexpr uint32_t kInlineText = 512;  // fixed text up to this size is part of the fixed bound

template <typename T>
T load(const uint8_t* at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return value;
}

// Copies in words of 16 bytes: both sides have room behind their end.
inline char* put_text(char* out, const char* text, uint32_t size) {
  std::memcpy(out, text, 16);
  for (uint32_t at = 16; at < size; at += 16) std::memcpy(out + at, text + at, 16);
  return out + size;
}

inline char* put_literal(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

template <typename Float>
char* put_float(char* out, Float value) {
  return std::isfinite(value) ? write_es6(out, value) : put_literal(out, "null");
}

}  // namespace

class JsonPlan::Builder {
 public:
  Builder(JsonPlan& plan, JsonStyle style) : plan_(plan), pretty_(style.pretty) {}

  void object(const std::vector<FieldNode>& nodes, uint32_t depth, uint32_t array_depth) {
    pending_ += '{';
    bool first = true;
    for (const FieldNode& node : nodes) {
      if (array_depth > 0 && !node.is_object() && node.field->slot != array_slot_) continue;
      if (!first) pending_ += ',';
      first = false;
      newline(depth + 1);
      add_key(node.field->name);
      value(node, depth + 1, array_depth);
    }
    if (!first) newline(depth);
    pending_ += '}';
  }

  void value(const FieldNode& node, uint32_t depth, uint32_t array_depth) {
    if (node.field->is_array) {
      array(node, depth, array_depth);
    } else if (node.is_object()) {
      object(node.children, depth, array_depth);
    } else {
      scalar(*node.field, array_depth);
    }
  }

  void finish() {
    if (!pending_.empty()) add_step(Step{.code = Code::kText});
    plan_.texts_.append(16, '\0');
    plan_.fixed_bound_ = kSlack;
    for (const Step& step : plan_.steps_) plan_.fixed_bound_ += bound_of(step);
    plan_.completed_.resize(plan_.sample_extent_);
  }

 private:
  void newline(uint32_t depth) {
    if (!pretty_) return;
    pending_ += '\n';
    pending_.append(2 * size_t{depth}, ' ');
  }

  void add_key(std::string_view name) {
    std::string key(json_string_bound(name.size()), '\0');
    key.resize(static_cast<size_t>(write_json_string(key.data(), name, false) - key.data()));
    pending_ += key;
    pending_ += pretty_ ? ": " : ":";
  }

  uint32_t add_text(std::string_view text) {
    auto at = static_cast<uint32_t>(plan_.texts_.size());
    plan_.texts_ += text;
    return at;
  }

  Step& add_step(Step step) {
    step.text = add_text(pending_);
    step.text_size = static_cast<uint32_t>(pending_.size());
    pending_.clear();
    plan_.steps_.push_back(step);
    return plan_.steps_.back();
  }

  // The plan reads the sample up to the end of this field.
  void reach(const Field& field, uint32_t array_depth, uint32_t size) {
    if (field.slot != data::Slot::kSample || array_depth > 0) return;
    plan_.sample_extent_ = std::max(plan_.sample_extent_, field.offset + size);
  }

  void scalar(const Field& field, uint32_t array_depth) {
    uint32_t size = field.bit_size != 0 ? (uint32_t{field.bit_offset} + field.bit_size + 7) / 8 : field.size;
    reach(field, array_depth, size);
    add_step(Step{.code = code_of(field),
                  .added = field.slot == data::Slot::kAdded,
                  .offset = field.offset,
                  .size = field.size,
                  .field = &field});
  }

  void array(const FieldNode& node, uint32_t depth, uint32_t array_depth) {
    const Field& field = *node.field;
    if (field.is_list) return list(field, depth);
    if (field.count == 0) {
      pending_ += "[]";
      return;
    }
    reach(field, array_depth, field.count * field.stride);
    if (array_depth == 0) array_slot_ = field.slot;
    pending_ += '[';
    newline(depth + 1);
    bool added = field.slot == data::Slot::kAdded;
    add_step(Step{.code = Code::kArray,
                  .added = added,
                  .offset = field.offset,
                  .size = field.count,
                  .stride = field.stride});
    size_t index = plan_.steps_.size() - 1;
    if (node.is_object()) {
      object(node.children, depth + 1, array_depth + 1);
      if (!pending_.empty()) add_step(Step{.code = Code::kText, .added = added});
    } else {
      add_step(Step{.code = code_of(field), .added = added, .size = field.stride});
    }
    pending_ += ',';
    newline(depth + 1);
    Step& step = plan_.steps_[index];
    step.separator = add_text(pending_);
    step.separator_size = static_cast<uint32_t>(pending_.size());
    step.next = static_cast<uint32_t>(plan_.steps_.size());
    pending_.clear();
    newline(depth);
    pending_ += ']';
  }

  // What stands around the elements depends on whether there are any: run_list takes it from the separator.
  void list(const Field& field, uint32_t depth) {
    pending_ += '[';
    add_step(Step{.code = Code::kList, .added = true, .offset = field.offset, .stride = field.stride});
    size_t index = plan_.steps_.size() - 1;
    add_step(Step{.code = code_of(field), .added = true, .size = field.stride});
    newline(depth);
    plan_.steps_[index].last_size = static_cast<uint32_t>(pending_.size());
    pending_ = ',';
    newline(depth + 1);
    Step& step = plan_.steps_[index];
    step.separator = add_text(pending_);
    step.separator_size = static_cast<uint32_t>(pending_.size());
    step.next = static_cast<uint32_t>(plan_.steps_.size());
    pending_ = ']';
  }

  JsonPlan& plan_;
  bool pretty_;
  data::Slot array_slot_ = data::Slot::kSample;  // of the outermost array we are in
  std::string pending_;
};

JsonPlan::Code JsonPlan::code_of(const Field& field) {
  if (field.bit_size != 0) return data::is_signed(field.kind) ? Code::kSignedBits : Code::kBits;
  switch (field.kind) {
    case Kind::kBool:
      return Code::kBool;
    case Kind::kInt8:
      return Code::kInt8;
    case Kind::kInt16:
      return Code::kInt16;
    case Kind::kInt32:
      return Code::kInt32;
    case Kind::kInt64:
      return Code::kInt64;
    case Kind::kUint8:
      return Code::kUint8;
    case Kind::kUint16:
      return Code::kUint16;
    case Kind::kUint32:
      return Code::kUint32;
    case Kind::kUint64:
      return Code::kUint64;
    case Kind::kFloat32:
      return Code::kFloat32;
    case Kind::kFloat64:
      return Code::kFloat64;
    case Kind::kString:
      return field.is_dynamic ? Code::kString : Code::kCString;
    case Kind::kCString:
      return Code::kCString;
    case Kind::kBytes:
    case Kind::kInvalid:
      return field.is_dynamic ? Code::kDynamicBytes : Code::kBytes;
  }
  return Code::kBytes;
}

// Bytes a step needs at most, without text that reserves its own room.
size_t JsonPlan::bound_of(const Step& step) {
  size_t texts = size_t{step.text_size} + step.separator_size + step.last_size;
  if (step.code == Code::kCString && step.size <= kInlineText) return texts + json_string_bound(step.size);
  return texts + kFloatBound;
}

JsonPlan JsonPlan::compile(data::DataSource& source, const FieldSelection& selection, JsonStyle style) {
  JsonPlan plan;
  Builder builder(plan, style);
  builder.object(build_field_tree(source, selection), style.depth, 0);
  builder.finish();
  return plan;
}

JsonPlan JsonPlan::compile_field(data::DataSource& source, data::Field& field, JsonStyle style) {
  JsonPlan plan;
  Builder builder(plan, style);
  builder.value(build_field_node(source, field), style.depth, 0);
  builder.finish();
  return plan;
}

void JsonPlan::append(const Record& record, Writer& out) {
  Record whole = record;
  if (record.sample_size < sample_extent_) [[unlikely]] {
    if (record.sample_size > 0) std::memcpy(completed_.data(), record.sample, record.sample_size);
    std::memset(completed_.data() + record.sample_size, 0, sample_extent_ - record.sample_size);
    whole.sample = completed_.data();
    whole.sample_size = sample_extent_;
  }
  Cursor cursor{&whole, &out, out.reserve(fixed_bound_)};
  run(0, static_cast<uint32_t>(steps_.size()), 0, cursor);
  out.commit(cursor.at);
}

// Text whose room is not part of the fixed bound.
void JsonPlan::run_text(const Step& step, const uint8_t* at, Cursor& cursor) const {
  std::string_view text(reinterpret_cast<const char*>(at), step.size);
  if (step.code == Code::kString || step.code == Code::kDynamicBytes) text = load<data::Text>(at).view();
  cursor.out->commit(cursor.at);
  cursor.at = cursor.out->reserve(json_string_bound(text.size()) + fixed_bound_);
  if (step.code == Code::kString || step.code == Code::kCString) {
    cursor.at = write_json_string(cursor.at, text, step.code == Code::kCString);
    return;
  }
  *cursor.at++ = '"';
  cursor.at = write_hex_bytes(cursor.at, reinterpret_cast<const uint8_t*>(text.data()), text.size());
  *cursor.at++ = '"';
}

void JsonPlan::run_array(uint32_t index, uint32_t base, Cursor& cursor) const {
  const Step& step = steps_[index];
  for (uint32_t i = 0; i < step.size; i++) {
    cursor.out->commit(cursor.at);
    cursor.at = cursor.out->reserve(fixed_bound_);
    if (i > 0) cursor.at = put_text(cursor.at, texts_.data() + step.separator, step.separator_size);
    run(index + 1, step.next, base + step.offset + i * step.stride, cursor);
  }
}

// As run_array, with a record whose added block is the elements.
void JsonPlan::run_list(uint32_t index, const uint8_t* at, Cursor& cursor) const {
  const Step& step = steps_[index];
  auto list = load<data::Text>(at);
  auto count = static_cast<uint32_t>(list.size);
  if (count == 0) return;
  Record elements;
  elements.added = reinterpret_cast<uint8_t*>(const_cast<char*>(list.data));
  Cursor inside{&elements, cursor.out, cursor.at};
  const char* separator = texts_.data() + step.separator;
  for (uint32_t i = 0; i < count; i++) {
    inside.out->commit(inside.at);
    inside.at = inside.out->reserve(fixed_bound_);
    uint32_t comma = i > 0 ? 0 : 1;  // left out in front of the first
    inside.at = put_text(inside.at, separator + comma, step.separator_size - comma);
    run(index + 1, step.next, i * step.stride, inside);
  }
  cursor.at = put_text(inside.at, separator + 1, step.last_size);
}

void JsonPlan::run(uint32_t step_index, uint32_t end, uint32_t base, Cursor& cursor) const {
  const uint8_t* sample = cursor.record->sample;
  const uint8_t* added = cursor.record->added;
  const char* texts = texts_.data();
  char* out = cursor.at;
  while (step_index < end) {
    const Step& step = steps_[step_index++];
    out = put_text(out, texts + step.text, step.text_size);
    const uint8_t* at = (step.added ? added : sample) + (base + step.offset);
    switch (step.code) {
      case Code::kText:
        break;
      case Code::kBool:
        out = put_literal(out, *at != 0 ? std::string_view("true") : std::string_view("false"));
        break;
      case Code::kInt8:
        out = write_signed(out, load<int8_t>(at));
        break;
      case Code::kInt16:
        out = write_signed(out, load<int16_t>(at));
        break;
      case Code::kInt32:
        out = write_signed(out, load<int32_t>(at));
        break;
      case Code::kInt64:
        out = write_signed(out, load<int64_t>(at));
        break;
      case Code::kUint8:
        out = write_unsigned(out, load<uint8_t>(at));
        break;
      case Code::kUint16:
        out = write_unsigned(out, load<uint16_t>(at));
        break;
      case Code::kUint32:
        out = write_unsigned(out, load<uint32_t>(at));
        break;
      case Code::kUint64:
        out = write_unsigned(out, load<uint64_t>(at));
        break;
      case Code::kFloat32:
        out = put_float(out, load<float>(at));
        break;
      case Code::kFloat64:
        out = put_float(out, load<double>(at));
        break;
      case Code::kBits:
        out = write_unsigned(out, data::load_bits(*cursor.record, *step.field, base));
        break;
      case Code::kSignedBits:
        out = write_signed(out, static_cast<int64_t>(data::load_bits(*cursor.record, *step.field, base)));
        break;
      case Code::kCString:
        if (step.size <= kInlineText) {
          out = write_json_string(out, {reinterpret_cast<const char*>(at), step.size}, true);
          break;
        }
        [[fallthrough]];
      case Code::kString:
      case Code::kBytes:
      case Code::kDynamicBytes:
        cursor.at = out;
        run_text(step, at, cursor);
        out = cursor.at;
        break;
      case Code::kArray:
        cursor.at = out;
        run_array(step_index - 1, base, cursor);
        out = cursor.at;
        step_index = step.next;
        break;
      case Code::kList:
        cursor.at = out;
        run_list(step_index - 1, at, cursor);
        out = cursor.at;
        step_index = step.next;
        break;
    }
  }
  cursor.at = out;
}

void append_record_json(JsonPlan& plan, const Record& record, std::string& out) {
  Writer memory;
  plan.append(record, memory);
  out += memory.text();
}

}  // namespace gadgetry::output
