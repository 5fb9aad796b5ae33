// Bytes of a stranger's eBPF object: checked, opened by libbpf, and every declaration turned into fields.
// Nothing is loaded into the kernel.
#include <cstddef>
#include <cstdint>

#include "base/log.hpp"
#include "bpf/object.hpp"

using gadgetry::bpf::Object;
using gadgetry::bpf::PerCpu;

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  gadgetry::base::set_log_level(gadgetry::base::LogLevel::kError);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto object = Object::open("fuzz", {reinterpret_cast<const std::byte*>(data), size});
  if (!object.ok()) return 0;
  const auto& declarations = (*object)->declarations();
  for (const auto& decl : declarations.tracers) (void)(*object)->make_source(decl);
  for (const auto& decl : declarations.iters) (void)(*object)->make_source(decl);
  for (const auto& decl : declarations.map_iters) {
    (void)(*object)->make_source(decl);
    (void)(*object)->make_source(decl, PerCpu::kShow);
  }
  for (const auto& variable : declarations.variables) {
    (void)(*object)->variable_text(variable.name);
    (void)(*object)->set_variable(variable.name, "1");
    (void)(*object)->set_variable(variable.name, variable.default_value);
  }
  (void)(*object)->apply_max_entries();
  return 0;
}
