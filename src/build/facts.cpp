#include "build/facts.hpp"

#include <bpf/btf.h>

#include <algorithm>

namespace gadgetry::build {
namespace {

template <typename Decls>
base::Status add_sources(const bpf::Object& object, const Decls& decls, ObjectFacts& out) {
  for (const auto& decl : decls) {
    GADGETRY_ASSIGN(auto source, object.make_source(decl));
    out.facts.sources.push_back(source.get());
    out.sources.push_back(std::move(source));
  }
  return {};
}

// Globals that are not `const volatile`: only to tell "does not exist" from "cannot be set".
void add_other_variables(const bpf::Object& object, metadata::Facts& facts) {
  const btf* types = object.types();
  if (types == nullptr) return;
  for (uint32_t id = 1; id < btf__type_cnt(types); ++id) {
    const btf_type* type = btf__type_by_id(types, id);
    if (type == nullptr || !btf_is_var(type)) continue;
    const char* name = btf__name_by_offset(types, type->name_off);
    if (name == nullptr) continue;
    bool known = std::any_of(facts.variables.begin(), facts.variables.end(),
                             [&](const auto& one) { return one.name == name; });
    if (!known) facts.variables.push_back({name, "", "", {}, false, false});
  }
}

}  // namespace

base::Result<ObjectFacts> collect_facts(const bpf::Object* object, bool has_wasm) {
  ObjectFacts out;
  out.facts.has_wasm = has_wasm;
  if (object == nullptr) return out;
  const bpf::Declarations& decls = object->declarations();
  GADGETRY_TRY(add_sources(*object, decls.tracers, out));
  GADGETRY_TRY(add_sources(*object, decls.iters, out));
  GADGETRY_TRY(add_sources(*object, decls.map_iters, out));
  for (const auto& one : decls.variables) {
    out.facts.variables.push_back(
        {one.name, one.type_name, one.default_value, one.value_names, true, one.is_param});
  }
  add_other_variables(*object, out.facts);
  for (const auto& one : decls.programs) out.facts.programs.push_back({one.name, one.section});
  out.warnings = decls.warnings;
  return out;
}

}  // namespace gadgetry::build
