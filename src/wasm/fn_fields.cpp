// Fields of API version 1.
#include <algorithm>

#include "base/limits.hpp"
#include "base/strings.hpp"
#include "wasm/field_access.hpp"
#include "wasm/host.hpp"

namespace gadgetry::wasm::fn {
namespace {

using data::Kind;

constexpr uint64_t kFailed = 1;
constexpr uint32_t kKindMax = 14;

uint32_t low(uint64_t slot) {
  return static_cast<uint32_t>(slot);
}

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && base::to_lower(a) == base::to_lower(b);
}

data::Field* find_field(data::DataSource& source, std::string_view name) {
  if (data::Field* exact = source.find(name); exact != nullptr && !exact->unreferenced()) return exact;
  for (data::Field& field : source.fields()) {
    if (!field.unreferenced() && same_name(field.full_name, name)) return &field;
  }
  return nullptr;
}

// Sign-extends, or cuts to the kind, what the module asked for.
uint64_t as_kind(uint64_t bits, Kind kind) {
  switch (kind) {
    case Kind::kInt8:
      return static_cast<uint64_t>(static_cast<int64_t>(static_cast<int8_t>(bits)));
    case Kind::kInt16:
      return static_cast<uint64_t>(static_cast<int64_t>(static_cast<int16_t>(bits)));
    case Kind::kInt32:
      return static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(bits)));
    case Kind::kBool:
    case Kind::kUint8:
      return static_cast<uint8_t>(bits);
    case Kind::kUint16:
      return static_cast<uint16_t>(bits);
    case Kind::kUint32:
    case Kind::kFloat32:
      return static_cast<uint32_t>(bits);
    default:
      return bits;
  }
}

}  // namespace

void data_source_get_field(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "dataSourceGetField";
  Object* source = host.handles().find(low(slots[0]), ObjectType::kSource);
  auto name = host.memory().text(slots[1]);
  if (source == nullptr || !name) {
    slots[0] = host.fail_v1(0, kName, source == nullptr ? "the first argument is no data source"
                                                        : "the name is outside of the memory");
    return;
  }
  host.pay(source->source->fields().size() * 4);
  data::Field* field = find_field(*source->source, *name);
  if (field == nullptr) {
    slots[0] = host.fail_v1(0, kName, "data source " + source->source->name() + " has no field " +
                                          std::string(name->substr(0, 256)));
    return;
  }
  host.note_field_needed(*field);
  uint32_t handle = host.handles().add({.type = ObjectType::kField, .source = source->source, .field = field});
  slots[0] = handle != 0 ? handle : host.fail_v1(0, kName, "too many open handles");
}

void data_source_add_field(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "dataSourceAddField";
  Object* source = host.handles().find(low(slots[0]), ObjectType::kSource);
  auto name = host.memory().text(slots[1]);
  uint32_t kind = low(slots[2]);
  if (source == nullptr) {
    slots[0] = host.fail_v1(0, kName, "the first argument is no data source");
  } else if (!name || name->empty() || name->size() > limits::kWasmTextBytes) {
    slots[0] = host.fail_v1(0, kName, "the name is empty or outside of the memory");
  } else if (kind > kKindMax) {
    slots[0] = host.fail_v1(0, kName, "unknown kind " + std::to_string(kind));
  } else if (host.phase() > Phase::kPreStart) {
    slots[0] = host.fail_v1(0, kName, "only gadgetInit and gadgetPreStart may add fields");
  } else if (!host.keep(field_bytes(*name))) {
    slots[0] = host.fail_v1(0, kName, "the module makes the host keep too much");
  } else {
    // Text of any length, though the name of kind 13 says otherwise.
    Kind own = kind == 13 ? Kind::kString : static_cast<Kind>(kind);
    auto field = source->source->add_added_field(*name, own);
    if (!field.ok()) {
      slots[0] = host.fail_v1(0, kName, field.error().text());
      return;
    }
    uint32_t handle = host.handles().add({.type = ObjectType::kField, .source = source->source, .field = *field});
    slots[0] = handle != 0 ? handle : host.fail_v1(0, kName, "too many open handles");
  }
}

void field_get_scalar(Host& host, uint64_t* slots) {
  Object* object = host.handles().find(low(slots[0]), ObjectType::kField);
  uint32_t kind = low(slots[2]);
  uint32_t error_address = low(slots[3]);
  if (object != nullptr) [[likely]] {
    const data::Field& field = *object->field;
    RecordRef ref = host.find_record(low(slots[1]), object->source);
    uint32_t size = scalar_size(field);
    if (ref.record != nullptr && kind <= 11 && size != 0 && !field.is_array &&
        data::kind_size(static_cast<Kind>(kind)) == size && has_bytes(*ref.record, *object->source, field) &&
        !is_array_member(*object->source, field)) [[likely]] {
      slots[0] = as_kind(read_scalar_bits(*ref.record, field), static_cast<Kind>(kind));
      return;
    }
  }
  host.fail_v1(0, "fieldGetScalar", object == nullptr ? "the first argument is no field"
                                                      : "field " + object->field->full_name +
                                                            ": the data is not of its data source, or the kind does not fit");
  if (error_address != 0 && !host.memory().put(error_address, uint32_t{1})) host.trap_after_call();
  slots[0] = 0;
}

void field_get_buffer(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "fieldGetBuffer";
  constexpr uint64_t kNone = 0xffffffffu;
  Object* object = host.handles().find(low(slots[0]), ObjectType::kField);
  uint32_t kind = low(slots[2]);
  if (object == nullptr || (kind != 12 && kind != 14)) {
    slots[0] = host.fail_v1(kNone, kName, object == nullptr ? "the first argument is no field" : "the kind must be 12 or 14");
    return;
  }
  RecordRef ref = host.find_record(low(slots[1]), object->source);
  auto buffer = host.memory().buffer(slots[3]);
  if (ref.record == nullptr || !buffer || !has_bytes(*ref.record, *object->source, *object->field) ||
      is_array_member(*object->source, *object->field)) {
    slots[0] = host.fail_v1(kNone, kName, !buffer ? "the buffer is outside of the memory"
                                                  : "field " + object->field->full_name + ": the data is not of its data source");
    return;
  }
  std::string_view bytes = raw_bytes(*ref.record, *object->source, *object->field);
  if (bytes.size() > buffer->size()) {
    // Text of an array with room to spare: what is behind its end is not needed.
    if (object->field->kind == Kind::kCString) bytes = bytes.substr(0, strnlen(bytes.data(), bytes.size()));
    if (bytes.size() > buffer->size()) {
      slots[0] = host.fail_v1(kNone, kName, "field " + object->field->full_name + " has " + std::to_string(bytes.size()) +
                                                " bytes, the buffer " + std::to_string(buffer->size()));
      return;
    }
  }
  if (!bytes.empty()) std::memcpy(buffer->data(), bytes.data(), bytes.size());
  if (bytes.size() > 256) host.pay(bytes.size() / 16);
  slots[0] = bytes.size();
}

void field_set(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "fieldSet";
  Object* object = host.handles().find(low(slots[0]), ObjectType::kField);
  uint32_t kind = low(slots[2]);
  uint64_t value = slots[3];
  if (object == nullptr) {
    slots[0] = host.fail_v1(kFailed, kName, "the first argument is no field");
    return;
  }
  const data::Field& field = *object->field;
  RecordRef ref = host.find_record(low(slots[1]), object->source);
  if (ref.record == nullptr || !has_bytes(*ref.record, *object->source, field) ||
      is_array_member(*object->source, field)) {
    slots[0] = host.fail_v1(kFailed, kName, "field " + field.full_name +
                                                ": the data is not of its data source, or it is in an array (elementSet)");
    return;
  }
  if (kind >= 1 && kind <= 11) {
    uint32_t size = scalar_size(field);
    if (size == 0 || field.is_array || data::kind_size(static_cast<Kind>(kind)) != size) {
      slots[0] = host.fail_v1(kFailed, kName, "field " + field.full_name + ": the kind does not fit");
      return;
    }
    write_scalar(*ref.packet, *ref.record, field, value, field.offset);
    slots[0] = 0;
    return;
  }
  auto bytes = host.memory().text(value);
  bool fits = !field.is_list && !(field.is_dynamic && field.is_array) && field.size != 0 &&
              (field.kind >= Kind::kString || field.is_array || field.is_struct() || (kind == 14 && field.bit_size == 0));
  if (!bytes || !fits || (kind != 12 && kind != 14)) {
    slots[0] = host.fail_v1(kFailed, kName, !bytes ? "the value is outside of the memory"
                                                   : "field " + field.full_name + ": the kind does not fit");
    return;
  }
  std::string padded;
  if (!field.is_dynamic && bytes->size() < field.size) {
    // Text ends in zeros, whatever kind of array it is put in; bytes have to fill it.
    if (kind == 14) {
      slots[0] = host.fail_v1(kFailed, kName, "field " + field.full_name + ": the value must be as long as the field");
      return;
    }
    if (field.kind != Kind::kCString) {
      padded = *bytes;
      padded.resize(field.size);
      bytes = padded;
    }
  }
  const char* why = write_bytes(host, *ref.packet, *ref.record, field, *bytes, field.offset, field.size);
  slots[0] = why == nullptr ? 0 : host.fail_v1(kFailed, kName, "field " + field.full_name + ": " + why);
}

void field_add_tag(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "fieldAddTag";
  Object* object = host.handles().find(low(slots[0]), ObjectType::kField);
  auto tag = host.memory().text(slots[1]);
  if (object == nullptr || !tag || tag->size() > limits::kWasmTextBytes) {
    slots[0] = host.fail_v1(kFailed, kName, object == nullptr ? "the first argument is no field"
                                                              : "the tag is outside of the memory");
    return;
  }
  auto& tags = object->field->tags;
  if (tags.size() >= limits::kWasmTags || !host.keep(sizeof(std::string) + tag->size())) {
    slots[0] = host.fail_v1(kFailed, kName, "too many tags");
    return;
  }
  tags.emplace_back(*tag);
  slots[0] = 0;
}

}  // namespace gadgetry::wasm::fn
