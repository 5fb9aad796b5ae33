// What this kernel can do and what this process may do, asked of the kernel itself: tiny programs are loaded,
// small maps made. Nothing is left behind.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bpf/families.hpp"
#include "bpf/features.hpp"
#include "sys/kernel_config.hpp"

namespace gadgetry::bpf {

enum class Answer : uint8_t { kYes, kNo, kUnknown, kInfo };

// "yes", "no", "unknown", "info"
std::string_view answer_name(Answer answer);

struct Finding {
  std::string name = {};
  Answer answer = Answer::kInfo;
  std::string detail = {};   // the value, or why not
  std::string fix = {};      // how to get it
  bool is_needed = false;    // gadgets normally need it
  std::string section = {};  // of a program of a gadget
};

struct FindingSection {
  std::string key;  // in JSON
  std::string title;
  std::vector<Finding> findings;
};

// All sections, in the order in which they are shown. Takes about a second.
std::vector<FindingSection> probe_kernel(const sys::KernelConfig& config);

// The sections one by one.
FindingSection probe_type_information(const sys::KernelConfig& config);
FindingSection probe_program_types(const sys::KernelConfig& config);
FindingSection probe_map_types(const sys::KernelConfig& config);
FindingSection probe_helpers();
FindingSection probe_kernel_functions(const sys::KernelConfig& config);
FindingSection probe_capabilities();
FindingSection probe_security(const sys::KernelConfig& config);
FindingSection probe_mounts(const sys::KernelConfig& config);
FindingSection probe_limits();

// One program type: does it load (for what is bound when it is loaded: to `target`, or to a target that every
// kernel has, when it is empty), and can it be attached at all?
Finding probe_family(const ProgramFamily& family, const std::string& target, const sys::KernelConfig& config);
Finding probe_map_type(uint32_t type, const sys::KernelConfig& config);
// May a program of the family call a helper? kUnknown when the family cannot be loaded.
Answer probe_helper(const ProgramFamily& family, uint32_t helper);

// "hash" for BPF_MAP_TYPE_HASH; "type 99" for what is not known.
std::string map_type_name(uint32_t type);
// "bpf_get_current_task"; "helper 999" for what is not known.
std::string helper_name(uint32_t helper);

// How to get kernel options that are named in `text` ("CONFIG_A and CONFIG_B (Linux 6.6)"): tells those that
// this kernel lacks when its configuration is known. Empty: it lacks none of them.
std::string option_fix(std::string_view text, const sys::KernelConfig& config);

// "boot Linux 6.6 or newer with CONFIG_X=y"; empty when this kernel is as new.
std::string version_fix(KernelVersion since, std::string_view option);

// Names of the active security modules; empty when they are not to be found out.
std::vector<std::string> active_lsms();

}  // namespace gadgetry::bpf
