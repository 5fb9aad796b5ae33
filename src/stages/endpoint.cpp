// struct gadget_l3endpoint_t and gadget_l4endpoint_t: addresses as text.
#include <cstring>

#include "data/access.hpp"
#include "stages/formatter_plan.hpp"
#include "sys/format.hpp"
#include "sys/names.hpp"

namespace gadgetry::stages {
namespace {

using data::Field;
using data::Text;

constexpr uint32_t kAddressBytes = 16;

// The raw address has no use of its own once there is text: it is never shown.
void drop(data::DataSource& source, Field& field) {
  field.flags |= data::kFlagUnreferenced;
  for (uint32_t index : field.children) drop(source, source.fields()[index]);
}

Field* address_of(data::DataSource& source, const Field& endpoint) {
  Field* found = nullptr;
  for (uint32_t index : endpoint.children) {
    Field& member = source.fields()[index];
    if (!member.has_tag("type:gadget_ip_addr_t")) continue;
    if (found != nullptr) return nullptr;  // not an endpoint as we know it
    found = &member;
  }
  return found;
}

// Writes the address; nothing when the version is neither 4 nor 6. Returns the bytes written.
size_t write_address(const data::Record& record, const EndpointConversion& endpoint, char* out) {
  uint8_t bytes[kAddressBytes];
  data::copy_bytes(record, endpoint.address_raw->slot, endpoint.address_raw->offset, bytes, kAddressBytes);
  switch (data::read_integer(record, *endpoint.version)) {
    case 4:
      return sys::format_ipv4(std::span(bytes).first<4>(), out);
    case 6:
      return sys::format_ipv6(bytes, out);
    default:
      return 0;
  }
}

Text protocol_text(uint64_t number, data::Arena& arena) {
  std::string_view name = sys::protocol_name(number);
  if (!name.empty()) return Text::of(name);
  constexpr std::string_view kPrefix = "proto#";
  constexpr size_t kRoom = kPrefix.size() + sys::kUint64Chars;
  char* out = arena.allocate(kRoom);
  std::memcpy(out, kPrefix.data(), kPrefix.size());
  size_t size = kPrefix.size() + sys::format_uint(number, out + kPrefix.size());
  arena.shrink_last(kRoom - size);
  return {out, size};
}

}  // namespace

base::Status add_endpoint(data::DataSource& source, Field& field, FormatterPlan& plan) {
  Field* address_raw = address_of(source, field);
  Field* version = child(source, field, "version");
  if (address_raw == nullptr || version == nullptr || address_raw->size < kAddressBytes) return {};
  if (!address_raw->name.ends_with("_raw")) return {};
  bool is_l4 = field.has_tag("type:gadget_l4endpoint_t");
  Field* port = child(source, field, "port");
  if (is_l4 && port == nullptr) return {};

  std::string prefix = field.full_name + ".";
  std::string name = address_raw->name.substr(0, address_raw->name.size() - 4);
  GADGETRY_ASSIGN(Field * address, add_text(source, prefix, name, *address_raw));
  if (address == nullptr) return {};
  EndpointConversion endpoint{.address_raw = address_raw, .version = version, .address = address};
  std::string shown = address->full_name;
  if (is_l4) {
    endpoint.port = port;
    endpoint.proto_raw = child(source, field, "proto_raw");
    if (endpoint.proto_raw != nullptr) {
      GADGETRY_ASSIGN(endpoint.proto, add_text(source, prefix, "proto", *endpoint.proto_raw));
    }
    GADGETRY_ASSIGN(endpoint.endpoint, add_text(source, prefix, "endpoint", *version));
    if (endpoint.endpoint != nullptr) {
      endpoint.endpoint->annotations["json.skip"] = "true";
      endpoint.endpoint->tags.emplace_back("endpoint");
      shown = endpoint.endpoint->full_name;
    }
  }
  drop(source, *address_raw);
  for (uint32_t index : field.children) hide(source.fields()[index]);
  field.annotations["columns.replace"] = shown;
  plan.endpoints.push_back(endpoint);
  return {};
}

void run_endpoint(const EndpointConversion& endpoint, data::Batch& batch) {
  data::Arena& arena = *batch.arena;
  constexpr size_t kRoom = sys::kIpChars + 1 + sys::kUint64Chars;
  for (data::Record& record : batch.records) {
    char* out = arena.allocate(kRoom);  // "address:port", whose first part is the address
    size_t address_size = write_address(record, endpoint, out);
    size_t size = address_size;
    if (endpoint.port != nullptr && address_size != 0) {
      out[size++] = ':';
      size += sys::format_uint(data::read_integer(record, *endpoint.port), out + size);
    }
    arena.shrink_last(kRoom - size);
    data::store(record, *endpoint.address, Text{out, address_size});
    if (endpoint.endpoint != nullptr) data::store(record, *endpoint.endpoint, Text{out, size});
    if (endpoint.proto != nullptr) {
      data::store(record, *endpoint.proto,
                  protocol_text(data::read_integer(record, *endpoint.proto_raw), arena));
    }
  }
}

}  // namespace gadgetry::stages
