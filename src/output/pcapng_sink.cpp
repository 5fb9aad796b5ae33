#include "output/pcapng_sink.hpp"

#include <linux/if_packet.h>

#include <algorithm>

#include "base/limits.hpp"
#include "data/access.hpp"
#include "output/cell_format.hpp"

namespace gadgetry::output {
namespace {

using data::Field;
using data::Record;

constexpr std::string_view kApplication = "gadgetctl " GADGETRY_VERSION;

// Annotations have had another name.
struct Role {
  std::string_view annotation;
  std::string_view former;
};
constexpr Role kPayload = {"pcap.payload", "cli.pcap-ng.payload"};
constexpr Role kTimestamp = {"pcap.timestamp", "cli.pcap-ng.timestamp"};
constexpr Role kLength = {"pcap.packet-length", "cli.pcap-ng.packet-length"};
constexpr Role kPacketType = {"pcap.packet-type", ""};
constexpr Role kVlanTag = {"pcap.vlan-tag", ""};
constexpr std::string_view kFormerInterface = "cli.pcap-ng.interface";

// Facts that a comment shows wherever they are.
constexpr std::pair<std::string_view, std::string_view> kKnownFacts[] = {
    {"proc.comm", "comm"},          {"proc.pid", "pid"},    {"runtime.containerName", "container"},
    {"k8s.namespace", "namespace"}, {"k8s.podName", "pod"}, {"k8s.containerName", "k8s container"},
};

std::string_view field_name(const data::DataSource& source, const Role& role) {
  std::string_view name = source.annotation(role.annotation);
  return name.empty() && !role.former.empty() ? source.annotation(role.former) : name;
}

// The value of an annotation that is a label, or "true" for the field's own name. Empty: not set.
std::string label_of(const Field& field, std::string_view annotation) {
  std::string_view value = field.annotation(annotation);
  if (value == "false") return {};
  return std::string(value == "true" ? std::string_view(field.full_name) : value);
}

bool is_plain(const Field& field) {
  return !field.is_array && (data::is_integer(field.kind) || data::is_text(field.kind));
}

void append_value(std::string& out, const Record& record, const Field& field) {
  if (data::is_text(field.kind)) {
    out += data::read_text(record, field);
  } else if (data::is_signed(field.kind)) {
    out += std::to_string(static_cast<int64_t>(data::read_integer(record, field)));
  } else {
    out += std::to_string(data::read_integer(record, field));
  }
}

// As in the query of a URL: what separates is written %3D.
void append_escaped(std::string& out, std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  for (char c : text) {
    auto byte = static_cast<uint8_t>(c);
    bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                 std::string_view("-_.~:/").find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      out += {'%', kDigits[byte >> 4], kDigits[byte & 0xf]};
    }
  }
}

// Names and comments are shown on terminals: no control characters in them.
void make_printable(std::string& text) {
  for (char& c : text) {
    if (static_cast<uint8_t>(c) < 0x20 || c == 0x7f) c = '?';
  }
}

// The integer behind a time that the annotation names by its text: "timestamp" is made of "timestamp_raw".
Field* raw_time(data::DataSource& source, std::string_view name) {
  Field* field = source.find(name);
  if (field != nullptr && data::is_integer(field->kind)) return field;
  Field* raw = source.find(std::string(name) + "_raw");
  if (raw != nullptr && data::is_integer(raw->kind)) return raw;
  for (Field& other : source.fields()) {
    if (other.has_tag("type:gadget_timestamp") && data::is_integer(other.kind)) return &other;
  }
  return nullptr;
}

// Types of packets as the kernel tells them (linux/if_packet.h).
void set_type(PcapPacket& packet, uint64_t type) {
  packet.direction = type == PACKET_OUTGOING ? PcapDirection::kOutbound : PcapDirection::kInbound;
  switch (type) {
    case PACKET_HOST:
      packet.reception = PcapReception::kUnicast;
      break;
    case PACKET_BROADCAST:
      packet.reception = PcapReception::kBroadcast;
      break;
    case PACKET_MULTICAST:
      packet.reception = PcapReception::kMulticast;
      break;
    case PACKET_OTHERHOST:
      packet.reception = PcapReception::kPromiscuous;
      break;
    case PACKET_OUTGOING:
      break;
    default:
      packet.direction = PcapDirection::kUnknown;
  }
}

}  // namespace

bool holds_packets(const data::DataSource& source) {
  return !field_name(source, kPayload).empty();
}

base::Status PcapngSink::plan(data::DataSource& source) {
  GADGETRY_TRY(plan_packet(source));
  plan_interface(source);
  plan_comment(source);
  return {};
}

base::Status PcapngSink::plan_packet(data::DataSource& source) {
  auto wrong = [&](const Role& role, std::string_view wanted) {
    return base::Error("data source " + source.name() + ": output mode pcap-ng: its annotation " +
                       std::string(role.annotation) + " does not name " + std::string(wanted))
        .with_hint("correct it in the gadget's metadata, or give it with --annotate");
  };
  Field* payload = source.find(field_name(source, kPayload));
  if (payload == nullptr || payload->kind != data::Kind::kBytes || payload->is_struct()) {
    return wrong(kPayload, "a field of bytes");
  }
  Field* time = raw_time(source, field_name(source, kTimestamp));
  if (time == nullptr || time->is_array) return wrong(kTimestamp, "a time");
  Field* length = source.find(field_name(source, kLength));
  if (length == nullptr || !data::is_integer(length->kind)) return wrong(kLength, "a number");
  payload_ = payload;
  time_ = time;
  length_ = length;
  payload->needed = time->needed = length->needed = true;
  for (auto [role, place] : {std::pair{kPacketType, &packet_type_}, {kVlanTag, &tag_}}) {
    std::string_view name = field_name(source, role);
    if (name.empty()) continue;
    Field* field = source.find(name);
    if (field == nullptr || !data::is_integer(field->kind)) return wrong(role, "a number");
    field->needed = true;
    *place = field;
  }
  return {};
}

void PcapngSink::plan_interface(data::DataSource& source) {
  key_.clear();
  variables_.clear();
  interface_name_ = nullptr;
  std::string_view former = source.annotation(kFormerInterface);
  for (Field& field : source.fields()) {
    if (!is_plain(field)) continue;
    bool is_key =
        !label_of(field, "pcap.interface-key").empty() || (!former.empty() && field.full_name == former);
    bool is_name = !label_of(field, "pcap.interface-name").empty();
    std::string variable = label_of(field, "pcap.interface-var");
    if (is_key) key_.push_back(&field);
    if (is_name && interface_name_ == nullptr) interface_name_ = &field;
    if (!variable.empty()) variables_.push_back({variable, &field});
    if (is_key || is_name || !variable.empty()) field.needed = true;
  }
  if (interface_name_ != nullptr) return;
  Field* text = source.find("ifname");  // of a field of type gadget_ifindex
  if (text == nullptr || !data::is_text(text->kind) || text->is_array) return;
  interface_name_ = text;
  text->needed = true;
}

void PcapngSink::plan_comment(data::DataSource& source) {
  comment_.clear();
  for (auto [name, label] : kKnownFacts) {
    Field* field = source.find(name);
    if (field != nullptr && is_plain(*field)) comment_.push_back({std::string(label), field});
  }
  for (Field& field : source.fields()) {
    std::string label = label_of(field, "pcap.comment");
    if (!label.empty() && is_plain(field)) comment_.push_back({label, &field});
  }
  for (const Labelled& fact : comment_) source.fields()[fact.field->index].needed = true;
}

// A new one also when another data source wrote in between: interfaces are numbered by section.
void PcapngSink::need_section() {
  bool is_full = pcap_.interfaces() >= limits::kPcapInterfaces;
  if (!writer().claim(this) && !is_full) return;
  started_ = true;
  pcap_.start_section(kApplication);
  interfaces_.clear();
}

std::string PcapngSink::interface_name(const Record& record) const {
  std::string name;
  if (interface_name_ != nullptr) append_value(name, record, *interface_name_);
  if (name.empty()) {
    name = "if";
    for (const Field* field : key_) {
      if (name.size() > 2) name += '.';
      append_value(name, record, *field);
    }
  }
  make_printable(name);
  return name;
}

uint32_t PcapngSink::interface_of(const Record& record) {
  text_.clear();
  for (const Field* field : key_) {
    append_value(text_, record, *field);
    text_ += '\0';
  }
  if (auto known = interfaces_.find(text_); known != interfaces_.end()) return known->second;
  std::string key = text_;
  std::string name = interface_name(record);
  std::string description;
  for (const Labelled& variable : variables_) {
    if (!description.empty()) description += ';';
    append_escaped(description, variable.label);
    description += '=';
    text_.clear();
    append_value(text_, record, *variable.field);
    append_escaped(description, text_);
  }
  uint32_t number = pcap_.add_interface({.name = name, .description = description});
  interfaces_.emplace(std::move(key), number);
  return number;
}

void PcapngSink::write_packet(const Record& record) {
  PcapPacket packet;
  packet.interface = interface_of(record);
  packet.time_ns = data::read_integer(record, *time_);
  packet.data = data::read_text(record, *payload_);
  uint64_t length = data::read_integer(record, *length_);
  packet.length = static_cast<uint32_t>(std::min<uint64_t>(length, UINT32_MAX - UINT16_MAX));
  if (packet_type_ != nullptr) set_type(packet, data::read_integer(record, *packet_type_));
  if (tag_ != nullptr) {
    auto tag = static_cast<uint32_t>(data::read_integer(record, *tag_));
    packet.has_tag = tag != 0;
    packet.tag_protocol = static_cast<uint16_t>(tag >> 16);
    packet.tag = static_cast<uint16_t>(tag);
  }
  text_.clear();
  for (const Labelled& fact : comment_) {
    size_t before = text_.size();
    if (before != 0) text_ += ", ";
    text_ += fact.label;
    text_ += ' ';
    size_t value = text_.size();
    append_value(text_, record, *fact.field);
    bool is_empty = text_.size() == value ||
                    (data::is_integer(fact.field->kind) && text_.compare(value, text_.npos, "0") == 0);
    if (is_empty) text_.resize(before);
  }
  make_printable(text_);
  packet.comment = text_;
  pcap_.add_packet(packet);
}

void PcapngSink::process(data::Batch& batch) {
  for (const Record& record : batch.records) {
    need_section();
    write_packet(record);
  }
  count_delivered(batch);
}

base::Status PcapngSink::flush() {
  if (!started_) need_section();
  return OutputSink::flush();
}

}  // namespace gadgetry::output
