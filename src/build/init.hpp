// `gadgetctl init`: writes a small gadget that works, to start from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gadgetry::build {

// A kind of gadget that init can write.
struct GadgetKind {
  std::string_view name;         // "tracer"
  std::string_view description;  // of the gadget that is written
  std::string_view program;      // text of program.bpf.c
  std::string_view metadata;     // text of gadget.yaml behind name and description
  std::string_view usage;        // what to do to see something: for README.md
};

const std::vector<GadgetKind>& gadget_kinds();
base::Result<const GadgetKind*> find_kind(std::string_view name);

// A language in which init can write a Wasm module for the tracer.
struct ModuleKind {
  struct File {
    std::string_view name;  // relative to the folder of the gadget
    std::string_view text;  // NAME stands for the name of the gadget
  };
  std::string_view language;  // "cpp"
  std::string_view source;    // for wasm: in build.yaml
  std::vector<File> files;
};

const std::vector<ModuleKind>& module_kinds();
base::Result<const ModuleKind*> find_module_kind(std::string_view language);
// The metadata of the tracer with the field and the parameters of the module.
std::string with_module(std::string_view metadata);

// Writes program.bpf.c, gadget.yaml, build.yaml, README.md, and with module (which may be null) its sources
// into dir, which is made. Nothing that exists is overwritten: then it fails and writes nothing. Returns the
// paths of the files.
base::Result<std::vector<std::string>> init_gadget(std::string_view name, const std::string& dir,
                                                   const GadgetKind& kind,
                                                   const ModuleKind* module = nullptr);

}  // namespace gadgetry::build
