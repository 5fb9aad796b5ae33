// Where programs are fastened that belong to a network interface, a network namespace, a cgroup, or files
// seen from somewhere: what the user selected, and what that means at this moment.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "bpf/families.hpp"

namespace gadgetry::bpf {

// What the user selected. Nothing: this host.
struct Scope {
  std::vector<std::string> interfaces =
      {};  // names or patterns ("eth0", "veth*"); looked up in net_namespaces
  std::vector<std::string> net_namespaces = {};  // files: /proc/123/ns/net, /run/netns/blue
  std::vector<std::string> cgroups = {};         // folders, absolute or below the root of cgroup v2
  std::vector<pid_t> pids = {};                  // uprobes: only in these processes; perf events: only these
  bool containers = false;                       // all containers that match, also those that start later
  std::string container_pattern = {};            // see sys::matches(); empty: all

  // May places come and go while programs run? Then find_places() is to be asked again from time to time.
  bool is_dynamic() const;
};

// One place of the kind a family wants. Owns its descriptors.
struct Place {
  PlaceKind kind = PlaceKind::kNone;
  std::string name = {};  // for messages: "eth0", "network namespace 4026531840", "container 3f2a1b"
  std::string key = {};   // the same for the same place
  bool is_found = false;  // came from a pattern or a container: a failure there is told, and the others go on
  base::Fd net_ns = {};   // kNetNamespace, kInterface: the namespace; empty: that of this process
  uint32_t net_ns_id = 0;      // its inode
  uint32_t ifindex = 0;        // kInterface
  std::string interface = {};  // its name
  bool is_peer = false;  // kInterface: the host's end of a container's interface, so that its ingress is the
                         // container's egress
  uint32_t peer_net_ns_id = 0;  // is_peer: the container's namespace
  base::Fd cgroup = {};         // kCgroup
  std::string root = {};  // kFiles: folder in which targets are looked up; empty: this machine's own files
  pid_t pid = 0;          // kFiles: only this process; 0: all
};

// The places of one kind in the scope, now. None at all is no error for a dynamic scope.
base::Result<std::vector<Place>> find_places(const Scope& scope, PlaceKind kind);

// Where cgroup v2 is mounted: "/sys/fs/cgroup" or "/sys/fs/cgroup/unified". kNotFound with a hint when
// nowhere.
base::Result<std::string> cgroup2_root();

// Runs a function in another network namespace, in a thread of its own, so that the caller stays where it is.
// An empty descriptor: right here.
base::Status in_net_namespace(const base::Fd& net_ns, const std::function<base::Status()>& function);

}  // namespace gadgetry::bpf
