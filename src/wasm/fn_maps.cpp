// Module ig: maps of the kernel, and the filter by mount namespace.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string>

#include "base/limits.hpp"
#include "base/strings.hpp"
#include "wasm/host.hpp"
#include "wasm/maps.hpp"
#include "wasm/maps_fn.hpp"

namespace gadgetry::wasm::fn {
namespace {

constexpr uint64_t kFailed = 1;
constexpr uint64_t kUpdateFlagsMax = BPF_F_LOCK;
constexpr uint64_t kCreateFuel = 20'000;  // the kernel allocates, and the host looks at all handles

// Before gadgetStart the maps are not there; after gadgetStop all handles are closed.
bool is_started(const Host& host) {
  return host.phase() >= Phase::kStart && host.phase() <= Phase::kStop;
}

// A handle of the map, or 0 when there are too many.
uint32_t add_map(Host& host, std::unique_ptr<KernelMap> map) {
  Object object;
  object.type = ObjectType::kMap;
  object.resource = std::move(map);
  return host.handles().add(std::move(object));
}

// The map behind slots[0] if it may be accessed; else null, and slots[0] is the result.
KernelMap* map_of(Host& host, uint64_t* slots, std::string_view function, MapAccess access) {
  auto handle = static_cast<uint32_t>(slots[0]);
  auto* map = host.handles().resource<KernelMap>(handle, ObjectType::kMap);
  if (map == nullptr) {
    slots[0] = host.fail_v1(kFailed, function, "handle " + std::to_string(handle) + " is no map");
    return nullptr;
  }
  if (std::string_view why = map->refusal(access); !why.empty()) {
    slots[0] = host.fail_v1(kFailed, function, why);
    return nullptr;
  }
  return map;
}

// The key at slots[1], null for maps without keys; else nothing, and slots[0] is the result.
std::optional<const char*> key_of(Host& host, uint64_t* slots, std::string_view function,
                                  const KernelMap& map) {
  auto key = host.memory().text(slots[1]);
  std::string why;
  if (!key) {
    why = "the key is outside of the memory";
  } else if (key->size() != map.key_size()) {
    why = size_mismatch("a key", key->size(), map.key_size());
  } else {
    return key->empty() ? nullptr : key->data();
  }
  slots[0] = host.fail_v1(kFailed, function, why);
  return std::nullopt;
}

// Writes the handle of the inner map to `value`.
uint64_t lookup_map(Host& host, const KernelMap& map, const char* key, uint8_t* value) {
  constexpr std::string_view kName = "mapLookup";
  uint32_t id = 0;
  if (bpf_map_lookup_elem(map.fd(), key, &id) != 0) return host.fail_v1(kFailed, kName, errno_text(errno));
  host.pay(kCreateFuel);
  if (kernel_use(host.handles()).objects >= limits::kWasmMaps) {
    return host.fail_v1(kFailed, kName, "too many maps are open");
  }
  auto inner = KernelMap::open_id(id);
  if (!inner.ok()) return host.fail_v1(kFailed, kName, inner.error().text());
  uint32_t handle = add_map(host, std::move(inner).value());
  if (handle == 0) return host.fail_v1(kFailed, kName, "too many open handles");
  std::memcpy(value, &handle, sizeof(handle));
  return Host::kDone;
}

}  // namespace

void new_map(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "newMap";
  uint64_t name_ref = slots[0];
  slots[0] = 0;
  auto name = host.memory().text(name_ref);
  if (!name) {
    host.fail_v1(0, kName, "the name is outside of the memory");
    return;
  }
  if (host.phase() >= Phase::kPostStop) {
    host.fail_v1(0, kName, "there are no handles after gadgetStop");
    return;
  }
  MapSpec spec{.name = *name,
               .type = static_cast<uint32_t>(slots[1]),
               .key_size = static_cast<uint32_t>(slots[2]),
               .value_size = static_cast<uint32_t>(slots[3]),
               .max_entries = static_cast<uint32_t>(slots[4])};
  host.pay(kCreateFuel);
  KernelUse use = kernel_use(host.handles());
  if (use.objects >= limits::kWasmMaps) {
    host.fail_v1(0, kName, "a module has at most " + std::to_string(limits::kWasmMaps) + " maps");
    return;
  }
  auto map = KernelMap::create(spec, limits::kWasmKernelBytes - use.bytes);
  if (!map.ok()) {
    host.fail_v1(0, kName, base::printable(name->substr(0, 64)) + ": " + map.error().text());
    return;
  }
  host.pay((*map)->kernel_bytes() / kBytesPerFuel);
  slots[0] = add_map(host, std::move(map).value());
  if (slots[0] == 0) host.fail_v1(0, kName, "too many open handles");
}

void get_map(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "getMap";
  auto name = host.memory().text(slots[0]);
  slots[0] = 0;
  if (!name) {
    host.fail_v1(0, kName, "the name is outside of the memory");
    return;
  }
  bpf::Object* object = host.environment().object();
  if (!is_started(host) || object == nullptr) {
    host.fail_v1(0, kName,
                 object == nullptr ? "the gadget has no eBPF object" : "maps are there from gadgetStart on");
    return;
  }
  host.pay(kCallFuel);
  std::string text(name->substr(0, limits::kWasmTextBytes));
  const bpf_map* found = bpf_object__find_map_by_name(object->handle(), text.c_str());
  int fd = found == nullptr ? -1 : bpf_map__fd(found);
  if (fd < 0) {
    host.fail_v1(0, kName, "no map for name " + base::printable(text));
    return;
  }
  auto map = KernelMap::borrow(fd);
  if (!map.ok()) {
    host.fail_v1(0, kName, map.error().text());
    return;
  }
  slots[0] = add_map(host, std::move(map).value());
  if (slots[0] == 0) host.fail_v1(0, kName, "too many open handles");
}

void map_lookup(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "mapLookup";
  KernelMap* map = map_of(host, slots, kName, MapAccess::kRead);
  if (map == nullptr) return;
  auto key = key_of(host, slots, kName, *map);
  if (!key) return;
  auto value = host.memory().buffer(slots[2]);
  if (!value) {
    slots[0] = host.fail_v1(kFailed, kName, "the value is outside of the memory");
    return;
  }
  if (value->size() < map->element_bytes()) {
    slots[0] = host.fail_v1(kFailed, kName, size_mismatch("a value", value->size(), map->element_bytes()));
    return;
  }
  host.pay(kCallFuel + map->element_bytes() / kBytesPerFuel);
  if (map->is_map_of_maps()) {
    slots[0] = lookup_map(host, *map, *key, value->data());
    return;
  }
  bool found = bpf_map_lookup_elem(map->fd(), *key, value->data()) == 0;
  slots[0] = found ? Host::kDone : host.fail_v1(kFailed, kName, errno_text(errno));
}

void map_update(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "mapUpdate";
  uint64_t flags = slots[3];
  if (flags > kUpdateFlagsMax) {
    slots[0] = host.fail_v1(kFailed, kName, "flags " + std::to_string(flags) + " are more than 4");
    return;
  }
  KernelMap* map = map_of(host, slots, kName, MapAccess::kWrite);
  if (map == nullptr) return;
  auto key = key_of(host, slots, kName, *map);
  if (!key) return;
  auto value = host.memory().text(slots[2]);
  if (!value) {
    slots[0] = host.fail_v1(kFailed, kName, "the value is outside of the memory");
    return;
  }
  if (value->size() != map->element_bytes()) {
    slots[0] = host.fail_v1(kFailed, kName, size_mismatch("a value", value->size(), map->element_bytes()));
    return;
  }
  host.pay(kCallFuel + value->size() / kBytesPerFuel);
  int inner_fd = -1;
  const void* bytes = value->data();
  if (map->is_map_of_maps()) {
    uint32_t handle = 0;
    std::memcpy(&handle, value->data(), sizeof(handle));
    auto* inner = host.handles().resource<KernelMap>(handle, ObjectType::kMap);
    if (inner == nullptr) {
      slots[0] =
          host.fail_v1(kFailed, kName, "the value " + std::to_string(handle) + " is no handle of a map");
      return;
    }
    inner_fd = inner->fd();
    bytes = &inner_fd;
  }
  bool done = bpf_map_update_elem(map->fd(), *key, bytes, flags) == 0;
  slots[0] = done ? Host::kDone : host.fail_v1(kFailed, kName, errno_text(errno));
}

void map_delete(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "mapDelete";
  KernelMap* map = map_of(host, slots, kName, MapAccess::kWrite);
  if (map == nullptr) return;
  auto key = key_of(host, slots, kName, *map);
  if (!key) return;
  host.pay(kCallFuel);
  bool done = bpf_map_delete_elem(map->fd(), *key) == 0;
  slots[0] = done ? Host::kDone : host.fail_v1(kFailed, kName, errno_text(errno));
}

void map_release(Host& host, uint64_t* slots) {
  auto handle = static_cast<uint32_t>(slots[0]);
  auto* map = host.handles().resource<KernelMap>(handle, ObjectType::kMap);
  if (map == nullptr || !map->was_created()) {
    slots[0] =
        host.fail_v1(kFailed, "mapRelease", "handle " + std::to_string(handle) + " is no map made by newMap");
    return;
  }
  host.pay(kCallFuel);
  host.handles().remove(handle);
  slots[0] = Host::kDone;
}

void should_discard_mntns_id(Host& host, uint64_t* slots) {
  uint64_t id = slots[0];
  slots[0] = 0;
  int fd = is_started(host) ? host.environment().mntns_filter_map() : -1;
  if (fd < 0) return;
  host.pay(kCallFuel);
  bpf_map_info info{};
  uint32_t size = sizeof(info);
  uint64_t value = 0;
  if (bpf_obj_get_info_by_fd(fd, &info, &size) != 0 || info.key_size != sizeof(id) ||
      info.value_size > sizeof(value)) {
    return;
  }
  slots[0] = bpf_map_lookup_elem(fd, &id, &value) != 0 && errno == ENOENT ? 1 : 0;
}

}  // namespace gadgetry::wasm::fn
