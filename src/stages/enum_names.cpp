#include "stages/enum_names.hpp"

#include <algorithm>
#include <cstring>

namespace gadgetry::stages {
namespace {

constexpr std::string_view kUnknown = "UNKNOWN";
constexpr uint64_t kDenseValues = 1024;  // values below are looked up by index

uint64_t mask_of(const data::Field& field) {
  uint32_t bits = field.bit_size != 0 ? field.bit_size : data::kind_size(field.kind) * 8;
  return bits == 0 || bits >= 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1;
}

}  // namespace

EnumNames::EnumNames(const data::Field& field, std::string separator)
    : table_(field.enumeration), separator_(std::move(separator)), mask_(mask_of(field)) {
  uint64_t largest = 0;
  for (const auto& entry : table_->entries) {
    largest = std::max(largest, entry.value & mask_);
    longest_ += entry.name.size() + separator_.size();
  }
  if (largest < kDenseValues) {
    dense_.resize(static_cast<size_t>(largest) + 1);
    for (const auto& entry : table_->entries) {
      std::string_view& slot = dense_[static_cast<size_t>(entry.value & mask_)];
      if (slot.empty()) slot = entry.name;  // of several names for one value the first
    }
    return;
  }
  std::vector<std::pair<uint64_t, size_t>>
      order;  // value, place in the declaration: the first of several names counts
  for (const auto& entry : table_->entries) order.emplace_back(entry.value & mask_, order.size());
  std::sort(order.begin(), order.end());
  for (const auto& [value, place] : order) sorted_.emplace_back(value, table_->entries[place].name);
}

std::string_view EnumNames::find(uint64_t value) const {
  if (sorted_.empty()) return value < dense_.size() ? dense_[static_cast<size_t>(value)] : std::string_view{};
  auto it = std::lower_bound(sorted_.begin(), sorted_.end(), value,
                             [](const auto& entry, uint64_t wanted) { return entry.first < wanted; });
  return it != sorted_.end() && it->first == value ? it->second : std::string_view{};
}

data::Text EnumNames::text(uint64_t value, data::Arena& arena) const {
  value &= mask_;
  if (table_->is_set) return set_text(value, arena);
  std::string_view name = find(value);
  return data::Text::of(name.empty() ? kUnknown : name);
}

data::Text EnumNames::set_text(uint64_t value, data::Arena& arena) const {
  if (value == 0) return data::Text::of(find(0));
  char* out = arena.allocate(longest_);
  char* next = out;
  auto append = [&](std::string_view text) {
    std::memcpy(next, text.data(), text.size());
    next += text.size();
  };
  for (const auto& entry : table_->entries) {
    uint64_t bits = entry.value & mask_;
    if (bits == 0 || (value & bits) != bits) continue;
    if (next != out) append(separator_);
    append(entry.name);
  }
  auto size = static_cast<size_t>(next - out);
  arena.shrink_last(longest_ - size);
  return size == 0 ? data::Text::of(kUnknown) : data::Text{out, size};
}

}  // namespace gadgetry::stages
