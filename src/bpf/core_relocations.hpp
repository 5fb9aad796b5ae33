// The CO-RE relocations of an object: where its code depends on how the kernel lays out its types. Formats:
// Documentation/bpf/btf.rst and llvm_reloc.rst of the kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gadgetry::bpf {

// enum bpf_core_relo_kind
enum class CoreKind : uint32_t {
  kFieldOffset = 0,
  kFieldSize = 1,
  kFieldExists = 2,
  kFieldSigned = 3,
  kFieldLeftShift = 4,
  kFieldRightShift = 5,
  kTypeIdLocal = 6,
  kTypeIdTarget = 7,
  kTypeExists = 8,
  kTypeSize = 9,
  kEnumValueExists = 10,
  kEnumValue = 11,
  kTypeMatches = 12,
};

struct CoreRelocation {
  std::string_view section;  // of the code
  uint32_t offset = 0;       // of the instruction, in bytes
  uint32_t type = 0;         // number in the object's BTF
  std::string_view access;   // "0:1:2"
  CoreKind kind = CoreKind::kFieldOffset;
};

// All of them, in the order of the file. `elf` must have passed check_object(); the texts point into it.
std::vector<CoreRelocation> core_relocations(std::span<const std::byte> elf);

// The contents of the first section of that name that has any; empty when there is none. `elf` as above.
std::span<const std::byte> find_elf_section(std::span<const std::byte> elf, std::string_view name);

// "task_struct" of "task_struct___old": what stands behind three underscores tells versions of a type apart.
std::string_view essential_name(std::string_view name);

// A relocation that has no answer in a BTF. The instruction is then replaced by one that the verifier
// refuses, unless it is never reached.
struct UnresolvedRelocation {
  std::string section;
  uint32_t offset = 0;
  std::string what;         // "struct task_struct: no field exit_code2", "no struct foo"
  bool is_guarded = false;  // the object asks elsewhere whether that type, field or value exists
};

// Those of `elf` that types lacks (raw BTF that was checked); the same reason is told once for each section.
std::vector<UnresolvedRelocation> unresolved_relocations(std::span<const std::byte> elf,
                                                         std::span<const std::byte> types);

}  // namespace gadgetry::bpf
