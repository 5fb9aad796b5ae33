// Data sources and fields of gadget_v2: what there is, attributes, lists and elements.
#include <algorithm>
#include <array>

#include "base/limits.hpp"
#include "base/strings.hpp"
#include "wasm/field_access.hpp"
#include "wasm/host.hpp"

namespace gadgetry::wasm::fn {
namespace {

using data::Kind;

constexpr uint32_t kKindMax = 14;

uint32_t low(uint64_t slot) {
  return static_cast<uint32_t>(slot);
}

Object* field_object(Host& host, uint64_t slot) {
  return host.handles().find(low(slot), ObjectType::kField);
}

// Writes a new handle to an out32; the code to return.
uint64_t put_handle(Host& host, std::string_view function, Object object, uint64_t address) {
  if (host.memory().range(low(address), 4) == nullptr) {
    return host.fail(Code::kMemory, function, "the address of the handle is outside of the memory");
  }
  uint32_t handle = host.handles().add(std::move(object));
  if (handle == 0) return host.fail(Code::kLimit, function, "too many open handles");
  host.memory().put(low(address), handle);
  return Host::kDone;
}

bool before_start(Host& host) {
  return host.phase() <= Phase::kPreStart;
}

uint64_t too_late(Host& host, std::string_view function) {
  return host.fail(Code::kState, function, "only in gadgetInit and gadgetPreStart");
}

bool set_annotation(Host& host, data::Annotations& annotations, std::string_view key, std::string_view value) {
  auto it = annotations.find(key);
  if (it == annotations.end() && annotations.size() >= limits::kWasmTags) return false;
  if (!host.keep(key.size() + value.size())) return false;
  annotations.insert_or_assign(std::string(key), std::string(value));
  return true;
}

}  // namespace

void source_at(Host& host, uint64_t* slots) {
  auto sources = host.environment().sources();
  uint32_t index = low(slots[0]);
  slots[0] = index >= sources.size()
                 ? host.fail(Code::kNotFound, "sourceAt", "there are " + std::to_string(sources.size()) + " data sources")
                 : put_handle(host, "sourceAt", {.type = ObjectType::kSource, .source = sources[index]}, slots[1]);
}

void source_name(Host& host, uint64_t* slots) {
  Object* object = host.handles().find(low(slots[0]), ObjectType::kSource);
  slots[0] = object == nullptr ? host.fail(Code::kBadHandle, "sourceName", "the first argument is no data source")
                               : host.put_text("sourceName", object->source->name(), slots[1], slots[2]);
}

void source_type(Host& host, uint64_t* slots) {
  Object* object = host.handles().find(low(slots[0]), ObjectType::kSource);
  if (object == nullptr) {
    slots[0] = host.fail(Code::kBadHandle, "sourceType", "the first argument is no data source");
  } else {
    bool done = host.memory().put(low(slots[1]), static_cast<uint32_t>(object->source->type()));
    slots[0] = done ? Host::kDone : host.fail(Code::kMemory, "sourceType", "the address is outside of the memory");
  }
}

void source_set_attribute(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "sourceSetAttribute";
  Object* object = host.handles().find(low(slots[0]), ObjectType::kSource);
  auto key = host.memory().text(slots[1]);
  auto value = host.memory().text(slots[2]);
  if (object == nullptr) {
    slots[0] = host.fail(Code::kBadHandle, kName, "the first argument is no data source");
  } else if (!key || !value || key->empty() || key->size() + value->size() > limits::kWasmTextBytes) {
    slots[0] = host.fail(!key || !value ? Code::kMemory : Code::kInvalid, kName,
                         "key or value are empty, too long or outside of the memory");
  } else if (!before_start(host)) {
    slots[0] = too_late(host, kName);
  } else {
    bool done = set_annotation(host, object->source->annotations(), *key, *value);
    slots[0] = done ? Host::kDone : host.fail(Code::kLimit, kName, "too many annotations");
  }
}

void field_at(Host& host, uint64_t* slots) {
  Object* object = host.handles().find(low(slots[0]), ObjectType::kSource);
  uint32_t index = low(slots[1]);
  if (object == nullptr) {
    slots[0] = host.fail(Code::kBadHandle, "fieldAt", "the first argument is no data source");
    return;
  }
  data::DataSource* source = object->source;
  if (index >= source->fields().size()) {
    slots[0] = host.fail(Code::kNotFound, "fieldAt", "there are " + std::to_string(source->fields().size()) + " fields");
    return;
  }
  data::Field& field = source->fields()[index];
  host.note_field_needed(field);
  slots[0] = put_handle(host, "fieldAt", {.type = ObjectType::kField, .source = source, .field = &field}, slots[2]);
}

void field_name(Host& host, uint64_t* slots) {
  Object* object = field_object(host, slots[0]);
  slots[0] = object == nullptr ? host.fail(Code::kBadHandle, "fieldName", "the first argument is no field")
                               : host.put_text("fieldName", object->field->full_name, slots[1], slots[2]);
}

void field_info(Host& host, uint64_t* slots) {
  Object* object = field_object(host, slots[0]);
  auto buffer = host.memory().buffer(slots[1]);
  std::array<uint32_t, 6> info{};
  if (object == nullptr) {
    slots[0] = host.fail(Code::kBadHandle, "fieldInfo", "the first argument is no field");
  } else if (!buffer || buffer->size() < sizeof(info)) {
    slots[0] = host.fail(buffer ? Code::kTooSmall : Code::kMemory, "fieldInfo", "the buffer needs 24 bytes");
  } else {
    const data::Field& field = *object->field;
    info = {static_cast<uint32_t>(field.kind) | (field.is_array ? data::kKindArrayFlag : 0),
            field.flags,
            field.is_array ? field.stride : field.is_dynamic ? 0 : field.size,
            field.is_list ? 0 : field.is_array ? field.count : 1,
            field.stride,
            field.is_struct() ? 1u : 0u};
    std::memcpy(buffer->data(), info.data(), sizeof(info));
    slots[0] = Host::kDone;
  }
}

void field_add(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "fieldAdd";
  Object* object = host.handles().find(low(slots[0]), ObjectType::kSource);
  auto name = host.memory().text(slots[1]);
  uint32_t kind = low(slots[2]);
  uint32_t list = low(slots[3]);
  uint32_t after_handle = low(slots[4]);
  Object* after = host.handles().find(after_handle, ObjectType::kField);
  if (object == nullptr || (after_handle != 0 && (after == nullptr || after->source != object->source))) {
    slots[0] = host.fail(Code::kBadHandle, kName, "the data source or the field before it is none");
  } else if (!name || name->empty() || name->size() > limits::kWasmTextBytes) {
    slots[0] = host.fail(!name ? Code::kMemory : Code::kInvalid, kName, "the name is empty, too long or outside of the memory");
  } else if (kind > kKindMax || list > 1 || (kind == 0 && list == 1)) {
    slots[0] = host.fail(Code::kInvalid, kName, "unknown kind " + std::to_string(kind));
  } else if (!before_start(host)) {
    slots[0] = too_late(host, kName);
  } else if (object->source->find(*name) != nullptr) {
    slots[0] = host.fail(Code::kExists, kName, "data source " + object->source->name() + " has a field of this name");
  } else if (!host.keep(field_bytes(*name))) {
    slots[0] = host.fail(Code::kLimit, kName, "the module makes the host keep too much");
  } else {
    data::DataSource* source = object->source;
    const data::Field* before = after == nullptr ? nullptr : after->field;
    Kind own = kind == 13 ? Kind::kString : static_cast<Kind>(kind);
    auto field = list == 1 ? source->add_added_list(*name, own, before) : source->add_added_field(*name, own, before);
    slots[0] = field.ok() ? put_handle(host, kName, {.type = ObjectType::kField, .source = source, .field = *field}, slots[5])
                          : host.fail(kName, field.error(), Code::kLimit);
  }
}

void field_set_attribute(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "fieldSetAttribute";
  Object* object = field_object(host, slots[0]);
  auto key = host.memory().text(slots[1]);
  auto value = host.memory().text(slots[2]);
  if (object == nullptr) {
    slots[0] = host.fail(Code::kBadHandle, kName, "the first argument is no field");
  } else if (!key || !value || key->empty() || key->size() + value->size() > limits::kWasmTextBytes) {
    slots[0] = host.fail(!key || !value ? Code::kMemory : Code::kInvalid, kName,
                         "key or value are empty, too long or outside of the memory");
  } else if (!before_start(host)) {
    slots[0] = too_late(host, kName);
  } else if (!set_annotation(host, object->field->annotations, *key, *value)) {
    slots[0] = host.fail(Code::kLimit, kName, "too many annotations");
  } else {
    if (*key == "columns.hidden") {
      bool hidden = base::parse_bool(*value).value_or(false);
      object->field->flags = hidden ? object->field->flags | data::kFlagHidden
                                    : object->field->flags & ~static_cast<uint32_t>(data::kFlagHidden);
    }
    slots[0] = Host::kDone;
  }
}

void field_get_attribute(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "fieldGetAttribute";
  Object* object = field_object(host, slots[0]);
  auto key = host.memory().text(slots[1]);
  if (object == nullptr || !key) {
    slots[0] = host.fail(object == nullptr ? Code::kBadHandle : Code::kMemory, kName,
                         object == nullptr ? "the first argument is no field" : "the key is outside of the memory");
    return;
  }
  auto it = object->field->annotations.find(*key);
  slots[0] = it == object->field->annotations.end()
                 ? host.fail(Code::kNotFound, kName, "field " + object->field->full_name + " has no such annotation")
                 : host.put_text(kName, it->second, slots[2], slots[3]);
}

void field_set_order(Host& host, uint64_t* slots) {
  Object* object = field_object(host, slots[0]);
  if (object == nullptr) {
    slots[0] = host.fail(Code::kBadHandle, "fieldSetOrder", "the first argument is no field");
  } else if (!before_start(host)) {
    slots[0] = too_late(host, "fieldSetOrder");
  } else {
    object->field->order = static_cast<int32_t>(low(slots[1]));
    slots[0] = Host::kDone;
  }
}

void field_remove(Host& host, uint64_t* slots) {
  Object* object = field_object(host, slots[0]);
  if (object == nullptr) {
    slots[0] = host.fail(Code::kBadHandle, "fieldRemove", "the argument is no field");
  } else if (!before_start(host)) {
    slots[0] = too_late(host, "fieldRemove");
  } else {
    std::vector<uint32_t> todo = {object->field->index};
    while (!todo.empty()) {
      data::Field& field = object->source->fields()[todo.back()];
      todo.pop_back();
      field.flags |= data::kFlagUnreferenced;
      todo.insert(todo.end(), field.children.begin(), field.children.end());
    }
    slots[0] = Host::kDone;
  }
}

// ---- arrays ----

namespace {

// An element of an array, or of the array of structs that a field is a member of.
struct Element {
  const data::Field* field = nullptr;
  RecordRef ref;
  data::Record view;    // what to read from
  uint32_t index = 0;   // to pass to the readers
  uint32_t base = 0;
  uint32_t offset = 0;  // of its bytes in the slot
  uint32_t size = 0;
};

// Fills `element`, or returns the code of what is wrong.
uint64_t find_element(Host& host, std::string_view name, const uint64_t* slots, Element& element) {
  Object* object = field_object(host, slots[0]);
  if (object == nullptr) return host.fail(Code::kBadHandle, name, "the first argument is no field");
  const data::Field& field = *object->field;
  element.field = &field;
  element.ref = host.find_record(low(slots[1]), object->source);
  if (element.ref.record == nullptr || !has_bytes(*element.ref.record, *object->source, field)) {
    return host.fail(Code::kBadHandle, name, "field " + field.full_name + ": the data is not of its data source");
  }
  uint32_t index = low(slots[2]);
  const data::Field* structs = struct_array_of(*object->source, field);
  if (!field.is_array && structs == nullptr) {
    return host.fail(Code::kUnsupported, name, "field " + field.full_name + " is no array");
  }
  const data::Record& record = *element.ref.record;
  uint32_t inner = field.is_array ? data::element_count(record, field) : 1;
  uint64_t count = uint64_t{inner} * (structs == nullptr ? 1 : structs->count);
  if (index >= count) {
    return host.fail(Code::kInvalid, name, "field " + field.full_name + " has " + std::to_string(count) + " elements");
  }
  element.view = data::list_record(record, field);
  element.base = structs == nullptr ? 0 : data::element_base(*structs, index / inner);
  element.index = field.is_array ? index % inner : 0;
  element.size = field.is_array ? field.stride : field.size;
  element.offset = field.offset + element.base + element.index * field.stride;
  return Host::kDone;
}

// The record to write an element to: the list's own memory, or the record itself.
data::Record& target(Element& element) {
  return element.field->is_list ? element.view : *element.ref.record;
}

}  // namespace

void field_length(Host& host, uint64_t* slots) {
  Object* object = field_object(host, slots[0]);
  RecordRef ref = object == nullptr ? RecordRef{} : host.find_record(low(slots[1]), object->source);
  if (ref.record == nullptr || !has_bytes(*ref.record, *object->source, *object->field)) {
    slots[0] = host.fail(Code::kBadHandle, "fieldLength", "the arguments are no field and data of its data source");
    return;
  }
  bool done = host.memory().put(low(slots[2]), data::element_count(*ref.record, *object->field));
  slots[0] = done ? Host::kDone : host.fail(Code::kMemory, "fieldLength", "the address is outside of the memory");
}

void field_set_length(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "fieldSetLength";
  Object* object = field_object(host, slots[0]);
  RecordRef ref = object == nullptr ? RecordRef{} : host.find_record(low(slots[1]), object->source);
  uint32_t length = low(slots[2]);
  if (ref.record == nullptr || !has_bytes(*ref.record, *object->source, *object->field)) {
    slots[0] = host.fail(Code::kBadHandle, kName, "the arguments are no field and data of its data source");
  } else if (!object->field->is_list) {
    slots[0] = host.fail(Code::kUnsupported, kName, "field " + object->field->full_name + " is no list");
  } else if (length > limits::kArrayElements) {
    slots[0] = host.fail(Code::kLimit, kName, "a list has at most 65536 elements");
  } else {
    size_t bytes = size_t{length} * object->field->stride;
    if (!host.charge(*ref.packet, bytes)) {
      slots[0] = host.fail(Code::kLimit, kName, "the module made more data than the host keeps for one batch");
      return;
    }
    uint8_t* elements = allocate_aligned(*ref.packet->batch->arena, bytes);
    if (bytes > 0) std::memset(elements, 0, bytes);
    data::store(*ref.record, *object->field, data::Text{reinterpret_cast<const char*>(elements), length});
    slots[0] = Host::kDone;
  }
}

void element_get(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "elementGet";
  Element element;
  uint32_t kind = low(slots[3]);
  uint64_t code = find_element(host, kName, slots, element);
  if (code == Host::kDone) {
    uint32_t size = scalar_size(*element.field);
    if (kind > 11 || size == 0 || data::kind_size(static_cast<Kind>(kind)) != size) {
      code = host.fail(Code::kUnsupported, kName, "field " + element.field->full_name + ": the kind does not fit");
    } else {
      uint64_t value = read_scalar_bits(element.view, *element.field, element.index, element.base);
      if (!host.memory().put(low(slots[4]), value)) {
        code = host.fail(Code::kMemory, kName, "the address is outside of the memory");
      }
    }
  }
  slots[0] = code;
}

void element_set(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "elementSet";
  Element element;
  uint32_t kind = low(slots[3]);
  uint64_t code = find_element(host, kName, slots, element);
  if (code == Host::kDone) {
    uint32_t size = scalar_size(*element.field);
    if (kind > 11 || size == 0 || data::kind_size(static_cast<Kind>(kind)) != size) {
      code = host.fail(Code::kUnsupported, kName, "field " + element.field->full_name + ": the kind does not fit");
    } else {
      write_scalar(*element.ref.packet, target(element), *element.field, slots[4], element.offset);
    }
  }
  slots[0] = code;
}

void element_get_buffer(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "elementGetBuffer";
  Element element;
  uint64_t code = find_element(host, kName, slots, element);
  if (code == Host::kDone) {
    const data::Field& field = *element.field;
    if (field.kind < Kind::kString) {
      code = host.fail(Code::kUnsupported, kName, "field " + field.full_name + " has numbers");
    } else {
      code = host.put_text(kName, data::read_text(element.view, field, element.index, element.base), slots[3], slots[4]);
    }
  }
  slots[0] = code;
}

void element_set_buffer(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "elementSetBuffer";
  Element element;
  auto bytes = host.memory().text(slots[3]);
  uint64_t code = find_element(host, kName, slots, element);
  if (code == Host::kDone) {
    const data::Field& field = *element.field;
    if (!bytes) {
      code = host.fail(Code::kMemory, kName, "the value is outside of the memory");
    } else if (field.kind < Kind::kString || field.is_struct()) {
      code = host.fail(Code::kUnsupported, kName, "field " + field.full_name + " has numbers");
    } else if (const char* why = write_bytes(host, *element.ref.packet, target(element), field, *bytes, element.offset,
                                             element.size);
               why != nullptr) {
      code = host.fail(Code::kInvalid, kName, "field " + field.full_name + ": " + why);
    }
  }
  slots[0] = code;
}

}  // namespace gadgetry::wasm::fn
