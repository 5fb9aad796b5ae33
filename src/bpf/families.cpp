#include "bpf/families.hpp"

#include <linux/bpf.h>

#include <algorithm>
#include <array>

#include "bpf/attach_families.hpp"

namespace gadgetry::bpf {
namespace {

constexpr uint32_t kSleepable = BPF_F_SLEEPABLE;
constexpr uint32_t kFrags = BPF_F_XDP_HAS_FRAGS;
constexpr uint32_t kNoAttachType = 0;

constexpr ProgramFamily kprobe(std::string_view prefix, bool is_return) {
  return {.prefix = prefix,
          .family = Family::kKprobe,
          .type = BPF_PROG_TYPE_KPROBE,
          .attach_type = kNoAttachType,
          .function = attach_kprobe,
          .is_return = is_return,
          .option = "CONFIG_KPROBES"};
}

constexpr ProgramFamily kprobe_multi(std::string_view prefix, uint32_t type, bool is_return) {
  return {.prefix = prefix,
          .family = Family::kKprobeMulti,
          .type = BPF_PROG_TYPE_KPROBE,
          .attach_type = type,
          .function = attach_kprobe_multi,
          .is_return = is_return,
          .option = "CONFIG_FPROBE"};
}

constexpr ProgramFamily uprobe(std::string_view prefix, bool is_return, uint32_t flags = 0) {
  return {.prefix = prefix,
          .family = Family::kUprobe,
          .type = BPF_PROG_TYPE_KPROBE,
          .attach_type = kNoAttachType,
          .function = attach_uprobe,
          .place = PlaceKind::kFiles,
          .load_flags = flags,
          .is_return = is_return,
          .option = "CONFIG_UPROBES"};
}

constexpr ProgramFamily uprobe_multi(std::string_view prefix, uint32_t type, bool is_return,
                                     uint32_t flags = 0) {
  return {.prefix = prefix,
          .family = Family::kUprobeMulti,
          .type = BPF_PROG_TYPE_KPROBE,
          .attach_type = type,
          .function = attach_uprobe_multi,
          .place = PlaceKind::kFiles,
          .load_flags = flags,
          .is_return = is_return,
          .option = "CONFIG_UPROBES"};
}

constexpr ProgramFamily usdt(std::string_view prefix, uint32_t flags = 0) {
  return {.prefix = prefix,
          .family = Family::kUsdt,
          .type = BPF_PROG_TYPE_KPROBE,
          .attach_type = kNoAttachType,
          .function = attach_usdt,
          .place = PlaceKind::kFiles,
          .load_flags = flags,
          .option = "CONFIG_UPROBES"};
}

constexpr ProgramFamily event(std::string_view prefix, Family family, uint32_t type,
                              AttachFunction function) {
  return {
      .prefix = prefix, .family = family, .type = type, .attach_type = kNoAttachType, .function = function};
}

constexpr ProgramFamily tracing(std::string_view prefix, uint32_t type, LoadTarget target, uint32_t flags = 0,
                                std::string_view option = {}) {
  return {.prefix = prefix,
          .family = Family::kTracing,
          .type = type == BPF_LSM_MAC ? BPF_PROG_TYPE_LSM : BPF_PROG_TYPE_TRACING,
          .attach_type = type,
          .function = attach_tracing,
          .load_target = target,
          .load_flags = flags,
          .is_return = type == BPF_TRACE_FEXIT,
          .option = option};
}

constexpr ProgramFamily iter(std::string_view prefix, uint32_t flags) {
  return {.prefix = prefix,
          .family = Family::kIter,
          .type = BPF_PROG_TYPE_TRACING,
          .attach_type = BPF_TRACE_ITER,
          .function = nullptr,
          .load_target = LoadTarget::kIterator,
          .load_flags = flags};
}

constexpr ProgramFamily in_namespace(std::string_view prefix, uint32_t type, uint32_t attach_type,
                                     AttachFunction function, std::string_view option = {}) {
  return {.prefix = prefix,
          .family = Family::kNetNamespace,
          .type = type,
          .attach_type = attach_type,
          .function = function,
          .place = PlaceKind::kNetNamespace,
          .option = option};
}

constexpr ProgramFamily on_interface(std::string_view prefix, Family family, uint32_t type,
                                     uint32_t attach_type, AttachFunction function, uint32_t flags = 0,
                                     std::string_view option = {}) {
  return {.prefix = prefix,
          .family = family,
          .type = type,
          .attach_type = attach_type,
          .function = function,
          .place = PlaceKind::kInterface,
          .load_flags = flags,
          .option = option};
}

constexpr ProgramFamily tc(std::string_view prefix, uint32_t type = BPF_PROG_TYPE_SCHED_CLS) {
  return on_interface(prefix, Family::kTc, type, kNoAttachType, attach_tc, 0,
                      type == BPF_PROG_TYPE_SCHED_CLS ? "CONFIG_NET_CLS_BPF" : "CONFIG_NET_ACT_BPF");
}

constexpr ProgramFamily lwt(std::string_view prefix, uint32_t type,
                            std::string_view option = "CONFIG_LWTUNNEL_BPF") {
  return {.prefix = prefix,
          .family = Family::kLwt,
          .type = type,
          .attach_type = kNoAttachType,
          .function = attach_lwt,
          .place = PlaceKind::kNetNamespace,
          .option = option};
}

constexpr ProgramFamily cgroup(std::string_view prefix, uint32_t type, uint32_t attach_type,
                               std::string_view option = "CONFIG_CGROUP_BPF") {
  return {.prefix = prefix,
          .family = Family::kCgroup,
          .type = type,
          .attach_type = attach_type,
          .function = attach_cgroup,
          .place = PlaceKind::kCgroup,
          .option = option};
}

constexpr ProgramFamily address(std::string_view prefix, uint32_t attach_type) {
  return cgroup(prefix, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, attach_type);
}

constexpr ProgramFamily unix_address(std::string_view prefix, uint32_t attach_type) {
  return cgroup(prefix, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, attach_type, "CONFIG_CGROUP_BPF (Linux 6.7)");
}

constexpr ProgramFamily socket_map(std::string_view prefix, uint32_t type, uint32_t attach_type,
                                   std::string_view option = "CONFIG_NET_SOCK_MSG") {
  return {.prefix = prefix,
          .family = Family::kSocketMap,
          .type = type,
          .attach_type = attach_type,
          .function = attach_socket_map,
          .option = option};
}

// Every section this version attaches. One row, one function, one file to look at.
constexpr std::array kFamilies = {
    kprobe("kprobe", false),
    kprobe("kretprobe", true),
    kprobe("ksyscall", false),
    kprobe("kretsyscall", true),
    kprobe_multi("kprobe.multi", BPF_TRACE_KPROBE_MULTI, false),
    kprobe_multi("kretprobe.multi", BPF_TRACE_KPROBE_MULTI, true),
    kprobe_multi("kprobe.session", kAttachKprobeSession, false),
    uprobe("uprobe", false),
    uprobe("uprobe.s", false, kSleepable),
    uprobe("uretprobe", true),
    uprobe("uretprobe.s", true, kSleepable),
    uprobe_multi("uprobe.multi", kAttachUprobeMulti, false),
    uprobe_multi("uprobe.multi.s", kAttachUprobeMulti, false, kSleepable),
    uprobe_multi("uretprobe.multi", kAttachUprobeMulti, true),
    uprobe_multi("uretprobe.multi.s", kAttachUprobeMulti, true, kSleepable),
    uprobe_multi("uprobe.session", kAttachUprobeSession, false),
    uprobe_multi("uprobe.session.s", kAttachUprobeSession, false, kSleepable),
    usdt("usdt"),
    usdt("usdt.s", kSleepable),
    event("tracepoint", Family::kTracepoint, BPF_PROG_TYPE_TRACEPOINT, attach_tracepoint),
    event("tp", Family::kTracepoint, BPF_PROG_TYPE_TRACEPOINT, attach_tracepoint),
    event("raw_tracepoint", Family::kRawTracepoint, BPF_PROG_TYPE_RAW_TRACEPOINT, attach_raw_tracepoint),
    event("raw_tp", Family::kRawTracepoint, BPF_PROG_TYPE_RAW_TRACEPOINT, attach_raw_tracepoint),
    event("raw_tracepoint.w", Family::kRawTracepoint, BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE,
          attach_raw_tracepoint),
    event("raw_tp.w", Family::kRawTracepoint, BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE, attach_raw_tracepoint),
    event("perf_event", Family::kPerfEvent, BPF_PROG_TYPE_PERF_EVENT, attach_perf_event),
    tracing("tp_btf", BPF_TRACE_RAW_TP, LoadTarget::kTracepoint),
    tracing("fentry", BPF_TRACE_FENTRY, LoadTarget::kFunction),
    tracing("fentry.s", BPF_TRACE_FENTRY, LoadTarget::kFunction, kSleepable),
    tracing("fexit", BPF_TRACE_FEXIT, LoadTarget::kFunction),
    tracing("fexit.s", BPF_TRACE_FEXIT, LoadTarget::kFunction, kSleepable),
    tracing("fmod_ret", BPF_MODIFY_RETURN, LoadTarget::kFunction),
    tracing("fmod_ret.s", BPF_MODIFY_RETURN, LoadTarget::kFunction, kSleepable),
    tracing("lsm", BPF_LSM_MAC, LoadTarget::kLsmHook, 0, "CONFIG_BPF_LSM"),
    tracing("lsm.s", BPF_LSM_MAC, LoadTarget::kLsmHook, kSleepable, "CONFIG_BPF_LSM"),
    iter("iter", 0),
    iter("iter.s", kSleepable),
    ProgramFamily{.prefix = "freplace",
                  .family = Family::kExtension,
                  .type = BPF_PROG_TYPE_EXT,
                  .attach_type = kNoAttachType,
                  .function = attach_extension,
                  .load_target = LoadTarget::kProgram},
    ProgramFamily{.prefix = "syscall",
                  .family = Family::kSyscall,
                  .type = BPF_PROG_TYPE_SYSCALL,
                  .attach_type = kNoAttachType,
                  .function = run_syscall,
                  .load_flags = kSleepable},
    ProgramFamily{.prefix = "struct_ops",
                  .family = Family::kStructOps,
                  .type = BPF_PROG_TYPE_STRUCT_OPS,
                  .attach_type = kNoAttachType,
                  .function = nullptr},  // its maps are attached: attach_struct_ops()
    ProgramFamily{.prefix = "struct_ops.s",
                  .family = Family::kStructOps,
                  .type = BPF_PROG_TYPE_STRUCT_OPS,
                  .attach_type = kNoAttachType,
                  .function = nullptr,
                  .load_flags = kSleepable},
    ProgramFamily{.prefix = "socket",
                  .family = Family::kSocketFilter,
                  .type = BPF_PROG_TYPE_SOCKET_FILTER,
                  .attach_type = kNoAttachType,
                  .function = attach_socket_filter,
                  .place = PlaceKind::kNetNamespace,
                  .option = "CONFIG_PACKET"},
    in_namespace("flow_dissector", BPF_PROG_TYPE_FLOW_DISSECTOR, BPF_FLOW_DISSECTOR, attach_flow_dissector),
    in_namespace("sk_lookup", BPF_PROG_TYPE_SK_LOOKUP, BPF_SK_LOOKUP, attach_sk_lookup),
    in_namespace("netfilter", kProgTypeNetfilter, kAttachNetfilter, attach_netfilter,
                 "CONFIG_NETFILTER_BPF_LINK"),
    tc("tc"),
    tc("tc/ingress"),
    tc("tc/egress"),
    tc("classifier"),
    tc("classifier/ingress"),
    tc("classifier/egress"),
    tc("action", BPF_PROG_TYPE_SCHED_ACT),
    on_interface("tcx/ingress", Family::kTcx, BPF_PROG_TYPE_SCHED_CLS, kAttachTcxIngress, attach_tcx, 0,
                 "CONFIG_NET_XGRESS (Linux 6.6)"),
    on_interface("tcx/egress", Family::kTcx, BPF_PROG_TYPE_SCHED_CLS, kAttachTcxEgress, attach_tcx, 0,
                 "CONFIG_NET_XGRESS (Linux 6.6)"),
    on_interface("netkit/primary", Family::kNetkit, BPF_PROG_TYPE_SCHED_CLS, kAttachNetkitPrimary,
                 attach_netkit, 0, "CONFIG_NETKIT (Linux 6.7)"),
    on_interface("netkit/peer", Family::kNetkit, BPF_PROG_TYPE_SCHED_CLS, kAttachNetkitPeer, attach_netkit, 0,
                 "CONFIG_NETKIT (Linux 6.7)"),
    on_interface("xdp", Family::kXdp, BPF_PROG_TYPE_XDP, BPF_XDP, attach_xdp),
    on_interface("xdp.frags", Family::kXdp, BPF_PROG_TYPE_XDP, BPF_XDP, attach_xdp, kFrags),
    ProgramFamily{"xdp/cpumap", Family::kXdpMap, BPF_PROG_TYPE_XDP, BPF_XDP_CPUMAP, attach_xdp_map},
    ProgramFamily{"xdp/devmap", Family::kXdpMap, BPF_PROG_TYPE_XDP, BPF_XDP_DEVMAP, attach_xdp_map},
    ProgramFamily{.prefix = "xdp.frags/cpumap",
                  .family = Family::kXdpMap,
                  .type = BPF_PROG_TYPE_XDP,
                  .attach_type = BPF_XDP_CPUMAP,
                  .function = attach_xdp_map,
                  .load_flags = kFrags},
    ProgramFamily{.prefix = "xdp.frags/devmap",
                  .family = Family::kXdpMap,
                  .type = BPF_PROG_TYPE_XDP,
                  .attach_type = BPF_XDP_DEVMAP,
                  .function = attach_xdp_map,
                  .load_flags = kFrags},
    lwt("lwt_in", BPF_PROG_TYPE_LWT_IN),
    lwt("lwt_out", BPF_PROG_TYPE_LWT_OUT),
    lwt("lwt_xmit", BPF_PROG_TYPE_LWT_XMIT),
    lwt("lwt_seg6local", BPF_PROG_TYPE_LWT_SEG6LOCAL, "CONFIG_IPV6_SEG6_BPF"),
    cgroup("cgroup_skb/ingress", BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_INGRESS),
    cgroup("cgroup_skb/egress", BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS),
    cgroup("cgroup/skb", BPF_PROG_TYPE_CGROUP_SKB, kNoAttachType),
    cgroup("cgroup/sock", BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_CREATE),
    cgroup("cgroup/sock_create", BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_CREATE),
    cgroup("cgroup/sock_release", BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_RELEASE),
    cgroup("cgroup/post_bind4", BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET4_POST_BIND),
    cgroup("cgroup/post_bind6", BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET6_POST_BIND),
    address("cgroup/bind4", BPF_CGROUP_INET4_BIND),
    address("cgroup/bind6", BPF_CGROUP_INET6_BIND),
    address("cgroup/connect4", BPF_CGROUP_INET4_CONNECT),
    address("cgroup/connect6", BPF_CGROUP_INET6_CONNECT),
    unix_address("cgroup/connect_unix", kAttachUnixConnect),
    address("cgroup/sendmsg4", BPF_CGROUP_UDP4_SENDMSG),
    address("cgroup/sendmsg6", BPF_CGROUP_UDP6_SENDMSG),
    unix_address("cgroup/sendmsg_unix", kAttachUnixSendmsg),
    address("cgroup/recvmsg4", BPF_CGROUP_UDP4_RECVMSG),
    address("cgroup/recvmsg6", BPF_CGROUP_UDP6_RECVMSG),
    unix_address("cgroup/recvmsg_unix", kAttachUnixRecvmsg),
    address("cgroup/getpeername4", BPF_CGROUP_INET4_GETPEERNAME),
    address("cgroup/getpeername6", BPF_CGROUP_INET6_GETPEERNAME),
    unix_address("cgroup/getpeername_unix", kAttachUnixGetpeername),
    address("cgroup/getsockname4", BPF_CGROUP_INET4_GETSOCKNAME),
    address("cgroup/getsockname6", BPF_CGROUP_INET6_GETSOCKNAME),
    unix_address("cgroup/getsockname_unix", kAttachUnixGetsockname),
    cgroup("cgroup/sysctl", BPF_PROG_TYPE_CGROUP_SYSCTL, BPF_CGROUP_SYSCTL,
           "CONFIG_CGROUP_BPF and CONFIG_SYSCTL"),
    cgroup("cgroup/getsockopt", BPF_PROG_TYPE_CGROUP_SOCKOPT, BPF_CGROUP_GETSOCKOPT),
    cgroup("cgroup/setsockopt", BPF_PROG_TYPE_CGROUP_SOCKOPT, BPF_CGROUP_SETSOCKOPT),
    cgroup("cgroup/dev", BPF_PROG_TYPE_CGROUP_DEVICE, BPF_CGROUP_DEVICE),
    cgroup("sockops", BPF_PROG_TYPE_SOCK_OPS, BPF_CGROUP_SOCK_OPS),
    ProgramFamily{.prefix = "lsm_cgroup",
                  .family = Family::kLsmCgroup,
                  .type = BPF_PROG_TYPE_LSM,
                  .attach_type = BPF_LSM_CGROUP,
                  .function = attach_cgroup,
                  .place = PlaceKind::kCgroup,
                  .load_target = LoadTarget::kLsmHook,
                  .option = "CONFIG_BPF_LSM and CONFIG_CGROUP_BPF"},
    socket_map("sk_skb", BPF_PROG_TYPE_SK_SKB, kNoAttachType),
    socket_map("sk_skb/stream_parser", BPF_PROG_TYPE_SK_SKB, BPF_SK_SKB_STREAM_PARSER,
               "CONFIG_BPF_STREAM_PARSER"),
    socket_map("sk_skb/stream_verdict", BPF_PROG_TYPE_SK_SKB, BPF_SK_SKB_STREAM_VERDICT),
    socket_map("sk_skb/verdict", BPF_PROG_TYPE_SK_SKB, BPF_SK_SKB_VERDICT),
    socket_map("sk_msg", BPF_PROG_TYPE_SK_MSG, BPF_SK_MSG_VERDICT),
    ProgramFamily{.prefix = "sk_reuseport",
                  .family = Family::kReuseport,
                  .type = BPF_PROG_TYPE_SK_REUSEPORT,
                  .attach_type = BPF_SK_REUSEPORT_SELECT,
                  .function = attach_reuseport,
                  .place = PlaceKind::kNetNamespace},
    ProgramFamily{.prefix = "sk_reuseport/migrate",
                  .family = Family::kReuseport,
                  .type = BPF_PROG_TYPE_SK_REUSEPORT,
                  .attach_type = BPF_SK_REUSEPORT_SELECT_OR_MIGRATE,
                  .function = attach_reuseport,
                  .place = PlaceKind::kNetNamespace},
    ProgramFamily{.prefix = "lirc_mode2",
                  .family = Family::kLirc,
                  .type = BPF_PROG_TYPE_LIRC_MODE2,
                  .attach_type = BPF_LIRC_MODE2,
                  .function = attach_lirc,
                  .option = "CONFIG_BPF_LIRC_MODE2"},
};

// "?" in front means "not loaded unless asked for".
std::string_view without_mark(std::string_view section) {
  if (section.starts_with('?')) section.remove_prefix(1);
  return section;
}

// "socket1" and "socket/main" are socket filters, as everywhere in the ecosystem.
bool belongs_to(std::string_view section, const ProgramFamily& family) {
  if (!section.starts_with(family.prefix)) return false;
  std::string_view rest = section.substr(family.prefix.size());
  return rest.empty() || rest.starts_with('/') || family.family == Family::kSocketFilter;
}

}  // namespace

const ProgramFamily* find_family(std::string_view section) {
  section = without_mark(section);
  const ProgramFamily* best = nullptr;
  for (const ProgramFamily& family : kFamilies) {
    if (!belongs_to(section, family)) continue;
    if (best == nullptr || family.prefix.size() > best->prefix.size()) best = &family;
  }
  return best;
}

std::span<const ProgramFamily> all_families() {
  return kFamilies;
}

std::string supported_sections() {
  std::vector<std::string_view> names;
  for (const ProgramFamily& family : kFamilies) names.push_back(family.prefix);
  std::sort(names.begin(), names.end());
  std::string out;
  for (std::string_view name : names) {
    if (!out.empty()) out += ", ";
    out += name;
  }
  return out;
}

std::string_view section_target(std::string_view section) {
  section = without_mark(section);
  const ProgramFamily* family = find_family(section);
  size_t begin = family == nullptr ? section.find('/') : family->prefix.size();
  if (begin == std::string_view::npos || begin >= section.size() || section[begin] != '/') return {};
  return section.substr(begin + 1);
}

}  // namespace gadgetry::bpf
