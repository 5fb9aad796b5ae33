// Finds functions in an ELF file: in its symbol table, among its dynamic symbols, and in the table that Go
// programs carry. libelf checks the bounds of what it hands out; sizes and links of the sections are checked
// here, the file is untrusted.
#include <fnmatch.h>
#include <gelf.h>
#include <libelf.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <optional>

#include "base/limits.hpp"
#include "base/log.hpp"
#include "base/strings.hpp"
#include "bpf/attach_uprobe.hpp"
#include "sys/go_symbols.hpp"

namespace gadgetry::bpf {
namespace {

constexpr size_t kSuggestions = 20000;  // names that are compared to find a similar one
constexpr size_t kSimilarLength = 3;    // by which a similar name is longer or shorter
constexpr uint16_t kVersionHidden = 0x8000;

struct CloseElf {
  void operator()(Elf* elf) const { elf_end(elf); }
};
using ElfHandle = std::unique_ptr<Elf, CloseElf>;

#if defined(__x86_64__)
constexpr unsigned kMachine = EM_X86_64;
constexpr unsigned kRelative = R_X86_64_RELATIVE;
#elif defined(__aarch64__)
constexpr unsigned kMachine = EM_AARCH64;
constexpr unsigned kRelative = R_AARCH64_RELATIVE;
#else
constexpr unsigned kMachine = EM_NONE;
constexpr unsigned kRelative = 0;
#endif

base::Error not_elf() {
  return base::Error("not an ELF file: " + std::string(elf_errmsg(-1)));
}

struct Symbol {
  std::string_view name = {};     // without its version
  std::string_view version = {};  // empty: none, or not known
  uint64_t address = 0;
  int rank = 0;  // of several with one name the highest counts
  bool is_indirect = false;
};

// What is looked for: "memcpy", "memcpy@GLIBC_2.2.5", "mem*".
struct Wanted {
  explicit Wanted(const std::string& text) : name(text.substr(0, text.find('@'))) {
    size_t version_at = text.find_last_of('@');
    if (version_at != std::string::npos) version = text.substr(version_at + 1);
    is_pattern = name.find_first_of("*?[") != std::string::npos;
  }
  bool fits(const Symbol& symbol) const {
    if (!version.empty() && symbol.version != version) return false;
    if (!is_pattern) return symbol.name == name;
    return fnmatch(name.c_str(), std::string(symbol.name).c_str(), 0) == 0;
  }
  std::string name;
  std::string version;
  bool is_pattern = false;
};

struct Section {
  Elf_Scn* handle = nullptr;
  GElf_Shdr header{};
};

template <typename Fits>
std::optional<Section> find_section(Elf* elf, Fits&& fits) {
  Section section;
  while ((section.handle = elf_nextscn(elf, section.handle)) != nullptr) {
    if (gelf_getshdr(section.handle, &section.header) != nullptr && fits(section.header)) return section;
  }
  return std::nullopt;
}

std::optional<Section> find_section_of_type(Elf* elf, unsigned type) {
  return find_section(elf, [&](const GElf_Shdr& header) { return header.sh_type == type; });
}

std::optional<Section> find_section_named(Elf* elf, std::string_view name) {
  size_t names = 0;
  if (elf_getshdrstrndx(elf, &names) != 0) return std::nullopt;
  return find_section(elf, [&](const GElf_Shdr& header) {
    const char* text = elf_strptr(elf, names, header.sh_name);
    return text != nullptr && text == name;
  });
}

// Names of the versions that the file defines, by their numbers.
std::map<uint16_t, std::string> version_names(Elf* elf) {
  std::map<uint16_t, std::string> out;
  auto section = find_section_of_type(elf, SHT_GNU_verdef);
  Elf_Data* data = section ? elf_getdata(section->handle, nullptr) : nullptr;
  if (data == nullptr) return out;
  size_t at = 0;
  for (size_t i = 0; i < limits::kElfSections && at <= INT32_MAX; i++) {
    GElf_Verdef definition;
    if (gelf_getverdef(data, static_cast<int>(at), &definition) == nullptr) break;
    GElf_Verdaux name;
    size_t name_at = at + definition.vd_aux;
    if (name_at <= INT32_MAX && gelf_getverdaux(data, static_cast<int>(name_at), &name) != nullptr) {
      const char* text = elf_strptr(elf, section->header.sh_link, name.vda_name);
      if (text != nullptr) out[definition.vd_ndx] = text;
    }
    if (definition.vd_next == 0) break;
    at += definition.vd_next;
  }
  return out;
}

// Calls visit(const Symbol&) for each function of one table.
template <typename Visit>
void visit_symbols(Elf* elf, unsigned table_type, Visit&& visit) {
  auto section = find_section_of_type(elf, table_type);
  Elf_Data* data = section ? elf_getdata(section->handle, nullptr) : nullptr;
  if (data == nullptr || section->header.sh_entsize == 0) return;
  auto versions = table_type == SHT_DYNSYM ? find_section_of_type(elf, SHT_GNU_versym) : std::nullopt;
  Elf_Data* version_data = versions ? elf_getdata(versions->handle, nullptr) : nullptr;
  auto names = version_data != nullptr ? version_names(elf) : std::map<uint16_t, std::string>();
  size_t count = std::min<size_t>(data->d_size, section->header.sh_size) / section->header.sh_entsize;
  for (size_t i = 0; i < count && i <= limits::kSymbols; ++i) {
    GElf_Sym entry;
    const int index = static_cast<int>(i);
    if (gelf_getsym(data, index, &entry) == nullptr) break;
    unsigned type = GELF_ST_TYPE(entry.st_info);
    if ((type != STT_FUNC && type != STT_GNU_IFUNC) || entry.st_shndx == SHN_UNDEF || entry.st_value == 0)
      continue;
    const char* text = elf_strptr(elf, section->header.sh_link, entry.st_name);
    if (text == nullptr || *text == '\0') continue;
    Symbol symbol{.name = text, .address = entry.st_value, .is_indirect = type == STT_GNU_IFUNC};
    bool is_hidden = false;
    GElf_Versym number = 0;
    if (version_data != nullptr && gelf_getversym(version_data, index, &number) != nullptr) {
      is_hidden = (number & kVersionHidden) != 0;
      auto name = names.find(number & static_cast<uint16_t>(~kVersionHidden));
      if (name != names.end()) symbol.version = name->second;
    } else if (size_t at = symbol.name.find('@'); at != std::string_view::npos) {  // "memcpy@@GLIBC_2.14"
      is_hidden = !symbol.name.substr(at).starts_with("@@");
      symbol.version = symbol.name.substr(symbol.name.find_last_of('@') + 1);
      symbol.name = symbol.name.substr(0, at);
    }
    bool is_local = GELF_ST_BIND(entry.st_info) == STB_LOCAL;
    symbol.rank = is_local ? 1 : is_hidden ? 2 : 3;
    visit(symbol);
  }
}

// The value that a relocation puts at an address when the program starts; 0: none does.
uint64_t relocated_value(Elf* elf, uint64_t address) {
  Section section;
  while ((section.handle = elf_nextscn(elf, section.handle)) != nullptr) {
    if (gelf_getshdr(section.handle, &section.header) == nullptr) continue;
    if (section.header.sh_type != SHT_RELA || section.header.sh_entsize == 0) continue;
    Elf_Data* data = elf_getdata(section.handle, nullptr);
    if (data == nullptr) continue;
    size_t count = data->d_size / section.header.sh_entsize;
    for (size_t i = 0; i < count && i <= INT32_MAX; i++) {
      GElf_Rela entry;
      if (gelf_getrela(data, static_cast<int>(i), &entry) == nullptr) break;
      if (entry.r_offset == address && GELF_R_TYPE(entry.r_info) == kRelative) {
        return static_cast<uint64_t>(entry.r_addend);
      }
    }
  }
  return 0;
}

// The functions of a Go program. Valid as long as the ELF handle.
std::optional<sys::GoSymbols> find_go_symbols(Elf* elf) {
  auto section = find_section_named(elf, ".gopclntab");
  if (!section) section = find_section_named(elf, ".data.rel.ro.gopclntab");
  if (!section || section->header.sh_size > limits::kGoTableBytes) return std::nullopt;
  Elf_Data* data = elf_rawdata(section->handle, nullptr);
  if (data == nullptr || data->d_buf == nullptr) return std::nullopt;
  std::span<const uint8_t> table(static_cast<const uint8_t*>(data->d_buf), data->d_size);
  uint64_t text = 0;
  if (auto field = sys::GoSymbols::text_field(table))
    text = relocated_value(elf, section->header.sh_addr + *field);
  auto code = find_section_named(elf, ".text");
  if (text == 0 && code) text = code->header.sh_addr;
  auto symbols = sys::GoSymbols::open(table, text);
  if (!symbols.ok()) {
    base::log_debug(symbols.error().text());
    return std::nullopt;
  }
  return std::move(symbols).value();
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

base::Result<ElfHandle> open_elf(int fd) {
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
  return elf;
}

// Calls visit(const Symbol&) for all functions there are.
template <typename Visit>
void visit_all(Elf* elf, const std::optional<sys::GoSymbols>& go, Visit&& visit) {
  visit_symbols(elf, SHT_SYMTAB, visit);
  visit_symbols(elf, SHT_DYNSYM, visit);
  for (size_t i = 0; go && i < go->size(); i++) {
    if (auto function = go->at(i)) visit(Symbol{.name = function->name, .address = function->address});
  }
}

base::Error not_found(Elf* elf, const std::optional<sys::GoSymbols>& go, const std::string& name) {
  const std::string wanted = name.substr(0, name.find('@'));
  std::vector<std::string> names;
  visit_all(elf, go, [&](const Symbol& symbol) {
    size_t longer = std::max(symbol.name.size(), wanted.size());
    size_t shorter = std::min(symbol.name.size(), wanted.size());
    if (longer - shorter <= kSimilarLength && names.size() < kSuggestions) names.emplace_back(symbol.name);
  });
  base::Error error("it has no function '" + base::printable(name) + "'", base::ErrorKind::kNotFound);
  std::string similar = base::closest(wanted, names);
  if (!similar.empty()) return std::move(error).with_hint("did you mean " + base::printable(similar) + "?");
  return std::move(error).with_hint("a stripped program has only the symbols it exports");
}

// The addresses that one name or pattern means. A name means one: that of the symbol with the highest rank.
std::vector<Symbol> choose(Elf* elf, const std::optional<sys::GoSymbols>& go, const Wanted& wanted) {
  std::vector<Symbol> out;
  visit_all(elf, go, [&](const Symbol& symbol) {
    if (!wanted.fits(symbol)) return;
    if (wanted.is_pattern || out.empty()) {
      out.push_back(symbol);
    } else if (symbol.rank > out.front().rank) {
      out.front() = symbol;
    }
  });
  return out;
}

}  // namespace

base::Result<std::vector<Function>> find_functions(int fd, const std::vector<std::string>& names) {
  GADGETRY_ASSIGN(ElfHandle elf, open_elf(fd));
  auto go = find_go_symbols(elf.get());
  std::map<uint64_t, Function> found;
  std::optional<base::Error> missing;
  for (const std::string& name : names) {
    std::vector<Symbol> symbols = choose(elf.get(), go, Wanted(name));
    if (symbols.empty()) {
      base::Error error = not_found(elf.get(), go, name);
      if (missing) base::log_warning(missing->text());
      missing = std::move(error);
    }
    for (const Symbol& symbol : symbols) {
      auto offset = to_file_offset(elf.get(), symbol.address);
      if (!offset.ok()) {
        if (!missing) missing = std::move(offset).error();
        continue;
      }
      Function function{
          .name = std::string(symbol.name), .offset = *offset, .is_indirect = symbol.is_indirect};
      function.is_go = go && go->has(symbol.address);
      found.emplace(*offset, std::move(function));
    }
  }
  if (found.empty()) return missing ? std::move(*missing) : base::Error("no function is named");
  if (missing) base::log_warning(missing->text());
  std::vector<Function> out;
  out.reserve(found.size());
  for (auto& [offset, function] : found) out.push_back(std::move(function));
  return out;
}

base::Result<uint64_t> find_function_offset(int fd, std::string_view symbol) {
  GADGETRY_ASSIGN(std::vector<Function> found, find_functions(fd, {std::string(symbol)}));
  return found.front().offset;
}

}  // namespace gadgetry::bpf
