#include "sys/elf_symbols.hpp"

#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <type_traits>

#include "base/limits.hpp"

namespace gadgetry::sys {
namespace {

constexpr size_t kChunk = 1024;          // symbols or section headers read at once
constexpr size_t kNamesKept = 64 << 10;  // demangled names of one file
constexpr uint64_t kUnsizedBytes = 64 << 10;
constexpr int kStepsBack = 8;  // symbols tried before the nearest one when that one ends too early

base::Error malformed(const char* what) {
  return base::Error(std::string("ELF file: ") + what);
}

bool inside(uint64_t offset, uint64_t size, uint64_t whole) {
  return offset <= whole && size <= whole - offset;
}

}  // namespace

base::Result<std::unique_ptr<ElfSymbols>> ElfSymbols::open(base::Fd file) {
  struct stat info{};
  if (fstat(file.get(), &info) != 0) return base::Error::system("reading an ELF file", errno);
  if (!S_ISREG(info.st_mode)) return malformed("not a regular file");
  if (info.st_size < 0 || static_cast<uint64_t>(info.st_size) > limits::kSymbolFileBytes) {
    return malformed("too large");
  }
  std::unique_ptr<ElfSymbols> symbols(new ElfSymbols);
  symbols->file_ = std::move(file);
  symbols->file_size_ = static_cast<uint64_t>(info.st_size);
  GADGETRY_TRY(symbols->parse());
  return symbols;
}

base::Result<std::unique_ptr<ElfSymbols>> ElfSymbols::open_memory(std::span<const uint8_t> image) {
  std::unique_ptr<ElfSymbols> symbols(new ElfSymbols);
  symbols->image_ = image;
  symbols->file_size_ = image.size();
  GADGETRY_TRY(symbols->parse());
  return symbols;
}

bool ElfSymbols::read(uint64_t offset, void* out, size_t size) const {
  if (!inside(offset, size, file_size_)) return false;
  if (!file_) {
    std::memcpy(out, image_.data() + offset, size);
    return true;
  }
  auto* next = static_cast<char*>(out);
  while (size > 0) {
    ssize_t got = pread(file_.get(), next, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;  // shrunk since we looked
    next += got;
    offset += static_cast<uint64_t>(got);
    size -= static_cast<size_t>(got);
  }
  return true;
}

base::Status ElfSymbols::parse() {
  unsigned char ident[EI_NIDENT];
  if (!read(0, ident, sizeof ident) || std::memcmp(ident, ELFMAG, SELFMAG) != 0)
    return malformed("no ELF magic");
  if (ident[EI_DATA] != ELFDATA2LSB) return malformed("not little-endian");
  if (ident[EI_CLASS] == ELFCLASS64) return parse_class<Elf64_Ehdr, Elf64_Phdr, Elf64_Shdr, Elf64_Sym>();
  if (ident[EI_CLASS] == ELFCLASS32) return parse_class<Elf32_Ehdr, Elf32_Phdr, Elf32_Shdr, Elf32_Sym>();
  return malformed("unknown class");
}

template <typename Ehdr, typename Phdr, typename Shdr, typename Sym>
base::Status ElfSymbols::parse_class() {
  Ehdr header{};
  if (!read(0, &header, sizeof header)) return malformed("truncated header");
  if (header.e_phnum != 0 && header.e_phentsize != sizeof(Phdr)) return malformed("strange program headers");
  if (header.e_phnum > limits::kElfSegments) return malformed("too many program headers");
  for (size_t i = 0; i < header.e_phnum; i++) {
    Phdr segment{};
    if (!read(header.e_phoff + i * sizeof segment, &segment, sizeof segment)) return malformed("truncated");
    if (segment.p_type != PT_LOAD) continue;
    segments_.push_back({segment.p_offset, segment.p_filesz, segment.p_vaddr});
  }
  if (header.e_shoff == 0) return {};  // all stripped away
  if (header.e_shentsize != sizeof(Shdr)) return malformed("strange section headers");
  size_t count = header.e_shnum;
  if (count == 0) {  // more than fit into 16 bits: the number is in the first header
    Shdr first{};
    if (!read(header.e_shoff, &first, sizeof first)) return malformed("truncated");
    if (first.sh_size > limits::kElfSections) return malformed("too many sections");
    count = static_cast<size_t>(first.sh_size);
  }
  if (count > limits::kElfSections) return malformed("too many sections");
  GADGETRY_ASSIGN(std::vector<Section> sections, read_sections<Shdr>(header.e_shoff, count));
  for (uint32_t type : {uint32_t{SHT_SYMTAB}, uint32_t{SHT_DYNSYM}}) {
    auto table =
        std::find_if(sections.begin(), sections.end(), [&](const Section& s) { return s.type == type; });
    if (table == sections.end() || table->link >= sections.size()) continue;
    GADGETRY_TRY(read_symbols<Sym>(*table, sections[table->link]));
    if (!symbols_.empty()) break;
  }
  return {};
}

template <typename Shdr>
base::Result<std::vector<ElfSymbols::Section>> ElfSymbols::read_sections(uint64_t offset, size_t count) {
  if (!inside(offset, count * sizeof(Shdr), file_size_)) return malformed("section headers beyond its end");
  std::vector<Section> sections;
  sections.reserve(count);
  for (size_t i = 0; i < count; i++) {
    Shdr section{};
    if (!read(offset + i * sizeof section, &section, sizeof section)) return malformed("truncated");
    sections.push_back(
        {section.sh_type, section.sh_link, section.sh_offset, section.sh_size, section.sh_entsize});
  }
  return sections;
}

template <typename Sym>
base::Status ElfSymbols::read_symbols(const Section& table, const Section& strings) {
  if (table.entry_size != sizeof(Sym) || strings.type != SHT_STRTAB) return malformed("strange symbol table");
  if (!inside(table.offset, table.size, file_size_) || !inside(strings.offset, strings.size, file_size_)) {
    return malformed("symbol table beyond its end");
  }
  size_t count = static_cast<size_t>(table.size / sizeof(Sym));
  if (count > limits::kSymbols) return malformed("too many symbols");
  std::vector<Sym> chunk(std::min(count, kChunk));
  for (size_t done = 0; done < count;) {
    size_t now = std::min(count - done, kChunk);
    if (!read(table.offset + done * sizeof(Sym), chunk.data(), now * sizeof(Sym)))
      return malformed("truncated");
    for (size_t i = 0; i < now; i++) {
      const Sym& symbol = chunk[i];
      unsigned type = symbol.st_info & 0xf;
      if ((type != STT_FUNC && type != STT_GNU_IFUNC) || symbol.st_shndx == SHN_UNDEF) continue;
      if (symbol.st_name == 0 || symbol.st_name >= strings.size) continue;
      auto size = static_cast<uint32_t>(std::min<uint64_t>(symbol.st_size, UINT32_MAX));
      symbols_.push_back({symbol.st_value, size, symbol.st_name});
    }
    done += now;
  }
  // Of several names for one address the longest function counts.
  std::sort(symbols_.begin(), symbols_.end(), [](const Symbol& a, const Symbol& b) {
    if (a.address != b.address) return a.address < b.address;
    return a.size != b.size ? a.size > b.size : a.name < b.name;
  });
  auto end = std::unique(symbols_.begin(), symbols_.end(),
                         [](const Symbol& a, const Symbol& b) { return a.address == b.address; });
  symbols_.erase(end, symbols_.end());
  symbols_.shrink_to_fit();
  strings_offset_ = strings.offset;
  strings_size_ = strings.size;
  return {};
}

std::string_view ElfSymbols::lookup_offset(uint64_t file_offset) {
  for (const Segment& segment : segments_) {
    if (file_offset >= segment.offset && file_offset - segment.offset < segment.size) {
      return lookup_address(file_offset - segment.offset + segment.address);
    }
  }
  return {};
}

std::string_view ElfSymbols::lookup_address(uint64_t address) {
  auto after =
      std::upper_bound(symbols_.begin(), symbols_.end(), address,
                       [](uint64_t wanted, const Symbol& symbol) { return wanted < symbol.address; });
  auto nearest = after;
  for (int step = 0; step < kStepsBack && nearest != symbols_.begin(); step++) {
    --nearest;
    if (address - nearest->address < nearest->size) return name_of(*nearest);
    // Hand-written assembly often has no size: it reaches to the next symbol, within reason.
    if (step == 0 && nearest->size == 0 && address - nearest->address < kUnsizedBytes)
      return name_of(*nearest);
  }
  return {};
}

std::string_view ElfSymbols::name_of(const Symbol& symbol) {
  auto known = names_.find(symbol.name);
  if (known != names_.end()) return known->second;
  char text[limits::kSymbolNameBytes];
  size_t size = static_cast<size_t>(std::min<uint64_t>(sizeof text, strings_size_ - symbol.name));
  // Most names are short: one small read does.
  size_t first = std::min<size_t>(size, 256);
  if (!read(strings_offset_ + symbol.name, text, first)) return {};
  size_t length = strnlen(text, first);
  if (length == first && size > first) {
    if (!read(strings_offset_ + symbol.name, text, size)) return {};
    length = strnlen(text, size);
  }
  if (names_.size() >= kNamesKept) {
    names_.clear();
    name_bytes_ = 0;
  }
  std::string& name = names_[symbol.name];
  name = demangle({text, length});
  name_bytes_ += name.size() + sizeof(std::string) + 32;
  return name;
}

}  // namespace gadgetry::sys
