// SPDX-License-Identifier: Apache-2.0
// Walks over the sections of a binary module.
#include "sections.hpp"

#include <iterator>
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

// A size and so many bytes.
std::optional<std::string_view> read_bytes(std::string_view& bytes) {
  auto size = read_u32(bytes);
  if (!size || *size > bytes.size()) return std::nullopt;
  std::string_view out = bytes.substr(0, *size);
  bytes.remove_prefix(*size);
  return out;
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
    auto content = read_bytes(module);
    if (id >= std::size(kNames) || !content) break;
    Section section{kNames[id], id == 0, content->size()};
    if (section.custom) {
      auto name = read_bytes(*content);
      if (!name) break;
      section.name = *name;
    }
    out.push_back(std::move(section));
  }
  return out;
}

std::map<uint32_t, std::string> function_names(std::string_view section) {
  constexpr char kFunctions = 1;
  std::map<uint32_t, std::string> out;
  while (!section.empty()) {
    char id = section.front();
    section.remove_prefix(1);
    auto content = read_bytes(section);
    if (!content) break;
    if (id != kFunctions) continue;
    auto count = read_u32(*content);
    for (uint32_t i = 0; count && i < *count; i++) {
      auto index = read_u32(*content);
      auto name = read_bytes(*content);
      if (!index || !name) break;
      out.emplace(*index, *name);
    }
    break;
  }
  return out;
}

}  // namespace wasmcore::cli
