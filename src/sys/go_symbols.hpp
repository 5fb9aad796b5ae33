// The functions of a Go program, from the table that its runtime needs itself (.gopclntab): it is there in
// stripped programs, too. All four formats (Go 1.2, 1.16, 1.18, 1.20).
//
// The bytes are untrusted: every offset and count is checked against their size and limits.hpp before use.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.hpp"

namespace gadgetry::sys {

class GoSymbols {
 public:
  // `table` must outlive this. `text` is where the code begins, for programs whose table leaves that to the
  // linker (position-independent ones, Go 1.26).
  static base::Result<GoSymbols> open(std::span<const uint8_t> table, uint64_t text);

  size_t size() const { return count_; }
  // The name and address of one function; empty when its entry is damaged. The name is part of the table.
  struct Function {
    std::string_view name;
    uint64_t address;
  };
  std::optional<Function> at(size_t index) const;
  // The function with this name.
  std::optional<Function> find(std::string_view name) const;
  // Whether an address is the beginning of one.
  bool has(uint64_t address) const;

  // Where in the table the address of the code stands, when it is 0 there and the format has one: a
  // relocation may know.
  static std::optional<uint64_t> text_field(std::span<const uint8_t> table);

 private:
  enum class Format : uint8_t { k2, k16, k18 };

  GoSymbols() = default;
  static std::optional<Format> format_of(std::span<const uint8_t> table);
  uint64_t word(uint64_t at, bool& good) const;
  uint32_t half(uint64_t at, bool& good) const;
  uint64_t header(size_t index, bool& good) const;
  std::optional<uint64_t> address_at(size_t index) const;

  std::span<const uint8_t> table_;
  Format format_ = Format::k2;
  uint64_t pointer_ = 8;       // bytes of an address
  uint64_t text_ = 0;          // k18: added to the addresses
  uint64_t names_ = 0;         // offset of the names
  uint64_t functions_ = 0;     // offset of the list of functions
  uint64_t descriptions_ = 0;  // what the offsets in the list count from
  size_t count_ = 0;
};

}  // namespace gadgetry::sys
