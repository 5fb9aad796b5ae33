// tc, classifier: programs for the packets of an interface; action: the same as an action of a filter. Where
// the kernel has tcx, classifiers hang on links of it: these stand beside whatever others have there, and go
// with this process.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <memory>

#include "base/log.hpp"
#include "base/strings.hpp"
#include "bpf/attach_families.hpp"
#include "bpf/interface_link.hpp"
#include "bpf/packet_dispatcher.hpp"
#include "bpf/tc_filter.hpp"

namespace gadgetry::bpf {
namespace {

TcDirection other(TcDirection direction) {
  return direction == TcDirection::kIngress ? TcDirection::kEgress : TcDirection::kIngress;
}

// What the section says ("classifier/egress/NAME"), else the target; both where neither says it.
base::Result<std::vector<TcDirection>> directions(const AttachRequest& request) {
  std::string_view text = request.family.prefix;
  size_t slash = text.find('/');
  text = slash == std::string_view::npos ? std::string_view(request.target) : text.substr(slash + 1);
  std::vector<TcDirection> out;
  if (text == "ingress" || text == "both" || text.empty()) out.push_back(TcDirection::kIngress);
  if (text == "egress" || text == "both" || text.empty()) out.push_back(TcDirection::kEgress);
  if (out.empty()) {
    return base::Error("'" + base::printable(text) + "' is no direction")
        .with_hint("attach_to is ingress, egress or both; or the section says it: classifier/ingress/NAME");
  }
  // What comes into the host's end of a container's interface left the container.
  if (request.place.is_peer) {
    for (TcDirection& one : out) one = other(one);
  }
  return out;
}

// What has to live as long as the program is attached, for std::function.
struct Kept {
  base::Fd link;
  PacketDispatcher dispatcher;
  base::Fd net_ns;
  TcFilter filter;
};

std::string target_text(const AttachRequest& request, TcDirection direction) {
  return std::string(request.family.prefix) + " " + direction_name(direction) + " of " + request.place.name;
}

void remove_filter(const Kept& kept) {
  auto removed = in_net_namespace(kept.net_ns, [&] { return remove_tc_filter(kept.filter); });
  // An interface that is gone took its filters with it.
  if (!removed.ok()) base::log_debug(removed.error().text());
}

base::Result<Link> attach_link(const AttachRequest& request, TcDirection direction, int program,
                               std::shared_ptr<Kept> kept) {
  uint32_t type = direction == TcDirection::kIngress ? kAttachTcxIngress : kAttachTcxEgress;
  // In front: a program that comes after others sees only what they pass on.
  GADGETRY_ASSIGN(kept->link, link_to_interface(request.place, program, type, kLinkBefore));
  return Link(request.name, target_text(request, direction), [kept] {
    kept->link.reset();
    kept->dispatcher = {};
  });
}

base::Result<Link> attach_filter(const AttachRequest& request, TcDirection direction, int program,
                                 std::shared_ptr<Kept> kept) {
  TcProgram kind =
      request.family.type == BPF_PROG_TYPE_SCHED_ACT ? TcProgram::kAction : TcProgram::kClassifier;
  GADGETRY_ASSIGN(kept->net_ns, copy_net_ns(request.place));
  GADGETRY_TRY(in_net_namespace(request.place.net_ns, [&]() -> base::Status {
    GADGETRY_ASSIGN(kept->filter,
                    add_tc_filter(request.place.ifindex, direction, kind, program, request.name));
    return {};
  }));
  return Link(request.name, target_text(request, direction), [kept] {
    remove_filter(*kept);
    kept->dispatcher = {};
  });
}

base::Result<Link> attach_one(const AttachRequest& request, TcDirection direction) {
  auto kept = std::make_shared<Kept>();
  int program = bpf_program__fd(request.program);
  if (may_read_net_ns(request.program)) {
    uint32_t net_ns = request.place.is_peer ? request.place.peer_net_ns_id : request.place.net_ns_id;
    GADGETRY_ASSIGN(kept->dispatcher, make_packet_dispatcher(request.program, net_ns, -1));
    program = kept->dispatcher.program.get();
  }
  bool is_classifier = request.family.type == BPF_PROG_TYPE_SCHED_CLS;
  if (is_classifier && has_interface_links(kAttachTcxIngress).ok()) {
    return attach_link(request, direction, program, std::move(kept));
  }
  return attach_filter(request, direction, program, std::move(kept));
}

}  // namespace

base::Result<std::vector<Link>> attach_tc(const AttachRequest& request) {
  GADGETRY_ASSIGN(auto wanted, directions(request));
  std::vector<Link> links;
  for (TcDirection direction : wanted) {
    GADGETRY_ASSIGN(Link link, attach_one(request, direction));
    links.push_back(std::move(link));
  }
  return links;
}

}  // namespace gadgetry::bpf
