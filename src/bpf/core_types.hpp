// The kernel's types that an object's CO-RE relocations ask for, cut out of the kernel's BTF. libbpf reads
// the whole of it for them (twice 5 MB in memory, and a search through 130,000 types for each relocated
// type); with the cut it reads some hundred types. Record formats: Documentation/bpf/btf.rst and
// llvm_reloc.rst of the kernel.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/fd.hpp"
#include "bpf/kernel_btf.hpp"

namespace gadgetry::bpf {

// A file in memory with the BTF for bpf_object_open_opts.btf_custom_path. None where libbpf has to see all
// types: when a relocation asks for the number of a type or compares whole types, when a type is not in
// vmlinux (it may be in a module), and when the kernel has no BTF. `elf` must have passed check_object().
std::optional<base::Fd> make_core_types(std::span<const std::byte> elf, KernelBtf& kernel);

// The types of a kernel that an object needs, for the archive of an image: made elsewhere than on that
// kernel. All of them when a cut would not do; empty when the object has no relocations. `btf` must have
// passed check_btf().
std::string cut_for_archive(std::span<const std::byte> elf, std::span<const std::byte> btf);

// A file in memory with this BTF, for libbpf, which opens it by its path.
std::optional<base::Fd> types_in_memory(std::string_view btf);

}  // namespace gadgetry::bpf
