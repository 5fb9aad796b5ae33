// Module gadget_v2: what version 1 lacks for maps.
#include <bpf/bpf.h>
#include <linux/bpf.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.hpp"
#include "wasm/errno_code.hpp"
#include "wasm/host.hpp"
#include "wasm/maps.hpp"
#include "wasm/maps_fn.hpp"

namespace gadgetry::wasm::fn {
namespace {

constexpr int kNotSupported = 524;  // the kernel's ENOTSUPP
constexpr uint32_t kBatchDelete = 1;

Code code_of(int error) {
  switch (error) {
    case kNotSupported:
      return Code::kUnsupported;
    case E2BIG:
      return Code::kLimit;
    case EBUSY:
    case EINTR:
      return Code::kAgain;
    default:
      return code_of_errno(error);
  }
}

uint64_t fail_errno(Host& host, std::string_view function, int error) {
  return host.fail(code_of(error), function, errno_text(error));
}

uint64_t outside(Host& host, std::string_view function) {
  return host.fail(Code::kMemory, function, "an address outside of the memory");
}

// The map behind slots[0] if its contents may be accessed; else null, and slots[0] is the result.
KernelMap* map_of(Host& host, uint64_t* slots, std::string_view function, MapAccess access) {
  auto handle = static_cast<uint32_t>(slots[0]);
  auto* map = host.handles().resource<KernelMap>(handle, ObjectType::kMap);
  if (map == nullptr) {
    slots[0] = host.fail(Code::kBadHandle, function, "handle " + std::to_string(handle) + " is no map");
    return nullptr;
  }
  if (std::string_view why = map->refusal(access); !why.empty()) {
    slots[0] = host.fail(Code::kUnsupported, function, why);
    return nullptr;
  }
  return map;
}

// As map_of, for functions that give values as they are: those of maps of maps would be numbers of maps.
KernelMap* value_map_of(Host& host, uint64_t* slots, std::string_view function, MapAccess access) {
  KernelMap* map = map_of(host, slots, function, access);
  if (map == nullptr || !map->is_map_of_maps()) return map;
  slots[0] = host.fail(Code::kUnsupported, function, "not for maps of maps");
  return nullptr;
}

// The key at slots[1], null for maps without keys; else nothing, and slots[0] is the result.
std::optional<const char*> key_of(Host& host, uint64_t* slots, std::string_view function,
                                  const KernelMap& map) {
  auto key = host.memory().text(slots[1]);
  if (!key) {
    slots[0] = outside(host, function);
    return std::nullopt;
  }
  if (key->size() != map.key_size()) {
    slots[0] = host.fail(Code::kInvalid, function, size_mismatch("a key", key->size(), map.key_size()));
    return std::nullopt;
  }
  return key->empty() ? nullptr : key->data();
}

// At least `needed` bytes of the guest; else null, and slots[0] is the result.
uint8_t* room_of(Host& host, uint64_t* slots, std::string_view function, uint64_t ref, uint64_t needed) {
  auto room = host.memory().buffer(ref);
  if (!room) {
    slots[0] = outside(host, function);
    return nullptr;
  }
  if (room->size() < needed || room->empty()) {
    slots[0] = host.fail(Code::kTooSmall, function, size_mismatch("a buffer", room->size(), needed));
    return nullptr;
  }
  return room->data();
}

struct Batch {
  uint32_t cursor = 0;
  uint32_t count = 0;
  uint8_t* keys = nullptr;
  uint8_t* values = nullptr;
};

// The arguments of mapLookupBatch; else nothing, and slots[0] is the result.
std::optional<Batch> read_batch(Host& host, uint64_t* slots, const KernelMap& map) {
  constexpr std::string_view kName = "mapLookupBatch";
  auto cursor = host.memory().get<uint32_t>(static_cast<uint32_t>(slots[1]));
  auto count = host.memory().get<uint32_t>(static_cast<uint32_t>(slots[4]));
  if (!cursor || !count) {
    slots[0] = outside(host, kName);
    return std::nullopt;
  }
  if (*count == 0 || (slots[5] & UINT32_MAX) > kBatchDelete) {
    slots[0] = host.fail(Code::kInvalid, kName, *count == 0 ? "count is 0" : "unknown flags");
    return std::nullopt;
  }
  if (map.key_size() == 0) {
    slots[0] = host.fail(Code::kUnsupported, kName, "the map has no keys");
    return std::nullopt;
  }
  if (map.element_bytes() > UINT32_MAX) {
    slots[0] = host.fail(Code::kTooSmall, kName, "an element is larger than a buffer can be");
    return std::nullopt;
  }
  Batch batch{.cursor = *cursor, .count = *count};
  batch.keys = room_of(host, slots, kName, slots[2], uint64_t{*count} * map.key_size());
  if (batch.keys == nullptr) return std::nullopt;
  batch.values = room_of(host, slots, kName, slots[3], uint64_t{*count} * map.element_bytes());
  if (batch.values == nullptr) return std::nullopt;
  return batch;
}

}  // namespace

void map_next_key(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "mapNextKey";
  KernelMap* map = map_of(host, slots, kName, MapAccess::kRead);
  if (map == nullptr) return;
  const char* key = nullptr;
  if (BufferRef(slots[1]).size != 0) {
    auto given = key_of(host, slots, kName, *map);
    if (!given) return;
    key = *given;
  }
  if (map->key_size() == 0) {
    slots[0] = host.fail(Code::kUnsupported, kName, "the map has no keys");
    return;
  }
  uint8_t* next = room_of(host, slots, kName, slots[2], map->key_size());
  if (next == nullptr) return;
  host.pay(kCallFuel + map->key_size() / kBytesPerFuel);
  slots[0] = Host::kDone;
  if (bpf_map_get_next_key(map->fd(), key, next) == 0) return;
  bool is_end = errno == ENOENT;
  slots[0] = is_end ? static_cast<uint64_t>(Code::kEnd) : fail_errno(host, kName, errno);
}

void map_lookup_and_delete(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "mapLookupAndDelete";
  KernelMap* map = value_map_of(host, slots, kName, MapAccess::kWrite);
  if (map == nullptr) return;
  auto key = key_of(host, slots, kName, *map);
  if (!key) return;
  uint8_t* value = room_of(host, slots, kName, slots[2], map->element_bytes());
  if (value == nullptr) return;
  host.pay(kCallFuel + map->element_bytes() / kBytesPerFuel);
  bool done = bpf_map_lookup_and_delete_elem(map->fd(), *key, value) == 0;
  slots[0] = done ? Host::kDone : fail_errno(host, kName, errno);
}

void map_lookup_batch(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "mapLookupBatch";
  bool remove = (slots[5] & kBatchDelete) != 0;
  KernelMap* map = value_map_of(host, slots, kName, remove ? MapAccess::kWrite : MapAccess::kRead);
  if (map == nullptr) return;
  std::optional<Batch> batch = read_batch(host, slots, *map);
  if (!batch) return;
  uint32_t room = batch->count;
  int error = map->lookup_batch(batch->cursor, batch->keys, batch->values, batch->count, remove);
  uint64_t bytes = batch->count * (map->key_size() + map->element_bytes());
  host.pay(kCallFuel + bytes / kBytesPerFuel + uint64_t{batch->count} * 10);
  if (error == ENOSPC) {
    slots[0] =
        host.fail(Code::kTooSmall, kName,
                  "more than " + std::to_string(room) + " entries are read at once: offer room for more");
    return;
  }
  if (error == EINVAL) {
    slots[0] = host.fail(Code::kInvalid, kName, "the cursor is not one of this map");
    return;
  }
  if (error != 0 && error != ENOENT) {
    slots[0] = fail_errno(host, kName, error);
    return;
  }
  host.memory().put(static_cast<uint32_t>(slots[1]), batch->cursor);
  host.memory().put(static_cast<uint32_t>(slots[4]), batch->count);
  slots[0] = error == ENOENT ? static_cast<uint64_t>(Code::kEnd) : Host::kDone;
}

void map_lookup_cpu(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "mapLookupCpu";
  KernelMap* map = map_of(host, slots, kName, MapAccess::kRead);
  if (map == nullptr) return;
  if (!map->is_per_cpu()) {
    slots[0] = host.fail(Code::kUnsupported, kName, "the map has one value for all CPUs");
    return;
  }
  auto key = key_of(host, slots, kName, *map);
  if (!key) return;
  auto cpu = static_cast<uint32_t>(slots[2]);
  if (cpu >= map->cpus()) {
    slots[0] = host.fail(Code::kNotFound, kName, "there are " + std::to_string(map->cpus()) + " CPUs");
    return;
  }
  uint8_t* value = room_of(host, slots, kName, slots[3], map->value_size());
  if (value == nullptr) return;
  if (map->element_bytes() > limits::kWasmElementBytes) {
    slots[0] = host.fail(Code::kLimit, kName, "the values of all CPUs are too large");
    return;
  }
  host.pay(kCallFuel + map->element_bytes() / kBytesPerFuel);
  // Shared by all maps, so that many handles do not hold much memory.
  thread_local std::vector<uint8_t> element;
  if (element.size() < map->element_bytes()) element.resize(map->element_bytes());
  if (bpf_map_lookup_elem(map->fd(), *key, element.data()) != 0) {
    slots[0] = fail_errno(host, kName, errno);
    return;
  }
  std::memcpy(value, element.data() + cpu * map->stride(), map->value_size());
  slots[0] = Host::kDone;
}

void cpu_count(Host& host, uint64_t* slots) {
  auto address = static_cast<uint32_t>(slots[0]);
  auto cpus = possible_cpus();
  if (!cpus.ok()) {
    slots[0] = host.fail("cpuCount", cpus.error());
    return;
  }
  slots[0] = host.memory().put(address, *cpus) ? Host::kDone : outside(host, "cpuCount");
}

}  // namespace gadgetry::wasm::fn
