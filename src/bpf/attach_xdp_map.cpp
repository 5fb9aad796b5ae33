// xdp/cpumap, xdp/devmap: programs that run for packets that the entries of a map redirect: the entry holds
// the program.
//
// attach_to names the entry: "MAP[:KEY]" for a cpumap (the key is the CPU), "MAP:KEY:INTERFACE" for a devmap.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <net/if.h>

#include <cerrno>

#include "base/strings.hpp"
#include "bpf/attach_families.hpp"

namespace gadgetry::bpf {
namespace {

constexpr uint32_t kQueuePackets = 512;  // of a CPU that gets packets, unless the entry says something else

struct Entry {
  const bpf_map* map = nullptr;
  uint32_t key = 0;
  std::string interface;
};

bool is_of_family(const bpf_map* map, const ProgramFamily& family) {
  bpf_map_type type = bpf_map__type(map);
  if (family.attach_type == BPF_XDP_CPUMAP) return type == BPF_MAP_TYPE_CPUMAP;
  return type == BPF_MAP_TYPE_DEVMAP || type == BPF_MAP_TYPE_DEVMAP_HASH;
}

base::Result<const bpf_map*> find_map(const AttachRequest& request, std::string_view name) {
  const bpf_map* map = nullptr;
  bpf_object__for_each_map(map, request.object) {
    if (is_of_family(map, request.family) && (name.empty() || name == bpf_map__name(map))) return map;
  }
  std::string kind = request.family.attach_type == BPF_XDP_CPUMAP ? "cpumap" : "devmap";
  std::string which = name.empty() ? "" : " '" + base::printable(name) + "'";
  return base::Error("the gadget has no " + kind + which)
      .with_hint("attach_to is MAP:KEY, with :INTERFACE for a devmap");
}

base::Result<Entry> find_entry(const AttachRequest& request) {
  constexpr size_t kParts = 3;
  auto parts = base::split(request.target, ':');
  if (parts.size() > kParts) return base::Error("'" + base::printable(request.target) + "' has too many ':'");
  Entry entry;
  GADGETRY_ASSIGN(entry.map, find_map(request, parts.empty() ? std::string_view() : parts[0]));
  if (parts.size() > 1) {
    auto key = base::parse_int<uint32_t>(parts[1]);
    if (!key) return base::Error("'" + base::printable(parts[1]) + "' is no key of a map");
    entry.key = *key;
  }
  if (parts.size() > 2) entry.interface = parts[2];
  return entry;
}

base::Status check_value(const Entry& entry, size_t size) {
  if (bpf_map__value_size(entry.map) == size) return {};
  return base::Error("the values of map '" + base::printable(bpf_map__name(entry.map)) +
                     "' have no room for a program")
      .with_hint("declare them as struct bpf_cpumap_val or struct bpf_devmap_val");
}

// The number of the interface in the first namespace the user named, else in ours: as the kernel looks it up
// there.
base::Status update_entry(const AttachRequest& request, const Entry& entry,
                          const std::function<base::Status()>& fill, const void* value) {
  base::Fd space;
  if (!request.options.scope.net_namespaces.empty()) {
    GADGETRY_ASSIGN(space, base::open_file(request.options.scope.net_namespaces.front(), O_RDONLY));
  }
  return in_net_namespace(space, [&]() -> base::Status {
    GADGETRY_TRY(fill());
    if (bpf_map_update_elem(bpf_map__fd(entry.map), &entry.key, value, BPF_ANY) == 0) return {};
    return base::Error::system(
        "entry " + std::to_string(entry.key) + " of map '" + base::printable(bpf_map__name(entry.map)) + "'",
        errno);
  });
}

base::Status set_cpu(const AttachRequest& request, const Entry& entry) {
  bpf_cpumap_val value{};
  GADGETRY_TRY(check_value(entry, sizeof(value)));
  auto fill = [&]() -> base::Status {
    bool is_set = bpf_map_lookup_elem(bpf_map__fd(entry.map), &entry.key, &value) == 0 && value.qsize != 0;
    if (!is_set) value.qsize = kQueuePackets;
    value.bpf_prog.fd = bpf_program__fd(request.program);
    return {};
  };
  return update_entry(request, entry, fill, &value);
}

base::Status set_device(const AttachRequest& request, const Entry& entry) {
  bpf_devmap_val value{};
  GADGETRY_TRY(check_value(entry, sizeof(value)));
  auto fill = [&]() -> base::Status {
    if (entry.interface.empty()) {
      if (bpf_map_lookup_elem(bpf_map__fd(entry.map), &entry.key, &value) != 0) {
        return base::Error("no interface is named for the entry of the devmap")
            .with_hint("attach_to is MAP:KEY:INTERFACE");
      }
    } else {
      value.ifindex = if_nametoindex(entry.interface.c_str());
      if (value.ifindex == 0) {
        return base::Error("there is no network interface '" + base::printable(entry.interface) + "'",
                           base::ErrorKind::kNotFound);
      }
    }
    value.bpf_prog.fd = bpf_program__fd(request.program);
    return {};
  };
  return update_entry(request, entry, fill, &value);
}

}  // namespace

base::Result<std::vector<Link>> attach_xdp_map(const AttachRequest& request) {
  GADGETRY_ASSIGN(Entry entry, find_entry(request));
  bool is_cpu = request.family.attach_type == BPF_XDP_CPUMAP;
  GADGETRY_TRY(is_cpu ? set_cpu(request, entry) : set_device(request, entry));
  std::vector<Link> links;
  int map = bpf_map__fd(entry.map);
  links.emplace_back(request.name,
                     "entry " + std::to_string(entry.key) + " of map " + bpf_map__name(entry.map),
                     [map, key = entry.key] { (void)bpf_map_delete_elem(map, &key); });
  return links;
}

}  // namespace gadgetry::bpf
