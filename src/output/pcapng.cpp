#include "output/pcapng.hpp"

#include <algorithm>
#include <string>

#include "base/limits.hpp"

namespace gadgetry::output {
namespace {

// Block types (4.1 to 4.3) and codes of options (3.5, 4.1 to 4.3).
constexpr uint32_t kSectionHeader = 0x0a0d0d0a;
constexpr uint32_t kInterfaceDescription = 1;
constexpr uint32_t kEnhancedPacket = 6;
constexpr uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr uint16_t kEndOfOptions = 0;
constexpr uint16_t kComment = 1;
constexpr uint16_t kUserApplication = 4;
constexpr uint16_t kIfName = 2;
constexpr uint16_t kIfDescription = 3;
constexpr uint16_t kIfTimeResolution = 9;
constexpr uint16_t kPacketFlags = 2;

constexpr size_t kAddressBytes = 12;  // of an Ethernet header, in front of a VLAN tag
constexpr size_t kTagBytes = 4;
constexpr size_t kBlockFrame = 12;  // type, length, length once more

constexpr size_t padding(size_t size) {
  return (4 - size % 4) % 4;
}

size_t option_bytes(size_t value) {
  return 4 + value + padding(value);
}

// Without breaking a UTF-8 character in two.
std::string_view cut_text(std::string_view text) {
  if (text.size() <= limits::kPcapOptionBytes) return text;
  size_t end = limits::kPcapOptionBytes;
  while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xc0) == 0x80) end--;
  return text.substr(0, end);
}

size_t text_option_bytes(std::string_view text) {
  return text.empty() ? 0 : option_bytes(cut_text(text).size());
}

}  // namespace

// The byte order is the machine's: readers see it by the magic number of the section (4.1).
template <typename T>
void PcapngWriter::put(T value) {
  out_.append({reinterpret_cast<const char*>(&value), sizeof(value)});
}

void PcapngWriter::put_bytes(std::string_view bytes) {
  if (!bytes.empty()) out_.append(bytes);  // an empty text may point nowhere
  out_.fill(padding(bytes.size()), '\0');
}

void PcapngWriter::put_option(uint16_t code, std::string_view value) {
  put(code);
  put(static_cast<uint16_t>(value.size()));
  put_bytes(value);
}

void PcapngWriter::put_text_option(uint16_t code, std::string_view text) {
  if (!text.empty()) put_option(code, cut_text(text));
}

void PcapngWriter::start_block(uint32_t type, size_t body) {
  block_bytes_ = static_cast<uint32_t>(body + kBlockFrame);
  put(type);
  put(block_bytes_);
}

void PcapngWriter::end_block() {
  put(block_bytes_);
  out_.end_record();
}

void PcapngWriter::start_section(std::string_view application) {
  constexpr size_t kFixed = 16;
  start_block(kSectionHeader, kFixed + text_option_bytes(application) + option_bytes(0));
  put(kByteOrderMagic);
  put(uint16_t{1});
  put(uint16_t{0});
  put(~uint64_t{0});  // length of the section: not known
  put_text_option(kUserApplication, application);
  put_option(kEndOfOptions, {});
  end_block();
  interfaces_ = 0;
}

uint32_t PcapngWriter::add_interface(const PcapInterface& interface) {
  constexpr size_t kFixed = 8;
  constexpr char kNanoseconds = 9;  // a negative power of ten
  start_block(kInterfaceDescription, kFixed + text_option_bytes(interface.name) +
                                         text_option_bytes(interface.description) + option_bytes(1) +
                                         option_bytes(0));
  put(interface.link_type);
  put(uint16_t{0});
  put(interface.snap_length);
  put_text_option(kIfName, interface.name);
  put_text_option(kIfDescription, interface.description);
  put_option(kIfTimeResolution, {&kNanoseconds, 1});
  put_option(kEndOfOptions, {});
  end_block();
  return interfaces_++;
}

void PcapngWriter::add_packet(const PcapPacket& packet) {
  bool tagged = packet.has_tag && packet.data.size() >= kAddressBytes;
  size_t added = tagged ? kTagBytes : 0;
  std::string_view data = packet.data.substr(0, limits::kPcapPacketBytes - added);
  auto captured = static_cast<uint32_t>(data.size() + added);
  auto flags = static_cast<uint32_t>(static_cast<uint32_t>(packet.direction) |
                                     static_cast<uint32_t>(packet.reception) << 2);
  constexpr size_t kFixed = 20;
  size_t options = (flags == 0 ? 0 : option_bytes(sizeof(flags))) + text_option_bytes(packet.comment);
  start_block(kEnhancedPacket,
              kFixed + captured + padding(captured) + options + (options == 0 ? 0 : option_bytes(0)));
  put(packet.interface);
  put(static_cast<uint32_t>(packet.time_ns >> 32));
  put(static_cast<uint32_t>(packet.time_ns));
  put(captured);
  put(std::max(captured, packet.length + static_cast<uint32_t>(added)));
  if (tagged) {
    out_.append(data.substr(0, kAddressBytes));
    for (uint16_t half : {packet.tag_protocol, packet.tag}) {  // network order
      out_.append(static_cast<char>(half >> 8));
      out_.append(static_cast<char>(half & 0xff));
    }
    out_.append(data.substr(kAddressBytes));
  } else if (!data.empty()) {
    out_.append(data);
  }
  out_.fill(padding(captured), '\0');
  if (flags != 0) put_option(kPacketFlags, {reinterpret_cast<const char*>(&flags), sizeof(flags)});
  put_text_option(kComment, packet.comment);
  if (options != 0) put_option(kEndOfOptions, {});
  end_block();
}

}  // namespace gadgetry::output
