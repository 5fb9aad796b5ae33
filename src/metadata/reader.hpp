// Helpers that take typed values out of YAML nodes and note what is wrong. Internal to this room.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metadata/metadata.hpp"
#include "metadata/yaml.hpp"

namespace gadgetry::metadata {

class Reader {
 public:
  explicit Reader(std::vector<Diagnostic>& issues) : issues_(issues) {}

  void error(Position at, std::string message, std::string hint = {});
  void warning(Position at, std::string message, std::string hint = {});
  // `key` is none of known: an issue with "did you mean".
  void unknown_key(const YamlNode::Entry& entry, std::string_view where,
                   const std::vector<std::string>& known);
  // Notes keys that stand twice.
  void check_duplicates(const YamlNode& mapping);

  // True for a mapping; nothing (null) is an empty one: false, no issue.
  bool is_mapping(const YamlNode& node, std::string_view what);
  bool is_sequence(const YamlNode& node, std::string_view what);
  // A scalar as text (null is empty); an issue and no value for a list or mapping.
  std::optional<std::string> text(const YamlNode& node, std::string_view what);
  std::optional<bool> boolean(const YamlNode& node, std::string_view what);
  std::optional<int64_t> integer(const YamlNode& node, std::string_view what);
  // A list of scalars; a single scalar is a list of one.
  std::vector<std::string> texts(const YamlNode& node, std::string_view what);

  std::vector<Annotation> annotations(const YamlNode& node, std::string_view what);
  // Nested mappings as dotted keys in lower case; lists are joined with commas.
  void settings(const YamlNode& node, const std::string& prefix, std::vector<Setting>& out);

 private:
  std::vector<Diagnostic>& issues_;
};

// Old and simple forms (legacy.cpp). All of them add to out.
void read_columns(Reader& reader, const YamlNode& node, Metadata& out);  // columns of a definition file
void read_definition_params(Reader& reader, const YamlNode& node, Metadata& out);  // ebpf_params
void read_structs(Reader& reader, const YamlNode& node, Metadata& out);            // structs
void read_struct_users(Reader& reader, const YamlNode& node, std::string_view section,
                       Metadata& out);  // tracers, toppers, snapshotters
void read_attributes(Reader& reader, const YamlNode& node, FieldInfo& field);  // field attributes

void read_wasm(Reader& reader, const YamlNode::Entry& entry, WasmInfo& out);  // wasm (parse_wasm.cpp)

ParamInfo read_param(Reader& reader, const YamlNode::Entry& entry, std::string_view where);
// Sets an annotation unless the field has it.
void add_annotation(FieldInfo& field, std::string_view key, std::string value, Position at);

}  // namespace gadgetry::metadata
