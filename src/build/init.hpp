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

// Writes program.bpf.c, gadget.yaml, build.yaml and README.md into dir, which is made. Nothing that exists is
// overwritten: then it fails and writes nothing. Returns the paths of the files.
base::Result<std::vector<std::string>> init_gadget(std::string_view name, const std::string& dir,
                                                   const GadgetKind& kind);

}  // namespace gadgetry::build
