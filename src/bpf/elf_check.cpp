#include "bpf/elf_check.hpp"

#include <elf.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.hpp"
#include "base/strings.hpp"

#ifndef EM_BPF
#define EM_BPF 247
#endif

namespace gadgetry::bpf {
namespace {

using base::Error;
using base::Status;

constexpr uint64_t kInstructionBytes = 8;
constexpr uint8_t kLoadImm64 = 0x18;  // BPF_LD | BPF_IMM | BPF_DW: takes two instruction slots

Error bad(const std::string& what) {
  return Error("eBPF object: " + what).with_hint("build or pull the image again");
}

// One pass over the file; each step relies on what the steps before it made sure.
class ElfCheck {
 public:
  explicit ElfCheck(std::span<const std::byte> elf) : elf_(elf) {}
  Status run();

 private:
  template <typename T>
  T at(uint64_t offset) const {
    T value;
    std::memcpy(&value, elf_.data() + offset, sizeof(T));
    return value;
  }
  bool inside(uint64_t offset, uint64_t size) const {
    return offset <= elf_.size() && size <= elf_.size() - offset;
  }
  bool is_code(const Elf64_Shdr& section) const {
    return section.sh_type == SHT_PROGBITS && (section.sh_flags & SHF_EXECINSTR) != 0;
  }
  std::string_view name_of(const Elf64_Shdr& section) const;
  std::string label(size_t index) const;  // "section 7 (.maps)"
  std::span<const std::byte> bytes_of(const Elf64_Shdr& section) const {
    return elf_.subspan(section.sh_offset, section.sh_size);
  }

  Status check_header();
  Status read_sections();
  Status check_section(size_t index) const;
  Status check_section_names();
  Status check_string_tables() const;
  Status find_special_sections();
  Status check_symbols();
  Status check_symbol(size_t number, const Elf64_Sym& symbol) const;
  Status check_function(const Elf64_Sym& symbol, std::string_view name) const;
  Status check_relocations() const;
  Status check_types() const;

  std::span<const std::byte> elf_;
  Elf64_Ehdr header_{};
  std::vector<Elf64_Shdr> sections_;
  size_t symbols_ = 0;  // section indexes; 0: none
  size_t types_ = 0;
  size_t types_ext_ = 0;
  uint64_t symbol_count_ = 0;
};

std::string_view ElfCheck::name_of(const Elf64_Shdr& section) const {
  const Elf64_Shdr& names = sections_[header_.e_shstrndx];
  const char* start = reinterpret_cast<const char*>(elf_.data() + names.sh_offset);
  return {start + section.sh_name, strnlen(start + section.sh_name, names.sh_size - section.sh_name)};
}

std::string ElfCheck::label(size_t index) const {
  std::string out = "section " + std::to_string(index);
  const size_t names = header_.e_shstrndx;
  if (names < sections_.size() && sections_[names].sh_type != SHT_NOBITS &&
      inside(sections_[names].sh_offset, sections_[names].sh_size) &&
      sections_[index].sh_name < sections_[names].sh_size) {
    out += " (" + base::printable(name_of(sections_[index]).substr(0, 64)) + ")";
  }
  return out;
}

Status ElfCheck::check_header() {
  if (elf_.size() > limits::kObjectBytes) {
    return bad("larger than " + std::to_string(limits::kObjectBytes >> 20) + " MiB");
  }
  if (elf_.size() < SELFMAG || std::memcmp(elf_.data(), ELFMAG, SELFMAG) != 0) return bad("not an ELF file");
  if (elf_.size() < sizeof(Elf64_Ehdr)) return bad("ends within the ELF header: truncated?");
  header_ = at<Elf64_Ehdr>(0);
  if (header_.e_ident[EI_CLASS] != ELFCLASS64) return bad("not a 64-bit ELF file");
  if (header_.e_ident[EI_DATA] != ELFDATA2LSB) {
    return Error("eBPF object: big-endian").with_hint("compile it with -target bpfel");
  }
  if (header_.e_ident[EI_VERSION] != EV_CURRENT || header_.e_version != EV_CURRENT)
    return bad("unknown ELF version");
  if (header_.e_machine != EM_BPF) {
    return Error("eBPF object: ELF file for another machine (" + std::to_string(header_.e_machine) +
                 ", not eBPF)")
        .with_hint("compile it with clang -target bpf");
  }
  if (header_.e_type != ET_REL)
    return bad("not a relocatable object (ELF type " + std::to_string(header_.e_type) + ")");
  if (header_.e_ehsize != sizeof(Elf64_Ehdr) || header_.e_shentsize != sizeof(Elf64_Shdr)) {
    return bad("wrong size of the ELF header or section headers");
  }
  if (header_.e_phnum != 0) return bad("has program headers");
  return {};
}

Status ElfCheck::read_sections() {
  if (header_.e_shnum < 2 || header_.e_shnum > limits::kObjectSections) {
    return bad("number of sections is " + std::to_string(header_.e_shnum) + ", not 2 to " +
               std::to_string(limits::kObjectSections));
  }
  if (header_.e_shoff % 8 != 0 || header_.e_shoff < sizeof(Elf64_Ehdr) ||
      !inside(header_.e_shoff, uint64_t{header_.e_shnum} * sizeof(Elf64_Shdr))) {
    return bad("section headers reach beyond the end of the file: truncated?");
  }
  sections_.resize(header_.e_shnum);
  std::memcpy(sections_.data(), elf_.data() + header_.e_shoff, sections_.size() * sizeof(Elf64_Shdr));
  if (sections_[0].sh_type != SHT_NULL) return bad("section 0 is not empty");
  if (header_.e_shstrndx == 0 || header_.e_shstrndx >= sections_.size())
    return bad("has no table of section names");
  for (size_t i = 1; i < sections_.size(); i++) GADGETRY_TRY(check_section(i));
  return {};
}

Status ElfCheck::check_section(size_t index) const {
  const Elf64_Shdr& section = sections_[index];
  if (section.sh_type == SHT_NOBITS) {
    if (section.sh_size > limits::kObjectBytes) return bad(label(index) + " is too large");
  } else if (!inside(section.sh_offset, section.sh_size)) {
    return bad(label(index) + " reaches beyond the end of the file: truncated?");
  }
  if ((section.sh_flags & SHF_COMPRESSED) != 0) return bad(label(index) + " is compressed");
  const uint64_t align = section.sh_addralign;
  if ((align & (align - 1)) != 0 || align > 65536) return bad(label(index) + " has a strange alignment");
  switch (section.sh_type) {
    case SHT_SYMTAB:
    case SHT_REL:
    case SHT_RELA:
      if (section.sh_offset % 8 != 0) return bad(label(index) + " is not aligned");
      break;
    case SHT_PROGBITS:
      if (!is_code(section)) break;
      if (section.sh_offset % 8 != 0 || section.sh_size % kInstructionBytes != 0) {
        return bad(label(index) + " is not a whole number of instructions");
      }
      break;
    case SHT_SYMTAB_SHNDX:
    case SHT_DYNSYM:
    case SHT_DYNAMIC:
      return bad(label(index) + " is of a type no eBPF object has");
    default:
      break;
  }
  return {};
}

Status ElfCheck::check_section_names() {
  for (size_t i = 1; i < sections_.size(); i++) {
    if (sections_[i].sh_name >= sections_[header_.e_shstrndx].sh_size) {
      return bad("section " + std::to_string(i) + ": its name is outside the table of names");
    }
  }
  return {};
}

// Every string table starts and ends with NUL, so that a string that starts inside it also ends inside it.
Status ElfCheck::check_string_tables() const {
  if (sections_[header_.e_shstrndx].sh_type != SHT_STRTAB)
    return bad("the table of section names is no string table");
  for (size_t i = 1; i < sections_.size(); i++) {
    const Elf64_Shdr& section = sections_[i];
    if (section.sh_type != SHT_STRTAB) continue;
    if (section.sh_size == 0 || elf_[section.sh_offset] != std::byte{0} ||
        elf_[section.sh_offset + section.sh_size - 1] != std::byte{0}) {
      return bad(label(i) + " is a string table that does not start and end with a NUL");
    }
  }
  return {};
}

Status ElfCheck::find_special_sections() {
  size_t maps = 0;
  for (size_t i = 1; i < sections_.size(); i++) {
    const std::string_view name = name_of(sections_[i]);
    size_t* slot = nullptr;
    if (sections_[i].sh_type == SHT_SYMTAB) slot = &symbols_;
    if (name == ".BTF") slot = &types_;
    if (name == ".BTF.ext") slot = &types_ext_;
    if (name == ".maps") slot = &maps;
    if (slot == nullptr) continue;
    if (*slot != 0) return bad(label(i) + " exists twice");
    if (slot != &symbols_ && sections_[i].sh_type != SHT_PROGBITS)
      return bad(label(i) + " is of a wrong type");
    *slot = i;
  }
  if (symbols_ == 0) {
    return Error("eBPF object: has no symbol table")
        .with_hint("strip it with llvm-strip -g, which keeps the symbols");
  }
  if (types_ == 0) {
    return Error("eBPF object: has no BTF type information (section .BTF)")
        .with_hint("compile it with clang -g; llvm-strip -g removes the debug information and keeps BTF");
  }
  return {};
}

Status ElfCheck::check_symbols() {
  const Elf64_Shdr& table = sections_[symbols_];
  if (table.sh_entsize != sizeof(Elf64_Sym) || table.sh_size % sizeof(Elf64_Sym) != 0) {
    return bad(label(symbols_) + ": wrong size of the entries");
  }
  if (table.sh_link == 0 || table.sh_link >= sections_.size() ||
      sections_[table.sh_link].sh_type != SHT_STRTAB) {
    return bad(label(symbols_) + ": its string table does not exist");
  }
  symbol_count_ = table.sh_size / sizeof(Elf64_Sym);
  for (size_t i = 0; i < symbol_count_; i++) {
    GADGETRY_TRY(check_symbol(i, at<Elf64_Sym>(table.sh_offset + i * sizeof(Elf64_Sym))));
  }
  return {};
}

Status ElfCheck::check_symbol(size_t number, const Elf64_Sym& symbol) const {
  const Elf64_Shdr& strings = sections_[sections_[symbols_].sh_link];
  if (symbol.st_name >= strings.sh_size) {
    return bad("symbol " + std::to_string(number) + ": its name is outside the string table");
  }
  const std::string_view name =
      reinterpret_cast<const char*>(elf_.data() + strings.sh_offset + symbol.st_name);
  const std::string who =
      "symbol " + std::to_string(number) + " (" + base::printable(name.substr(0, 64)) + ")";
  if (symbol.st_shndx >= sections_.size() && symbol.st_shndx != SHN_ABS && symbol.st_shndx != SHN_COMMON) {
    return bad(who + ": its section does not exist");
  }
  if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx >= SHN_LORESERVE) return {};
  const Elf64_Shdr& home = sections_[symbol.st_shndx];
  if (symbol.st_value > home.sh_size || symbol.st_size > home.sh_size - symbol.st_value) {
    return bad(who + " reaches beyond the end of its section");
  }
  if (ELF64_ST_TYPE(symbol.st_info) == STT_FUNC) return check_function(symbol, who);
  return {};
}

// Whole instructions only, and no wide load that lacks its second half: libbpf patches both halves.
Status ElfCheck::check_function(const Elf64_Sym& symbol, std::string_view who) const {
  const Elf64_Shdr& home = sections_[symbol.st_shndx];
  if (!is_code(home)) return bad(std::string(who) + ": a function outside code");
  if (symbol.st_size == 0 || symbol.st_size % kInstructionBytes != 0 ||
      symbol.st_value % kInstructionBytes != 0) {
    return bad(std::string(who) + ": not a whole number of instructions");
  }
  const uint64_t start = home.sh_offset + symbol.st_value;
  for (uint64_t offset = 0; offset < symbol.st_size; offset += kInstructionBytes) {
    if (std::to_integer<uint8_t>(elf_[start + offset]) != kLoadImm64) continue;
    offset += kInstructionBytes;
    if (offset >= symbol.st_size || elf_[start + offset] != std::byte{0}) {
      return bad(std::string(who) + ": half of a wide load is missing");
    }
  }
  return {};
}

Status ElfCheck::check_relocations() const {
  for (size_t i = 1; i < sections_.size(); i++) {
    const Elf64_Shdr& section = sections_[i];
    if (section.sh_type == SHT_RELA)
      return bad(label(i) + ": relocations with addends, which eBPF does not have");
    if (section.sh_type != SHT_REL) continue;
    if (section.sh_entsize != sizeof(Elf64_Rel) || section.sh_size % sizeof(Elf64_Rel) != 0) {
      return bad(label(i) + ": wrong size of the entries");
    }
    if (section.sh_link != symbols_) return bad(label(i) + ": does not belong to the symbol table");
    if (section.sh_info == 0 || section.sh_info >= sections_.size() || section.sh_info == i) {
      return bad(label(i) + ": the section to relocate does not exist");
    }
    const Elf64_Shdr& target = sections_[section.sh_info];
    if (target.sh_type == SHT_NOBITS) return bad(label(i) + ": relocates a section without bytes");
    const uint64_t width = is_code(target) ? kInstructionBytes : 4;
    for (uint64_t offset = 0; offset < section.sh_size; offset += sizeof(Elf64_Rel)) {
      const auto entry = at<Elf64_Rel>(section.sh_offset + offset);
      if (ELF64_R_SYM(entry.r_info) >= symbol_count_)
        return bad(label(i) + ": names a symbol that does not exist");
      if (entry.r_offset > target.sh_size || target.sh_size - entry.r_offset < width ||
          (is_code(target) && entry.r_offset % kInstructionBytes != 0)) {
        return bad(label(i) + ": a relocation outside its section");
      }
    }
  }
  return {};
}

Status ElfCheck::check_types() const {
  const auto types = bytes_of(sections_[types_]);
  GADGETRY_TRY(check_btf(types));
  if (types_ext_ != 0) GADGETRY_TRY(check_btf_ext(bytes_of(sections_[types_ext_]), types));
  return {};
}

Status ElfCheck::run() {
  GADGETRY_TRY(check_header());
  GADGETRY_TRY(read_sections());
  GADGETRY_TRY(check_string_tables());
  GADGETRY_TRY(check_section_names());
  GADGETRY_TRY(find_special_sections());
  GADGETRY_TRY(check_symbols());
  GADGETRY_TRY(check_relocations());
  return check_types();
}

}  // namespace

Status check_object(std::span<const std::byte> elf) {
  return ElfCheck(elf).run();
}

}  // namespace gadgetry::bpf
