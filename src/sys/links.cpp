#include "sys/links.hpp"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/fd.hpp"

namespace gadgetry::sys {
namespace {

constexpr size_t kAnswerBytes = 64 << 10;  // the kernel sends no larger parts of a dump

// Calls function(type, payload, bytes) for each attribute in [bytes].
template <typename Function>
void for_each_attribute(const char* begin, size_t bytes, const Function& function) {
  while (bytes >= sizeof(rtattr)) {
    rtattr header;
    std::memcpy(&header, begin, sizeof(header));
    if (header.rta_len < sizeof(header) || header.rta_len > bytes) return;
    function(header.rta_type, begin + RTA_LENGTH(0), header.rta_len - RTA_LENGTH(0));
    size_t step = std::min<size_t>(RTA_ALIGN(header.rta_len), bytes);
    begin += step;
    bytes -= step;
  }
}

std::string text_of(const char* payload, size_t bytes) {
  return std::string(payload, strnlen(payload, bytes));
}

NetworkLink read_link(const char* message, size_t bytes) {
  NetworkLink link;
  ifinfomsg info;
  std::memcpy(&info, message, sizeof(info));
  link.ifindex = static_cast<uint32_t>(info.ifi_index);
  link.is_up = (info.ifi_flags & IFF_UP) != 0;
  link.is_loopback = (info.ifi_flags & IFF_LOOPBACK) != 0;
  uint32_t linked = 0;
  size_t header = NLMSG_ALIGN(sizeof(info));
  for_each_attribute(message + header, bytes - header, [&](int type, const char* payload, size_t size) {
    if (type == IFLA_IFNAME) link.name = text_of(payload, size);
    if (type == IFLA_LINK && size >= sizeof(linked)) std::memcpy(&linked, payload, sizeof(linked));
    if (type != IFLA_LINKINFO) return;
    for_each_attribute(payload, size, [&](int inner, const char* text, size_t length) {
      if (inner == IFLA_INFO_KIND) link.kind = text_of(text, length);
    });
  });
  if (link.kind == "veth" || link.kind == "netkit") link.peer_index = linked;
  return link;
}

}  // namespace

base::Result<std::vector<NetworkLink>> list_links() {
  base::Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket) return base::Error::system("list of network interfaces", errno);
  struct {
    nlmsghdr header;
    ifinfomsg info;
  } request{};
  request.header.nlmsg_len = sizeof(request);
  request.header.nlmsg_type = RTM_GETLINK;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  if (send(socket.get(), &request, sizeof(request), 0) < 0) {
    return base::Error::system("list of network interfaces", errno);
  }
  std::vector<NetworkLink> links;
  std::vector<char> answer(kAnswerBytes);
  for (;;) {
    ssize_t got = recv(socket.get(), answer.data(), answer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::Error::system("list of network interfaces", errno);
    size_t left = static_cast<size_t>(got);
    const char* at = answer.data();
    while (left >= sizeof(nlmsghdr)) {
      nlmsghdr header;
      std::memcpy(&header, at, sizeof(header));
      if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > left) break;
      if (header.nlmsg_type == NLMSG_DONE) return links;
      if (header.nlmsg_type == NLMSG_ERROR)
        return base::Error("list of network interfaces: the kernel refused it");
      size_t bytes = header.nlmsg_len - NLMSG_HDRLEN;
      if (header.nlmsg_type == RTM_NEWLINK && bytes >= sizeof(ifinfomsg))
        links.push_back(read_link(at + NLMSG_HDRLEN, bytes));
      size_t step = std::min<size_t>(NLMSG_ALIGN(header.nlmsg_len), left);
      at += step;
      left -= step;
    }
  }
}

}  // namespace gadgetry::sys
