// flow_dissector, sk_lookup, netfilter: programs of a whole network namespace, on links of bpf(2).
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/strings.hpp"
#include "bpf/attach_families.hpp"
#include "bpf/bpf_link_create.hpp"
#include "bpf/interface_link.hpp"
#include "bpf/libbpf_log.hpp"
#include "bpf/netfilter_target.hpp"

namespace gadgetry::bpf {
namespace {

std::vector<Link> one_link(const AttachRequest& request, const std::string& what, base::Fd link) {
  std::vector<Link> links;
  links.emplace_back(request.name, what + " of " + request.place.name, std::move(link));
  return links;
}

base::Result<std::vector<Link>> attach_to_net_ns(const AttachRequest& request) {
  LibbpfLog log;
  GADGETRY_ASSIGN(base::Fd space, open_net_ns(request.place));
  auto type = static_cast<bpf_attach_type>(request.family.attach_type);
  base::Fd link(bpf_link_create(bpf_program__fd(request.program), space.get(), type, nullptr));
  if (!link) return base::Error::system("link", errno);
  return one_link(request, std::string(request.family.prefix), std::move(link));
}

struct Name {
  std::string_view name;
  uint32_t number;
};

constexpr std::array kProtocols = {Name{"ipv4", NFPROTO_IPV4}, Name{"ipv6", NFPROTO_IPV6}};
constexpr std::array kHooks = {Name{"prerouting", NF_INET_PRE_ROUTING}, Name{"input", NF_INET_LOCAL_IN},
                               Name{"forward", NF_INET_FORWARD}, Name{"output", NF_INET_LOCAL_OUT},
                               Name{"postrouting", NF_INET_POST_ROUTING}};

template <size_t kCount>
base::Result<uint32_t> number_of(const std::array<Name, kCount>& names, std::string_view text) {
  std::string known;
  for (const Name& one : names) {
    if (one.name == text) return one.number;
    known += (known.empty() ? "" : ", ") + std::string(one.name);
  }
  return base::Error("'" + base::printable(text) + "' is none of " + known);
}

base::Result<NetfilterTarget> read_netfilter_target(std::string_view text) {
  constexpr size_t kMaxParts = 3;
  NetfilterTarget target{.family = NFPROTO_IPV4, .hook = NF_INET_LOCAL_IN};
  auto parts = base::split(text, ':');
  if (parts.size() > kMaxParts) return base::Error("too many ':'");
  if (!parts.empty() && !parts[0].empty()) {
    GADGETRY_ASSIGN(target.family, number_of(kProtocols, parts[0]));
  }
  if (parts.size() > 1) {
    GADGETRY_ASSIGN(target.hook, number_of(kHooks, parts[1]));
  }
  if (parts.size() > 2) {
    auto priority = base::parse_int<int32_t>(parts[2]);
    if (!priority) return base::Error("'" + base::printable(parts[2]) + "' is no priority");
    target.priority = *priority;
  }
  return target;
}

// A priority that somebody has: the next that is free, close by.
base::Result<base::Fd> link_to_netfilter(const AttachRequest& request, const NetfilterTarget& target) {
  NetfilterLink wanted{.family = target.family, .hook = target.hook};
  wanted.priority = target.priority.value_or(kNetfilterPriority);
  int32_t last = target.priority ? wanted.priority : wanted.priority + kNetfilterTries;
  for (;; ++wanted.priority) {
    auto link = create_netfilter_link(bpf_program__fd(request.program), wanted);
    if (link.ok() || link.error().errno_value != EBUSY || wanted.priority >= last) return link;
  }
}

}  // namespace

base::Result<NetfilterTarget> parse_netfilter_target(std::string_view text) {
  auto target = read_netfilter_target(text);
  if (target.ok()) return target;
  return std::move(target).error().with_hint(
      "attach_to is PROTOCOL:HOOK[:PRIORITY], as ipv4:input or ipv6:prerouting:-150");
}

base::Result<std::vector<Link>> attach_flow_dissector(const AttachRequest& request) {
  auto links = attach_to_net_ns(request);
  if (links.ok()) return links;
  base::Error error = std::move(links).error();
  if (error.errno_value == EEXIST || error.errno_value == EBUSY) {
    error.hint =
        "a network namespace has one flow dissector, and that of the first namespace counts for all: see "
        "bpftool net";
  }
  return error;
}

base::Result<std::vector<Link>> attach_sk_lookup(const AttachRequest& request) {
  return attach_to_net_ns(request);
}

base::Result<std::vector<Link>> attach_netfilter(const AttachRequest& request) {
  GADGETRY_ASSIGN(NetfilterTarget target, parse_netfilter_target(request.target));
  base::Fd link;
  GADGETRY_TRY(in_net_namespace(request.place.net_ns, [&]() -> base::Status {
    GADGETRY_ASSIGN(link, link_to_netfilter(request, target));
    return {};
  }));
  return one_link(request, "netfilter " + request.target, std::move(link));
}

}  // namespace gadgetry::bpf
