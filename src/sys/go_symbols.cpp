#include "sys/go_symbols.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "base/limits.hpp"

namespace gadgetry::sys {
namespace {

// Source of the layouts: src/debug/gosym/pclntab.go of Go.
constexpr uint32_t kMagic2 = 0xfffffffb;
constexpr uint32_t kMagic16 = 0xfffffffa;
constexpr uint32_t kMagic18 = 0xfffffff0;
constexpr uint32_t kMagic20 = 0xfffffff1;
constexpr uint64_t kHeaderBytes = 8;  // magic, two zeros, size of an instruction, size of a pointer
constexpr size_t kTextIndex = 2;      // of the words behind it, from Go 1.18 on

base::Error malformed(const char* what) {
  return base::Error(std::string("table of Go functions: ") + what);
}

}  // namespace

std::optional<GoSymbols::Format> GoSymbols::format_of(std::span<const uint8_t> table) {
  if (table.size() < kHeaderBytes || table[4] != 0 || table[5] != 0) return std::nullopt;
  if ((table[6] != 1 && table[6] != 2 && table[6] != 4) || (table[7] != 4 && table[7] != 8))
    return std::nullopt;
  uint32_t magic = 0;
  std::memcpy(&magic, table.data(), sizeof(magic));
  switch (magic) {
    case kMagic2:
      return Format::k2;
    case kMagic16:
      return Format::k16;
    case kMagic18:
    case kMagic20:
      return Format::k18;
    default:
      return std::nullopt;
  }
}

// An address or offset of the size of a pointer.
uint64_t GoSymbols::word(uint64_t at, bool& good) const {
  if (pointer_ == sizeof(uint32_t)) return half(at, good);
  uint64_t value = 0;
  good = good && at <= table_.size() && table_.size() - at >= sizeof(value);
  if (good) std::memcpy(&value, table_.data() + at, sizeof(value));
  return value;
}

uint32_t GoSymbols::half(uint64_t at, bool& good) const {
  uint32_t value = 0;
  good = good && at <= table_.size() && table_.size() - at >= sizeof(value);
  if (good) std::memcpy(&value, table_.data() + at, sizeof(value));
  return value;
}

uint64_t GoSymbols::header(size_t index, bool& good) const {
  return word(kHeaderBytes + index * pointer_, good);
}

base::Result<GoSymbols> GoSymbols::open(std::span<const uint8_t> table, uint64_t text) {
  if (table.size() > limits::kGoTableBytes) return malformed("too large");
  auto format = format_of(table);
  if (!format) return malformed("its format is not known");
  GoSymbols out;
  out.table_ = table;
  out.format_ = *format;
  out.pointer_ = table[7];
  bool good = true;
  uint64_t count = out.header(0, good);
  switch (*format) {
    case Format::k2:
      out.functions_ = kHeaderBytes + out.pointer_;
      break;
    case Format::k16:
      out.names_ = out.header(2, good);
      out.functions_ = out.header(6, good);
      out.descriptions_ = out.functions_;
      break;
    case Format::k18:
      out.text_ = out.header(kTextIndex, good);
      if (out.text_ == 0) out.text_ = text;
      out.names_ = out.header(3, good);
      out.functions_ = out.header(7, good);
      out.descriptions_ = out.functions_;
      break;
  }
  if (!good) return malformed("truncated");
  const uint64_t entry = *format == Format::k18 ? 2 * sizeof(uint32_t) : 2 * out.pointer_;
  if (out.functions_ > table.size() || out.names_ > table.size())
    return malformed("its parts are beyond its end");
  if (count > limits::kGoFunctions || count > (table.size() - out.functions_) / entry) {
    return malformed("it has fewer functions than it says");
  }
  out.count_ = static_cast<size_t>(count);
  return out;
}

std::optional<uint64_t> GoSymbols::text_field(std::span<const uint8_t> table) {
  if (format_of(table) != Format::k18) return std::nullopt;
  GoSymbols header;
  header.table_ = table;
  header.pointer_ = table[7];
  bool good = true;
  if (header.header(kTextIndex, good) != 0 || !good) return std::nullopt;
  return kHeaderBytes + kTextIndex * header.pointer_;
}

std::optional<uint64_t> GoSymbols::address_at(size_t index) const {
  bool good = index < count_;
  const uint64_t place = index;
  uint64_t address = format_ == Format::k18 ? text_ + half(functions_ + place * 2 * sizeof(uint32_t), good)
                                            : word(functions_ + place * 2 * pointer_, good);
  if (!good) return std::nullopt;
  return address;
}

std::optional<GoSymbols::Function> GoSymbols::at(size_t index) const {
  auto address = address_at(index);
  if (!address) return std::nullopt;
  bool good = true;
  const uint64_t place = index;
  const uint64_t half_bytes = sizeof(uint32_t);
  uint64_t description = 0;
  uint64_t entry_bytes = 0;  // of the address at its beginning
  if (format_ == Format::k18) {
    description = half(functions_ + (place * 2 + 1) * half_bytes, good);
    entry_bytes = half_bytes;
  } else {
    description = word(functions_ + (place * 2 + 1) * pointer_, good);
    entry_bytes = pointer_;
  }
  if (!good || description > table_.size()) return std::nullopt;
  uint64_t name = names_ + half(descriptions_ + description + entry_bytes, good);
  if (!good || name >= table_.size()) return std::nullopt;
  const char* text = reinterpret_cast<const char*>(table_.data() + name);
  size_t room = std::min<size_t>(table_.size() - name, limits::kSymbolNameBytes);
  size_t length = strnlen(text, room);
  if (length == room || length == 0) return std::nullopt;
  return Function{{text, length}, *address};
}

std::optional<GoSymbols::Function> GoSymbols::find(std::string_view name) const {
  for (size_t i = 0; i < count_; i++) {
    auto function = at(i);
    if (function && function->name == name) return function;
  }
  return std::nullopt;
}

bool GoSymbols::has(uint64_t address) const {
  size_t low = 0;  // the list is sorted; one that is not just finds less
  size_t high = count_;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    auto here = address_at(middle);
    if (!here) return false;
    if (*here == address) return true;
    if (*here < address) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return false;
}

}  // namespace gadgetry::sys
