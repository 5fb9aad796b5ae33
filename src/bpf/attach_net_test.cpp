// Attaching to what networks have, in network namespaces that the tests make.
#include <bpf/bpf.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/if_link.h>
#include <linux/netfilter.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "base/fd.hpp"
#include "bpf/interface_link.hpp"
#include "bpf/kernel_abi.hpp"
#include "bpf/lwt_route.hpp"
#include "bpf/netfilter_target.hpp"
#include "bpf/owner_mark.hpp"
#include "bpf/place.hpp"
#include "bpf/tc_filter.hpp"
#include "sys/links.hpp"
#include "sys/netlink.hpp"

namespace gadgetry::bpf {
namespace {

base::Fd load_program(bpf_prog_type type) {
  const std::array<bpf_insn, 2> code = {
      bpf_insn{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .src_reg = 0, .off = 0, .imm = -1},
      bpf_insn{.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}};
  return base::Fd(bpf_prog_load(type, "net_test", "GPL", code.data(), code.size(), nullptr));
}

// A network namespace of its own, with an interface in it; gone with its descriptor.
struct Namespace {
  base::Fd file;
  uint32_t ifindex = 0;
};

base::Status add_interface() {
  ifinfomsg head{};
  sys::NetlinkRequest request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, head);
  request.add_text(IFLA_IFNAME, "tested");
  size_t info = request.begin(IFLA_LINKINFO);
  request.add_text(IFLA_INFO_KIND, "veth");
  request.end(info);
  return sys::send_netlink(request, "veth pair");
}

base::Result<Namespace> make_namespace() {
  Namespace out;
  base::Status status;
  std::thread([&] {
    if (unshare(CLONE_NEWNET) != 0) {
      status = base::Error::system("network namespace", errno);
      return;
    }
    out.file.reset(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    status = add_interface();
    out.ifindex = if_nametoindex("tested");
  }).join();
  if (!status.ok()) return std::move(status).error();
  return out;
}

class NetAttachTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = make_namespace();
    if (!made.ok()) GTEST_SKIP() << made.error().text();
    space_ = std::move(made).value();
  }

  // Of the qdiscs and filters on the interface, counted by a dump of their messages.
  size_t count(uint16_t type, uint32_t parent) {
    size_t found = 0;
    auto counted = in_net_namespace(space_.file, [&] {
      tcmsg head{};
      head.tcm_ifindex = static_cast<int>(space_.ifindex);
      head.tcm_parent = parent;
      sys::NetlinkRequest request(type, NLM_F_DUMP, head);
      return sys::dump_netlink(request, "dump", [&](uint16_t, std::span<const std::byte> body) {
        tcmsg one;
        std::memcpy(&one, body.data(), sizeof(one));
        found += static_cast<uint32_t>(one.tcm_ifindex) == space_.ifindex && one.tcm_parent == parent ? 1 : 0;
      });
    });
    EXPECT_TRUE(counted.ok());
    return found;
  }
  size_t clsact_count() { return count(RTM_GETQDISC, TC_H_CLSACT); }
  // A dump of classifiers has two messages for each: their table at this priority, and the filter.
  bool has_filters() { return count(RTM_GETTFILTER, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS)) != 0; }

  base::Result<TcFilter> add(int program, TcProgram kind = TcProgram::kClassifier) {
    base::Result<TcFilter> out = base::Error("not tried");
    auto status = in_net_namespace(space_.file, [&]() -> base::Status {
      out = add_tc_filter(space_.ifindex, TcDirection::kIngress, kind, program, "net_test");
      return {};
    });
    return out;
  }
  base::Status remove(const TcFilter& filter) {
    return in_net_namespace(space_.file, [&] { return remove_tc_filter(filter); });
  }

  Namespace space_;
};

TEST_F(NetAttachTest, FilterBringsAndTakesItsQdisc) {
  base::Fd program = load_program(BPF_PROG_TYPE_SCHED_CLS);
  ASSERT_TRUE(program);
  auto first = add(program.get());
  ASSERT_TRUE(first.ok()) << first.error().text();
  auto second = add(program.get());
  ASSERT_TRUE(second.ok()) << second.error().text();
  EXPECT_NE(first->priority, second->priority);
  EXPECT_EQ(clsact_count(), 1u);
  // The one that made the qdisc goes first: it stays for the other one.
  EXPECT_TRUE(remove(*first).ok());
  EXPECT_EQ(clsact_count(), 1u);
  EXPECT_TRUE(remove(*second).ok());
  EXPECT_EQ(clsact_count(), 0u);
}

TEST_F(NetAttachTest, QdiscOfOthersStays) {
  auto made = in_net_namespace(space_.file, [&] {
    tcmsg head{};
    head.tcm_ifindex = static_cast<int>(space_.ifindex);
    head.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
    head.tcm_parent = TC_H_CLSACT;
    sys::NetlinkRequest request(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, head);
    request.add_text(TCA_KIND, "clsact");
    return sys::send_netlink(request, "clsact");
  });
  ASSERT_TRUE(made.ok()) << made.error().text();
  base::Fd program = load_program(BPF_PROG_TYPE_SCHED_CLS);
  auto filter = add(program.get());
  ASSERT_TRUE(filter.ok()) << filter.error().text();
  EXPECT_TRUE(remove(*filter).ok());
  EXPECT_EQ(clsact_count(), 1u);
}

TEST_F(NetAttachTest, NextRunRemovesWhatAKilledOneLeft) {
  base::Fd program = load_program(BPF_PROG_TYPE_SCHED_CLS);
  ASSERT_TRUE(program);
  pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) _exit(add(program.get()).ok() ? 0 : 1);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  ASSERT_TRUE(has_filters());
  auto filter = add(program.get());
  ASSERT_TRUE(filter.ok()) << filter.error().text();
  EXPECT_TRUE(remove(*filter).ok());
  EXPECT_FALSE(has_filters());
  EXPECT_EQ(clsact_count(), 0u);
}

TEST_F(NetAttachTest, ActionComesAndGoes) {
  base::Fd program = load_program(BPF_PROG_TYPE_SCHED_ACT);
  if (!program) GTEST_SKIP() << "no actions";
  auto filter = add(program.get(), TcProgram::kAction);
  if (!filter.ok() && filter.error().errno_value == ENOENT) GTEST_SKIP() << filter.error().text();
  ASSERT_TRUE(filter.ok()) << filter.error().text();
  EXPECT_TRUE(has_filters());
  EXPECT_TRUE(remove(*filter).ok());
  EXPECT_EQ(clsact_count(), 0u);
}

TEST_F(NetAttachTest, LinkStandsInFrontAndGoesWithItsDescriptor) {
  if (!has_interface_links(kAttachTcxIngress).ok()) GTEST_SKIP() << "no tcx";
  base::Fd program = load_program(BPF_PROG_TYPE_SCHED_CLS);
  Place place{.kind = PlaceKind::kInterface, .ifindex = space_.ifindex};
  place.net_ns.reset(fcntl(space_.file.get(), F_DUPFD_CLOEXEC, 0));
  auto attached = [&] {
    uint32_t found = 0;
    auto asked = in_net_namespace(space_.file, [&]() -> base::Status {
      uint32_t flags = 0;
      auto type = static_cast<bpf_attach_type>(kAttachTcxIngress);
      bpf_prog_query(static_cast<int>(space_.ifindex), type, 0, &flags, nullptr, &found);
      return {};
    });
    return found;
  };
  {
    auto link = link_to_interface(place, program.get(), kAttachTcxIngress, kLinkBefore);
    ASSERT_TRUE(link.ok()) << link.error().text();
    EXPECT_EQ(attached(), 1u);
  }
  EXPECT_EQ(attached(), 0u);
}

TEST(OwnerMark, SaysWhoMadeIt) {
  OwnerMark own = read_owner_mark(make_owner_mark("program", true));
  EXPECT_TRUE(own.is_ours);
  EXPECT_FALSE(own.is_left);
  EXPECT_TRUE(own.has_extra);
  std::string name = make_owner_mark("program");
  EXPECT_FALSE(read_owner_mark(name).has_extra);
  // Another process has this pid now, or none.
  std::string gone = name;
  size_t start = gone.rfind(":0:program");
  ASSERT_NE(start, std::string::npos);
  gone.insert(start, "1");
  EXPECT_TRUE(read_owner_mark(gone).is_left);
  // In another pid namespace nobody can tell.
  EXPECT_FALSE(read_owner_mark("gadgetry:1:1:1:0:program").is_left);
  for (const char* text : {"", "gadgetry", "gadgetry:1", "other:1:1:1:0:x", "gadgetry:a:b:c:0:x"}) {
    EXPECT_FALSE(read_owner_mark(text).is_ours) << text;
  }
}

TEST(LwtRoute, IsReadAsInIpRoute) {
  auto route = parse_lwt_route("10.9.0.0/24 dev veth0 via 10.0.0.1");
  ASSERT_TRUE(route.ok()) << route.error().text();
  EXPECT_EQ(route->family, AF_INET);
  EXPECT_EQ(route->prefix_bits, 24);
  EXPECT_EQ(route->interface, "veth0");
  EXPECT_TRUE(route->has_gateway);
  auto host = parse_lwt_route("fd00::1 dev veth0");
  ASSERT_TRUE(host.ok()) << host.error().text();
  EXPECT_EQ(host->prefix_bits, 128);
  EXPECT_FALSE(host->has_gateway);
  for (const char* text :
       {"", "dev", "10.9.0.0/33 dev x", "10.9.0.0/24", "10.9.0.0/24 dev", "10.9.0.0/24 table 7",
        "fd00::/129 dev x", "10.9.0.0/ dev x", "10.9.0.0/24 dev x via fd00::1"}) {
    EXPECT_FALSE(parse_lwt_route(text).ok()) << text;
  }
}

TEST(NetfilterTarget, IsProtocolHookPriority) {
  auto usual = parse_netfilter_target("");
  ASSERT_TRUE(usual.ok());
  EXPECT_EQ(usual->family, static_cast<uint32_t>(NFPROTO_IPV4));
  EXPECT_FALSE(usual->priority.has_value());
  auto full = parse_netfilter_target("ipv6:prerouting:-150");
  ASSERT_TRUE(full.ok()) << full.error().text();
  EXPECT_EQ(full->hook, static_cast<uint32_t>(NF_INET_PRE_ROUTING));
  EXPECT_EQ(full->priority, -150);
  for (const char* text : {"ipv5", "ipv4:somewhere", "ipv4:input:high", "ipv4:input:1:2"}) {
    EXPECT_FALSE(parse_netfilter_target(text).ok()) << text;
  }
}

}  // namespace
}  // namespace gadgetry::bpf
