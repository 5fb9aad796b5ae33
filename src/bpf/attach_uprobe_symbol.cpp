// Finds a function in an ELF file: in its symbol table, then among its dynamic symbols. libelf checks the
// bounds of what it hands out; sizes and links of the sections are checked here, the file is untrusted.
#include <gelf.h>
#include <libelf.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/limits.hpp"
#include "base/strings.hpp"
#include "bpf/attach_families.hpp"

namespace gadgetry::bpf {
namespace {

struct CloseElf {
  void operator()(Elf* elf) const { elf_end(elf); }
};
using ElfHandle = std::unique_ptr<Elf, CloseElf>;

#if defined(__x86_64__)
constexpr unsigned kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr unsigned kMachine = EM_AARCH64;
#else
constexpr unsigned kMachine = EM_NONE;
#endif

base::Error not_elf() {
  return base::Error("not an ELF file: " + std::string(elf_errmsg(-1)));
}

// The name without a version: "memcpy@@GLIBC_2.14" is "memcpy".
bool is_symbol(const char* name, std::string_view wanted) {
  if (name == nullptr) return false;
  std::string_view text(name);
  return text == wanted || (text.starts_with(wanted) && text.substr(wanted.size()).starts_with('@'));
}

bool is_function(const GElf_Sym& symbol) {
  unsigned type = GELF_ST_TYPE(symbol.st_info);
  return (type == STT_FUNC || type == STT_GNU_IFUNC) && symbol.st_shndx != SHN_UNDEF && symbol.st_value != 0;
}

// The address of the function in the section of symbols; a global one is preferred to local ones. 0: not
// there.
uint64_t search_section(Elf* elf, Elf_Scn* section, const GElf_Shdr& header, std::string_view wanted) {
  Elf_Data* data = elf_getdata(section, nullptr);
  if (data == nullptr || header.sh_entsize == 0) return 0;
  size_t count = std::min<size_t>(data->d_size, header.sh_size) / header.sh_entsize;
  uint64_t local = 0;
  for (size_t i = 0; i < count && i <= INT32_MAX; ++i) {
    GElf_Sym symbol;
    if (gelf_getsym(data, static_cast<int>(i), &symbol) == nullptr) break;
    if (!is_function(symbol) || !is_symbol(elf_strptr(elf, header.sh_link, symbol.st_name), wanted)) continue;
    if (GELF_ST_BIND(symbol.st_info) != STB_LOCAL) return symbol.st_value;
    if (local == 0) local = symbol.st_value;
  }
  return local;
}

uint64_t search_symbols(Elf* elf, unsigned section_type, std::string_view wanted) {
  Elf_Scn* section = nullptr;
  while ((section = elf_nextscn(elf, section)) != nullptr) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr || header.sh_type != section_type) continue;
    if (uint64_t address = search_section(elf, section, header, wanted); address != 0) return address;
  }
  return 0;
}

// Uprobes want the place in the file, symbols have the address in memory: the segment that is loaded there
// knows.
base::Result<uint64_t> to_file_offset(Elf* elf, uint64_t address) {
  size_t count = 0;
  if (elf_getphdrnum(elf, &count) != 0) return not_elf();
  for (size_t i = 0; i < count && i <= INT32_MAX; ++i) {
    GElf_Phdr segment;
    if (gelf_getphdr(elf, static_cast<int>(i), &segment) == nullptr) break;
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0) continue;
    if (address >= segment.p_vaddr && address - segment.p_vaddr < segment.p_filesz) {
      return address - segment.p_vaddr + segment.p_offset;
    }
  }
  return base::Error("the function is in no executable segment of the file");
}

}  // namespace

base::Result<uint64_t> find_function_offset(int fd, std::string_view symbol) {
  struct stat info{};
  if (fstat(fd, &info) != 0) return base::Error::system("fstat", errno);
  if (!S_ISREG(info.st_mode) || static_cast<uint64_t>(info.st_size) > limits::kSymbolFileBytes) {
    return base::Error("not a file of a size that can be searched");
  }
  if (elf_version(EV_CURRENT) == EV_NONE) return not_elf();
  ElfHandle elf(elf_begin(fd, ELF_C_READ, nullptr));  // not mapped: the file may shrink meanwhile
  if (!elf || elf_kind(elf.get()) != ELF_K_ELF) return not_elf();
  GElf_Ehdr header;
  if (gelf_getehdr(elf.get(), &header) == nullptr) return not_elf();
  if (header.e_machine != kMachine) return base::Error("the file is for another architecture");
  uint64_t address = search_symbols(elf.get(), SHT_SYMTAB, symbol);
  if (address == 0) address = search_symbols(elf.get(), SHT_DYNSYM, symbol);
  if (address == 0) {
    return base::Error("it has no function '" + base::printable(symbol) + "'", base::ErrorKind::kNotFound)
        .with_hint("a stripped program has only the symbols it exports");
  }
  return to_file_offset(elf.get(), address);
}

}  // namespace gadgetry::bpf
