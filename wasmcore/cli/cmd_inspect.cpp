// SPDX-License-Identifier: Apache-2.0
// wasmcore-cli inspect: what a module holds, for people or as JSON.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "args.hpp"
#include "base/strings.hpp"
#include "cli.hpp"
#include "engine.hpp"
#include "sections.hpp"

namespace wasmcore::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kKinds[] = {"function", "table", "memory", "global"};

Json limits_json(const wasmcore_extern& e) {
  Json out;
  out["min"] = e.min;
  if (e.max != UINT32_MAX) out["max"] = e.max;
  return out;
}

Json extern_json(const wasmcore_extern& e, bool imported) {
  Json out;
  if (imported) out["module"] = module_of(e);
  out["name"] = name_of(e);
  out["kind"] = kKinds[e.kind];
  out["index"] = e.index;
  if (e.kind == WASMCORE_FUNCTION) out["signature"] = signature_text(e.signature);
  if (e.kind == WASMCORE_TABLE || e.kind == WASMCORE_GLOBAL) out["type"] = type_name(e.type);
  if (e.kind == WASMCORE_GLOBAL) out["mutable"] = e.is_mutable;
  if (e.kind == WASMCORE_TABLE || e.kind == WASMCORE_MEMORY) out.update(limits_json(e));
  return out;
}

template <typename Get>
Json externs_json(const wasmcore_module* module, Get get, bool imported) {
  Json out = Json::array();
  wasmcore_extern e{};
  for (uint32_t i = 0; get(module, i, &e); i++) out.push_back(extern_json(e, imported));
  return out;
}

Json functions_json(const wasmcore_module* module) {
  Json out = Json::array();
  size_t size = 0;
  const uint8_t* section = wasmcore_custom_section(module, "name", &size);
  auto names =
      function_names(section == nullptr ? std::string_view()
                                        : std::string_view(reinterpret_cast<const char*>(section), size));
  wasmcore_signature signature{};
  for (uint32_t i = 0; wasmcore_function_signature(module, i, &signature); i++) {
    Json one;
    one["index"] = i;
    if (auto name = names.find(i); name != names.end()) one["name"] = name->second;
    one["signature"] = signature_text(signature);
    out.push_back(std::move(one));
  }
  return out;
}

Json document(const Module& module) {
  struct wasmcore_module_info info = module.info();
  Json out;
  out["module_bytes"] = info.module_bytes;
  out["loaded_bytes"] = info.memory_bytes;
  out["code_bytes"] = info.code_bytes;
  out["types"] = info.types;
  out["functions"] = info.functions;
  out["imported_functions"] = info.imported_functions;
  out["tables"] = info.tables;
  out["memories"] = info.memories;
  out["globals"] = info.globals;
  out["element_segments"] = info.element_segments;
  out["data_segments"] = info.data_segments;
  if (info.memories > 0) {
    out["memory"]["min"] = info.memory_min;
    if (info.memory_max != UINT32_MAX) out["memory"]["max"] = info.memory_max;
  }
  if (info.start_function != UINT32_MAX) out["start_function"] = info.start_function;
  out["uses_floats"] = info.uses_floats;
  out["uses_simd"] = info.uses_simd;
  out["imports"] = externs_json(module.get(), wasmcore_import, true);
  out["exports"] = externs_json(module.get(), wasmcore_export, false);
  out["sections"] = Json::array();
  for (const Section& section : list_sections(module.bytes())) {
    Json one;
    one["name"] = section.name;
    one["custom"] = section.custom;
    one["bytes"] = section.size;
    out["sections"].push_back(std::move(one));
  }
  out["function_list"] = functions_json(module.get());
  return out;
}

std::string limits_text(uint32_t min, uint32_t max) {
  return std::to_string(min) + (max == UINT32_MAX ? " or more" : " to " + std::to_string(max));
}

std::string extern_text(const wasmcore_extern& e) {
  std::string out = std::string(kKinds[e.kind]) + " " + std::to_string(e.index) + "  ";
  switch (e.kind) {
    case WASMCORE_FUNCTION:
      return out + signature_text(e.signature);
    case WASMCORE_TABLE:
      return out + limits_text(e.min, e.max) + " elements of " + type_name(e.type);
    case WASMCORE_MEMORY:
      return out + limits_text(e.min, e.max) + " pages";
    default:
      return out + (e.is_mutable ? "mutable " : "") + type_name(e.type);
  }
}

std::string summary_text(const std::string& path, const Module& module) {
  struct wasmcore_module_info info = module.info();
  std::string out;
  auto line = [&](const char* name, const std::string& value) {
    char label[32];
    (void)std::snprintf(label, sizeof(label), "%-12s", name);
    out += label + value + "\n";
  };
  auto count = [](uint32_t n) { return std::to_string(n); };
  line("file", base::printable(path));
  line("size", std::to_string(info.module_bytes) + " bytes; loaded " + std::to_string(info.memory_bytes) +
                   " bytes, translated code " + std::to_string(info.code_bytes) + " of them");
  line("types", count(info.types));
  line("functions", count(info.functions) + ", " + count(info.imported_functions) + " of them imported");
  line("tables", count(info.tables));
  line("memories",
       count(info.memories) +
           (info.memories > 0 ? ": " + limits_text(info.memory_min, info.memory_max) + " pages" : ""));
  line("globals", count(info.globals));
  line("segments", count(info.element_segments) + " of elements, " + count(info.data_segments) + " of data");
  line("start",
       info.start_function == UINT32_MAX ? "none" : function_label(module.get(), info.start_function));
  std::string features = std::string(info.uses_floats ? " floats" : "") + (info.uses_simd ? " simd" : "");
  line("uses", features.empty() ? "integers only" : features.substr(1));
  return out;
}

std::string text(const std::string& path, const Module& module) {
  std::string out = summary_text(path, module);
  wasmcore_extern e{};
  for (uint32_t i = 0; wasmcore_import(module.get(), i, &e); i++) {
    if (i == 0) out += "\nimports\n";
    out += "  " + base::printable(module_of(e)) + "." + base::printable(name_of(e)) + "  " + extern_text(e) +
           "\n";
  }
  for (uint32_t i = 0; wasmcore_export(module.get(), i, &e); i++) {
    if (i == 0) out += "\nexports\n";
    out += "  " + base::printable(name_of(e)) + "  " + extern_text(e) + "\n";
  }
  out += "\nsections\n";
  for (const Section& section : list_sections(module.bytes())) {
    out += "  " + std::string(section.custom ? "custom " : "") + base::printable(section.name) + "  " +
           std::to_string(section.size) + " bytes\n";
  }
  return out;
}

}  // namespace

base::Result<int> inspect_command(const Words& words) {
  Args args("inspect [--json] FILE", "Shows what a valid module holds: sizes, imports, exports, sections.\n");
  bool json = false;
  args.flag("--json", "As JSON, with every function", json);
  GADGETRY_TRY(args.parse(words));
  if (args.wants_help()) {
    GADGETRY_TRY(print(args.help()));
    return kExitOk;
  }
  if (args.positional().size() != 1) return base::Error::usage("inspect: name one file");
  const std::string& path = args.positional().front();
  GADGETRY_ASSIGN(std::string bytes, read_module(path));
  wasmcore_error error{};
  std::unique_ptr<Module> module = Module::load(std::move(bytes), {}, error);
  if (!module) {
    return base::Error("inspect " + base::printable(path) + ": " + wasmcore_status_text(error.status) + ": " +
                       describe(error));
  }
  // names of functions need not be UTF-8
  GADGETRY_TRY(print(json ? document(*module).dump(2, ' ', false, Json::error_handler_t::replace) + "\n"
                          : text(path, *module)));
  return kExitOk;
}

}  // namespace wasmcore::cli
