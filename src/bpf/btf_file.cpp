#include "bpf/btf_file.hpp"

#include <elf.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <string_view>
#include <vector>

#include "base/fd.hpp"
#include "base/limits.hpp"

namespace gadgetry::bpf {
namespace {

using base::Error;
using base::Status;

Status read_exactly(int fd, void* to, size_t size, uint64_t offset, const std::string& path) {
  for (size_t done = 0; done < size;) {
    const ssize_t n =
        ::pread(fd, static_cast<char*>(to) + done, size - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Error::system(path, errno);
    if (n == 0) return Error(path + ": shorter than its header says: truncated?");
    done += static_cast<size_t>(n);
  }
  return {};
}

// A vmlinux may be hundreds of megabytes: only the headers and the section are read.
base::Result<std::string> read_from_elf(int fd, const std::string& path) {
  Elf64_Ehdr header{};
  GADGETRY_TRY(read_exactly(fd, &header, sizeof(header), 0, path));
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
      header.e_shentsize != sizeof(Elf64_Shdr) || header.e_shoff > INT64_MAX / 2) {
    return Error(path + ": not a 64-bit little-endian ELF file with sections");
  }
  Elf64_Shdr first{};
  GADGETRY_TRY(read_exactly(fd, &first, sizeof(first), header.e_shoff, path));
  const uint64_t count = header.e_shnum != 0 ? header.e_shnum : first.sh_size;
  const uint64_t names_at = header.e_shstrndx != SHN_XINDEX ? header.e_shstrndx : first.sh_link;
  if (count > limits::kKernelSections || names_at >= count) return Error(path + ": strange section headers");
  std::vector<Elf64_Shdr> sections(count);
  GADGETRY_TRY(read_exactly(fd, sections.data(), count * sizeof(Elf64_Shdr), header.e_shoff, path));
  const Elf64_Shdr& strings = sections[names_at];
  if (strings.sh_size > limits::kKernelNamesBytes || strings.sh_offset > INT64_MAX / 2)
    return Error(path + ": strange section names");
  std::string names(strings.sh_size, '\0');
  GADGETRY_TRY(read_exactly(fd, names.data(), names.size(), strings.sh_offset, path));
  for (const Elf64_Shdr& one : sections) {
    if (one.sh_type == SHT_NOBITS || one.sh_name >= names.size()) continue;
    if (std::string_view(names.c_str() + one.sh_name) != ".BTF") continue;
    if (one.sh_size > limits::kKernelBtfBytes || one.sh_offset > INT64_MAX / 2)
      return Error(path + ": its section .BTF is too large");
    std::string out(one.sh_size, '\0');
    GADGETRY_TRY(read_exactly(fd, out.data(), out.size(), one.sh_offset, path));
    return out;
  }
  return Error(path + ": it has no section .BTF")
      .with_hint("a kernel has it when built with CONFIG_DEBUG_INFO_BTF=y");
}

}  // namespace

bool is_elf_file(int fd) {
  char magic[SELFMAG];
  return ::pread(fd, magic, sizeof(magic), 0) == SELFMAG && std::memcmp(magic, ELFMAG, SELFMAG) == 0;
}

base::Result<std::string> read_btf(int fd, const std::string& path) {
  if (is_elf_file(fd)) return read_from_elf(fd, path);
  return base::read_fd(fd, limits::kKernelBtfBytes, path);
}

base::Result<std::string> read_btf(const std::string& path) {
  GADGETRY_ASSIGN(base::Fd fd, base::open_file(path, O_RDONLY));
  return read_btf(fd.get(), path);
}

}  // namespace gadgetry::bpf
