#include "sys/netlink.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "base/fd.hpp"
#include "base/strings.hpp"

namespace gadgetry::sys {
namespace {

constexpr size_t kAnswerBytes = 64 << 10;  // the kernel sends no larger parts of a dump
constexpr uint16_t kTypeMask = NLA_TYPE_MASK & 0xffff;

struct Answer {
  bool is_last = false;
  base::Status status = {};
};

base::Result<base::Fd> open_and_send(const NetlinkRequest& request, std::string_view what) {
  base::Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket) return base::Error::system(what, errno);
  int on = 1;
  // Explanations are a gift: without them there is still the number.
  (void)setsockopt(socket.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
  if (send(socket.get(), request.bytes().data(), request.bytes().size(), 0) < 0) {
    return base::Error::system(what, errno);
  }
  return socket;
}

// An error or acknowledgement: its number, and the explanation behind the request it repeats.
base::Status read_error(std::span<const std::byte> body, uint16_t flags, std::string_view what) {
  nlmsgerr error;
  if (body.size() < sizeof(error)) return base::Error(std::string(what) + ": the kernel's answer is broken");
  std::memcpy(&error, body.data(), sizeof(error));
  if (error.error == 0) return {};
  base::Error out = base::Error::system(what, -error.error);
  if ((flags & NLM_F_ACK_TLVS) == 0) return out;
  size_t repeated = (flags & NLM_F_CAPPED) != 0 ? sizeof(nlmsghdr) : NLMSG_ALIGN(error.msg.nlmsg_len);
  size_t skipped = sizeof(error) - sizeof(nlmsghdr) + repeated;
  if (skipped >= body.size()) return out;
  for_each_attribute(body.subspan(skipped), [&](uint16_t type, std::span<const std::byte> payload) {
    if (type != NLMSGERR_ATTR_MSG) return;
    out.message += " (" + base::printable(attribute_text(payload)) + ")";
  });
  return out;
}

// The messages of one datagram.
Answer read_messages(std::span<const std::byte> bytes, std::string_view what,
                     const NetlinkMessage& function) {
  while (bytes.size() >= sizeof(nlmsghdr)) {
    nlmsghdr header;
    std::memcpy(&header, bytes.data(), sizeof(header));
    if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > bytes.size()) break;
    auto body = bytes.subspan(NLMSG_HDRLEN, header.nlmsg_len - NLMSG_HDRLEN);
    if (header.nlmsg_type == NLMSG_ERROR) return {true, read_error(body, header.nlmsg_flags, what)};
    if (header.nlmsg_type == NLMSG_DONE) return {true, {}};
    if (function) function(header.nlmsg_type, body);
    bytes = bytes.subspan(std::min<size_t>(NLMSG_ALIGN(header.nlmsg_len), bytes.size()));
  }
  return {};
}

base::Status exchange(const NetlinkRequest& request, std::string_view what, const NetlinkMessage& function) {
  GADGETRY_ASSIGN(base::Fd socket, open_and_send(request, what));
  std::vector<std::byte> buffer(kAnswerBytes);
  for (;;) {
    ssize_t got = recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::Error::system(what, errno);
    Answer answer = read_messages(std::span(buffer).first(static_cast<size_t>(got)), what, function);
    if (answer.is_last) return answer.status;
  }
}

}  // namespace

void NetlinkRequest::start(uint16_t type, uint16_t flags) {
  nlmsghdr header{};
  header.nlmsg_type = type;
  header.nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | flags);
  // A dump ends by itself; everything else is acknowledged.
  if ((flags & NLM_F_DUMP) != NLM_F_DUMP) header.nlmsg_flags |= NLM_F_ACK;
  append(&header, sizeof(header));
}

void NetlinkRequest::append(const void* bytes, size_t size) {
  size_t at = bytes_.size();
  bytes_.resize(at + NLMSG_ALIGN(size));
  if (size != 0) std::memcpy(bytes_.data() + at, bytes, size);
  set_lengths();
}

void NetlinkRequest::set_lengths() {
  auto length = static_cast<uint32_t>(bytes_.size());
  std::memcpy(bytes_.data(), &length, sizeof(length));
}

void NetlinkRequest::add(uint16_t attribute, const void* bytes, size_t size) {
  rtattr header{};
  header.rta_type = attribute;
  header.rta_len = static_cast<uint16_t>(RTA_LENGTH(size));
  append(&header, sizeof(header));
  append(bytes, size);
}

void NetlinkRequest::add_text(uint16_t attribute, std::string_view text) {
  std::string with_zero(text);
  add(attribute, with_zero.c_str(), with_zero.size() + 1);
}

size_t NetlinkRequest::begin(uint16_t attribute) {
  size_t at = bytes_.size();
  add(static_cast<uint16_t>(attribute | NLA_F_NESTED), nullptr, 0);
  return at;
}

void NetlinkRequest::end(size_t begun) {
  auto length = static_cast<uint16_t>(bytes_.size() - begun);
  std::memcpy(bytes_.data() + begun, &length, sizeof(length));
}

base::Status send_netlink(const NetlinkRequest& request, std::string_view what) {
  return exchange(request, what, {});
}

base::Status dump_netlink(const NetlinkRequest& request, std::string_view what,
                          const NetlinkMessage& function) {
  return exchange(request, what, function);
}

void for_each_attribute(std::span<const std::byte> bytes, const NetlinkAttribute& function) {
  while (bytes.size() >= sizeof(rtattr)) {
    rtattr header;
    std::memcpy(&header, bytes.data(), sizeof(header));
    if (header.rta_len < sizeof(header) || header.rta_len > bytes.size()) return;
    function(header.rta_type & kTypeMask, bytes.subspan(sizeof(header), header.rta_len - sizeof(header)));
    bytes = bytes.subspan(std::min<size_t>(RTA_ALIGN(header.rta_len), bytes.size()));
  }
}

std::string_view attribute_text(std::span<const std::byte> payload) {
  std::string_view text = base::as_text(payload);
  return text.substr(0, text.find('\0'));
}

}  // namespace gadgetry::sys
