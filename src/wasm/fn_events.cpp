// Data sources, subscriptions, packets and arrays.
#include <algorithm>

#include "base/limits.hpp"
#include "wasm/field_access.hpp"
#include "wasm/host.hpp"

namespace gadgetry::wasm::fn {
namespace {

constexpr uint64_t kFailed = 1;
constexpr uint32_t kRowBit = 0x80000000u;
constexpr uint32_t kRowsMax = 0x7fff;  // that dataArrayGet can name

uint32_t low(uint64_t slot) {
  return static_cast<uint32_t>(slot);
}

data::DataSource* source_of(Host& host, uint64_t slot) {
  Object* object = host.handles().find(low(slot), ObjectType::kSource);
  return object == nullptr ? nullptr : object->source;
}

data::DataSource* find_source(Host& host, std::string_view name) {
  for (data::DataSource* source : host.environment().sources()) {
    if (source->name() == name) return source;
  }
  return nullptr;
}

// The packet of an array data source behind a handle.
Packet* array_of(Host& host, uint64_t slot) {
  Packet* packet = host.find_packet(low(slot));
  return packet != nullptr && packet->source->type() == data::SourceType::kArray ? packet : nullptr;
}

uint64_t add_handle(Host& host, std::string_view function, Object object) {
  uint32_t handle = host.handles().add(std::move(object));
  return handle != 0 ? handle : host.fail_v1(0, function, "too many open handles");
}

uint64_t new_packet(Host& host, std::string_view function, uint64_t slot, data::SourceType type) {
  data::DataSource* source = source_of(host, slot);
  if (source == nullptr) return host.fail_v1(0, function, "the argument is no data source");
  if (source->type() != type) return host.fail_v1(0, function, "data source " + source->name() + " has the other type");
  Packet* packet = host.new_packet(*source);
  if (packet == nullptr) return host.fail_v1(0, function, "too many packets");
  if (type == data::SourceType::kSingle) {
    if (!host.charge(*packet, record_bytes(*source))) {
      host.free_packet(packet);
      return host.fail_v1(0, function, "the packets take too much memory");
    }
    packet->batch->records.push_back(new_record(*packet));
  }
  uint64_t handle = add_handle(host, function, {.type = ObjectType::kPacket, .source = source, .packet = packet});
  if (handle == 0) host.free_packet(packet);
  return handle;
}

}  // namespace

void new_data_source(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "newDataSource";
  auto name = host.memory().text(slots[0]);
  uint32_t type = low(slots[1]);
  if (!name || name->empty() || name->size() > limits::kWasmTextBytes) {
    slots[0] = host.fail_v1(0, kName, "the name is empty or outside of the memory");
  } else if (type != 1 && type != 2) {
    slots[0] = host.fail_v1(0, kName, "the type must be 1 or 2, not " + std::to_string(type));
  } else if (host.phase() != Phase::kInit) {
    slots[0] = host.fail_v1(0, kName, "only gadgetInit may make data sources");
  } else if (!host.keep(sizeof(data::DataSource) + name->size())) {
    slots[0] = host.fail_v1(0, kName, "the module makes the host keep too much");
  } else {
    auto source = host.environment().new_source(*name, static_cast<data::SourceType>(type));
    slots[0] = source.ok() ? add_handle(host, kName, {.type = ObjectType::kSource, .source = *source})
                           : host.fail_v1(0, kName, source.error().text());
  }
}

void get_data_source(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "getDataSource";
  auto name = host.memory().text(slots[0]);
  data::DataSource* source = name ? find_source(host, *name) : nullptr;
  if (source == nullptr || !source->is_referenced()) {
    slots[0] = host.fail_v1(0, kName, !name ? "the name is outside of the memory"
                                            : "there is no data source " + std::string(name->substr(0, 256)));
    return;
  }
  slots[0] = add_handle(host, kName, {.type = ObjectType::kSource, .source = source});
}

void data_source_subscribe(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "dataSourceSubscribe";
  data::DataSource* source = source_of(host, slots[0]);
  uint32_t type = low(slots[1]);
  if (source == nullptr) {
    slots[0] = host.fail_v1(kFailed, kName, "the first argument is no data source");
  } else if (!host.has_export(Host::Export::kData)) {
    slots[0] = host.fail_v1(kFailed, kName, "the module has no function dataSourceCallback");
  } else if (type < 1 || type > 3) {
    slots[0] = host.fail_v1(kFailed, kName, "the type must be 1, 2 or 3, not " + std::to_string(type));
  } else if (type == 2 && source->type() != data::SourceType::kArray) {
    slots[0] = host.fail_v1(kFailed, kName, "data source " + source->name() + " has no arrays");
  } else if (host.phase() > Phase::kStart) {
    slots[0] = host.fail_v1(kFailed, kName, "only gadgetInit, gadgetPreStart and gadgetStart may subscribe");
  } else {
    auto done = host.subscribe({.source = source,
                                .type = static_cast<Subscription::Type>(type),
                                .priority = static_cast<int32_t>(low(slots[2])),
                                .callback = slots[3]});
    slots[0] = done.ok() ? 0 : host.fail_v1(kFailed, kName, done.error().text());
  }
}

void data_source_new_packet_single(Host& host, uint64_t* slots) {
  slots[0] = new_packet(host, "dataSourceNewPacketSingle", slots[0], data::SourceType::kSingle);
}

void data_source_new_packet_array(Host& host, uint64_t* slots) {
  slots[0] = new_packet(host, "dataSourceNewPacketArray", slots[0], data::SourceType::kArray);
}

void data_source_emit_and_release(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "dataSourceEmitAndRelease";
  data::DataSource* source = source_of(host, slots[0]);
  Packet* packet = host.find_packet(low(slots[1]));
  if (source == nullptr || packet == nullptr || packet->source != source) {
    slots[0] = host.fail_v1(kFailed, kName, "the arguments are no data source and a packet of it");
    return;
  }
  if (packet->is_live) {
    slots[0] = host.fail_v1(kFailed, kName, "an event that a callback got is on its way already");
    return;
  }
  // Callbacks that see the events must not get at the packet: its memory is in use.
  std::unique_ptr<Packet> taken = host.take_packet(packet);
  base::Status status;
  if (host.phase() <= Phase::kPreStart || host.phase() >= Phase::kPostStop) {
    status = base::Error("before gadgetStart and after gadgetStop nobody takes events");
  } else {
    host.pay(500 + 4 * taken->batch->records.size());
    status = host.environment().emit(*taken);
  }
  // A callback trapped: the module is switched off, so this call of it ends, too.
  if (host.phase() > Phase::kPreStart && !host.active()) host.trap_after_call();
  slots[0] = status.ok() ? 0 : host.fail_v1(kFailed, kName, status.error().text());
}

void data_source_release(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "dataSourceRelease";
  data::DataSource* source = source_of(host, slots[0]);
  Packet* packet = host.find_packet(low(slots[1]));
  if (source == nullptr || packet == nullptr || packet->source != source || packet->is_live) {
    slots[0] = host.fail_v1(kFailed, kName, "the arguments are no data source and a packet that was made for it");
    return;
  }
  host.free_packet(packet);
  slots[0] = 0;
}

void data_source_unreference(Host& host, uint64_t* slots) {
  data::DataSource* source = source_of(host, slots[0]);
  if (source == nullptr) {
    slots[0] = host.fail_v1(kFailed, "dataSourceUnreference", "the argument is no data source");
    return;
  }
  source->unreference();
  slots[0] = 0;
}

void data_source_is_referenced(Host& host, uint64_t* slots) {
  data::DataSource* source = source_of(host, slots[0]);
  slots[0] = source == nullptr ? host.fail_v1(2, "dataSourceIsReferenced", "the argument is no data source")
                               : (source->is_referenced() ? 1u : 0u);
}

void data_array_new(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "dataArrayNew";
  Packet* packet = array_of(host, slots[0]);
  if (packet == nullptr) {
    slots[0] = host.fail_v1(0, kName, "the argument is no array");
    return;
  }
  if (!host.charge(*packet, record_bytes(*packet->source))) {
    slots[0] = host.fail_v1(0, kName, "the packets take too much memory");
    return;
  }
  packet->loose.push_back(new_record(*packet));
  slots[0] = add_handle(host, kName,
                        {.type = ObjectType::kLooseRow,
                         .source = packet->source,
                         .packet = packet,
                         .record = &packet->loose.back()});
}

void data_array_append(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "dataArrayAppend";
  Packet* packet = array_of(host, slots[0]);
  Object* row = host.handles().find(low(slots[1]), ObjectType::kLooseRow);
  if (packet == nullptr || row == nullptr || row->packet != packet) {
    slots[0] = host.fail_v1(kFailed, kName, "the arguments are no array and a row made for it");
    return;
  }
  packet->batch->records.push_back(*row->record);
  host.handles().remove(low(slots[1]));
  slots[0] = 0;
}

void data_array_release(Host& host, uint64_t* slots) {
  Packet* packet = array_of(host, slots[0]);
  Object* row = host.handles().find(low(slots[1]), ObjectType::kLooseRow);
  if (packet == nullptr || row == nullptr || row->packet != packet) {
    slots[0] = host.fail_v1(kFailed, "dataArrayRelease", "the arguments are no array and a row made for it");
    return;
  }
  host.handles().remove(low(slots[1]));
  slots[0] = 0;
}

void data_array_len(Host& host, uint64_t* slots) {
  Packet* packet = array_of(host, slots[0]);
  slots[0] = packet == nullptr ? host.fail_v1(0, "dataArrayLen", "the argument is no array")
                               : packet->batch->records.size();
}

void data_array_get(Host& host, uint64_t* slots) {
  Packet* packet = array_of(host, slots[0]);
  uint32_t index = low(slots[1]);
  if (packet == nullptr || index >= packet->batch->records.size() || index > kRowsMax) {
    slots[0] = host.fail_v1(0, "dataArrayGet", packet == nullptr ? "the argument is no array" : "there is no such row");
    return;
  }
  slots[0] = kRowBit | index << 16 | low(slots[0]);
}

// ---- gadget_v2 ----

void data_drop(Host& host, uint64_t* slots) {
  uint32_t handle = low(slots[0]);
  // A whole array, or one record.
  Packet* packet = (handle & kRowBit) != 0 ? nullptr : host.find_packet(handle);
  if (packet != nullptr && packet->is_live) {
    for (data::Record& record : packet->batch->records) record.flags |= data::kRecordDropped;
    slots[0] = Host::kDone;
    return;
  }
  RecordRef ref = host.find_record(handle, nullptr);
  if (ref.record == nullptr || !ref.packet->is_live) {
    slots[0] = host.fail(Code::kBadHandle, "dataDrop", "the argument is no event that a callback has");
    return;
  }
  ref.record->flags |= data::kRecordDropped;
  slots[0] = Host::kDone;
}

namespace {

// Reads the entries of a view and writes back where their columns are.
uint64_t fill_view(Host& host, uint32_t address, uint32_t count, const data::DataSource& source, BatchView& view) {
  constexpr std::string_view kName = "subscribeBatch";
  GuestMemory& memory = host.memory();
  if (count > kViewColumnsMax) return host.fail(Code::kLimit, kName, "a view has at most 256 fields");
  if (memory.range(address, uint64_t{count} * kViewEntryBytes) == nullptr) {
    return host.fail(Code::kMemory, kName, "the view is outside of the memory");
  }
  for (uint32_t i = 0; i < count; i++) {
    uint32_t entry = address + i * kViewEntryBytes;
    Object* object = host.handles().find(memory.get<uint32_t>(entry).value_or(0), ObjectType::kField);
    uint32_t flags = memory.get<uint32_t>(entry + 4).value_or(0);
    if (object == nullptr || object->source != &source) {
      return host.fail(Code::kBadHandle, kName, "entry " + std::to_string(i) + " of the view is no field of the data source");
    }
    if (is_array_member(source, *object->field)) {
      return host.fail(Code::kUnsupported, kName, object->field->full_name + " is a member of an array: see elementGet");
    }
    if (object->field->is_struct() && object->field->kind != data::Kind::kBytes) {
      return host.fail(Code::kUnsupported, kName, object->field->full_name + " has no bytes of its own");
    }
    if ((flags & ~kViewWritable) != 0) return host.fail(Code::kInvalid, kName, "unknown flags in the view");
    view.add(*object->field, (flags & kViewWritable) != 0);
    memory.put(entry + 8, view.columns.back().offset);
    memory.put(entry + 12, view.columns.back().size);
  }
  return Host::kDone;
}

}  // namespace

void subscribe_batch(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "subscribeBatch";
  data::DataSource* source = source_of(host, slots[0]);
  BufferRef buffer(slots[5]);
  uint32_t stride_address = low(slots[6]);
  if (source == nullptr) {
    slots[0] = host.fail(Code::kBadHandle, kName, "the first argument is no data source");
  } else if (!host.has_export(Host::Export::kBatch)) {
    slots[0] = host.fail(Code::kInvalid, kName, "the module has no function gadgetBatch");
  } else if (host.phase() > Phase::kPreStart) {
    slots[0] = host.fail(Code::kState, kName, "only gadgetInit and gadgetPreStart may subscribe");
  } else if (buffer.size < kViewBufferMin || buffer.address % 8 != 0) {
    slots[0] = host.fail(Code::kTooSmall, kName, "the buffer needs at least 4096 bytes, at an address divisible by 8");
  } else if (host.memory().range(buffer.address, buffer.size) == nullptr ||
             host.memory().range(stride_address, 4) == nullptr) {
    slots[0] = host.fail(Code::kMemory, kName, "the buffer or the address of the stride is outside of the memory");
  } else {
    Subscription subscription{.source = source,
                              .type = Subscription::Type::kBatch,
                              .priority = static_cast<int32_t>(low(slots[1])),
                              .callback = slots[2]};
    uint64_t code = fill_view(host, low(slots[3]), low(slots[4]), *source, subscription.view);
    if (code == Host::kDone && subscription.view.stride > buffer.size / 2) {
      code = host.fail(Code::kTooSmall, kName, "the buffer must have room for two records and their text");
    }
    if (code == Host::kDone) {
      subscription.view.buffer = buffer.address;
      subscription.view.buffer_size = buffer.size & ~7u;
      host.memory().put(stride_address, subscription.view.stride);
      auto done = host.subscribe(std::move(subscription));
      if (!done.ok()) code = host.fail(kName, done.error(), Code::kLimit);
    }
    slots[0] = code;
  }
}

}  // namespace gadgetry::wasm::fn
