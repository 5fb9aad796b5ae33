#include "bpf/layout.hpp"

#include <bpf/btf.h>

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/limits.hpp"
#include "base/log.hpp"
#include "base/strings.hpp"
#include "bpf/kernel_btf.hpp"

namespace gadgetry::bpf {
namespace {

using base::Error;
using base::Status;
using data::Field;
using data::Kind;

constexpr uint32_t kChainLimit = 64;  // typedefs, qualifiers and array dimensions around one type

std::string_view name_at(const btf* types, uint32_t offset) {
  const char* name = btf__name_by_offset(types, offset);
  return name == nullptr ? std::string_view() : std::string_view(name);
}

Kind integer_kind(uint32_t size, bool is_signed) {
  switch (size) {
    case 1:
      return is_signed ? Kind::kInt8 : Kind::kUint8;
    case 2:
      return is_signed ? Kind::kInt16 : Kind::kUint16;
    case 4:
      return is_signed ? Kind::kInt32 : Kind::kUint32;
    case 8:
      return is_signed ? Kind::kInt64 : Kind::kUint64;
    default:
      return Kind::kBytes;
  }
}

bool enum_is_signed(const btf_type* type) {
  return btf_kflag(type);
}

// A C type seen through its typedefs, qualifiers and array dimensions.
struct Shape {
  uint32_t id = 0;  // of the type inside
  const btf_type* type = nullptr;
  Kind kind = Kind::kInvalid;  // of one element; kInvalid: cannot be shown
  uint64_t element_size = 0;   // bytes
  uint64_t count = 1;
  bool is_array = false;
  std::string type_name;  // of the type inside, or of the nearest typedef when it has none
  std::vector<std::string> tags;

  bool is_struct() const { return btf_is_composite(type); }
  uint64_t bytes() const { return element_size * count; }
};

Kind scalar_kind(const btf_type* type) {
  if (btf_is_int(type)) {
    if ((btf_int_encoding(type) & BTF_INT_BOOL) != 0 && type->size == 1) return Kind::kBool;
    return integer_kind(type->size, (btf_int_encoding(type) & BTF_INT_SIGNED) != 0);
  }
  if (btf_is_any_enum(type)) return integer_kind(type->size, enum_is_signed(type));
  if (btf_is_float(type)) {
    if (type->size == 4) return Kind::kFloat32;
    return type->size == 8 ? Kind::kFloat64 : Kind::kBytes;
  }
  return btf_is_composite(type) ? Kind::kBytes : Kind::kInvalid;
}

bool is_text_element(const Shape& shape, bool bytes_are_text) {
  if (!btf_is_int(shape.type) || shape.type->size != 1) return false;
  return shape.type_name == "char" || (bytes_are_text && shape.kind == Kind::kUint8);
}

base::Result<Shape> read_shape(const btf* types, uint32_t id, bool bytes_are_text) {
  Shape shape;
  std::vector<uint64_t> dimensions;
  std::string typedef_name;
  for (uint32_t step = 0;; step++) {
    const btf_type* type = btf__type_by_id(types, id);
    if (type == nullptr || step > kChainLimit)
      return Error("type " + std::to_string(id) + " does not resolve");
    if (btf_is_typedef(type)) {
      typedef_name = name_at(types, type->name_off);
      shape.tags.push_back("type:" + typedef_name);
    }
    if (btf_is_typedef(type) || btf_is_mod(type)) {
      id = type->type;
    } else if (btf_is_array(type)) {
      dimensions.push_back(btf_array(type)->nelems);
      id = btf_array(type)->type;
    } else {
      shape.id = id;
      shape.type = type;
      break;
    }
  }
  shape.type_name = name_at(types, shape.type->name_off);
  if (!shape.type_name.empty()) {
    shape.tags.push_back("type:" + shape.type_name);
  } else {
    shape.type_name = typedef_name;
  }
  shape.kind = scalar_kind(shape.type);
  if (shape.kind == Kind::kInvalid) return shape;
  shape.element_size = shape.type->size;
  if (!dimensions.empty() && is_text_element(shape, bytes_are_text)) {
    shape.kind = Kind::kCString;
    shape.element_size = dimensions.back();
    dimensions.pop_back();
  }
  shape.is_array = !dimensions.empty();
  for (uint64_t dimension : dimensions) {
    shape.count *= dimension;
    if (shape.count > limits::kArrayElements) {
      return Error("an array of more than " + std::to_string(limits::kArrayElements) + " elements");
    }
  }
  return shape;
}

// Adds the members of one struct, and of the structs inside, to a data source.
class Layout {
 public:
  Layout(const btf* types, const LayoutOptions& options, data::DataSource& source)
      : types_(types), options_(options), source_(source) {}

  // Where the members of a struct go: behind which field, how deep, and whether offsets count from an array
  // element.
  struct Place {
    int32_t parent = -1;
    uint32_t depth = 0;
    uint64_t offset = 0;  // bytes
    bool in_array = false;
  };

  Status add_members(uint32_t id, const Place& place);
  Status add_value(uint32_t id, std::string_view name, const Place& place);

 private:
  Status add_member(const btf_type* outer, uint32_t index, const Place& place);
  Status add_bits(Field field, const Shape& shape, uint64_t bit, uint32_t bits);
  Status add_shape(Field field, Shape& shape, const Place& place);
  Field start_field(std::string_view name, const Shape& shape, const Place& place) const;
  void skip(std::string_view name, std::string_view why) const;
  std::shared_ptr<const data::EnumTable> enum_table(const Shape& shape);

  const btf* types_;
  const LayoutOptions& options_;
  data::DataSource& source_;
  std::unordered_map<std::string, std::shared_ptr<const data::EnumTable>> kernel_enums_;
};

void Layout::skip(std::string_view name, std::string_view why) const {
  if (!base::log_enabled(base::LogLevel::kDebug)) return;
  base::log_debug("data source " + source_.name() + ": member " + base::printable(name) +
                  " is left out: " + std::string(why));
}

Field Layout::start_field(std::string_view name, const Shape& shape, const Place& place) const {
  Field field;
  field.name = name;
  field.parent = place.parent;
  field.kind = shape.kind;
  field.flags = data::kFlagStaticMember;
  field.tags = shape.tags;
  field.tags.push_back("name:" + field.name);
  field.tags.push_back("src:ebpf");
  field.tags.insert(field.tags.end(), options_.extra_tags.begin(), options_.extra_tags.end());
  return field;
}

// The kernel's own definition knows the values of the running kernel; the program's is the one it was
// compiled with.
std::shared_ptr<const data::EnumTable> Layout::enum_table(const Shape& shape) {
  if (!btf_is_any_enum(shape.type)) return nullptr;
  const std::string own_name(name_at(types_, shape.type->name_off));
  if (options_.kernel_enums && !own_name.empty()) {
    auto [it, is_new] = kernel_enums_.try_emplace(own_name);
    if (is_new) {
      if (auto table = KernelBtf::instance().find_enum(own_name)) {
        it->second = std::make_shared<data::EnumTable>(std::move(*table));
      }
    }
    if (it->second != nullptr) return it->second;
  }
  auto table = read_enum(types_, shape.id);
  if (table == nullptr || !table->name.empty() || shape.type_name.empty()) return table;
  auto named = std::make_shared<data::EnumTable>(*table);  // typedef enum { ... } name;
  named->name = shape.type_name;
  named->is_set = named->name.ends_with("_set");
  return named;
}

Status Layout::add_members(uint32_t id, const Place& place) {
  const btf_type* type = btf__type_by_id(types_, id);
  if (type == nullptr || !btf_is_composite(type))
    return Error("type " + std::to_string(id) + " is not a struct");
  if (place.depth > limits::kFieldDepth) {
    return Error("structs are nested more than " + std::to_string(limits::kFieldDepth) + " deep");
  }
  for (uint32_t i = 0; i < btf_vlen(type); i++) GADGETRY_TRY(add_member(type, i, place));
  return {};
}

Status Layout::add_member(const btf_type* outer, uint32_t index, const Place& place) {
  const btf_member& member = btf_members(outer)[index];
  const std::string_view name = name_at(types_, member.name_off);
  if (name.starts_with("__")) return {};
  auto shape = read_shape(types_, member.type, options_.bytes_are_text);
  if (!shape.ok()) return std::move(shape).error().context("member " + base::printable(name));

  const uint64_t bit = btf_member_bit_offset(outer, index);
  uint32_t bits = btf_member_bitfield_size(outer, index);
  uint64_t shift = 0;
  if (bits == 0 && btf_is_int(shape->type) && !shape->is_array && shape->kind != Kind::kCString &&
      btf_int_bits(shape->type) != shape->type->size * 8) {
    bits = btf_int_bits(shape->type);  // the older way to say bit-field: in the integer type itself
    shift = btf_int_offset(shape->type);
  }
  if (shape->kind == Kind::kInvalid) {
    skip(name, "pointers and functions have no value to show");
    return {};
  }
  const uint64_t outer_bits = uint64_t{outer->size} * 8;
  const uint64_t end = bits != 0 ? bit + shift + bits : bit + shape->bytes() * 8;
  if (end > outer_bits || (bits == 0 && bit % 8 != 0)) {
    return Error("member " + base::printable(name) + " lies outside its struct")
        .with_hint("build or pull the image again");
  }
  if (bits != 0) {
    Place bit_place = place;
    bit_place.offset += (bit + shift) / 8;
    Field field = start_field(name, *shape, bit_place);
    field.offset = static_cast<uint32_t>(bit_place.offset);
    return name.empty() ? Status() : add_bits(std::move(field), *shape, bit + shift, bits);
  }
  Place inner = place;
  inner.offset += bit / 8;
  if (name.empty()) {  // members of an anonymous struct belong to the one around it
    if (!shape->is_struct() || shape->is_array) return {};
    inner.depth++;
    return add_members(shape->id, inner);
  }
  return add_shape(start_field(name, *shape, place), *shape, inner);
}

Status Layout::add_bits(Field field, const Shape& shape, uint64_t bit, uint32_t bits) {
  if (bits > 64 || data::kind_size(shape.kind) == 0) {
    skip(field.name, "a bit-field wider than 64 bits");
    return {};
  }
  field.bit_offset = static_cast<uint8_t>(bit % 8);
  field.bit_size = static_cast<uint8_t>(bits);
  field.size = data::kind_size(shape.kind);
  field.enumeration = enum_table(shape);
  GADGETRY_TRY(source_.add_field(std::move(field)));
  return {};
}

Status Layout::add_shape(Field field, Shape& shape, const Place& place) {
  if (shape.bytes() == 0) {
    skip(field.name, "it has no bytes");
    return {};
  }
  field.offset = static_cast<uint32_t>(place.offset);
  field.size = static_cast<uint32_t>(shape.bytes());
  field.is_array = shape.is_array;
  if (shape.is_array) {
    field.count = static_cast<uint32_t>(shape.count);
    field.stride = static_cast<uint32_t>(shape.element_size);
  }
  field.enumeration = enum_table(shape);
  GADGETRY_ASSIGN(const Field* added, source_.add_field(std::move(field)));
  if (!shape.is_struct()) return {};
  if (shape.is_array && place.in_array) {
    skip(added->full_name + ".*", "structs in an array inside an array are shown as bytes");
    return {};
  }
  Place inner = place;
  inner.parent = static_cast<int32_t>(added->index);
  inner.depth++;
  if (shape.is_array) {
    inner.in_array = true;
    inner.offset = 0;
  }
  return add_members(shape.id, inner);
}

Status Layout::add_value(uint32_t id, std::string_view name, const Place& place) {
  GADGETRY_ASSIGN(Shape shape, read_shape(types_, id, options_.bytes_are_text));
  if (shape.kind == Kind::kInvalid) return Error(std::string(name) + " is a type without a value to show");
  return add_shape(start_field(name, shape, place), shape, place);
}

Status checked_size(const btf* types, uint32_t id, const LayoutOptions& options,
                    const data::DataSource& source) {
  const int64_t size = btf__resolve_size(types, id);
  if (size >= 0 && static_cast<uint64_t>(size) + options.base_offset <= limits::kSampleBytes) return {};
  return Error("data source " + source.name() + ": its struct is larger than " +
               std::to_string(limits::kSampleBytes) + " bytes, or of no known size");
}

}  // namespace

Status add_struct_fields(const btf* types, uint32_t type_id, const LayoutOptions& options,
                         data::DataSource& source) {
  GADGETRY_TRY(checked_size(types, type_id, options, source));
  Layout layout(types, options, source);
  auto added = layout.add_members(resolve_type(types, type_id), {.offset = options.base_offset});
  if (!added.ok()) return std::move(added).error().context("data source " + source.name());
  return {};
}

Status add_value_field(const btf* types, uint32_t type_id, std::string_view name,
                       const LayoutOptions& options, data::DataSource& source) {
  GADGETRY_TRY(checked_size(types, type_id, options, source));
  Layout layout(types, options, source);
  auto added = layout.add_value(type_id, name, {.offset = options.base_offset});
  if (!added.ok()) return std::move(added).error().context("data source " + source.name());
  return {};
}

uint32_t resolve_type(const btf* types, uint32_t type_id) {
  for (uint32_t step = 0; step < kChainLimit; step++) {
    const btf_type* type = btf__type_by_id(types, type_id);
    if (type == nullptr) return 0;
    if (!btf_is_typedef(type) && !btf_is_mod(type)) return type_id;
    type_id = type->type;
  }
  return 0;
}

uint32_t find_struct(const btf* types, std::string_view name) {
  const std::string wanted(name);
  if (const int id = btf__find_by_name_kind(types, wanted.c_str(), BTF_KIND_STRUCT); id > 0) {
    return static_cast<uint32_t>(id);
  }
  const int id = btf__find_by_name_kind(types, wanted.c_str(), BTF_KIND_TYPEDEF);
  if (id <= 0) return 0;
  const uint32_t inside = resolve_type(types, static_cast<uint32_t>(id));
  return inside != 0 && btf_is_composite(btf__type_by_id(types, inside)) ? inside : 0;
}

std::shared_ptr<const data::EnumTable> read_enum(const btf* types, uint32_t type_id) {
  const btf_type* type = btf__type_by_id(types, resolve_type(types, type_id));
  if (type == nullptr || !btf_is_any_enum(type)) return nullptr;
  auto table = std::make_shared<data::EnumTable>();
  table->name = name_at(types, type->name_off);
  table->is_set = table->name.ends_with("_set");
  table->is_signed = enum_is_signed(type);
  for (uint32_t i = 0; i < btf_vlen(type); i++) {
    if (btf_is_enum64(type)) {
      const struct btf_enum64& entry = btf_enum64(type)[i];
      table->entries.push_back({btf_enum64_value(&entry), std::string(name_at(types, entry.name_off))});
    } else {
      const struct btf_enum& entry = btf_enum(type)[i];
      const uint64_t value = table->is_signed ? static_cast<uint64_t>(int64_t{entry.val})
                                              : uint64_t{static_cast<uint32_t>(entry.val)};
      table->entries.push_back({value, std::string(name_at(types, entry.name_off))});
    }
  }
  return table;
}

}  // namespace gadgetry::bpf
