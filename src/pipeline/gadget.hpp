// A gadget that was fetched and opened, but not loaded: its metadata, its eBPF object and its parameters.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "bpf/attach_target.hpp"
#include "bpf/object.hpp"
#include "bpf/packet_filter.hpp"
#include "metadata/metadata.hpp"
#include "pipeline/source.hpp"

namespace gadgetry::pipeline {

// Something a person can set before a run: a `const volatile` variable of the object, a packet filter of it,
// or a parameter of the module.
struct Param {
  std::string key;       // "pid": the flag, without dashes
  std::string variable;  // "targ_pid"; of a module the name in params.wasm
  bool of_module = false;
  bool is_packet_filter = false;  // the variable is NAME of gadget_pf_NAME
  std::string type;               // TypeHint: "uint32", "bool", "string" ...
  std::string default_value;
  std::string description;
  std::vector<std::string> possible_values;
  bool is_mandatory = false;
};

class Gadget {
 public:
  // Fails when the object is damaged, or there is neither an eBPF object nor a module.
  static base::Result<std::unique_ptr<Gadget>> open(GadgetParts parts);

  const std::string& name() const { return parts_.name; }
  const std::string& image() const { return parts_.image; }
  const metadata::Metadata& metadata() const { return metadata_; }
  // The text of a module; empty when there is none.
  std::string_view wasm() const { return parts_.wasm; }
  bool has_object() const { return object_ != nullptr; }
  bpf::Object& object() { return *object_; }
  const bpf::Object& object() const { return *object_; }

  // Fails when the program needs types of the kernel and there are none: it cannot be loaded.
  base::Status check_kernel_types() const;

  const std::vector<Param>& params() const { return params_; }
  // Fails for unknown keys and for values that do not fit the variable's type.
  base::Status set_param(std::string_view key, std::string_view value);

  // The value of a parameter of the module, by its key or its name in params.wasm.
  std::optional<std::string> wasm_param(std::string_view key) const;
  // Sets a dotted key of the metadata ("programs.NAME.attach_to"), before the object is loaded.
  base::Status set_config(std::string_view key, std::string_view value);

  // Defaults the gadget's author chose for settings of the run ("operator.oci.ebpf.map-fetch-interval").
  std::string_view setting(std::string_view key) const { return metadata_.param_default(key); }
  // The filters that were set, for the load.
  const std::vector<bpf::PacketFilter>& packet_filters() const { return packet_filters_; }
  // What the metadata says about attaching the programs.
  std::vector<bpf::AttachTarget> attach_targets() const;

 private:
  Gadget() = default;
  void find_params();
  void find_module_params();
  void find_packet_filters();
  base::Status set_packet_filter(const Param& param, std::string_view expression);

  GadgetParts parts_;
  bool has_archive_ = false;  // the image has types of kernels
  metadata::Metadata metadata_;
  std::unique_ptr<bpf::Object> object_;
  std::vector<Param> params_;
  std::vector<bpf::PacketFilter> packet_filters_;
  std::map<std::string, std::string, std::less<>> module_values_;  // by name in params.wasm
};

}  // namespace gadgetry::pipeline
