// The C wrappers of all functions: text and buffers as pointer and length instead of one number.
#include "table.hpp"

namespace wasm_abi {
namespace {

constexpr size_t kWidth = 110;

// "gadgetLog" → "gadget_log", "fieldSet" → "gadget_field_set"
std::string wrapper_name(std::string_view name) {
  std::string out = snake_case(name);
  return out.starts_with("gadget_") ? out : "gadget_" + out;
}

// How a parameter is declared, and how it is passed on.
struct Spelling {
  std::string declaration;
  std::string argument;
};

Spelling spell(const Param& param) {
  const std::string& name = param.name;
  if (param.type->name == "text")
    return {"gadget_string " + name, "gadget_ref(" + name + ".data, " + name + ".size)"};
  if (param.type->name == "bytes") {
    return {"const void *" + name + ", uint32_t " + name + "_size",
            "gadget_ref(" + name + ", " + name + "_size)"};
  }
  if (param.type->name == "out") {
    return {"void *" + name + ", uint32_t " + name + "_size", "gadget_ref(" + name + ", " + name + "_size)"};
  }
  std::string space = param.type->c.ends_with('*') ? "" : " ";
  return {std::string(param.type->c) + space + name, name};
}

// "head(a, b, c)tail" in lines that fit, continued below the first argument.
std::string list(std::string head, const std::vector<std::string>& items, std::string_view tail) {
  std::string out;
  std::string line = std::move(head);
  std::string indent(line.size(), ' ');
  for (size_t i = 0; i < items.size(); i++) {
    std::string item = items[i] + (i + 1 < items.size() ? "," : std::string(tail));
    if (i > 0 && line.size() + 1 + item.size() > kWidth) {
      out += line + "\n";
      line = indent;
    } else if (i > 0) {
      line += ' ';
    }
    line += item;
  }
  return out + line + (items.empty() ? "void" + std::string(tail) : "");
}

void wrapper(std::string& out, const Function& function) {
  std::vector<std::string> declarations;
  std::vector<std::string> arguments;
  for (const Param& param : function.params) {
    Spelling spelling = spell(param);
    declarations.push_back(spelling.declaration);
    arguments.push_back(spelling.argument);
  }
  std::string result = function.result == nullptr ? "void" : std::string(function.result->c);
  out += wrap(documentation(function), "// ", kWidth);
  out +=
      list("static inline " + result + " " + wrapper_name(function.name) + "(", declarations, ") {") + "\n";
  std::string call = function.result == nullptr ? "  " : "  return ";
  call +=
      "gadget_" + std::string(function.module == "ig" ? "ig" : "v2") + "_" + std::string(function.name) + "(";
  out += list(std::move(call), arguments, ");") + "\n}\n\n";
}

}  // namespace

std::string c_calls() {
  std::string out =
      "// The functions that a host of gadgets offers to their modules, for C.\n"
      "// Written by scripts/wasm_abi.sh from src/wasm/abi_table.inc: do not edit.\n"
      "#ifndef GADGET_CALLS_H\n#define GADGET_CALLS_H\n\n#include \"imports.h\"\n\n"
      "// Text, not ended by a NUL. Does not own it.\n"
      "typedef struct gadget_string {\n  const char *data;\n  uint32_t size;\n} gadget_string;\n\n"
      "// Address and length as the host takes them.\n"
      "static inline uint64_t gadget_ref(const void *data, uint32_t size) {\n"
      "  return (uint64_t)size << 32 | (uint32_t)(uintptr_t)data;\n}\n\n";
  for (const Section& section : sections()) {
    out += "// ---- " + std::string(section.module) + ": " + std::string(section.title) + " ----\n\n";
    for (const Function& function : section.functions) wrapper(out, function);
  }
  return out + "#endif  // GADGET_CALLS_H\n";
}

}  // namespace wasm_abi
