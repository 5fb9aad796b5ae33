// SPDX-License-Identifier: Apache-2.0
// DNS in words: names of types, codes and flags, and the data of records as master files have them.
#pragma once

#include "dns.hpp"

namespace dns {

// IANA's registry "Resource Record (RR) TYPEs"; null for a type that is not in this list.
inline const char* type_name(uint16_t type) {
  switch (type) {
    case 1:
      return "A";
    case 2:
      return "NS";
    case 5:
      return "CNAME";
    case 6:
      return "SOA";
    case 10:
      return "NULL";
    case 11:
      return "WKS";
    case 12:
      return "PTR";
    case 13:
      return "HINFO";
    case 14:
      return "MINFO";
    case 15:
      return "MX";
    case 16:
      return "TXT";
    case 17:
      return "RP";
    case 18:
      return "AFSDB";
    case 24:
      return "SIG";
    case 25:
      return "KEY";
    case 28:
      return "AAAA";
    case 29:
      return "LOC";
    case 33:
      return "SRV";
    case 35:
      return "NAPTR";
    case 37:
      return "CERT";
    case 39:
      return "DNAME";
    case 41:
      return "OPT";
    case 43:
      return "DS";
    case 44:
      return "SSHFP";
    case 45:
      return "IPSECKEY";
    case 46:
      return "RRSIG";
    case 47:
      return "NSEC";
    case 48:
      return "DNSKEY";
    case 49:
      return "DHCID";
    case 50:
      return "NSEC3";
    case 51:
      return "NSEC3PARAM";
    case 52:
      return "TLSA";
    case 53:
      return "SMIMEA";
    case 55:
      return "HIP";
    case 59:
      return "CDS";
    case 60:
      return "CDNSKEY";
    case 61:
      return "OPENPGPKEY";
    case 62:
      return "CSYNC";
    case 63:
      return "ZONEMD";
    case 64:
      return "SVCB";
    case 65:
      return "HTTPS";
    case 99:
      return "SPF";
    case 108:
      return "EUI48";
    case 109:
      return "EUI64";
    case 249:
      return "TKEY";
    case 250:
      return "TSIG";
    case 251:
      return "IXFR";
    case 252:
      return "AXFR";
    case 255:
      return "ALL";
    case 256:
      return "URI";
    case 257:
      return "CAA";
    default:
      return nullptr;
  }
}

// Of the header, with the high bits of EDNS.
inline const char* rcode_name(uint16_t rcode) {
  switch (rcode) {
    case 0:
      return "Success";
    case 1:
      return "FormatError";
    case 2:
      return "ServerFailure";
    case 3:
      return "NameError";
    case 4:
      return "NotImplemented";
    case 5:
      return "Refused";
    case 6:
      return "YXDomain";
    case 7:
      return "YXRRSet";
    case 8:
      return "NXRRSet";
    case 9:
      return "NotAuth";
    case 10:
      return "NotZone";
    case 11:
      return "DSOTypeNI";
    case 16:
      return "BadVersion";
    case 17:
      return "BadKey";
    case 18:
      return "BadTime";
    case 19:
      return "BadMode";
    case 20:
      return "BadName";
    case 21:
      return "BadAlgorithm";
    case 22:
      return "BadTruncation";
    case 23:
      return "BadCookie";
    default:
      return nullptr;
  }
}

inline const char* opcode_name(uint8_t opcode) {
  switch (opcode) {
    case 0:
      return "Query";
    case 1:
      return "IQuery";
    case 2:
      return "Status";
    case 4:
      return "Notify";
    case 5:
      return "Update";
    case 6:
      return "DSO";
    default:
      return nullptr;
  }
}

inline void add_named(Text& text, const char* name, const char* prefix, uint32_t number) {
  if (name != nullptr) return text.add(name);
  text.add(prefix);
  text.number(number);
}
inline void add_type(Text& text, uint16_t type) {
  add_named(text, type_name(type), "TYPE", type);
}
inline void add_rcode(Text& text, uint16_t rcode) {
  add_named(text, rcode_name(rcode), "RCODE", rcode);
}
inline void add_opcode(Text& text, uint8_t opcode) {
  add_named(text, opcode_name(opcode), "OPCODE", opcode);
}

// "aa,rd,ra"
inline void add_flags(Text& text, const Header& header) {
  struct {
    bool set;
    const char* name;
  } const flags[] = {{header.is_authoritative(), "aa"},  {header.is_truncated(), "tc"},
                     {header.recursion_desired(), "rd"}, {header.recursion_available(), "ra"},
                     {header.authentic_data(), "ad"},    {header.checking_disabled(), "cd"}};
  const char* separator = "";
  for (const auto& flag : flags) {
    if (!flag.set) continue;
    text.add(separator);
    text.add(flag.name);
    separator = ",";
  }
}

inline void add_ipv4(Text& text, const uint8_t* bytes) {
  for (int i = 0; i < 4; i++) {
    if (i > 0) text.add('.');
    text.number(bytes[i]);
  }
}

// As RFC 5952 wants it: the longest row of zeros is "::", IPv4 behind ::ffff: has dots.
inline void add_ipv6(Text& text, const uint8_t* bytes) {
  uint16_t groups[8];
  int best = -1, best_size = 1;
  for (int i = 0; i < 8; i++) groups[i] = static_cast<uint16_t>(bytes[2 * i] << 8 | bytes[2 * i + 1]);
  for (int i = 0; i < 8;) {
    int end = i;
    while (end < 8 && groups[end] == 0) end++;
    if (end - i > best_size) {
      best = i;
      best_size = end - i;
    }
    i = end + 1;
  }
  const bool is_mapped = best == 0 && best_size == 5 && groups[5] == 0xffff;
  for (int i = 0; i < (is_mapped ? 6 : 8); i++) {
    if (i == best) {
      text.add("::");
      i += best_size - 1;
      continue;
    }
    if (i > 0 && (best < 0 || i != best + best_size)) text.add(':');
    bool started = false;
    for (int shift = 12; shift >= 0; shift -= 4) {
      int digit = groups[i] >> shift & 15;
      started = started || digit != 0 || shift == 0;
      if (started) text.add("0123456789abcdef"[digit]);
    }
  }
  if (!is_mapped) return;
  text.add(':');
  add_ipv4(text, bytes + 12);
}

// The data of a record as text. What does not fit its type gives false and no text.
class DataText {
 public:
  DataText(Reader& reader, const Record& record, Text& text)
      : reader_(reader), record_(record), text_(text), at_(record.data), end_(record.data + record.size) {}

  bool write() {
    const uint32_t before = text_.size();
    if (write_type()) return true;
    text_.shrink(before);
    return false;
  }

 private:
  bool write_type() {
    switch (record_.type) {
      case 1:
        return addresses(4, "") && at_ == end_;
      case 28:
        return addresses(16, "") && at_ == end_;
      case 2:
      case 5:
      case 12:
      case 39:
        return name() && at_ == end_;
      case 6:
        return name() && space() && name() && numbers("44444", true) && at_ == end_;
      case 13:
      case 16:
      case 99:
        return strings();
      case 15:
      case 18:
        return numbers("2") && space() && name() && at_ == end_;
      case 17:
      case 14:
        return name() && space() && name() && at_ == end_;
      case 33:
        return numbers("222") && space() && name() && at_ == end_;
      case 41:
        return options();
      case 43:
      case 59:
        return numbers("211") && space() && hex();
      case 44:
        return numbers("11") && space() && hex();
      case 48:
      case 60:
        return numbers("211") && space() && bytes();
      case 52:
      case 53:
        return numbers("111") && space() && hex();
      case 64:
      case 65:
        return service();
      case 257:
        return caa();
      default:
        return unknown();
    }
  }

  uint32_t left() const { return end_ - at_; }
  bool space() {
    text_.add(' ');
    return true;
  }
  bool name() { return reader_.name_text(at_, end_, text_); }

  // Numbers of the sizes given as digits, with spaces between.
  bool numbers(const char* sizes, bool space_first = false) {
    for (const char* size = sizes; *size != '\0'; size++) {
      const uint32_t n = static_cast<uint32_t>(*size - '0');
      if (left() < n) return false;
      if (space_first || size != sizes) text_.add(' ');
      text_.number(take(n));
    }
    return true;
  }
  uint32_t take(uint32_t n) {
    uint32_t value = 0;
    for (uint32_t i = 0; i < n; i++) value = value << 8 | reader_.bytes()[at_++];
    return value;
  }

  // Addresses of `size` bytes up to the end.
  bool addresses(uint32_t size, const char* separator) {
    if (left() == 0 || left() % size != 0) return false;
    for (bool first = true; at_ < end_ && !text_.is_cut(); first = false, at_ += size) {
      if (!first && *separator == '\0') return false;
      if (!first) text_.add(separator);
      size == 4 ? add_ipv4(text_, reader_.bytes() + at_) : add_ipv6(text_, reader_.bytes() + at_);
    }
    return true;
  }

  // One character-string (RFC 1035 3.3) of `size` bytes, in quotation marks.
  void quoted(uint32_t size) {
    text_.add('"');
    for (uint32_t i = 0; i < size && !text_.is_cut(); i++) text_.escaped(reader_.bytes()[at_ + i], '"');
    at_ += size;
    text_.add('"');
  }
  bool strings() {
    for (bool first = true; at_ < end_; first = false) {
      const uint32_t size = reader_.bytes()[at_++];
      if (left() < size) return false;
      if (!first) text_.add(' ');
      quoted(size);
    }
    return record_.size > 0;
  }
  bool hex() {
    text_.hex(reader_.bytes() + at_, left());
    at_ = end_;
    return true;
  }
  // Too long to be shown.
  bool bytes() {
    text_.add('(');
    text_.number(left());
    text_.add(" bytes)");
    at_ = end_;
    return true;
  }
  // RFC 3597: a type without a format.
  bool unknown() {
    text_.add("\\# ");
    text_.number(left());
    if (left() > 0) text_.add(' ');
    return hex();
  }

  bool caa() {
    if (left() < 2) return false;
    text_.number(take(1));
    text_.add(' ');
    const uint32_t tag = take(1);
    if (left() < tag) return false;
    for (uint32_t i = 0; i < tag; i++) text_.escaped(take(1) & 0xff, '"');
    text_.add(' ');
    quoted(left());
    return true;
  }

  // EDNS (RFC 6891): "udp 1232, do, option 10 (8 bytes)"
  bool options() {
    text_.add("udp ");
    text_.number(record_.udp_size());
    if (record_.edns_version() != 0) {
      text_.add(", version ");
      text_.number(record_.edns_version());
    }
    if (record_.dnssec_ok()) text_.add(", do");
    while (at_ < end_) {
      if (left() < 4) return false;
      text_.add(", option ");
      text_.number(take(2));
      const uint32_t size = take(2);
      if (left() < size) return false;
      text_.add(" (");
      text_.number(size);
      text_.add(" bytes)");
      at_ += size;
    }
    return true;
  }

  // SVCB and HTTPS (RFC 9460): "1 . alpn=h2,h3 ipv4hint=192.0.2.1"
  bool service() {
    if (!numbers("2") || !space() || !name()) return false;
    const uint32_t end = end_;
    while (at_ < end) {
      if (left() < 4) return false;
      const auto key = static_cast<uint16_t>(take(2));
      const uint32_t size = take(2);
      if (left() < size) return false;
      end_ = at_ + size;
      text_.add(' ');
      const bool is_right = service_parameter(key);
      at_ = end_;
      end_ = end;
      if (!is_right) return false;
    }
    return true;
  }
  // Of the bytes up to end_.
  bool service_parameter(uint16_t key) {
    constexpr const char* kKeys[] = {"mandatory", "alpn", "no-default-alpn", "port",
                                     "ipv4hint",  "ech",  "ipv6hint",        "dohpath"};
    constexpr uint16_t kKnown = sizeof(kKeys) / sizeof(kKeys[0]);
    add_named(text_, key < kKnown ? kKeys[key] : nullptr, "key", key);
    if (left() == 0) return true;
    text_.add('=');
    switch (key) {
      case 1:
        return protocols();
      case 3:
        return left() == 2 && numbers("2");
      case 4:
        return addresses(4, ",");
      case 6:
        return addresses(16, ",");
      case 7:
        quoted(left());
        return true;
      default:
        return bytes();
    }
  }
  bool protocols() {
    for (bool first = true; at_ < end_; first = false) {
      const uint32_t size = take(1);
      if (size == 0 || left() < size) return false;
      if (!first) text_.add(',');
      for (uint32_t i = 0; i < size; i++) text_.escaped(static_cast<uint8_t>(take(1)), ',');
    }
    return true;
  }

  Reader& reader_;
  const Record& record_;
  Text& text_;
  uint32_t at_, end_;
};

inline bool add_data(Text& text, Reader& reader, const Record& record) {
  return DataText(reader, record, text).write();
}

}  // namespace dns
