#include "bpf/place.hpp"

#include <fcntl.h>
#include <fnmatch.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <linux/magic.h>

#include <algorithm>
#include <optional>
#include <set>
#include <system_error>
#include <thread>

#include "base/strings.hpp"
#include "sys/containers.hpp"
#include "sys/links.hpp"
#include "sys/namespaces.hpp"

namespace gadgetry::bpf {
namespace {

bool is_pattern(const std::string& text) {
  return text.find_first_of("*?[") != std::string::npos;
}

std::string short_id(const std::string& id) {
  constexpr size_t kShown = 12;
  return base::printable(id.substr(0, kShown));
}

uint32_t inode_of(const base::Fd& file) {
  struct stat info{};
  return fstat(file.get(), &info) == 0 ? static_cast<uint32_t>(info.st_ino) : 0;
}

// Numbers of namespaces fit into 32 bits. 0: not known.
uint32_t own_net_ns() {
  auto inode = sys::own_namespace(sys::NamespaceType::kNet);
  return inode.ok() ? static_cast<uint32_t>(*inode) : 0;
}

std::string proc_file(pid_t pid, const char* name) {
  return "/proc/" + std::to_string(pid) + "/" + name;
}

base::Result<std::vector<sys::Container>> selected_containers(const Scope& scope) {
  GADGETRY_ASSIGN(auto all, sys::list_containers());
  std::erase_if(all, [&](const sys::Container& one) { return !sys::matches(one, scope.container_pattern); });
  return all;
}

// A network namespace that was named, or that of a container.
struct NetNs {
  base::Fd file;  // empty: that of this process
  std::string name;
  bool is_found = false;
  bool is_container = false;
};

base::Result<std::vector<NetNs>> net_namespaces(const Scope& scope) {
  std::vector<NetNs> out;
  for (const std::string& path : scope.net_namespaces) {
    GADGETRY_ASSIGN(base::Fd file, base::open_file(path, O_RDONLY));
    out.push_back({.file = std::move(file), .name = path});
  }
  if (scope.containers) {
    GADGETRY_ASSIGN(auto containers, selected_containers(scope));
    uint64_t host = own_net_ns();
    for (const sys::Container& one : containers) {
      if (one.net_ns == host) continue;  // shares the host's network
      auto file = base::open_file(proc_file(one.pid, "ns/net"), O_RDONLY);
      if (!file.ok()) continue;  // it has just ended
      out.push_back({.file = std::move(file).value(),
                     .name = "container " + short_id(one.id),
                     .is_found = true,
                     .is_container = true});
    }
  }
  if (scope.net_namespaces.empty() && !scope.containers) out.push_back({.file = {}, .name = "this host"});
  return out;
}

base::Result<std::vector<Place>> net_places(const Scope& scope) {
  GADGETRY_ASSIGN(auto namespaces, net_namespaces(scope));
  std::vector<Place> out;
  std::set<uint32_t> known;
  for (NetNs& one : namespaces) {
    Place place{.kind = PlaceKind::kNetNamespace, .is_found = one.is_found};
    place.net_ns_id = one.file ? inode_of(one.file) : own_net_ns();
    if (!known.insert(place.net_ns_id).second) continue;
    place.name = one.name;
    place.key = "netns:" + std::to_string(place.net_ns_id);
    place.net_ns = std::move(one.file);
    out.push_back(std::move(place));
  }
  return out;
}

Place interface_place(const sys::NetworkLink& link, uint32_t net_ns_id, const std::string& name,
                      bool is_peer) {
  return {.kind = PlaceKind::kInterface,
          .name = name,
          .key = "if:" + std::to_string(net_ns_id) + ":" + std::to_string(link.ifindex),
          .net_ns_id = net_ns_id,
          .ifindex = link.ifindex,
          .interface = link.name,
          .is_peer = is_peer};
}

// Which interfaces of a namespace are meant. A name that is not there is an error, a pattern may match
// nothing.
base::Status choose_links(const Scope& scope, const std::vector<sys::NetworkLink>& links, const NetNs& space,
                          uint32_t id, std::vector<Place>& out) {
  auto add = [&](const sys::NetworkLink& link, bool is_found) -> base::Status {
    Place place = interface_place(link, id, base::printable(link.name), false);
    if (space.file) {
      place.net_ns = base::Fd(fcntl(space.file.get(), F_DUPFD_CLOEXEC, 0));
      if (!place.net_ns) return base::Error::system("network namespace", errno);
      place.name += " in " + space.name;
    }
    place.is_found = is_found || space.is_found;
    bool known =
        std::any_of(out.begin(), out.end(), [&](const Place& other) { return other.key == place.key; });
    if (!known) out.push_back(std::move(place));
    return {};
  };
  if (scope.interfaces.empty()) {
    for (const sys::NetworkLink& link : links) {
      if (link.is_up && !link.is_loopback) GADGETRY_TRY(add(link, true));
    }
  }
  for (const std::string& wanted : scope.interfaces) {
    bool found = false;
    for (const sys::NetworkLink& link : links) {
      bool is_it =
          is_pattern(wanted) ? fnmatch(wanted.c_str(), link.name.c_str(), 0) == 0 : link.name == wanted;
      if (!is_it) continue;
      found = true;
      GADGETRY_TRY(add(link, is_pattern(wanted)));
    }
    if (!found && !is_pattern(wanted)) {
      return base::Error("there is no network interface '" + base::printable(wanted) + "' in " + space.name,
                         base::ErrorKind::kNotFound)
          .with_hint("list them: ip link");
    }
  }
  return {};
}

// The host's ends of the interfaces of a container.
void peer_places(const NetNs& space, const std::vector<sys::NetworkLink>& inside,
                 const std::vector<sys::NetworkLink>& host, const Scope& scope, std::vector<Place>& out) {
  auto host_id = own_net_ns();
  for (const sys::NetworkLink& link : inside) {
    auto is_peer = [&](const sys::NetworkLink& other) {
      return link.peer_index != 0 && other.ifindex == link.peer_index && other.peer_index == link.ifindex;
    };
    auto peer = std::find_if(host.begin(), host.end(), is_peer);
    bool wanted = scope.interfaces.empty();
    for (const std::string& pattern : scope.interfaces) {
      wanted = wanted || fnmatch(pattern.c_str(), link.name.c_str(), 0) == 0;
    }
    if (peer == host.end() || !wanted) continue;
    Place place = interface_place(*peer, host_id, base::printable(link.name) + " of " + space.name, true);
    place.peer_net_ns_id = inode_of(space.file);
    place.is_found = true;
    out.push_back(std::move(place));
  }
}

base::Result<std::vector<Place>> interface_places(const Scope& scope) {
  GADGETRY_ASSIGN(auto namespaces, net_namespaces(scope));
  GADGETRY_ASSIGN(auto host, sys::list_links());
  std::vector<Place> out;
  for (const NetNs& space : namespaces) {
    std::vector<sys::NetworkLink> links;
    auto list = [&]() -> base::Status {
      GADGETRY_ASSIGN(links, sys::list_links());
      return {};
    };
    auto listed = in_net_namespace(space.file, list);
    if (!listed.ok() && space.is_found) continue;
    GADGETRY_TRY(std::move(listed));
    if (space.is_container) {
      peer_places(space, links, host, scope, out);
      continue;
    }
    uint32_t id = space.file ? inode_of(space.file) : own_net_ns();
    GADGETRY_TRY(choose_links(scope, links, space, id, out));
  }
  return out;
}

base::Result<Place> cgroup_place(const std::string& path, std::string name) {
  GADGETRY_ASSIGN(base::Fd folder, base::open_file(path, O_RDONLY | O_DIRECTORY));
  struct statfs info{};
  if (fstatfs(folder.get(), &info) != 0 || info.f_type != CGROUP2_SUPER_MAGIC) {
    return base::Error("'" + base::printable(path) + "' is no folder of cgroup v2")
        .with_hint("programs hang on cgroups of version 2 only: give a folder below its root");
  }
  struct stat file{};
  if (fstat(folder.get(), &file) != 0) return base::Error::system(path, errno);
  return Place{.kind = PlaceKind::kCgroup,
               .name = std::move(name),
               .key = "cgroup:" + std::to_string(file.st_ino),
               .cgroup = std::move(folder)};
}

base::Result<std::vector<Place>> cgroup_places(const Scope& scope) {
  GADGETRY_ASSIGN(std::string root, cgroup2_root());
  std::vector<Place> out;
  for (const std::string& wanted : scope.cgroups) {
    bool is_full = wanted.starts_with('/') && base::open_file(wanted, O_RDONLY | O_DIRECTORY).ok();
    std::string path = is_full || wanted.starts_with(root) ? wanted : root + "/" + wanted;
    GADGETRY_ASSIGN(Place place, cgroup_place(path, "cgroup " + base::printable(wanted)));
    out.push_back(std::move(place));
  }
  if (scope.containers) {
    GADGETRY_ASSIGN(auto containers, selected_containers(scope));
    for (const sys::Container& one : containers) {
      // On hybrid machines a container may have no cgroup of version 2 of its own.
      if (one.cgroup.empty() || one.cgroup == "/") continue;
      auto place = cgroup_place(root + one.cgroup, "container " + short_id(one.id));
      if (!place.ok()) continue;
      place->is_found = true;
      out.push_back(std::move(place).value());
    }
  }
  if (scope.cgroups.empty() && !scope.containers) {
    GADGETRY_ASSIGN(Place place, cgroup_place(root, "the root cgroup"));
    out.push_back(std::move(place));
  }
  return out;
}

base::Result<std::vector<Place>> file_places(const Scope& scope) {
  std::vector<Place> out;
  for (pid_t pid : scope.pids) {
    struct stat root{};
    if (stat(proc_file(pid, "root/").c_str(), &root) != 0) {
      return base::Error("there is no process " + std::to_string(pid), base::ErrorKind::kNotFound);
    }
    out.push_back({.kind = PlaceKind::kFiles,
                   .name = "process " + std::to_string(pid),
                   .key = "pid:" + std::to_string(pid),
                   .root = proc_file(pid, "root"),
                   .pid = pid});
  }
  if (scope.containers) {
    GADGETRY_ASSIGN(auto containers, selected_containers(scope));
    for (const sys::Container& one : containers) {
      out.push_back({.kind = PlaceKind::kFiles,
                     .name = "container " + short_id(one.id),
                     .key = "mntns:" + std::to_string(one.mnt_ns),
                     .is_found = true,
                     .root = proc_file(one.pid, "root")});
    }
  }
  if (scope.pids.empty() && !scope.containers) {
    out.push_back({.kind = PlaceKind::kFiles, .name = "this host", .key = "host"});
  }
  return out;
}

}  // namespace

bool Scope::is_dynamic() const {
  return containers || interfaces.empty() || std::any_of(interfaces.begin(), interfaces.end(), is_pattern);
}

base::Result<std::string> cgroup2_root() {
  for (const char* path : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
    struct statfs info{};
    if (statfs(path, &info) == 0 && info.f_type == CGROUP2_SUPER_MAGIC) return std::string(path);
  }
  return base::Error("cgroup v2 is not mounted", base::ErrorKind::kNotFound)
      .with_hint("mount it: mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified");
}

base::Status in_net_namespace(const base::Fd& net_ns, const std::function<base::Status()>& function) {
  if (!net_ns) return function();
  base::Status status;
  try {
    std::thread([&] {
      if (setns(net_ns.get(), CLONE_NEWNET) != 0) {
        status = base::Error::system("cannot enter the network namespace", errno);
      } else {
        status = function();
      }
    }).join();
  } catch (const std::system_error& error) {
    return base::Error(std::string("cannot start a thread: ") + error.what());
  }
  return status;
}

base::Result<std::vector<Place>> find_places(const Scope& scope, PlaceKind kind) {
  switch (kind) {
    case PlaceKind::kFiles:
      return file_places(scope);
    case PlaceKind::kNetNamespace:
      return net_places(scope);
    case PlaceKind::kInterface:
      return interface_places(scope);
    case PlaceKind::kCgroup:
      return cgroup_places(scope);
    case PlaceKind::kNone:
      break;
  }
  std::vector<Place> out;
  out.push_back({.name = "this host", .key = "host"});
  return out;
}

}  // namespace gadgetry::bpf
