// lwt_in, lwt_out, lwt_xmit, lwt_seg6local: programs for the packets of a route. The route is made for the
// program and goes with it; attach_to says which.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <memory>

#include "base/log.hpp"
#include "base/strings.hpp"
#include "bpf/attach_families.hpp"
#include "bpf/interface_link.hpp"
#include "bpf/lwt_route.hpp"

namespace gadgetry::bpf {
namespace {

struct Kept {
  base::Fd net_ns;
  LwtRoute route;
};

LwtHook hook_of(uint32_t type) {
  switch (type) {
    case BPF_PROG_TYPE_LWT_IN:
      return LwtHook::kIn;
    case BPF_PROG_TYPE_LWT_OUT:
      return LwtHook::kOut;
    case BPF_PROG_TYPE_LWT_XMIT:
      return LwtHook::kXmit;
    default:
      return LwtHook::kSeg6Local;
  }
}

base::Error explain(base::Error error, const AttachRequest& request) {
  if (error.errno_value == EEXIST) {
    error.message = "there is such a route already: " + error.message;
    error.hint = "it is left as it is; name a prefix that has no route of its own";
  } else if (error.errno_value == EOPNOTSUPP || error.errno_value == EINVAL || error.errno_value == ENOENT) {
    error.hint = "this kernel may lack it: " + std::string(request.family.option);
  }
  return error;
}

}  // namespace

base::Result<std::vector<Link>> attach_lwt(const AttachRequest& request) {
  auto kept = std::make_shared<Kept>();
  GADGETRY_ASSIGN(kept->route, parse_lwt_route(request.target));
  GADGETRY_ASSIGN(kept->net_ns, copy_net_ns(request.place));
  int program = bpf_program__fd(request.program);
  auto added = in_net_namespace(request.place.net_ns, [&] {
    return add_lwt_route(kept->route, hook_of(request.family.type), program, request.name);
  });
  if (!added.ok()) return explain(std::move(added).error(), request);
  std::vector<Link> links;
  links.emplace_back(request.name, "route " + request.target + " of " + request.place.name, [kept] {
    auto removed = in_net_namespace(kept->net_ns, [&] { return remove_lwt_route(kept->route); });
    // A route goes with its interface.
    if (!removed.ok()) base::log_debug(removed.error().text());
  });
  return links;
}

}  // namespace gadgetry::bpf
