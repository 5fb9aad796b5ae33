// Finds what an opened eBPF object declares: by the GADGET_* macros (global `const void *` variables whose
// names carry the parts, separated by "___") and by the plain naming convention (print_, stats_, hist_,
// gadget_iter_type).
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "bpf/declarations.hpp"
#include "bpf/variables.hpp"

struct bpf_object;

namespace gadgetry::bpf {

// Programs, maps, tracers, iterators, map iterators and variables, checked against each other: what is named
// exists.
base::Result<Declarations> read_declarations(bpf_object* object, const std::vector<Variable>& variables);

// Whether rows can be read from a map of this type, and whether it has a value for each CPU.
bool is_readable_map(uint32_t map_type);
bool is_per_cpu_map(uint32_t map_type);

}  // namespace gadgetry::bpf
