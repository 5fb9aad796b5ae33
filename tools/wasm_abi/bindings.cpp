// The import declarations of the SDKs.
#include <algorithm>
#include <array>
#include <cctype>

#include "table.hpp"

namespace wasm_abi {
namespace {

constexpr size_t kWidth = 110;
constexpr std::string_view kOrigin =
    "Written by scripts/wasm_abi.sh from src/wasm/abi_table.inc: do not edit.";

std::string_view short_name(std::string_view module) {
  return module == "ig" ? "ig" : "v2";
}

// A name of a parameter that the language has another use for gets an underscore.
std::string safe(const std::string& name) {
  static constexpr std::array kReserved = {"type",  "map", "func", "range", "loop",
                                           "match", "ref", "in",   "new",   "delete"};
  for (std::string_view word : kReserved) {
    if (name == word) return name + "_";
  }
  return name;
}

// "timeout_ms" → "timeoutMs"
std::string go_name(std::string_view name) {
  std::string out;
  bool is_upper = false;
  for (char c : name) {
    if (c != '_') out += is_upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    is_upper = c == '_';
  }
  return out;
}

void c_function(std::string& out, const Function& function) {
  out += wrap(documentation(function), "// ", kWidth);
  out += "GADGET_IMPORT(\"" + std::string(function.module) + "\", \"" + std::string(function.name) + "\")\n";
  std::string line = function.result == nullptr ? "void" : std::string(function.result->c);
  line += " gadget_" + std::string(short_name(function.module)) + "_" + std::string(function.name) + "(";
  std::string indent(line.size(), ' ');
  bool is_first = true;
  for (const Param& param : function.params) {
    std::string_view type = param.type->c;
    std::string text(type);
    if (!type.ends_with('*')) text += ' ';
    text += param.name;
    if (!is_first) line += ",";
    // Fields of the current line: from its last newline on.
    size_t start = line.rfind('\n') == std::string::npos ? 0 : line.rfind('\n') + 1;
    if (!is_first && line.size() - start + text.size() + 4 > kWidth) {
      line += "\n" + indent;
    } else if (!is_first) {
      line += ' ';
    }
    line += text;
    is_first = false;
  }
  out += line + (is_first ? "void" : "") + ");\n\n";
}

void rust_function(std::string& out, const Function& function) {
  out += wrap(documentation(function), "        /// ", kWidth);
  out += "        #[link_name = \"" + std::string(function.name) + "\"]\n";
  std::string head = "        pub fn " + snake_case(function.name) + "(";
  std::string tail = function.result == nullptr ? ");" : ") -> " + std::string(function.result->rust) + ";";
  std::string flat;
  std::string tall;
  for (const Param& param : function.params) {
    std::string text = safe(param.name) + ": " + std::string(param.type->rust);
    if (!flat.empty()) flat += ", ";
    flat += text;
    tall += "            " + text + ",\n";
  }
  // As rustfmt would have it: one parameter per line when they do not fit into 100 columns.
  constexpr size_t kRustWidth = 100;
  if (head.size() + flat.size() + tail.size() <= kRustWidth) {
    out += head + flat + tail + "\n";
  } else {
    out += head + "\n" + tall + "        " + tail + "\n";
  }
}

void go_function(std::string& out, const Function& function) {
  std::string name = camel_case(short_name(function.module), function.name);
  out += wrap(name + ": " + documentation(function), "// ", kWidth);
  out += "//\n//go:wasmimport " + std::string(function.module) + " " + std::string(function.name) + "\n";
  out += "//go:noescape\nfunc " + name + "(";
  bool is_first = true;
  for (const Param& param : function.params) {
    if (!is_first) out += ", ";
    out += safe(go_name(param.name)) + " " + std::string(param.type->go);
    is_first = false;
  }
  out += function.result == nullptr ? ")\n\n" : ") " + std::string(function.result->go) + "\n\n";
}

}  // namespace

std::string documentation(const Function& function) {
  std::string out(function.doc);
  if (function.result_name == "handle") out += " Returns a handle, 0 on an error.";
  if (function.result_name == "failed") out += " Returns 0, or 1 if it failed.";
  if (function.result_name == "status") out += " Returns a code.";
  if (function.result_name == "bool") out += " Returns 1 or 0.";
  return out;
}

std::string c_header() {
  std::string out =
      "// The functions that a host of gadgets offers to their modules, as they are.\n// " +
      std::string(kOrigin) +
      "\n//\n// Addresses are those of this module's memory. `text`, `bytes` and buffers are one number: "
      "length << 32 | address.\n"
      "#ifndef GADGET_IMPORTS_H\n#define GADGET_IMPORTS_H\n\n#include <stdint.h>\n\n"
      "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n"
      "#define GADGET_IMPORT(module, name) __attribute__((import_module(module), import_name(name))) "
      "extern\n\n"
      "// What functions of gadget_v2 return.\nenum gadget_code {\n";
  for (const Code& code : codes()) {
    std::string line = "  GADGET_" + upper_case(code.name) + " = " + std::to_string(code.value) + ",";
    line.resize(std::max<size_t>(line.size(), 28), ' ');
    out += line + "// " + std::string(code.meaning) + "\n";
  }
  out +=
      "};\n\n// A field of the records of a batch. The module fills in field and flags, subscribeBatch the "
      "others.\n"
      "struct gadget_view_field {\n"
      "  uint32_t field;   // its handle\n"
      "  uint32_t flags;   // 1: the module may write it\n"
      "  uint32_t offset;  // of the field within a record, bytes\n"
      "  uint32_t size;    // bytes\n"
      "};\n\n";
  for (const Section& section : sections()) {
    out += "// ---- " + std::string(section.module) + ": " + std::string(section.title) + " ----\n\n";
    for (const Function& function : section.functions) c_function(out, function);
  }
  out += "#ifdef __cplusplus\n}\n#endif\n\n#endif  // GADGET_IMPORTS_H\n";
  return out;
}

std::string rust_module() {
  std::string out =
      "//! The functions that a host of gadgets offers to their modules, as they are.\n//! " +
      std::string(kOrigin) +
      "\n//!\n//! Addresses are those of this module's memory. Text, bytes and buffers are one number:\n"
      "//! `length << 32 | address`.\n\n"
      "/// What functions of `gadget_v2` return.\npub mod code {\n";
  for (const Code& code : codes()) {
    out += "    /// " + std::string(code.meaning) + "\n    pub const " + upper_case(code.name) +
           ": u32 = " + std::to_string(code.value) + ";\n";
  }
  out +=
      "}\n\n/// A field of the records of a batch. The module fills in `field` and `flags`, "
      "`subscribe_batch` the others.\n"
      "#[repr(C)]\n#[derive(Clone, Copy, Debug, Default)]\npub struct ViewField {\n"
      "    /// Its handle.\n    pub field: u32,\n"
      "    /// 1: the module may write it.\n    pub flags: u32,\n"
      "    /// Of the field within a record, in bytes.\n    pub offset: u32,\n"
      "    /// In bytes.\n    pub size: u32,\n}\n";
  std::string_view module;
  for (const Section& section : sections()) {
    if (section.module != module) {
      if (!module.empty()) out += "    }\n}\n";
      module = section.module;
      out +=
          "\n/// Module `" + std::string(module) + "`.\npub mod " + std::string(short_name(module)) + " {\n";
      if (module != "ig") out += "    use super::ViewField;\n\n";
      out += "    #[link(wasm_import_module = \"" + std::string(module) + "\")]\n    extern \"C\" {\n";
    }
    out += "        // ---- " + std::string(section.title) + " ----\n";
    for (const Function& function : section.functions) rust_function(out, function);
  }
  out += "    }\n}\n";
  return out;
}

std::string go_file() {
  std::string out = "// " + std::string(kOrigin) +
                    "\n\n//go:build wasm\n\npackage gadget\n\n"
                    "// The functions that a host of gadgets offers to their modules, as they are. Addresses "
                    "are those of this\n"
                    "// module's memory. Text, bytes and buffers are one number: length << 32 | address.\n\n"
                    "import \"unsafe\"\n\n"
                    "// Code is what functions of gadget_v2 return.\ntype Code uint32\n\n"
                    "// The codes.\nconst (\n";
  for (const Code& code : codes()) {
    out += "\t// Code" + std::string(code.name) + ": " + std::string(code.meaning) + ".\n";
    out += "\tCode" + std::string(code.name) + " Code = " + std::to_string(code.value) + "\n";
  }
  out +=
      ")\n\n// viewField is a field of the records of a batch. The module fills in field and flags, "
      "v2SubscribeBatch the others.\n"
      "type viewField struct {\n"
      "\tfield  uint32 // its handle\n"
      "\tflags  uint32 // 1: the module may write it\n"
      "\toffset uint32 // of the field within a record, bytes\n"
      "\tsize   uint32 // bytes\n"
      "}\n\n";
  for (const Section& section : sections()) {
    out += "// ---- " + std::string(section.module) + ": " + std::string(section.title) + " ----\n\n";
    for (const Function& function : section.functions) go_function(out, function);
  }
  out.pop_back();  // gofmt wants no empty line at the end
  return out;
}

}  // namespace wasm_abi
