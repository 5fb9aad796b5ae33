// src/wasm/abi_table.inc as the generator sees it: names and types only, nothing of the host is linked.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wasm_abi {

// How a type of the table looks in each language.
struct Type {
  std::string_view name;  // in the table
  std::string_view wasm;  // in WebAssembly
  std::string_view c;
  std::string_view rust;
  std::string_view go;
  std::string_view meaning;  // for parameters: completes "`name` is ..."
};

struct Param {
  std::string name;
  const Type* type;
};

struct Function {
  std::string_view module;
  std::string_view name;
  std::vector<Param> params;
  const Type* result;  // null: none
  std::string_view result_name;
  bool is_outside;
  std::string_view doc;
};

struct Section {
  std::string_view module;
  std::string_view title;
  std::vector<Function> functions;
};

// A code of gadget_v2; the numbers are those of gadgetry::wasm::Code.
struct Code {
  std::string_view name;  // CamelCase
  unsigned value;
  std::string_view meaning;
};

const std::vector<Section>& sections();
const std::vector<Code>& codes();
// The types parameters have, in the order of the documentation.
const std::vector<Type>& param_types();

// "getSyscallID" → "get_syscall_id", and so on.
std::string snake_case(std::string_view name);
std::string upper_case(std::string_view name);
std::string camel_case(std::string_view prefix, std::string_view name);

// What one result type means, for documentation.
std::string_view result_meaning(std::string_view result_name);

// The text in lines that fit, each starting with `prefix`.
std::string wrap(std::string_view text, std::string_view prefix, size_t width);

// What a comment says above a declaration of it.
std::string documentation(const Function& function);

std::string c_header();
std::string c_calls();
std::string rust_module();
std::string go_file();
// The reference; `template_text` holds the handwritten parts and says where the others go.
std::string docs(std::string_view template_text);

}  // namespace wasm_abi
