// The reference of the functions, docs/wasm-api.md.
#include "table.hpp"

namespace wasm_abi {
namespace {

// Text of the table within Markdown: what looks like markup must not be.
std::string escape(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '<' || c == '*' || c == '_' || c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string types_table() {
  std::string out;
  for (const Type& type : param_types()) {
    out += "| " + std::string(type.name) + " | " + std::string(type.wasm) + " | " + escape(type.meaning) +
           " |\n";
  }
  for (std::string_view name : {"bool", "failed", "status"}) {
    out += "| " + std::string(name) + " | i32 | result: " + std::string(result_meaning(name)) + " |\n";
  }
  return out;
}

std::string codes_table() {
  std::string out;
  for (const Code& code : codes()) {
    out += "| " + std::to_string(code.value) + " | " + snake_case(code.name) + " | " +
           std::string(code.meaning) + " |\n";
  }
  return out;
}

std::string wasm_signature(const Function& function) {
  std::string out = "(";
  for (const Param& param : function.params) {
    if (out.size() > 1) out += ' ';
    out += param.type->wasm;
  }
  out += ") -> (";
  if (function.result != nullptr) out += function.result->wasm;
  return out + ")";
}

std::string table_signature(const Function& function) {
  std::string out(function.name);
  out += '(';
  bool is_first = true;
  for (const Param& param : function.params) {
    if (!is_first) out += ", ";
    out += param.name + ": " + std::string(param.type->name);
    is_first = false;
  }
  out += ')';
  if (function.result != nullptr) out += " -> " + std::string(function.result_name);
  return out;
}

std::string function_text(const Function& function) {
  std::string out = "#### " + std::string(function.name) + "\n\n```\n" + table_signature(function) + "\n" +
                    wasm_signature(function) + "\n```\n\n";
  out += wrap(escape(function.doc), "", 120);
  if (function.is_outside) out += "\n*Recorded by `--record`: a replay gives the same answers.*\n";
  return out + "\n";
}

std::string functions_text() {
  std::string out;
  std::string_view module;
  for (const Section& section : sections()) {
    if (section.module != module) {
      module = section.module;
      out += "## Module " + std::string(module) + "\n\n";
    }
    out += "### " + std::string(section.title) + "\n\n";
    for (const Function& function : section.functions) out += function_text(function);
  }
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

}  // namespace

std::string docs(std::string_view template_text) {
  std::string out;
  while (!template_text.empty()) {
    size_t end = template_text.find('\n');
    std::string_view line = template_text.substr(0, end);
    template_text.remove_prefix(end == std::string_view::npos ? template_text.size() : end + 1);
    if (line == "@types@") {
      out += types_table();
    } else if (line == "@codes@") {
      out += codes_table();
    } else if (line == "@functions@") {
      out += functions_text();
    } else {
      out += line;
      out += '\n';
    }
  }
  return out;
}

}  // namespace wasm_abi
