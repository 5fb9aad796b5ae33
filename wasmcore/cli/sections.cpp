// SPDX-License-Identifier: Apache-2.0
// Walks over the sections of a binary module.
#include "sections.hpp"

#include <cstdint>
#include <optional>

namespace wasmcore::cli {
namespace {

std::optional<uint32_t> read_u32(std::string_view& bytes) {
  uint32_t value = 0;
  for (unsigned shift = 0; shift < 35 && !bytes.empty(); shift += 7) {
    auto byte = static_cast<uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<uint32_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  return std::nullopt;
}

}  // namespace

std::vector<Section> list_sections(std::string_view module) {
  static constexpr const char* kNames[] = {"custom", "type",   "import",    "function", "table",
                                           "memory", "global", "export",    "start",    "element",
                                           "code",   "data",   "data count"};
  constexpr size_t kHeader = 8;  // magic and version
  std::vector<Section> out;
  module.remove_prefix(module.size() < kHeader ? module.size() : kHeader);
  while (!module.empty()) {
    auto id = static_cast<uint8_t>(module.front());
    module.remove_prefix(1);
    auto size = read_u32(module);
    if (id >= std::size(kNames) || !size || *size > module.size()) break;
    Section section{kNames[id], id == 0, *size};
    std::string_view content = module.substr(0, *size);
    module.remove_prefix(*size);
    if (section.custom) {
      auto length = read_u32(content);
      if (!length || *length > content.size()) break;
      section.name = content.substr(0, *length);
    }
    out.push_back(std::move(section));
  }
  return out;
}

}  // namespace wasmcore::cli
