// struct_ops: a table of functions of the kernel (a TCP congestion control, ...) filled with programs. Each
// is a global variable of the object in section ".struct_ops" or ".struct_ops.link".
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "bpf/attach_target.hpp"

struct bpf_object;

namespace gadgetry::bpf {

// The object with ".struct_ops.link" named ".struct_ops", which is all that libbpf knows; nothing when it has
// no such section.
base::Result<std::optional<std::string>> plain_struct_ops(std::span<const std::byte> elf);

// Before the load: asks for links where the kernel has them, so that a table goes with its process. A table
// that the kernel does not know is an error; where all struct_ops programs are optional it is left out with
// them.
base::Status prepare_struct_ops(bpf_object* object, const std::vector<AttachTarget>& targets);

}  // namespace gadgetry::bpf
