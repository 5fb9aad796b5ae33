// The parser of trace_dns as machine code, doing what the module does with a message: the header, the
// question as text, all answers as text. Included by one file.
#pragma once

#include "../../gadgets/trace_dns/wasm/dns_text.hpp"

namespace gadgetry::bench {

// Returns bytes of text that were made, and something for each message, so that nothing is optimised away.
inline uint64_t parse_dns(const uint8_t* bytes, size_t size) {
  static char name_buffer[dns::kNameText];
  static char all_buffer[2048];
  static char address_buffer[2048];
  dns::Text name(name_buffer);
  dns::Text all(all_buffer);
  dns::Text addresses(address_buffer);
  dns::Reader reader(bytes, static_cast<uint32_t>(size));
  if (reader.error() == dns::Error::kNoHeader) return 1;
  dns::Question question;
  if (reader.next(question)) (void)reader.name_text(question.name, name);
  dns::Record record;
  uint64_t rcode = reader.header().rcode();
  while (reader.next(record)) {
    if (record.type == 41) rcode |= static_cast<uint64_t>(record.extended_rcode()) << 4;
    if (record.section != dns::Section::kAnswer) continue;
    if (!all.empty()) all.add("; ");
    dns::add_type(all, record.type);
    all.add(' ');
    dns::Text& to = record.type == 1 || record.type == 28 ? addresses : all;
    if (&to == &addresses && !addresses.empty()) addresses.add(',');
    (void)dns::add_data(to, reader, record);
  }
  return 1 + name.size() + all.size() + addresses.size() + rcode + static_cast<uint64_t>(reader.error());
}

}  // namespace gadgetry::bench
