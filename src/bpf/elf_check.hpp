// Strict validation of an eBPF object that comes from outside, before libbpf and libelf look at it: they
// trust offsets, string tables and type numbers more than a stranger's file deserves. Format: System V gABI
// (ELF), Documentation/bpf/btf.rst of the kernel (.BTF, .BTF.ext).
#pragma once

#include <cstddef>
#include <span>

#include "base/result.hpp"

namespace gadgetry::bpf {

// Whether the bytes are a complete little-endian 64-bit eBPF relocatable object with sane BTF. Errors read
// "eBPF object: section 7 (.maps) reaches beyond the end of the file: truncated?; build or pull the image
// again".
base::Status check_object(std::span<const std::byte> elf);

// The parts check_object is made of, for tests and for BTF from other places (minimised kernel types).
base::Status check_btf(std::span<const std::byte> btf);
base::Status check_btf_ext(std::span<const std::byte> btf_ext, std::span<const std::byte> btf);

}  // namespace gadgetry::bpf
