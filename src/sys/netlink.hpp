// Requests to rtnetlink in the network namespace this thread is in. Source: netlink(7), rtnetlink(7).
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gadgetry::sys {

// A message that is put together: a header of its type, then attributes, which may nest.
class NetlinkRequest {
 public:
  // `flags` beyond NLM_F_REQUEST; `head` is the structure behind the header (ifinfomsg, tcmsg, rtmsg).
  template <typename Head>
  NetlinkRequest(uint16_t type, uint16_t flags, const Head& head) {
    start(type, flags);
    append(&head, sizeof(head));
  }

  void add(uint16_t attribute, const void* bytes, size_t size);
  void add_number(uint16_t attribute, uint32_t value) { add(attribute, &value, sizeof(value)); }
  void add_text(uint16_t attribute, std::string_view text);  // with its zero
  // Attributes between begin() and end() are inside this one.
  size_t begin(uint16_t attribute);
  void end(size_t begun);

  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  void start(uint16_t type, uint16_t flags);
  void append(const void* bytes, size_t size);
  void set_lengths();

  std::vector<std::byte> bytes_;
};

// Sends a request and waits until the kernel has done it. The error has the kernel's own explanation, if it
// gives one, and its number.
base::Status send_netlink(const NetlinkRequest& request, std::string_view what);

// Sends a request with NLM_F_DUMP; each message that comes is given to the function: its type and what stands
// behind its header.
using NetlinkMessage = std::function<void(uint16_t type, std::span<const std::byte> body)>;
base::Status dump_netlink(const NetlinkRequest& request, std::string_view what,
                          const NetlinkMessage& function);

// Calls function(type, payload) for each attribute. Broken ones end it.
using NetlinkAttribute = std::function<void(uint16_t type, std::span<const std::byte> payload)>;
void for_each_attribute(std::span<const std::byte> bytes, const NetlinkAttribute& function);
// The attributes behind the structure Head.
template <typename Head>
std::span<const std::byte> attributes_behind(std::span<const std::byte> body) {
  constexpr size_t kSize = (sizeof(Head) + 3) / 4 * 4;
  return body.size() < kSize ? std::span<const std::byte>() : body.subspan(kSize);
}
std::string_view attribute_text(std::span<const std::byte> payload);  // up to its zero

}  // namespace gadgetry::sys
