// Programs that hang on a cgroup and run for what its processes do: cgroup_skb, cgroup/*, sockops,
// lsm_cgroup.
//
// Links are always made next to those of others: the kernel keeps one list for each hook, and all in it run.
// When the cgroup goes, its links end by themselves.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include <cerrno>

#include "base/strings.hpp"
#include "bpf/attach_families.hpp"
#include "bpf/features.hpp"

namespace gadgetry::bpf {
namespace {

bool is_any_direction(const ProgramFamily& family) {
  return family.type == BPF_PROG_TYPE_CGROUP_SKB && family.prefix == "cgroup/skb";
}

// Which hooks are meant. "cgroup/skb" leaves it open: ingress, egress, or both.
base::Result<std::vector<uint32_t>> hooks_of(const AttachRequest& request) {
  if (!is_any_direction(request.family)) return std::vector<uint32_t>{request.family.attach_type};
  if (request.target.empty()) return std::vector<uint32_t>{BPF_CGROUP_INET_INGRESS, BPF_CGROUP_INET_EGRESS};
  if (request.target == "ingress") return std::vector<uint32_t>{BPF_CGROUP_INET_INGRESS};
  if (request.target == "egress") return std::vector<uint32_t>{BPF_CGROUP_INET_EGRESS};
  return base::Error("'" + base::printable(request.target) + "' is no direction")
      .with_hint("attach_to is ingress or egress; without it the program sees both");
}

base::Error refused(int code) {
  base::Error error = base::Error::system("cgroup link", code);
  // Who may not at all is told so by the caller.
  if (code == EPERM && missing_capabilities({"CAP_BPF", "CAP_NET_ADMIN"}).empty()) {
    error.kind = base::ErrorKind::kFailure;
    error.hint =
        "another program is attached there, or to a cgroup above, for itself alone: bpftool cgroup tree";
  } else if (code == E2BIG) {
    error.hint = "64 programs hang on this hook already: bpftool cgroup tree";
  } else if (code == ENOENT) {
    error.message = "the cgroup is being removed";
  }
  return error;
}

}  // namespace

base::Result<std::vector<Link>> attach_cgroup(const AttachRequest& request) {
  GADGETRY_ASSIGN(std::vector<uint32_t> hooks, hooks_of(request));
  std::vector<Link> links;
  for (uint32_t hook : hooks) {
    base::Fd link(bpf_link_create(bpf_program__fd(request.program), request.place.cgroup.get(),
                                  static_cast<bpf_attach_type>(hook), nullptr));
    if (!link) return refused(errno);
    std::string target = std::string(request.family.prefix);
    if (is_any_direction(request.family)) target += hook == BPF_CGROUP_INET_INGRESS ? " ingress" : " egress";
    if (request.family.load_target != LoadTarget::kNone) target += " " + request.target;
    links.emplace_back(request.name, target + " of " + request.place.name, std::move(link));
  }
  return links;
}

}  // namespace gadgetry::bpf
