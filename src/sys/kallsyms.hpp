// Names of kernel functions by address, from /proc/kallsyms. Code symbols only, packed: about 8 bytes a
// symbol and its name, since the table stays in memory for as long as stacks are shown.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gadgetry::sys {

class Kallsyms {
 public:
  explicit Kallsyms(std::string path = "/proc/kallsyms") : path_(std::move(path)) {}

  // Reads the table, the first time only. The error says why there are no addresses (kptr_restrict,
  // CAP_SYSLOG).
  base::Status load();

  // The function that contains address, or an empty view when there is none or nothing is loaded. The view
  // lives as long as this object.
  std::string_view lookup(uint64_t address) const;
  // Where the function starts, 0 when there is none.
  uint64_t start_of(uint64_t address) const;

  size_t size() const { return names_.size(); }
  size_t memory() const;  // bytes

 private:
  base::Status read_table();
  void add_line(std::string_view line);
  void pack();
  size_t find(uint64_t address) const;

  struct Symbol {
    uint64_t address;
    uint32_t name;
  };

  std::string path_;
  bool tried_ = false;
  std::string failure_;
  std::string failure_hint_;
  std::vector<Symbol> reading_;  // while loading
  uint64_t base_ = 0;            // of near_
  std::vector<uint32_t> near_;   // addresses, sorted, as distance from base_ ...
  std::vector<uint64_t> far_;    // ... or in full, when they are more than 4 GiB apart
  std::vector<uint32_t> names_;  // offset in pool_ of the name of each
  std::string pool_;             // NUL after each
  bool hidden_ = true;           // every address was 0
};

}  // namespace gadgetry::sys
