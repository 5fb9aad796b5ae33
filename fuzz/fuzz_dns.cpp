// DNS messages as a stranger sends them (gadgets/trace_dns): everything is read, everything becomes text.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "dns_text.hpp"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

// A name's text read back has at most the bytes that a name may have; text that is not cut ends with a dot.
void check_name(const dns::Text& text) {
  if (text.is_cut()) return;
  require(!text.empty() && text.data()[text.size() - 1] == '.');
  uint32_t bytes = 1;
  for (uint32_t i = 0; i < text.size(); i++, bytes++) {
    char c = text.data()[i];
    require(c > ' ' && c < 0x7f);
    if (c != '\\') continue;
    require(i + 1 < text.size());
    i += text.data()[i + 1] >= '0' && text.data()[i + 1] <= '9' ? 3 : 1;
    require(i < text.size());
  }
  require(bytes <= 256);
}

void read_all(const uint8_t* data, uint32_t size, uint32_t capacity) {
  static std::vector<char> large(1 << 17);  // is never full; to clear it would take longer than all the rest
  std::vector<char> small(capacity <= dns::kNameText ? capacity : 0);
  std::vector<char>& buffer = small.empty() ? large : small;
  dns::Reader reader(data, size);
  dns::Question question;
  dns::Record record;
  uint32_t steps = 0, position = reader.position();
  auto progress = [&] {
    require(reader.position() > position && reader.position() <= size);
    position = reader.position();
    require(++steps <= size);
  };
  while (reader.next(question)) {
    progress();
    dns::Text text(buffer.data(), capacity);
    if (reader.name_text(question.name, text))
      check_name(text);
    else
      require(text.empty() && reader.error() != dns::Error::kNone);
    dns::add_type(text, question.type);
  }
  while (reader.next(record)) {
    progress();
    require(record.data + record.size <= size);
    dns::Text text(buffer.data(), capacity);
    if (reader.name_text(record.name, text)) check_name(text);
    text.clear();
    if (!dns::add_data(text, reader, record)) require(text.empty());
    dns::add_type(text, record.type);
    require(text.size() <= capacity);
  }
  dns::Text text(buffer.data(), capacity);
  dns::add_flags(text, reader.header());
  dns::add_rcode(text, reader.header().rcode());
  dns::add_opcode(text, reader.header().opcode());
  text.add(dns::text_of(reader.error()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 65535) return 0;
  // A copy of the right size, so that reading past the end is seen.
  std::vector<uint8_t> message(data, data + size);
  message.shrink_to_fit();
  read_all(message.data(), static_cast<uint32_t>(size), 1 << 17);
  read_all(message.data(), static_cast<uint32_t>(size), dns::kNameText);
  read_all(message.data(), static_cast<uint32_t>(size), 20);
  return 0;
}
