// Two questions to type information (BTF) that is looked at once and not kept: linear passes over its bytes.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace gadgetry::wasm {

// "struct task_struct", "union u", "enum e", or a name alone: of any type, typedefs and numbers included.
bool has_type(std::span<const std::byte> btf, std::string_view type);

// Whether a struct or union has a member. Members without a name are looked through; "mm.exe_file" goes on in
// the type of `mm`, behind pointers and arrays, too.
bool has_field(std::span<const std::byte> btf, std::string_view type, std::string_view field);

}  // namespace gadgetry::wasm
