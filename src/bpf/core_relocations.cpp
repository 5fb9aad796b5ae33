#include "bpf/core_relocations.hpp"

#include <elf.h>

#include <cstring>

#include "bpf/btf_view.hpp"

namespace gadgetry::bpf {
namespace {

template <typename T>
T read_at(std::span<const std::byte> bytes, size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

}  // namespace

std::span<const std::byte> find_elf_section(std::span<const std::byte> elf, std::string_view wanted) {
  const auto header = read_at<Elf64_Ehdr>(elf, 0);
  auto section = [&](size_t number) {
    return read_at<Elf64_Shdr>(elf, header.e_shoff + number * sizeof(Elf64_Shdr));
  };
  const Elf64_Shdr names = section(header.e_shstrndx);
  for (size_t i = 1; i < header.e_shnum; i++) {
    const Elf64_Shdr one = section(i);
    const char* name = reinterpret_cast<const char*>(elf.data() + names.sh_offset + one.sh_name);
    if (wanted == name && one.sh_type == SHT_PROGBITS) return elf.subspan(one.sh_offset, one.sh_size);
  }
  return {};
}

std::string_view essential_name(std::string_view name) {
  if (name.size() < 5) return name;
  for (size_t i = name.size() - 5 + 1; i-- > 0;) {
    if (name[i] != '_' && name.substr(i + 1, 3) == "___" && name[i + 4] != '_') return name.substr(0, i + 1);
  }
  return name;
}

std::vector<CoreRelocation> core_relocations(std::span<const std::byte> elf) {
  constexpr size_t kHeaderWithRelocations = 32;
  std::vector<CoreRelocation> out;
  const auto btf = find_elf_section(elf, ".BTF");
  const auto ext = find_elf_section(elf, ".BTF.ext");
  if (btf.empty() || ext.empty()) return out;
  const uint32_t header_bytes = read_at<uint32_t>(ext, 4);
  if (header_bytes < kHeaderWithRelocations) return out;
  const BtfView view(btf);
  size_t at = size_t{header_bytes} + read_at<uint32_t>(ext, 24);
  const size_t end = at + read_at<uint32_t>(ext, 28);
  if (at == end) return out;
  const uint32_t record_bytes = read_at<uint32_t>(ext, at);
  at += sizeof(uint32_t);
  while (at < end) {  // one section of code after the other: its name, the number of records, the records
    const std::string_view section = view.string(read_at<uint32_t>(ext, at));
    const uint32_t count = read_at<uint32_t>(ext, at + 4);
    at += 8;
    for (uint32_t i = 0; i < count; i++, at += record_bytes) {
      CoreRelocation one;
      one.section = section;
      one.offset = read_at<uint32_t>(ext, at);
      one.type = read_at<uint32_t>(ext, at + 4);
      one.access = view.string(read_at<uint32_t>(ext, at + 8));
      one.kind = static_cast<CoreKind>(read_at<uint32_t>(ext, at + 12));
      out.push_back(one);
    }
  }
  return out;
}

}  // namespace gadgetry::bpf
