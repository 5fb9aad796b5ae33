#include "bpf/tc_filter.hpp"

#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_bpf.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "base/strings.hpp"
#include "bpf/owner_mark.hpp"
#include "sys/netlink.hpp"

namespace gadgetry::bpf {
namespace {

using sys::NetlinkRequest;

// Ours begin behind those that others like to take (1, 2), and do not fill the table.
constexpr uint32_t kFirstPriority = 3;
constexpr uint32_t kLastPriority = 66;
constexpr uint32_t kHandle = 1;
constexpr uint32_t kPriorityShift = 16;

// A filter that somebody has on the interface.
struct Known {
  TcFilter filter;
  std::string kind = {};
  OwnerMark mark = {};
};

uint32_t parent_of(TcDirection direction) {
  return TC_H_MAKE(TC_H_CLSACT, direction == TcDirection::kIngress ? TC_H_MIN_INGRESS : TC_H_MIN_EGRESS);
}

tcmsg head_of(const TcFilter& filter) {
  tcmsg head{};
  head.tcm_family = AF_UNSPEC;
  head.tcm_ifindex = static_cast<int>(filter.ifindex);
  head.tcm_parent = parent_of(filter.direction);
  head.tcm_handle = filter.handle;
  head.tcm_info = filter.priority << kPriorityShift | htons(ETH_P_ALL);
  return head;
}

tcmsg clsact_head(uint32_t ifindex) {
  tcmsg head{};
  head.tcm_family = AF_UNSPEC;
  head.tcm_ifindex = static_cast<int>(ifindex);
  head.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
  head.tcm_parent = TC_H_CLSACT;
  return head;
}

const char* kind_name(TcProgram kind) {
  return kind == TcProgram::kClassifier ? "bpf" : "matchall";
}

// The name of the (first) program of a filter: in its options for "bpf", in its action for "matchall".
std::string program_name(const std::string& kind, std::span<const std::byte> options) {
  std::string name;
  auto find = [&](uint16_t wanted, auto&& function) {
    return [wanted, function](uint16_t type, std::span<const std::byte> payload) {
      if (type == wanted) function(payload);
    };
  };
  auto take = [&](std::span<const std::byte> payload) {
    if (name.empty()) name = sys::attribute_text(payload);
  };
  if (kind == "bpf") sys::for_each_attribute(options, find(TCA_BPF_NAME, take));
  if (kind != "matchall") return name;
  auto in_action = [&](std::span<const std::byte> action) {
    sys::for_each_attribute(action, find(TCA_ACT_BPF_NAME, take));
  };
  auto in_list = [&](uint16_t, std::span<const std::byte> action) {
    sys::for_each_attribute(action, find(TCA_ACT_OPTIONS, in_action));
  };
  auto in_actions = [&](std::span<const std::byte> list) { sys::for_each_attribute(list, in_list); };
  sys::for_each_attribute(options, find(TCA_MATCHALL_ACT, in_actions));
  return name;
}

base::Result<std::vector<Known>> list_filters(uint32_t ifindex, TcDirection direction) {
  std::vector<Known> out;
  TcFilter all{.ifindex = ifindex, .direction = direction};
  tcmsg head = head_of(all);
  head.tcm_info = 0;
  NetlinkRequest request(RTM_GETTFILTER, NLM_F_DUMP, head);
  GADGETRY_TRY(
      sys::dump_netlink(request, "list of tc filters", [&](uint16_t type, std::span<const std::byte> body) {
        tcmsg found;
        if (type != RTM_NEWTFILTER || body.size() < sizeof(found)) return;
        std::memcpy(&found, body.data(), sizeof(found));
        Known one{.filter = all};
        one.filter.priority = found.tcm_info >> kPriorityShift;
        one.filter.handle = found.tcm_handle;
        std::span<const std::byte> options;
        sys::for_each_attribute(sys::attributes_behind<tcmsg>(body),
                                [&](uint16_t name, std::span<const std::byte> value) {
                                  if (name == TCA_KIND) one.kind = sys::attribute_text(value);
                                  if (name == TCA_OPTIONS) options = value;
                                });
        one.filter.kind = one.kind == "bpf" ? TcProgram::kClassifier : TcProgram::kAction;
        one.mark = read_owner_mark(program_name(one.kind, options));
        out.push_back(std::move(one));
      }));
  return out;
}

// "clsact", "ingress", or nothing.
base::Result<std::string> find_clsact(uint32_t ifindex) {
  std::string kind;
  tcmsg head{};
  head.tcm_family = AF_UNSPEC;
  head.tcm_ifindex = static_cast<int>(ifindex);
  NetlinkRequest request(RTM_GETQDISC, NLM_F_DUMP, head);
  GADGETRY_TRY(sys::dump_netlink(request, "list of qdiscs", [&](uint16_t, std::span<const std::byte> body) {
    tcmsg found;
    if (body.size() < sizeof(found)) return;
    std::memcpy(&found, body.data(), sizeof(found));
    if (static_cast<uint32_t>(found.tcm_ifindex) != ifindex || found.tcm_parent != TC_H_CLSACT) return;
    sys::for_each_attribute(sys::attributes_behind<tcmsg>(body),
                            [&](uint16_t name, std::span<const std::byte> value) {
                              if (name == TCA_KIND) kind = sys::attribute_text(value);
                            });
  }));
  return kind;
}

// True when it is new.
base::Result<bool> make_clsact(uint32_t ifindex, TcDirection direction) {
  GADGETRY_ASSIGN(std::string kind, find_clsact(ifindex));
  if (kind == "ingress" && direction == TcDirection::kEgress) {
    return base::Error("the interface has a qdisc 'ingress' of somebody else, which has no egress side")
        .with_hint("it would have to be 'clsact': see tc qdisc show");
  }
  if (!kind.empty()) return false;
  NetlinkRequest request(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, clsact_head(ifindex));
  request.add_text(TCA_KIND, "clsact");
  auto made = sys::send_netlink(request, "qdisc clsact");
  if (made.ok()) return true;
  if (made.error().errno_value == EEXIST) return false;
  return std::move(made).error();
}

base::Status delete_filter(const TcFilter& filter) {
  NetlinkRequest request(RTM_DELTFILTER, 0, head_of(filter));
  request.add_text(TCA_KIND, kind_name(filter.kind));
  return sys::send_netlink(request, "tc filter");
}

void add_classifier(NetlinkRequest& request, int program, const std::string& mark) {
  size_t options = request.begin(TCA_OPTIONS);
  request.add_number(TCA_BPF_FD, static_cast<uint32_t>(program));
  request.add_text(TCA_BPF_NAME, mark);
  request.add_number(TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
  request.end(options);
}

// All packets, with the program as their action: when it has no opinion, the next filter is asked.
void add_action(NetlinkRequest& request, int program, const std::string& mark) {
  tc_act_bpf parameters{};
  parameters.action = TC_ACT_UNSPEC;
  size_t options = request.begin(TCA_OPTIONS);
  size_t list = request.begin(TCA_MATCHALL_ACT);
  size_t first = request.begin(1);
  request.add_text(TCA_ACT_KIND, "bpf");
  size_t inner = request.begin(TCA_ACT_OPTIONS);
  request.add(TCA_ACT_BPF_PARMS, &parameters, sizeof(parameters));
  request.add_number(TCA_ACT_BPF_FD, static_cast<uint32_t>(program));
  request.add_text(TCA_ACT_BPF_NAME, mark);
  request.end(inner);
  request.end(first);
  request.end(list);
  request.end(options);
}

base::Status add_filter(const TcFilter& filter, int program, const std::string& mark) {
  NetlinkRequest request(RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, head_of(filter));
  request.add_text(TCA_KIND, kind_name(filter.kind));
  if (filter.kind == TcProgram::kClassifier) {
    add_classifier(request, program, mark);
  } else {
    add_action(request, program, mark);
  }
  return sys::send_netlink(request, "tc filter");
}

struct Others {
  std::set<uint32_t> priorities;  // taken in the direction that is wanted
  bool is_our_clsact = false;     // it was made for programs of ours
};

// What is on the interface, less what killed runs left.
base::Result<Others> clean_up(uint32_t ifindex, TcDirection wanted) {
  Others out;
  for (TcDirection direction : {TcDirection::kIngress, TcDirection::kEgress}) {
    GADGETRY_ASSIGN(auto filters, list_filters(ifindex, direction));
    for (const Known& one : filters) {
      out.is_our_clsact = out.is_our_clsact || (one.mark.is_ours && one.mark.has_extra);
      if (one.mark.is_left && delete_filter(one.filter).ok()) {
        base::log_debug("a tc filter that a killed run left is removed");
      } else if (direction == wanted) {
        out.priorities.insert(one.filter.priority);
      }
    }
  }
  return out;
}

}  // namespace

const char* direction_name(TcDirection direction) {
  return direction == TcDirection::kIngress ? "ingress" : "egress";
}

base::Result<TcFilter> add_tc_filter(uint32_t ifindex, TcDirection direction, TcProgram kind, int program,
                                     const std::string& name) {
  GADGETRY_ASSIGN(Others others, clean_up(ifindex, direction));
  GADGETRY_ASSIGN(bool is_new, make_clsact(ifindex, direction));
  std::string mark = make_owner_mark(name, is_new || others.is_our_clsact);
  base::Error last("no tc priority is free");
  for (uint32_t priority = kFirstPriority; priority <= kLastPriority; ++priority) {
    if (others.priorities.contains(priority)) continue;
    TcFilter filter{
        .ifindex = ifindex, .direction = direction, .priority = priority, .handle = kHandle, .kind = kind};
    auto added = add_filter(filter, program, mark);
    if (added.ok()) return filter;
    last = std::move(added).error();
    if (last.errno_value != EEXIST) break;  // else somebody was quicker
  }
  if (is_new) (void)sys::send_netlink(NetlinkRequest(RTM_DELQDISC, 0, clsact_head(ifindex)), "qdisc clsact");
  return last;
}

base::Status remove_tc_filter(const TcFilter& filter) {
  bool was_for_us = false;
  GADGETRY_ASSIGN(auto before, list_filters(filter.ifindex, filter.direction));
  for (const Known& one : before) {
    bool is_it =
        one.filter.priority == filter.priority && one.filter.handle == filter.handle && one.mark.is_ours;
    if (is_it) was_for_us = one.mark.has_extra;
  }
  GADGETRY_TRY(delete_filter(filter));
  if (!was_for_us) return {};
  for (TcDirection direction : {TcDirection::kIngress, TcDirection::kEgress}) {
    GADGETRY_ASSIGN(auto left, list_filters(filter.ifindex, direction));
    if (!left.empty()) return {};
  }
  return sys::send_netlink(NetlinkRequest(RTM_DELQDISC, 0, clsact_head(filter.ifindex)), "qdisc clsact");
}

}  // namespace gadgetry::bpf
