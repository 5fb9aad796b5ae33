// netkit/primary, netkit/peer: programs of a netkit pair, for what its ends send. Both are managed at the
// primary end.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>

#include "base/strings.hpp"
#include "bpf/attach_families.hpp"
#include "bpf/interface_link.hpp"

namespace gadgetry::bpf {

base::Result<std::vector<Link>> attach_netkit(const AttachRequest& request) {
  GADGETRY_TRY(has_interface_links(request.family.attach_type));
  auto link =
      link_to_interface(request.place, bpf_program__fd(request.program), request.family.attach_type, 0);
  if (!link.ok()) {
    base::Error error = std::move(link).error();
    if (error.errno_value == ENXIO)
      error.hint = base::printable(request.place.interface) + " is no netkit interface";
    if (error.errno_value == EACCES)
      error.hint = "programs of both ends are attached to the primary end of the pair";
    return error;
  }
  std::vector<Link> links;
  links.emplace_back(request.name, std::string(request.family.prefix) + " of " + request.place.name,
                     std::move(link).value());
  return links;
}

}  // namespace gadgetry::bpf
