// What an eBPF object holds, as the metadata checks want to know it.
#pragma once

#include <memory>
#include <vector>

#include "base/result.hpp"
#include "bpf/object.hpp"
#include "metadata/validate.hpp"

namespace gadgetry::build {

struct ObjectFacts {
  metadata::Facts facts;
  std::vector<std::unique_ptr<data::DataSource>> sources;  // what facts.sources points to
  std::vector<std::string> warnings;                       // deprecated or skipped declarations
};

// object may be null: a gadget without eBPF.
base::Result<ObjectFacts> collect_facts(const bpf::Object* object, bool has_wasm);

}  // namespace gadgetry::build
