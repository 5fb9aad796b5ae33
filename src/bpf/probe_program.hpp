// Would the kernel take a program of this type? Asked with the smallest program that there is.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "bpf/families.hpp"

namespace gadgetry::bpf {

// Fine, or why the kernel refuses a program of the family, bound to `target` (a kernel function, tracepoint,
// LSM hook or iterator; empty for families that are not bound when they are loaded). kNotFound: there is no
// such target. Answers are kept. What a verifier says of a real program is not known from this.
base::Status probe_program(const ProgramFamily& family, const std::string& target);

// Fine, or why programs of the family cannot be attached at all: no kprobes, no links of that type.
base::Status probe_attachment(const ProgramFamily& family);

// The BTF id of what a program of the family with this target is bound to. kNotFound when there is none.
base::Result<uint32_t> load_target_id(const ProgramFamily& family, const std::string& target);

}  // namespace gadgetry::bpf
