// From a C struct, as BTF describes it, to the fields of a data source.
//
// Members that start with "__" and pointers are left out. Nested structs and unions become a parent field
// (kind Bytes) with children; members of anonymous ones belong to the struct around them. char arrays are
// text. Every field carries the tags "name:<member>", "src:ebpf", and "type:<name>" for each typedef on the
// way and for the type itself.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "data/data_source.hpp"

struct btf;
struct btf_type;

namespace gadgetry::bpf {

struct LayoutOptions {
  uint32_t base_offset = 0;             // bytes in front of the struct in the sample
  std::vector<std::string> extra_tags;  // for every field ("role:key")
  bool bytes_are_text = false;          // the plain naming convention keeps text in arrays of __u8
  bool kernel_enums = true;             // names of enum values: the kernel's own definition first
};

// Adds the members of struct or union `type_id` (typedefs and const are looked through).
base::Status add_struct_fields(const btf* types, uint32_t type_id, const LayoutOptions& options,
                               data::DataSource& source);

// Adds one field called `name` for a value that is not a struct (an integer key of a map).
base::Status add_value_field(const btf* types, uint32_t type_id, std::string_view name,
                             const LayoutOptions& options, data::DataSource& source);

// Follows typedefs, const, volatile, restrict and type tags; 0 (void) for what cannot be resolved.
uint32_t resolve_type(const btf* types, uint32_t type_id);
// The struct (or union) of that name, or the typedef of one; 0 when there is none.
uint32_t find_struct(const btf* types, std::string_view name);
// Values and names of an enum type of the object; null when type_id is not one.
std::shared_ptr<const data::EnumTable> read_enum(const btf* types, uint32_t type_id);

}  // namespace gadgetry::bpf
