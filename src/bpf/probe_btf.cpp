// What the kernel's types tell about it: kernel functions for programs, special fields of maps, operations,
// iterators.
#include <dirent.h>
#include <linux/btf.h>

#include <algorithm>
#include <memory>
#include <set>

#include "base/strings.hpp"
#include "bpf/features.hpp"
#include "bpf/kernel_btf.hpp"
#include "bpf/probe_report.hpp"
#include "sys/os_release.hpp"

namespace gadgetry::bpf {
namespace {

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

// Modules with types of their own; -1 when the folder cannot be read.
int count_modules() {
  const std::unique_ptr<DIR, CloseFolder> folder(opendir("/sys/kernel/btf"));
  if (folder == nullptr) return -1;
  int count = 0;
  while (const dirent* entry = readdir(folder.get())) {
    const std::string_view name = entry->d_name;
    count += name != "." && name != ".." && name != "vmlinux" ? 1 : 0;
  }
  return count;
}

// A feature of programs that shows as a function, or as a struct that they put into maps.
struct Feature {
  std::string_view name;
  KernelType kind;
  std::string_view symbol;
  KernelVersion since;
  std::string_view option = {};
};

constexpr Feature kFeatures[] = {
    {"spin locks", KernelType::kStruct, "bpf_spin_lock", {5, 1, 0}},
    {"timers", KernelType::kStruct, "bpf_timer", {5, 15, 0}},
    {"dynptrs", KernelType::kStruct, "bpf_dynptr", {5, 19, 0}},
    {"kernel pointers in maps (kptr)", KernelType::kFunction, "bpf_kptr_xchg", {5, 19, 0}},
    {"linked lists and own objects", KernelType::kFunction, "bpf_obj_new_impl", {6, 2, 0}},
    {"CPU masks", KernelType::kFunction, "bpf_cpumask_create", {6, 3, 0}},
    {"red-black trees", KernelType::kFunction, "bpf_rbtree_add_impl", {6, 3, 0}},
    {"typed context (bpf_cast_to_kern_ctx)", KernelType::kFunction, "bpf_cast_to_kern_ctx", {6, 2, 0}},
    {"loops over numbers (bpf_for)", KernelType::kFunction, "bpf_iter_num_new", {6, 4, 0}},
    {"loops over tasks", KernelType::kFunction, "bpf_iter_task_new", {6, 7, 0}},
    {"exceptions (bpf_throw)", KernelType::kFunction, "bpf_throw", {6, 7, 0}},
    {"arenas", KernelType::kFunction, "bpf_arena_alloc_pages", {6, 9, 0}},
    {"work queues", KernelType::kFunction, "bpf_wq_init", {6, 10, 0}},
    {"disabling of preemption", KernelType::kFunction, "bpf_preempt_disable", {6, 10, 0}},
    {"strings from user space (bpf_copy_from_user_str)",
     KernelType::kFunction,
     "bpf_copy_from_user_str",
     {6, 12, 0}},
    {"attributes of files (bpf_get_file_xattr)", KernelType::kFunction, "bpf_get_file_xattr", {6, 8, 0}},
    {"resilient spin locks", KernelType::kStruct, "bpf_res_spin_lock", {6, 15, 0}},
    {"scheduling by programs (sched_ext)",
     KernelType::kStruct,
     "sched_ext_ops",
     {6, 12, 0},
     "CONFIG_SCHED_CLASS_EXT"},
    {"input devices (HID-BPF)", KernelType::kStruct, "hid_bpf_ops", {6, 11, 0}, "CONFIG_HID_BPF"},
};

// bpf_kptr_xchg is a helper, not a function: what stands for it is the type of such fields.
bool has_feature(KernelBtf& kernel, const Feature& feature, const std::set<std::string>& field_types) {
  if (feature.symbol == "bpf_kptr_xchg")
    return field_types.contains("BPF_KPTR_REF") ||
           kernel.has(KernelType::kStruct, "bpf_map_value_off_desc") ||
           kernel.has(KernelType::kStruct, "btf_field_kptr");
  return kernel.has(feature.kind, feature.symbol);
}

std::string feature_fix(const Feature& feature, const sys::KernelConfig& config) {
  const std::string option = option_fix(feature.option, config);
  if (kernel_version() >= feature.since) return option;
  return version_fix(feature.since, feature.option);
}

std::set<std::string> field_types(KernelBtf& kernel) {
  std::set<std::string> out;
  if (auto table = kernel.find_enum("btf_field_type")) {
    for (const auto& entry : table->entries) out.insert(entry.name);
  }
  return out;
}

std::string list(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return base::join(names, ", ");
}

std::vector<std::string> iterators(KernelBtf& kernel) {
  std::vector<std::string> out;
  const auto contexts = kernel.names(KernelType::kStruct, "bpf_iter__");
  const auto functions = kernel.names(KernelType::kFunction, "bpf_iter_");
  const std::set<std::string> known(functions.begin(), functions.end());
  for (const std::string& one : contexts) {
    if (known.contains(one)) out.push_back(one);
  }
  return out;
}

std::vector<std::string> operations(KernelBtf& kernel) {
  std::vector<std::string> out = kernel.names(KernelType::kStruct, "bpf_struct_ops_");
  std::erase_if(out,
                [](const std::string& name) { return name == "common_value" || !name.ends_with("ops"); });
  return out;
}

void add_list(FindingSection& out, const char* name, std::vector<std::string> names) {
  Finding one{.name = name, .answer = names.empty() ? Answer::kNo : Answer::kInfo};
  one.detail = names.empty() ? "none" : list(std::move(names));
  out.findings.push_back(std::move(one));
}

}  // namespace

FindingSection probe_type_information(const sys::KernelConfig& config) {
  FindingSection out{"btf", "Type information (BTF)", {}};
  Finding vmlinux{.name = "kernel", .is_needed = true};
  KernelBtf& own = KernelBtf::own();
  if (own.available()) {
    vmlinux.answer = Answer::kYes;
    vmlinux.detail = own.path() + ", " + std::to_string(own.bytes().size() >> 10) + " KiB";
  } else {
    vmlinux.answer = Answer::kNo;
    vmlinux.detail = "there is no readable " + own.path();
    vmlinux.fix = option_fix("CONFIG_DEBUG_INFO_BTF", config);
    const std::string other =
        "images with a BTF archive that has " + sys::kernel_name().btf_path() + " run nevertheless";
    vmlinux.fix += (vmlinux.fix.empty() ? "" : "; ") + other;
  }
  out.findings.push_back(std::move(vmlinux));
  if (KernelBtf::is_chosen_by_user()) {
    KernelBtf& chosen = KernelBtf::instance();
    Finding one{.name = "GADGETRY_BTF", .answer = chosen.available() ? Answer::kYes : Answer::kNo};
    one.detail = chosen.path().empty() ? "none: programs are relocated by the archives of images alone"
                                       : chosen.path();
    out.findings.push_back(std::move(one));
  }
  const int modules = count_modules();
  Finding of_modules{.name = "modules", .answer = Answer::kInfo};
  of_modules.detail = modules < 0 ? "not readable" : std::to_string(modules) + " loaded modules have it";
  out.findings.push_back(std::move(of_modules));
  return out;
}

FindingSection probe_kernel_functions(const sys::KernelConfig& config) {
  FindingSection out{"features", "Features of programs", {}};
  KernelBtf& kernel = KernelBtf::own();
  if (!kernel.available()) {
    out.findings.push_back({.name = "features",
                            .answer = Answer::kUnknown,
                            .detail = "the kernel has no type information to tell them by",
                            .fix = option_fix("CONFIG_DEBUG_INFO_BTF", config)});
    return out;
  }
  const auto fields = field_types(kernel);
  for (const Feature& feature : kFeatures) {
    Finding one{.name = std::string(feature.name)};
    one.answer = has_feature(kernel, feature, fields) ? Answer::kYes : Answer::kNo;
    if (one.answer == Answer::kNo) one.fix = feature_fix(feature, config);
    out.findings.push_back(std::move(one));
  }
  add_list(out, "iterators", iterators(kernel));
  add_list(out, "struct_ops", operations(kernel));
  const size_t functions = kernel.count_tags("bpf_kfunc");
  Finding kfuncs{.name = "kernel functions for programs", .answer = Answer::kInfo};
  kfuncs.detail = functions != 0 ? std::to_string(functions) : "not marked in this kernel's types";
  out.findings.push_back(std::move(kfuncs));
  return out;
}

}  // namespace gadgetry::bpf
