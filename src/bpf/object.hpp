// One eBPF object: opened by libbpf but not loaded, with what it declares. The loader takes handle() from
// here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "bpf/declarations.hpp"
#include "bpf/variables.hpp"
#include "data/data_source.hpp"

struct bpf_object;
struct btf;

namespace gadgetry::bpf {

struct OpenOptions {
  // BTF of this kernel from elsewhere (the archive of an image), for the CO-RE relocations on a kernel that
  // has none of its own; used only there, checked first.
  std::string_view archive_types = {};
};

class Object {
 public:
  // Checks the bytes (elf_check.hpp), opens them and reads the declarations. `name` is for messages and map
  // names. The bytes are copied by libbpf; they need not outlive the call.
  static base::Result<std::unique_ptr<Object>> open(std::string_view name, std::span<const std::byte> elf,
                                                    const OpenOptions& options = {});
  ~Object();
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  const std::string& name() const { return name_; }
  const Declarations& declarations() const { return declarations_; }

  // The data source of one declaration, with its fields. Iterators and maps give array sources.
  base::Result<std::unique_ptr<data::DataSource>> make_source(const TracerDecl& decl) const;
  base::Result<std::unique_ptr<data::DataSource>> make_source(const IterDecl& decl) const;
  // The sample is key, value and, when per_cpu is kShow, the number of the CPU, at the offsets of
  // map_layout().
  base::Result<std::unique_ptr<data::DataSource>> make_source(const MapIterDecl& decl,
                                                              PerCpu per_cpu = PerCpu::kSum) const;
  // Where key, value and CPU number go in the samples of a map; see MapLayout.
  base::Result<MapLayout> map_layout(const MapIterDecl& decl, PerCpu per_cpu = PerCpu::kSum) const;

  // Sets a `const volatile` variable, before the load. The text must fit its type.
  base::Status set_variable(std::string_view variable, std::string_view text);
  // Its present value as text.
  base::Result<std::string> variable_text(std::string_view variable) const;
  // For filters that have no text form (raw bytes of a struct); null when there is no such variable.
  const Variable* find_variable(std::string_view variable) const;

  // Gives map M the number of entries in the variable `M_max_entries`. After the last set_variable.
  base::Status apply_max_entries();

  // It has CO-RE relocations, and there are no types of this kernel for them: it cannot be loaded.
  bool lacks_kernel_types() const { return lacks_kernel_types_; }

  bpf_object* handle() const { return object_; }
  const btf* types() const;

 private:
  Object(std::string name, bpf_object* object) : name_(std::move(name)), object_(object) {}

  std::string name_;
  base::Fd core_types_;  // libbpf opens it by its path when it loads the object
  bool lacks_kernel_types_ = false;
  bpf_object* object_;
  Declarations declarations_;
  std::vector<Variable> variables_;
};

}  // namespace gadgetry::bpf
