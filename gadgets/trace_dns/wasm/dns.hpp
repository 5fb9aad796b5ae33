// SPDX-License-Identifier: Apache-2.0
// Reads DNS messages (RFC 1035) where they lie: no allocation, no C library, no exceptions. Runs in a module
// as on the host, where it is tested and fuzzed.
//
//   dns::Reader reader(bytes, size);
//   dns::Question question;
//   dns::Record record;
//   while (reader.next(question)) ...
//   while (reader.next(record)) ...
//   if (reader.error() != dns::Error::kNone) what was read until then is right, the rest is not there
//
// The bytes are a stranger's. Nothing outside of them is read, each step goes forward, and a name can be
// followed only towards the beginning of the message and has at most 255 bytes, so that nothing takes long.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace dns {

enum class Error : uint8_t {
  kNone,
  kNoHeader,  // fewer than 12 bytes
  kCut,       // ends before all that the header announces
  kLabel,     // a label of a kind that does not exist
  kPointer,   // a compressed name that points at itself or forward
  kLongName,  // more than 255 bytes
  kRecord,    // the data of a record do not fit its type
};

inline const char* text_of(Error error) {
  switch (error) {
    case Error::kNone:
      return "";
    case Error::kNoHeader:
      return "no header";
    case Error::kCut:
      return "cut off";
    case Error::kLabel:
      return "bad label";
    case Error::kPointer:
      return "bad pointer";
    case Error::kLongName:
      return "name too long";
    case Error::kRecord:
      return "bad record";
  }
  return "";
}

// Text in a buffer of the caller. What does not fit is cut off, and is_cut() says so.
class Text {
 public:
  Text(char* buffer, uint32_t capacity) : data_(buffer), capacity_(capacity) {}
  template <uint32_t N>
  explicit Text(char (&buffer)[N]) : Text(buffer, N) {}

  const char* data() const { return data_; }
  uint32_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool is_cut() const { return is_cut_; }
  void clear() {
    size_ = 0;
    is_cut_ = false;
  }
  // Takes back what was added since size() was `size`.
  void shrink(uint32_t size) {
    if (size < size_) size_ = size;
  }

  void add(char c) {
    if (size_ < capacity_) {
      data_[size_++] = c;
    } else {
      is_cut_ = true;
    }
  }
  void add(const char* text) {
    while (*text != '\0') add(*text++);
  }
  void add(const char* text, uint32_t size) {
    const uint32_t room = capacity_ - size_;
    is_cut_ = is_cut_ || size > room;
    if (size > room) size = room;
    if (size != 0) __builtin_memcpy(data_ + size_, text, size);
    size_ += size;
  }
  void number(uint32_t value) {
    char digits[10];
    uint32_t n = 0;
    do {
      digits[n++] = static_cast<char>('0' + value % 10);
      value /= 10;
    } while (value != 0);
    while (n > 0) add(digits[--n]);
  }
  void hex(const uint8_t* bytes, uint32_t size) {
    for (uint32_t i = 0; i < size && !is_cut_; i++) {
      add("0123456789abcdef"[bytes[i] >> 4]);
      add("0123456789abcdef"[bytes[i] & 15]);
    }
  }
  // A byte of a label or character-string as master files have it (RFC 1035 5.1): `special` gets a backslash,
  // what is not printable becomes \DDD.
  void escaped(uint8_t byte, char special) {
    if (byte > ' ' && byte < 0x7f) {
      if (byte == '\\' || byte == static_cast<uint8_t>(special)) add('\\');
      add(static_cast<char>(byte));
      return;
    }
    if (byte == ' ' && special == '"') return add(' ');
    add('\\');
    add(static_cast<char>('0' + byte / 100));
    add(static_cast<char>('0' + byte / 10 % 10));
    add(static_cast<char>('0' + byte % 10));
  }

 private:
  char* data_;
  uint32_t capacity_;
  uint32_t size_ = 0;
  bool is_cut_ = false;
};

// A name with all escapes fits into this.
inline constexpr uint32_t kNameText = 1024;

struct Header {
  uint16_t id = 0;
  uint16_t flags = 0;
  uint16_t questions = 0, answers = 0, authorities = 0, additionals = 0;

  bool is_response() const { return (flags & 0x8000) != 0; }
  uint8_t opcode() const { return static_cast<uint8_t>(flags >> 11 & 15); }
  bool is_authoritative() const { return (flags & 0x0400) != 0; }
  bool is_truncated() const { return (flags & 0x0200) != 0; }
  bool recursion_desired() const { return (flags & 0x0100) != 0; }
  bool recursion_available() const { return (flags & 0x0080) != 0; }
  bool authentic_data() const { return (flags & 0x0020) != 0; }
  bool checking_disabled() const { return (flags & 0x0010) != 0; }
  uint8_t rcode() const { return static_cast<uint8_t>(flags & 15); }  // its low bits; EDNS has more
};

enum class Section : uint8_t { kAnswer, kAuthority, kAdditional };

struct Question {
  uint32_t name = 0;  // where it begins
  uint16_t type = 0, klass = 0;
};

struct Record {
  Section section = Section::kAnswer;
  uint32_t name = 0;  // where it begins
  uint16_t type = 0, klass = 0;
  uint32_t ttl = 0;
  uint32_t data = 0;  // where they begin
  uint16_t size = 0;  // of the data

  // Of an OPT record (RFC 6891), which is no data of the zone.
  uint16_t udp_size() const { return klass; }
  uint8_t extended_rcode() const { return static_cast<uint8_t>(ttl >> 24); }
  uint8_t edns_version() const { return static_cast<uint8_t>(ttl >> 16); }
  bool dnssec_ok() const { return (ttl & 0x8000) != 0; }
};

class Reader {
 public:
  Reader(const uint8_t* bytes, uint32_t size) : bytes_(bytes), size_(size) {
    if (size < kHeader) {
      error_ = Error::kNoHeader;
      return;
    }
    header_ = {u16(0), u16(2), u16(4), u16(6), u16(8), u16(10)};
    questions_left_ = header_.questions;
    at_ = kHeader;
  }

  const Header& header() const { return header_; }
  Error error() const { return error_; }
  const uint8_t* bytes() const { return bytes_; }
  uint32_t size() const { return size_; }
  // Behind what was read.
  uint32_t position() const { return at_; }

  // The next question; false after the last, or when it cannot be read.
  bool next(Question& out) {
    if (error_ != Error::kNone || questions_left_ == 0) return false;
    uint32_t at = at_;
    if (!skip_name(at)) return false;
    if (size_ - at < 4) return fail(Error::kCut);
    out = {at_, u16(at), u16(at + 2)};
    at_ = at + 4;
    questions_left_--;
    return true;
  }

  // The next record of all sections, in their order. Questions not read yet are skipped.
  bool next(Record& out) {
    Question question;
    while (next(question)) {
    }
    if (error_ != Error::kNone || !find_section()) return false;
    uint32_t at = at_;
    if (!skip_name(at)) return false;
    if (size_ - at < 10) return fail(Error::kCut);
    out.section = section_;
    out.name = at_;
    out.type = u16(at);
    out.klass = u16(at + 2);
    out.ttl = u32(at + 4);
    out.size = u16(at + 8);
    out.data = at + 10;
    if (size_ - out.data < out.size) return fail(Error::kCut);
    at_ = out.data + out.size;
    read_++;
    return true;
  }

  // Adds the name at `at` as text, "www.example.com."; the root is ".". False, with nothing added, when it is
  // none.
  bool name_text(uint32_t at, Text& text) { return read_name(at, size_, text); }
  // The same for a name inside the data of a record, which must end at `end` at the latest. `at` is then
  // behind it.
  bool name_text(uint32_t& at, uint32_t end, Text& text) { return read_name(at, end, text); }

  // Of numbers inside of the message, which the caller has checked.
  uint16_t u16(uint32_t at) const { return static_cast<uint16_t>(bytes_[at] << 8 | bytes_[at + 1]); }
  uint32_t u32(uint32_t at) const { return static_cast<uint32_t>(u16(at)) << 16 | u16(at + 2); }

 private:
  static constexpr uint32_t kHeader = 12;
  static constexpr uint32_t kNameBytes = 255;
  static constexpr uint32_t kPointers = 127;  // in one name, which has at most as many labels

  bool fail(Error error) {
    error_ = error;
    return false;
  }

  // Whether there is one more record; section_ is then its section.
  bool find_section() {
    const uint16_t counts[] = {header_.answers, header_.authorities, header_.additionals};
    while (read_ >= counts[static_cast<uint8_t>(section_)]) {
      if (section_ == Section::kAdditional) return false;
      section_ = static_cast<Section>(static_cast<uint8_t>(section_) + 1);
      read_ = 0;
    }
    return true;
  }

  // Moves `at` behind a name. What a pointer points to is not looked at.
  bool skip_name(uint32_t& at) {
    const uint32_t begin = at;
    while (at < size_) {
      uint8_t length = bytes_[at];
      if (length == 0) {
        at++;
        return at - begin <= kNameBytes || fail(Error::kLongName);
      }
      if (length >= 0xc0) {
        if (size_ - at < 2) return fail(Error::kCut);
        at += 2;
        return true;
      }
      if (length > 63) return fail(Error::kLabel);
      at += length + 1u;
      if (at - begin > kNameBytes) return fail(Error::kLongName);
    }
    return fail(Error::kCut);
  }

  // Reads a name whose own bytes lie before `end`, and moves `at` behind them. A pointer leads to a place
  // before the run of labels that it ends, so that there is no circle.
  bool read_name(uint32_t& at, uint32_t end, Text& text) {
    const uint32_t text_size = text.size();
    uint32_t run = at, position = at, length = 0, limit = end, followed = 0;
    for (;;) {
      if (position >= limit) return undo(text, text_size, Error::kCut);
      uint8_t label = bytes_[position];
      if (label >= 0xc0) {
        if (limit - position < 2) return undo(text, text_size, Error::kCut);
        uint32_t target = u16(position) & 0x3fffu;
        if (target >= run || target < kHeader || followed == kPointers)
          return undo(text, text_size, Error::kPointer);
        if (followed++ == 0) at = position + 2;
        limit = size_;
        run = position = target;
        continue;
      }
      if (label > 63) return undo(text, text_size, Error::kLabel);
      length += label + 1u;
      if (length > kNameBytes) return undo(text, text_size, Error::kLongName);
      if (limit - position <= label) return undo(text, text_size, Error::kCut);
      position++;
      if (label == 0) break;
      add_label(position, label, text);
      position += label;
    }
    if (length == 1) text.add('.');
    if (followed == 0) at = position;
    return true;
  }

  bool undo(Text& text, uint32_t size, Error error) {
    text.shrink(size);
    return fail(error);
  }

  void add_label(uint32_t at, uint32_t size, Text& text) const {
    for (uint32_t i = 0; i < size; i++) text.escaped(bytes_[at + i], '.');
    text.add('.');
  }

  const uint8_t* bytes_;
  uint32_t size_;
  uint32_t at_ = 0;
  Header header_;
  uint32_t questions_left_ = 0;
  uint32_t read_ = 0;  // records of the current section
  Section section_ = Section::kAnswer;
  Error error_ = Error::kNone;
};

}  // namespace dns
