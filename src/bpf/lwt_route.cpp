#include "bpf/lwt_route.hpp"

#include <arpa/inet.h>
#include <linux/lwtunnel.h>
#include <linux/rtnetlink.h>
#include <linux/seg6_local.h>
#include <net/if.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "base/log.hpp"
#include "base/strings.hpp"
#include "bpf/owner_mark.hpp"
#include "sys/netlink.hpp"

namespace gadgetry::bpf {
namespace {

using sys::NetlinkRequest;

constexpr size_t kBytesV4 = 4;
constexpr size_t kBytesV6 = 16;
constexpr int kBitsPerByte = 8;

size_t address_bytes(const LwtRoute& route) {
  return route.family == AF_INET ? kBytesV4 : kBytesV6;
}

base::Error bad_route(std::string_view text, const std::string& why) {
  return base::Error("'" + base::printable(text) + "' is no route: " + why)
      .with_hint("attach_to is as in ip route add: 10.9.0.0/24 dev veth0 [via 10.0.0.1]");
}

bool read_address(uint8_t family, std::string_view text, std::array<std::byte, 16>& to) {
  return inet_pton(family, std::string(text).c_str(), to.data()) == 1;
}

rtmsg head_of(const LwtRoute& route) {
  rtmsg head{};
  head.rtm_family = route.family;
  head.rtm_dst_len = route.prefix_bits;
  head.rtm_table = RT_TABLE_MAIN;
  head.rtm_protocol = RTPROT_STATIC;
  head.rtm_scope = route.has_gateway ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
  head.rtm_type = RTN_UNICAST;
  return head;
}

base::Result<uint32_t> interface_number(const LwtRoute& route) {
  uint32_t ifindex = if_nametoindex(route.interface.c_str());
  if (ifindex != 0) return ifindex;
  return base::Error("there is no network interface '" + base::printable(route.interface) + "'",
                     base::ErrorKind::kNotFound);
}

void add_program(NetlinkRequest& request, LwtHook hook, int program, const std::string& mark) {
  size_t encap = request.begin(RTA_ENCAP);
  if (hook == LwtHook::kSeg6Local) {
    request.add_number(SEG6_LOCAL_ACTION, SEG6_LOCAL_ACTION_END_BPF);
    size_t inner = request.begin(SEG6_LOCAL_BPF);
    request.add_number(SEG6_LOCAL_BPF_PROG, static_cast<uint32_t>(program));
    request.add_text(SEG6_LOCAL_BPF_PROG_NAME, mark);
    request.end(inner);
  } else {
    uint16_t where = hook == LwtHook::kIn ? LWT_BPF_IN : hook == LwtHook::kOut ? LWT_BPF_OUT : LWT_BPF_XMIT;
    size_t inner = request.begin(where);
    request.add_number(LWT_BPF_PROG_FD, static_cast<uint32_t>(program));
    request.add_text(LWT_BPF_PROG_NAME, mark);
    request.end(inner);
  }
  request.end(encap);
  uint16_t type = hook == LwtHook::kSeg6Local ? LWTUNNEL_ENCAP_SEG6_LOCAL : LWTUNNEL_ENCAP_BPF;
  request.add(RTA_ENCAP_TYPE, &type, sizeof(type));
}

// The name of a route's program.
std::string program_name(std::span<const std::byte> encap) {
  std::string name;
  sys::for_each_attribute(encap, [&](uint16_t type, std::span<const std::byte> inner) {
    bool is_bpf = type == LWT_BPF_IN || type == LWT_BPF_OUT || type == LWT_BPF_XMIT || type == SEG6_LOCAL_BPF;
    if (!is_bpf) return;
    // LWT_BPF_PROG_NAME and SEG6_LOCAL_BPF_PROG_NAME have the same number.
    sys::for_each_attribute(inner, [&](uint16_t field, std::span<const std::byte> text) {
      if (field == LWT_BPF_PROG_NAME) name = sys::attribute_text(text);
    });
  });
  return name;
}

// Is the route that stands in the way one that a killed run left?
bool is_left(const LwtRoute& route, uint32_t ifindex) {
  bool found = false;
  NetlinkRequest request(RTM_GETROUTE, NLM_F_DUMP, head_of(route));
  (void)sys::dump_netlink(request, "list of routes", [&](uint16_t type, std::span<const std::byte> body) {
    rtmsg head;
    if (type != RTM_NEWROUTE || body.size() < sizeof(head)) return;
    std::memcpy(&head, body.data(), sizeof(head));
    if (head.rtm_family != route.family || head.rtm_dst_len != route.prefix_bits) return;
    bool is_it = false;
    bool is_there = false;
    bool is_ours = false;
    sys::for_each_attribute(sys::attributes_behind<rtmsg>(body),
                            [&](uint16_t name, std::span<const std::byte> value) {
                              auto is_same = [&](const void* bytes, size_t size) {
                                return value.size() == size && std::memcmp(value.data(), bytes, size) == 0;
                              };
                              if (name == RTA_DST)
                                is_it = is_same(route.destination.data(), address_bytes(route));
                              if (name == RTA_OIF) is_there = is_same(&ifindex, sizeof(ifindex));
                              if (name == RTA_ENCAP) is_ours = read_owner_mark(program_name(value)).is_left;
                            });
    found = found || (is_it && is_there && is_ours);
  });
  return found;
}

base::Status change_route(const LwtRoute& route, uint32_t ifindex, NetlinkRequest& request) {
  request.add(RTA_DST, route.destination.data(), address_bytes(route));
  request.add_number(RTA_OIF, ifindex);
  if (route.has_gateway) request.add(RTA_GATEWAY, route.gateway.data(), address_bytes(route));
  return sys::send_netlink(request, "route");
}

base::Status delete_route(const LwtRoute& route, uint32_t ifindex) {
  NetlinkRequest request(RTM_DELROUTE, 0, head_of(route));
  return change_route(route, ifindex, request);
}

}  // namespace

base::Result<LwtRoute> parse_lwt_route(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::string_view word : base::split(text, ' ')) {
    if (!word.empty()) words.push_back(word);
  }
  if (words.empty()) return bad_route(text, "it is empty");
  LwtRoute route;
  std::string_view address = words[0].substr(0, words[0].find('/'));
  route.family = address.find(':') == std::string_view::npos ? AF_INET : AF_INET6;
  if (!read_address(route.family, address, route.destination)) return bad_route(text, "no address in front");
  size_t most = address_bytes(route) * kBitsPerByte;
  auto bits = base::parse_int<uint8_t>(address.size() < words[0].size() ? words[0].substr(address.size() + 1)
                                                                        : std::to_string(most));
  if (!bits || *bits > most) return bad_route(text, "the length of the prefix is wrong");
  route.prefix_bits = *bits;
  if (words.size() % 2 == 0) return bad_route(text, "a word has no value");
  for (size_t i = 1; i < words.size(); i += 2) {
    if (words[i] == "dev") {
      route.interface = words[i + 1];
    } else if (words[i] == "via" && read_address(route.family, words[i + 1], route.gateway)) {
      route.has_gateway = true;
    } else {
      return bad_route(text, "'" + base::printable(words[i]) + "'");
    }
  }
  if (route.interface.empty()) return bad_route(text, "no interface (dev)");
  return route;
}

base::Status add_lwt_route(const LwtRoute& route, LwtHook hook, int program, const std::string& name) {
  GADGETRY_ASSIGN(uint32_t ifindex, interface_number(route));
  std::string mark = make_owner_mark(name);
  auto add = [&]() -> base::Status {
    NetlinkRequest request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, head_of(route));
    add_program(request, hook, program, mark);
    return change_route(route, ifindex, request);
  };
  auto added = add();
  if (added.ok() || added.error().errno_value != EEXIST || !is_left(route, ifindex)) return added;
  base::log_debug("a route that a killed run left is replaced");
  GADGETRY_TRY(delete_route(route, ifindex));
  return add();
}

base::Status remove_lwt_route(const LwtRoute& route) {
  GADGETRY_ASSIGN(uint32_t ifindex, interface_number(route));
  return delete_route(route, ifindex);
}

}  // namespace gadgetry::bpf
