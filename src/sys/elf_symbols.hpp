// The function symbols of one ELF file (.symtab, or .dynsym when it is stripped).
//
// The file is untrusted: every offset and count is checked against its size and limits.hpp before use. It is
// read with pread, not mapped: a file that shrinks under a mapping would kill us with SIGBUS. Names stay in
// the file until they are asked for.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace gadgetry::sys {

class ElfSymbols {
 public:
  // Takes the file over. A file without symbols is fine: it knows no names.
  static base::Result<std::unique_ptr<ElfSymbols>> open(base::Fd file);
  // The same for an ELF image in memory, which must outlive the object (the vdso).
  static base::Result<std::unique_ptr<ElfSymbols>> open_memory(std::span<const uint8_t> image);

  // The demangled name of the function at an offset of the file; empty when there is none. The view is
  // valid until the next lookup.
  std::string_view lookup_offset(uint64_t file_offset);
  // The same for an address as the file counts them (st_value).
  std::string_view lookup_address(uint64_t address);

  size_t size() const { return symbols_.size(); }
  size_t memory() const { return symbols_.capacity() * sizeof(Symbol) + name_bytes_; }  // bytes, about

 private:
  struct Symbol {
    uint64_t address;
    uint32_t size;
    uint32_t name;  // offset in the string table
  };
  struct Segment {
    uint64_t offset;
    uint64_t size;
    uint64_t address;
  };
  struct Section {
    uint32_t type;
    uint32_t link;
    uint64_t offset;
    uint64_t size;
    uint64_t entry_size;
  };

  ElfSymbols() = default;
  bool read(uint64_t offset, void* out, size_t size) const;
  base::Status parse();
  template <typename Ehdr, typename Phdr, typename Shdr, typename Sym>
  base::Status parse_class();
  template <typename Shdr>
  base::Result<std::vector<Section>> read_sections(uint64_t offset, size_t count);
  template <typename Sym>
  base::Status read_symbols(const Section& table, const Section& strings);
  std::string_view name_of(const Symbol& symbol);

  base::Fd file_;
  std::span<const uint8_t> image_;
  uint64_t file_size_ = 0;
  uint64_t strings_offset_ = 0;
  uint64_t strings_size_ = 0;
  std::vector<Segment> segments_;
  std::vector<Symbol> symbols_;                      // by address
  std::unordered_map<uint32_t, std::string> names_;  // of those asked for, by offset in the string table
  size_t name_bytes_ = 0;
};

// A linker name as people write it: C++ names demangled, the hash behind Rust names cut off, others as they
// are. A name that is or could become unreasonably long stays mangled. Control characters become '?'.
std::string demangle(const std::string& name);

}  // namespace gadgetry::sys
