// The functions of the running kernel and its modules, by name: /proc/kallsyms and the list of what may be
// traced.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gadgetry::bpf {

// Is there a function of that name, possibly in a module?
bool has_kernel_function(std::string_view name);
// The same for a text that reads as /proc/kallsyms: "ffffffff81000000 T name" or "... t name<TAB>[module]" in
// each line.
bool has_function(std::string_view symbols, std::string_view name);

// The function that a system call's name stands for: "openat" is "__x64_sys_openat" where the kernel wraps
// its system calls, else "__se_sys_openat".
std::string syscall_function(std::string_view name);

// One function that may be traced.
struct TraceableFunction {
  std::string name;
  uint64_t address = 0;  // 0: not known
};
// Those that fit a pattern ("vfs_*", with * and ?), each once. A name that several functions have is left out
// when there are no addresses to tell them apart.
base::Result<std::vector<TraceableFunction>> find_traceable(const std::string& pattern);
// The same for the text of tracefs' available_filter_functions ("name [module]"), or, with addresses, of
// available_filter_functions_addrs ("ffffffff81000000 name [module]").
std::vector<TraceableFunction> match_traceable(std::string_view list, bool with_addresses,
                                               const std::string& pattern);

}  // namespace gadgetry::bpf
