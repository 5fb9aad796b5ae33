#include "data/data_source.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "base/limits.hpp"

namespace gadgetry::data {
namespace {

struct KindInfo {
  std::string_view name;
  uint32_t size;
};
constexpr KindInfo kKinds[] = {{"invalid", 0}, {"bool", 1},    {"int8", 1},   {"int16", 2},   {"int32", 4},
                               {"int64", 8},   {"uint8", 1},   {"uint16", 2}, {"uint32", 4},  {"uint64", 8},
                               {"float32", 4}, {"float64", 8}, {"string", 0}, {"cstring", 0}, {"bytes", 0}};

uint32_t round_up(uint32_t value, uint32_t to) {
  return (value + to - 1) / to * to;
}

}  // namespace

std::string_view kind_name(Kind kind) {
  return kKinds[static_cast<size_t>(kind)].name;
}
uint32_t kind_size(Kind kind) {
  return kKinds[static_cast<size_t>(kind)].size;
}
bool is_integer(Kind kind) {
  return kind >= Kind::kInt8 && kind <= Kind::kUint64;
}
bool is_signed(Kind kind) {
  return kind >= Kind::kInt8 && kind <= Kind::kInt64;
}
bool is_float(Kind kind) {
  return kind == Kind::kFloat32 || kind == Kind::kFloat64;
}
bool is_text(Kind kind) {
  return kind == Kind::kString || kind == Kind::kCString;
}

bool Field::has_tag(std::string_view tag) const {
  return std::find(tags.begin(), tags.end(), tag) != tags.end();
}

std::string_view Field::annotation(std::string_view key, std::string_view fallback) const {
  auto it = annotations.find(key);
  return it == annotations.end() ? fallback : std::string_view(it->second);
}

void Arena::reset() {
  if (kArenaIsExact) blocks_.clear();
  current_ = 0;
  next_ = blocks_.empty() ? nullptr : blocks_[0].bytes.get();
  left_ = blocks_.empty() ? 0 : blocks_[0].size;
}

void Arena::grow(size_t size) {
  constexpr size_t kBlock = 64 << 10;
  size_t next = next_ == nullptr ? 0 : current_ + 1;
  while (next < blocks_.size() && blocks_[next].size < size) next++;
  if (next >= blocks_.size()) {
    size_t bytes = kArenaIsExact ? size : std::max(kBlock, size);
    blocks_.push_back({std::make_unique_for_overwrite<char[]>(bytes), bytes});
    next = blocks_.size() - 1;
  }
  current_ = next;
  next_ = blocks_[next].bytes.get();
  left_ = blocks_[next].size;
}

Field* DataSource::find(std::string_view full_name) {
  return const_cast<Field*>(static_cast<const DataSource*>(this)->find(full_name));
}

const Field* DataSource::find(std::string_view full_name) const {
  auto it =
      std::find_if(fields_.begin(), fields_.end(), [&](const Field& f) { return f.full_name == full_name; });
  return it == fields_.end() ? nullptr : &*it;
}

std::vector<std::string> DataSource::field_names() const {
  std::vector<std::string> names;
  for (const Field& field : fields_) {
    if (!field.unreferenced()) names.push_back(field.full_name);
  }
  return names;
}

std::string_view DataSource::annotation(std::string_view key, std::string_view fallback) const {
  auto it = annotations_.find(key);
  return it == annotations_.end() ? fallback : std::string_view(it->second);
}

base::Result<Field*> DataSource::add_field(Field field) {
  if (fields_.size() >= limits::kFields) {
    return base::Error("data source " + name_ + ": more than " + std::to_string(limits::kFields) + " fields");
  }
  if (field.parent >= 0) {
    if (fields_[static_cast<size_t>(field.parent)].is_list) {
      return base::Error("data source " + name_ + ": field " + field.name + ": a list has no members");
    }
    field.full_name = fields_[static_cast<size_t>(field.parent)].full_name + "." + field.name;
    field.flags |= kFlagHasParent;
  } else {
    field.full_name = field.name;
  }
  if (find(field.full_name) != nullptr) {
    return base::Error("data source " + name_ + ": field " + field.full_name + " exists already");
  }
  field.index = static_cast<uint32_t>(fields_.size());
  if (field.rank == 0) field.rank = (field.index + 1) * 256;
  if (field.parent >= 0) fields_[static_cast<size_t>(field.parent)].children.push_back(field.index);
  fields_.push_back(std::move(field));
  return &fields_.back();
}

bool DataSource::inside_array(const Field& field) const {
  const Field* at = &field;
  while (!at->is_array && at->parent >= 0) at = &fields_[static_cast<size_t>(at->parent)];
  return at->is_array;
}

base::Result<Field*> DataSource::add_added_field(std::string_view full_name, Kind kind, const Field* after) {
  Field field;
  size_t dot = full_name.rfind('.');
  field.name = full_name.substr(dot == std::string_view::npos ? 0 : dot + 1);
  if (dot != std::string_view::npos) {
    if (static_cast<size_t>(std::count(full_name.begin(), full_name.end(), '.')) > limits::kFieldDepth) {
      return base::Error("data source " + name_ + ": the name of a field has more than " +
                         std::to_string(limits::kFieldDepth) + " dots");
    }
    Field* parent = find(full_name.substr(0, dot));
    if (parent == nullptr) {
      GADGETRY_ASSIGN(parent, add_added_field(full_name.substr(0, dot), Kind::kInvalid));
      parent->flags |= kFlagEmpty;
    }
    // The added block has one place for a field, not one for each element.
    if (inside_array(*parent)) {
      return base::Error("data source " + name_ + ": field " + std::string(full_name) +
                         " cannot be added to the elements of an array");
    }
    field.parent = static_cast<int32_t>(parent->index);
  }
  field.kind = kind;
  field.slot = Slot::kAdded;
  field.is_dynamic = kind == Kind::kString || kind == Kind::kBytes;
  field.size = field.is_dynamic ? static_cast<uint32_t>(sizeof(Text)) : kind_size(kind);
  if (field.size > 0) {
    field.offset = round_up(added_size_, std::min<uint32_t>(field.size, 8));
    added_size_ = round_up(field.offset + field.size, 8);
  }
  if (after != nullptr) {
    field.order = after->order;
    field.rank = after->rank + 1;
  }
  return add_field(std::move(field));
}

base::Result<Field*> DataSource::add_added_list(std::string_view full_name, Kind kind, const Field* after) {
  // As text: the slot holds a pointer and a number.
  GADGETRY_ASSIGN(Field * field, add_added_field(full_name, Kind::kString, after));
  bool is_dynamic = kind == Kind::kString || kind == Kind::kBytes;
  field->kind = kind;
  field->is_array = true;
  field->is_list = true;
  field->is_dynamic = is_dynamic;
  field->count = 0;
  field->stride = is_dynamic ? static_cast<uint32_t>(sizeof(Text)) : kind_size(kind);
  return field;
}

void DataSource::move_to_added(Field& field) {
  if (field.slot == Slot::kAdded) return;
  field.slot = Slot::kAdded;
  field.offset = round_up(added_size_, 8);
  added_size_ = field.offset + round_up(field.size, 8);
}

namespace {

void sort_fields(std::vector<const Field*>& fields) {
  std::sort(fields.begin(), fields.end(), [](const Field* a, const Field* b) {
    return std::tie(a->order, a->rank, a->index) < std::tie(b->order, b->rank, b->index);
  });
}

}  // namespace

std::vector<const Field*> DataSource::roots() const {
  std::vector<const Field*> out;
  for (const Field& field : fields_) {
    if (field.parent < 0) out.push_back(&field);
  }
  sort_fields(out);
  return out;
}

std::vector<const Field*> DataSource::sorted_children(const Field& field) const {
  std::vector<const Field*> out;
  out.reserve(field.children.size());
  for (uint32_t index : field.children) out.push_back(&fields_[index]);
  sort_fields(out);
  return out;
}

}  // namespace gadgetry::data
