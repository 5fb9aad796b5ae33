#include "bpf/interface_link.hpp"

#include <bpf/bpf.h>
#include <fcntl.h>

#include <cerrno>
#include <string>

#include "bpf/kernel_abi.hpp"
#include "bpf/libbpf_log.hpp"

namespace gadgetry::bpf {
namespace {

// Every network namespace has its loopback there.
constexpr int kLoopback = 1;

}  // namespace

base::Result<base::Fd> link_to_interface(const Place& place, int program, uint32_t attach_type,
                                         uint32_t flags) {
  base::Fd link;
  GADGETRY_TRY(in_net_namespace(place.net_ns, [&]() -> base::Status {
    LibbpfLog log;
    bpf_link_create_opts options{};
    options.sz = sizeof(options);
    options.flags = flags;
    link.reset(bpf_link_create(program, static_cast<int>(place.ifindex),
                               static_cast<bpf_attach_type>(attach_type), &options));
    if (!link) return base::Error::system("link", errno);
    return {};
  }));
  return link;
}

base::Status has_interface_links(uint32_t attach_type) {
  uint32_t attach_flags = 0;
  uint32_t count = 0;
  // Kernels that do not know the type call it invalid; others answer, or say that this is no such interface.
  if (bpf_prog_query(kLoopback, static_cast<bpf_attach_type>(attach_type), 0, &attach_flags, nullptr,
                     &count) == 0 ||
      errno != EINVAL) {
    return {};
  }
  bool is_tcx = attach_type == kAttachTcxIngress || attach_type == kAttachTcxEgress;
  return base::Error(std::string("this kernel has no ") + (is_tcx ? "tcx" : "netkit"))
      .with_hint(is_tcx
                     ? "it needs Linux 6.6 with CONFIG_NET_XGRESS; SEC(\"tc/ingress\") works on all kernels"
                     : "it needs Linux 6.7 with CONFIG_NETKIT");
}

base::Result<base::Fd> copy_net_ns(const Place& place) {
  base::Fd copy;
  if (!place.net_ns) return copy;
  copy.reset(fcntl(place.net_ns.get(), F_DUPFD_CLOEXEC, 0));
  if (!copy) return base::Error::system("network namespace", errno);
  return copy;
}

base::Result<base::Fd> open_net_ns(const Place& place) {
  if (place.net_ns) return copy_net_ns(place);
  return base::open_file("/proc/thread-self/ns/net", O_RDONLY);
}

}  // namespace gadgetry::bpf
