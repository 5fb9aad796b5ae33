// sk_reuseport: chooses among the sockets that share a port (SO_REUSEPORT). The kernel has no links for it:
// the program is an option of the sockets, so it has to be set on a socket of the processes that serve the
// port.
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>

#include "base/log.hpp"
#include "base/strings.hpp"
#include "bpf/attach_families.hpp"
#include "bpf/listening_sockets.hpp"

namespace gadgetry::bpf {
namespace {

bool shares_port(const base::Fd& socket) {
  int value = 0;
  socklen_t size = sizeof(value);
  return getsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &value, &size) == 0 && value != 0;
}

base::Result<std::vector<base::Fd>> sockets_at(const ListenAddress& address, const base::Fd& net_ns) {
  std::vector<uint64_t> inodes;
  GADGETRY_TRY(in_net_namespace(net_ns, [&]() -> base::Status {
    GADGETRY_ASSIGN(inodes, find_listening(address));
    return {};
  }));
  if (inodes.empty()) return base::Error("nothing listens there", base::ErrorKind::kNotFound);
  return borrow_sockets(inodes);
}

// The group of sockets owns the program, not we, and sockets come and go in it: they are looked up again.
// Nothing tells whose program a group has; when somebody replaced ours in the meantime, theirs goes.
void take_away(const ListenAddress& address, const base::Fd& net_ns) {
  auto sockets = sockets_at(address, net_ns);
  if (!sockets.ok()) {
    if (sockets.error().kind != base::ErrorKind::kNotFound)
      base::log_warning("sk_reuseport: " + sockets.error().text());
    return;
  }
  int unused = 0;
  for (const base::Fd& socket : *sockets) {
    setsockopt(socket.get(), SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, &unused, sizeof(unused));
  }
}

base::Error refused(int code) {
  base::Error error = base::Error::system("SO_ATTACH_REUSEPORT_EBPF", code);
  if (code == ENOMEM) error.hint = "raise the limit: sysctl net.core.optmem_max";
  return error;
}

}  // namespace

base::Result<std::vector<Link>> attach_reuseport(const AttachRequest& request) {
  if (request.target.empty()) {
    return base::Error("nothing says which port it is for")
        .with_hint("set attach_to to its address: tcp:8080, udp:[::]:5300");
  }
  GADGETRY_ASSIGN(ListenAddress address, parse_listen_address(request.target));
  GADGETRY_ASSIGN(std::vector<base::Fd> sockets, sockets_at(address, request.place.net_ns));
  std::erase_if(sockets, [](const base::Fd& socket) { return !shares_port(socket); });
  if (sockets.empty()) {
    return base::Error("the socket that listens there does not share its port")
        .with_hint("its program has to set SO_REUSEPORT before bind(2)");
  }
  auto net_ns = std::make_shared<base::Fd>();
  if (request.place.net_ns) {
    net_ns->reset(fcntl(request.place.net_ns.get(), F_DUPFD_CLOEXEC, 0));
    if (!*net_ns) return base::Error::system("network namespace", errno);
  }
  // First the link: what is attached when one of the sockets refuses is taken away by it.
  std::vector<Link> links;
  links.emplace_back(request.name, std::string(request.family.prefix) + " " + request.target,
                     [address, net_ns] { take_away(address, *net_ns); });
  int program = bpf_program__fd(request.program);
  for (const base::Fd& socket : sockets) {
    // Sockets of one group share the program; there may be several groups, for each address and interface.
    if (setsockopt(socket.get(), SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF, &program, sizeof(program)) != 0) {
      return refused(errno);
    }
  }
  return links;
}

}  // namespace gadgetry::bpf
