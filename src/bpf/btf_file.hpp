// The types of a kernel in a file: raw BTF, or an ELF file (vmlinux) with a section .BTF.
#pragma once

#include <string>

#include "base/result.hpp"

namespace gadgetry::bpf {

bool is_elf_file(int fd);

// The raw BTF, bounded by limits::kKernelBtfBytes but not checked: check_btf() does that.
base::Result<std::string> read_btf(int fd, const std::string& path);
base::Result<std::string> read_btf(const std::string& path);

}  // namespace gadgetry::bpf
