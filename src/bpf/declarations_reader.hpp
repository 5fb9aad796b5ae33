// Finds what an opened eBPF object declares: by the GADGET_* macros (global `const void *` variables whose
// names carry the parts, separated by "___") and by the plain naming convention (print_, stats_, hist_,
// gadget_iter_type).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "bpf/declarations.hpp"
#include "bpf/variables.hpp"

struct bpf_object;
struct btf;

namespace gadgetry::bpf {

// Programs, maps, tracers, iterators, map iterators and variables, checked against each other: what is named
// exists.
base::Result<Declarations> read_declarations(bpf_object* object, const std::vector<Variable>& variables);

// Key and value types of a map as its BTF definition gives them (ring buffers may carry the type of an
// event); 0: none.
struct MapTypes {
  uint32_t key = 0;
  uint32_t value = 0;
};
MapTypes read_map_types(const btf* types, std::string_view map);

}  // namespace gadgetry::bpf
