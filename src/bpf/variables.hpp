// `const volatile` globals of an eBPF object: their types, their values as text, and setting them before the
// load.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "bpf/declarations.hpp"
#include "data/field.hpp"

struct bpf_map;
struct bpf_object;

namespace gadgetry::bpf {

// One variable and where its bytes are: the memory from which libbpf fills .rodata when it loads the object.
struct Variable {
  VariableDecl decl;
  std::span<uint8_t> bytes;
  const bpf_map* map = nullptr;
  std::shared_ptr<const data::EnumTable> enumeration;  // null unless its C type is an enum
};

// All `const volatile` variables in .rodata and .rodata.*, in the order of the object. The spans are valid
// until the object is loaded or closed.
std::vector<Variable> find_variables(bpf_object* object);

// The present value: "10", "true", "1.5", "text", "0.0.0.0", the name of an enum value; empty for kOther.
std::string variable_to_text(const Variable& variable);

// Parses text by the type of the variable and stores it. Integers may be decimal, 0x or 0 prefixed; they must
// fit.
base::Status set_from_text(const Variable& variable, std::string_view text);

}  // namespace gadgetry::bpf
