// Will this kernel take an object? Asked without loading it: types, targets, helpers and kernel functions of
// its programs, relocations, maps.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "bpf/attach_target.hpp"
#include "bpf/object.hpp"
#include "bpf/probe_report.hpp"

namespace gadgetry::bpf {

struct ObjectProbe {
  const Object& object;
  std::span<const std::byte> elf;  // its bytes
  const std::vector<AttachTarget>& targets;
  const sys::KernelConfig& config;
  // Raw BTF that the object is relocated by; empty: there is none.
  std::span<const std::byte> types = {};
};

// One finding for each program; needed are those that are neither optional nor replaced by another that fits.
FindingSection probe_object_programs(const ObjectProbe& probe);
FindingSection probe_object_maps(const ObjectProbe& probe);
// The capabilities that loading and attaching need.
FindingSection probe_object_capabilities(const ObjectProbe& probe);

// Fine, or that there is nothing of that name to attach to. kFailure: it could not be found out.
base::Status find_target(const ProgramFamily& family, const std::string& target);

// What a program calls, read from its instructions (and from those of its functions, for all programs alike).
struct Calls {
  std::vector<uint32_t> helpers;  // numbers, each once
  bool has_functions = false;     // calls functions of the object
};
Calls calls_of(std::span<const std::byte> code);
// Functions of the kernel that an object calls and that it cannot do without.
std::vector<std::string> needed_kernel_functions(const ObjectProbe& probe);

}  // namespace gadgetry::bpf
