// What system calls take, from the formats of their tracepoints: tracefs,
// events/syscalls/sys_enter_NAME/format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.hpp"

namespace gadgetry::wasm {

inline constexpr size_t kSyscallNameBytes = 32;
inline constexpr size_t kSyscallParams = 6;
inline constexpr uint32_t kSyscallParamPointer = 1;

// As modules get it: little endian, texts filled up with NUL.
struct SyscallParam {
  char name[kSyscallNameBytes];
  uint32_t flags;
};
struct SyscallDeclaration {
  char name[kSyscallNameBytes];
  uint8_t param_count;
  uint8_t pad[3];
  SyscallParam params[kSyscallParams];
};
static_assert(sizeof(SyscallDeclaration) == 252);

// The declaration of a system call by the name that users know ("stat", not "newstat"). Read once and kept;
// the pointer is for ever. May be called by several threads.
base::Result<const SyscallDeclaration*> syscall_declaration(std::string_view name);

// For the above: `format` is the text of the file.
base::Result<SyscallDeclaration> parse_syscall_format(std::string_view name, std::string_view format);

}  // namespace gadgetry::wasm
