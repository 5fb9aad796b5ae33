// What `probe SOURCE` finds out: will this gadget run here, and if not, exactly why.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "bpf/probe_report.hpp"
#include "pipeline/source.hpp"

namespace gadgetry::cli {

struct GadgetProbe {
  std::string name;
  std::string image;                          // reference and digest; empty when it is no image
  std::vector<bpf::FindingSection> sections;  // what is not relevant to the gadget is left out
  bool runs = false;  // nothing that is needed is missing; what could not be found out counts as there
  std::vector<std::string> missing;  // "programs: NAME"
};

// load: really loads the programs, without attaching them, when all else is there.
GadgetProbe probe_gadget(pipeline::GadgetParts parts, bool load);
// For a source that could not be read at all.
GadgetProbe unreadable_gadget(const std::string& source, const base::Error& why);

}  // namespace gadgetry::cli
