// socket*: programs that see a copy of every packet of a network namespace, both ways: the filter of a raw
// socket that nobody reads.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>

#include "bpf/attach_families.hpp"
#include "bpf/packet_dispatcher.hpp"

namespace gadgetry::bpf {
namespace {

struct Kept {
  base::Fd socket;
  PacketDispatcher dispatcher;
};

// Without a protocol it gets nothing yet: no packet comes in before the filter is there.
base::Result<base::Fd> open_raw_socket() {
  base::Fd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return base::Error::system("raw socket", errno);
  // A program that asks to keep packets fills this, the kernel's smallest buffer, and no more.
  int smallest = 1;
  (void)setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &smallest, sizeof(smallest));
  return socket;
}

base::Status start_packets(int socket, int program) {
  if (setsockopt(socket, SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof(program)) != 0) {
    return base::Error::system("filter of the raw socket", errno);
  }
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  if (bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return base::Error::system("raw socket for all packets", errno);
  }
  return {};
}

}  // namespace

base::Result<std::vector<Link>> attach_socket_filter(const AttachRequest& request) {
  auto kept = std::make_shared<Kept>();
  GADGETRY_TRY(in_net_namespace(request.place.net_ns, [&]() -> base::Status {
    GADGETRY_ASSIGN(kept->socket, open_raw_socket());
    return {};
  }));
  GADGETRY_ASSIGN(kept->dispatcher, make_packet_dispatcher(request.program, request.place.net_ns_id, 0));
  GADGETRY_TRY(start_packets(kept->socket.get(), kept->dispatcher.program.get()));
  std::vector<Link> links;
  links.emplace_back(request.name, "packets of " + request.place.name, [kept] {
    kept->socket.reset();
    kept->dispatcher = {};
  });
  return links;
}

}  // namespace gadgetry::bpf
