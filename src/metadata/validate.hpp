// Deep checks of metadata, against itself and against what the eBPF object holds.
#pragma once

#include <string>
#include <vector>

#include "data/data_source.hpp"
#include "metadata/diagnostic.hpp"
#include "metadata/metadata.hpp"

namespace gadgetry::metadata {

struct VariableFact {
  std::string name;
  std::string type_name;  // a TypeHint: "uint32", "bool", "string", "ip"
  std::string default_value;
  std::vector<std::string> value_names;  // of an enum: may be used instead of numbers
  bool is_settable = false;              // `const volatile`
  bool is_param = false;                 // marked with GADGET_PARAM
};

struct ProgramFact {
  std::string name;
  std::string section;
};

// What is known about a gadget from its eBPF object. The data sources must outlive the facts.
struct Facts {
  std::vector<const data::DataSource*> sources;
  std::vector<VariableFact> variables;
  std::vector<ProgramFact> programs;
  // A Wasm module may add data sources, fields and parameters at run time: names that are not in the object
  // pass.
  bool has_wasm = false;
};

// Whether text is a value of the type of a parameter ("uint16"); unknown types take everything.
bool is_value_of(std::string_view text, std::string_view type);

// Everything that is wrong, in the order of the file. facts may be null: then only the file itself is
// checked. When strict, unknown keys and annotations are errors, else warnings.
std::vector<Diagnostic> validate(const Metadata& metadata, const Facts* facts, bool strict);

}  // namespace gadgetry::metadata
