// xdp, xdp.frags: programs for packets as they arrive: in the driver where it can, else for socket buffers
// (generic).
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fnmatch.h>
#include <linux/if_link.h>

#include <array>
#include <cerrno>

#include "base/log.hpp"
#include "base/strings.hpp"
#include "bpf/attach_families.hpp"
#include "bpf/interface_link.hpp"
#include "bpf/libbpf_log.hpp"

namespace gadgetry::bpf {
namespace {

struct Mode {
  std::string_view name;
  uint32_t flag;
};
constexpr std::array kModes = {Mode{"drv", XDP_FLAGS_DRV_MODE}, Mode{"skb", XDP_FLAGS_SKB_MODE}};

// The program that stands on the interface already: "'filter' (id 12, native)". Empty: none that can be seen.
std::string other_program(const Place& place) {
  std::string out;
  (void)in_net_namespace(place.net_ns, [&]() -> base::Status {
    LibbpfLog log;
    bpf_xdp_query_opts options{};
    options.sz = sizeof(options);
    if (bpf_xdp_query(static_cast<int>(place.ifindex), 0, &options) != 0) return {};
    uint32_t id = options.prog_id != 0 ? options.prog_id : options.drv_prog_id;
    if (id == 0) id = options.skb_prog_id;
    if (id == 0) return {};
    bpf_prog_info info{};
    uint32_t size = sizeof(info);
    base::Fd program(bpf_prog_get_fd_by_id(id));
    if (program) (void)bpf_obj_get_info_by_fd(program.get(), &info, &size);
    out = "'" + base::printable(std::string_view(info.name)) + "' (id " + std::to_string(id) + ")";
    return {};
  });
  return out;
}

base::Error explain(base::Error error, const AttachRequest& request) {
  bool is_taken = error.errno_value == EBUSY || error.errno_value == EEXIST;
  std::string other = is_taken ? other_program(request.place) : "";
  if (!other.empty()) {
    error.message =
        "the XDP program " + other + " is on " + request.place.name + " already: " + error.message;
    error.hint = "an interface takes one XDP program; SEC(\"tc/ingress\") stands beside others";
  } else if (error.errno_value == EOPNOTSUPP || error.errno_value == EINVAL) {
    error.hint =
        "the driver of " + request.place.name + " may not do it in this mode: attach_to skb works on all";
  }
  return error;
}

// "skb", "drv:eth*", ":eth0". Without a colon anything else means nothing: the section may be "xdp/NAME".
struct XdpTarget {
  std::string_view mode = {};  // empty: the best there is
  std::string interface = {};  // name or pattern; empty: all
};

base::Result<XdpTarget> parse_xdp_target(std::string_view text) {
  XdpTarget target;
  size_t colon = text.find(':');
  std::string_view mode = text.substr(0, colon);
  if (mode == "drv" || mode == "native") target.mode = "drv";
  if (mode == "skb" || mode == "generic") target.mode = "skb";
  if (colon == std::string_view::npos) return target;
  if (target.mode.empty() && !mode.empty()) {
    return base::Error("'" + base::printable(mode) + "' is no mode of XDP")
        .with_hint(
            "attach_to is drv (in the driver), skb (generic), or drv:INTERFACE, skb:INTERFACE, :INTERFACE");
  }
  target.interface = text.substr(colon + 1);
  return target;
}

}  // namespace

base::Result<std::vector<Link>> attach_xdp(const AttachRequest& request) {
  GADGETRY_ASSIGN(XdpTarget target, parse_xdp_target(request.target));
  bool is_meant =
      target.interface.empty() || fnmatch(target.interface.c_str(), request.place.interface.c_str(), 0) == 0;
  if (!is_meant || request.is_attached(request.place.key)) return std::vector<Link>();
  base::Error last("no mode");
  for (const Mode& mode : kModes) {
    if (!target.mode.empty() && target.mode != mode.name) continue;
    auto link = link_to_interface(request.place, bpf_program__fd(request.program), BPF_XDP, mode.flag);
    if (link.ok()) {
      base::log_debug("program " + request.name + " on " + request.place.name + ": XDP mode " +
                      std::string(mode.name));
      std::vector<Link> links;
      links.emplace_back(request.name, "xdp (" + std::string(mode.name) + ") of " + request.place.name,
                         std::move(link).value());
      links.back().set_key(request.place.key);
      return links;
    }
    last = explain(std::move(link).error(), request);
    if (last.errno_value == EBUSY || last.errno_value == EEXIST || last.errno_value == EPERM) break;
  }
  return last;
}

}  // namespace gadgetry::bpf
