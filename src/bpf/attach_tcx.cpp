// tcx/ingress, tcx/egress: programs for the packets of an interface, in the order they were attached in.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpf/attach_families.hpp"
#include "bpf/interface_link.hpp"

namespace gadgetry::bpf {

base::Status probe_tcx(const ProgramFamily& family) {
  return has_interface_links(family.attach_type);
}

base::Result<std::vector<Link>> attach_tcx(const AttachRequest& request) {
  GADGETRY_TRY(probe_tcx(request.family));
  uint32_t type = request.family.attach_type;
  if (request.place.is_peer) type = type == kAttachTcxIngress ? kAttachTcxEgress : kAttachTcxIngress;
  GADGETRY_ASSIGN(base::Fd link, link_to_interface(request.place, bpf_program__fd(request.program), type, 0));
  std::vector<Link> links;
  links.emplace_back(request.name, std::string(request.family.prefix) + " of " + request.place.name,
                     std::move(link));
  return links;
}

}  // namespace gadgetry::bpf
