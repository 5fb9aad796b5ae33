// Capture files in the format pcapng (IETF draft-ietf-opsawg-pcapng; sections in the comments are its own).
#pragma once

#include <cstdint>
#include <string_view>

#include "output/writer.hpp"

namespace gadgetry::output {

inline constexpr uint16_t kLinkEthernet = 1;

struct PcapInterface {
  std::string_view name;
  std::string_view description;
  uint16_t link_type = kLinkEthernet;
  uint32_t snap_length = 0;  // 0: no limit
};

// What epb_flags says (4.3.1).
enum class PcapDirection : uint8_t { kUnknown = 0, kInbound = 1, kOutbound = 2 };
enum class PcapReception : uint8_t {
  kUnknown = 0,
  kUnicast = 1,
  kMulticast = 2,
  kBroadcast = 3,
  kPromiscuous = 4
};

struct PcapPacket {
  uint32_t interface = 0;  // as add_interface() numbered it
  uint64_t time_ns = 0;    // since 1970
  std::string_view data;   // what was captured of it
  uint32_t length = 0;     // of the packet; at least what was captured
  PcapDirection direction = PcapDirection::kUnknown;
  PcapReception reception = PcapReception::kUnknown;
  std::string_view comment;
  // Set when the kernel keeps the VLAN tag beside the packet: it is put back to where it was on the wire.
  bool has_tag = false;
  uint16_t tag_protocol = 0;
  uint16_t tag = 0;
};

// Writes blocks; each is a record of the writer, so that what leaves is whole blocks. What is longer than the
// limits allow is cut.
class PcapngWriter {
 public:
  explicit PcapngWriter(Writer& writer) : out_(writer) {}

  // Starts a section: the interfaces before it are forgotten.
  void start_section(std::string_view application);
  // Its number in this section.
  uint32_t add_interface(const PcapInterface& interface);
  void add_packet(const PcapPacket& packet);

  uint32_t interfaces() const { return interfaces_; }

 private:
  template <typename T>
  void put(T value);
  void put_bytes(std::string_view bytes);
  void put_option(uint16_t code, std::string_view value);
  void put_text_option(uint16_t code, std::string_view text);
  void start_block(uint32_t type, size_t body);
  void end_block();

  Writer& out_;
  uint32_t block_bytes_ = 0;
  uint32_t interfaces_ = 0;
};

}  // namespace gadgetry::output
