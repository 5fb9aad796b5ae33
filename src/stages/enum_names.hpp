// Names of enum values, ready for fast look-up.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/field.hpp"
#include "data/record.hpp"

namespace gadgetry::stages {

class EnumNames {
 public:
  // For the values of `field` (its width counts: a value is compared in as many bits as the field has).
  EnumNames(const data::Field& field, std::string separator);

  // Text of a value as data::read_integer gives it. A plain enum: the name, "UNKNOWN" for a value without
  // one. A set: the names of all values whose bits are in it, in order of declaration, joined by the
  // separator; the name with value 0, if there is one, for an empty set only; "UNKNOWN" when no bit has a
  // name.
  data::Text text(uint64_t value, data::Arena& arena) const;

 private:
  std::string_view find(uint64_t value) const;
  data::Text set_text(uint64_t value, data::Arena& arena) const;

  std::shared_ptr<const data::EnumTable> table_;  // owns the names
  std::string separator_;
  uint64_t mask_;
  size_t longest_ = 0;                                         // of a set's text
  std::vector<std::string_view> dense_;                        // by value, when the values are small ...
  std::vector<std::pair<uint64_t, std::string_view>> sorted_;  // ... else by value
};

}  // namespace gadgetry::stages
