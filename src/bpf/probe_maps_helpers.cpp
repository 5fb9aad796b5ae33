// Map types and helpers: what the kernel makes, and what its programs may call.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>

#include "base/fd.hpp"
#include "base/strings.hpp"
#include "bpf/features.hpp"
#include "bpf/kernel_btf.hpp"
#include "bpf/libbpf_log.hpp"
#include "bpf/probe_program.hpp"
#include "bpf/probe_report.hpp"

namespace gadgetry::bpf {
namespace {

struct MapType {
  uint32_t type;
  std::string_view name;
  std::string_view option;  // kernel option or version that brings it
  bool is_needed = false;
};

constexpr uint32_t kMapTypeCgroupStorageNew = 32;
constexpr uint32_t kMapTypeArena = 33;

constexpr MapType kMapTypes[] = {
    {BPF_MAP_TYPE_HASH, "hash", "", true},
    {BPF_MAP_TYPE_ARRAY, "array", "", true},
    {BPF_MAP_TYPE_PROG_ARRAY, "prog_array", ""},
    {BPF_MAP_TYPE_PERF_EVENT_ARRAY, "perf_event_array", "CONFIG_PERF_EVENTS", true},
    {BPF_MAP_TYPE_PERCPU_HASH, "percpu_hash", ""},
    {BPF_MAP_TYPE_PERCPU_ARRAY, "percpu_array", "", true},
    {BPF_MAP_TYPE_STACK_TRACE, "stack_trace", "CONFIG_PERF_EVENTS", true},
    {BPF_MAP_TYPE_CGROUP_ARRAY, "cgroup_array", "CONFIG_CGROUPS"},
    {BPF_MAP_TYPE_LRU_HASH, "lru_hash", "", true},
    {BPF_MAP_TYPE_LRU_PERCPU_HASH, "lru_percpu_hash", ""},
    {BPF_MAP_TYPE_LPM_TRIE, "lpm_trie", ""},
    {BPF_MAP_TYPE_ARRAY_OF_MAPS, "array_of_maps", ""},
    {BPF_MAP_TYPE_HASH_OF_MAPS, "hash_of_maps", ""},
    {BPF_MAP_TYPE_DEVMAP, "devmap", "CONFIG_NET"},
    {BPF_MAP_TYPE_SOCKMAP, "sockmap", "CONFIG_BPF_STREAM_PARSER"},
    {BPF_MAP_TYPE_CPUMAP, "cpumap", "CONFIG_NET"},
    {BPF_MAP_TYPE_XSKMAP, "xskmap", "CONFIG_XDP_SOCKETS"},
    {BPF_MAP_TYPE_SOCKHASH, "sockhash", "CONFIG_BPF_STREAM_PARSER"},
    {BPF_MAP_TYPE_CGROUP_STORAGE, "cgroup_storage", "CONFIG_CGROUP_BPF"},
    {BPF_MAP_TYPE_REUSEPORT_SOCKARRAY, "reuseport_sockarray", "CONFIG_INET"},
    {BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE, "percpu_cgroup_storage", "CONFIG_CGROUP_BPF"},
    {BPF_MAP_TYPE_QUEUE, "queue", ""},
    {BPF_MAP_TYPE_STACK, "stack", ""},
    {BPF_MAP_TYPE_SK_STORAGE, "sk_storage", "CONFIG_NET"},
    {BPF_MAP_TYPE_DEVMAP_HASH, "devmap_hash", "CONFIG_NET"},
    {BPF_MAP_TYPE_STRUCT_OPS, "struct_ops", "CONFIG_BPF_JIT (Linux 5.6)"},
    {BPF_MAP_TYPE_RINGBUF, "ringbuf", "(Linux 5.8)", true},
    {BPF_MAP_TYPE_INODE_STORAGE, "inode_storage", "CONFIG_BPF_LSM"},
    {BPF_MAP_TYPE_TASK_STORAGE, "task_storage", "(Linux 5.11)"},
    {BPF_MAP_TYPE_BLOOM_FILTER, "bloom_filter", "(Linux 5.16)"},
    {BPF_MAP_TYPE_USER_RINGBUF, "user_ringbuf", "(Linux 6.1)"},
    {kMapTypeCgroupStorageNew, "cgrp_storage", "CONFIG_CGROUPS (Linux 6.2)"},
    {kMapTypeArena, "arena", "CONFIG_MMU (Linux 6.9)"},
};

// 1 made, 0 refused, or a negative error number.
int try_map(uint32_t type) {
  LibbpfLog quiet;
  if (type > kMapTypeArena) {  // how to make one is not known: at least, has the kernel heard of it?
    const auto known = KernelBtf::own().find_enum("bpf_map_type");
    if (!known) return -EOPNOTSUPP;
    const bool is_there = std::any_of(known->entries.begin(), known->entries.end(),
                                      [&](const auto& one) { return one.value == type; });
    return is_there ? -EOPNOTSUPP : 0;
  }
  if (type != kMapTypeArena) return libbpf_probe_bpf_map_type(static_cast<bpf_map_type>(type), nullptr);
  bpf_map_create_opts options{};
  options.sz = sizeof(options);
  options.map_flags = BPF_F_MMAPABLE;
  const base::Fd map(bpf_map_create(static_cast<bpf_map_type>(type), "probe", 0, 0, 1, &options));
  if (map) return 1;
  return errno == EPERM ? -EPERM : 0;
}

const std::map<uint32_t, std::string>& helpers() {
  static const std::map<uint32_t, std::string> kNames = [] {
    struct Named {
      uint32_t number;
      const char* name;
    };
#define GADGETRY_HELPER(name)     \
  Named {                         \
    BPF_FUNC_##name, "bpf_" #name \
  }
    static constexpr Named kOfHeader[] = {__BPF_FUNC_MAPPER(GADGETRY_HELPER)};
#undef GADGETRY_HELPER
    std::map<uint32_t, std::string> out;
    for (const Named& one : kOfHeader) out[one.number] = one.name;
    // Those of Linux 6.2, the last ones: what came after are kernel functions.
    out[210] = "bpf_cgrp_storage_get";
    out[211] = "bpf_cgrp_storage_delete";
    out.erase(0);  // unspec
    return out;
  }();
  return kNames;
}

// Families with helpers that others do not have; the first ones have nearly all.
constexpr std::string_view kHelperFamilies[] = {"kprobe",
                                                "tc",
                                                "tp_btf",
                                                "xdp",
                                                "syscall",
                                                "cgroup/connect4",
                                                "cgroup_skb/egress",
                                                "sockops",
                                                "sk_msg",
                                                "sk_skb",
                                                "sk_reuseport",
                                                "sk_lookup",
                                                "lwt_xmit",
                                                "lwt_in",
                                                "lwt_seg6local",
                                                "cgroup/sysctl",
                                                "cgroup/getsockopt",
                                                "cgroup/setsockopt",
                                                "perf_event",
                                                "raw_tp",
                                                "lsm",
                                                "lsm_cgroup",
                                                "iter",
                                                "fexit",
                                                "kprobe.multi",
                                                "lirc_mode2",
                                                "cgroup/sock_release",
                                                "cgroup/post_bind4",
                                                "socket"};

constexpr size_t kLogBytes = 4096;

}  // namespace

std::string map_type_name(uint32_t type) {
  for (const MapType& one : kMapTypes) {
    if (one.type == type) return std::string(one.name);
  }
  return "type " + std::to_string(type);
}

Finding probe_map_type(uint32_t type, const sys::KernelConfig& config) {
  Finding out{.name = map_type_name(type)};
  std::string_view option;
  for (const MapType& one : kMapTypes) {
    if (one.type != type) continue;
    out.is_needed = one.is_needed;
    option = one.option;
  }
  const int answer = try_map(type);
  out.answer = answer > 0 ? Answer::kYes : answer == 0 ? Answer::kNo : Answer::kUnknown;
  if (answer == -EOPNOTSUPP) out.detail = "not probed";
  if (out.answer == Answer::kYes) return out;
  if (answer == 0) out.detail = "the kernel cannot make such maps";
  const std::string missing = missing_capabilities_text(missing_capabilities({"CAP_BPF", "CAP_NET_ADMIN"}));
  if (!missing.empty()) {  // a kernel says "no such type" to those who may not as well
    out.answer = Answer::kUnknown;
    out.detail = "not allowed to ask";
    out.fix = missing;
    return out;
  }
  out.fix = option_fix(option, config);
  const size_t since = option.find("(Linux ");
  if (out.fix.empty() && since != std::string_view::npos)
    out.fix = "boot " + std::string(option.substr(since + 1, option.size() - since - 2)) + " or newer";
  return out;
}

FindingSection probe_map_types(const sys::KernelConfig& config) {
  FindingSection out{"maps", "Map types", {}};
  for (const MapType& one : kMapTypes) out.findings.push_back(probe_map_type(one.type, config));
  return out;
}

std::string helper_name(uint32_t helper) {
  auto it = helpers().find(helper);
  return it == helpers().end() ? "helper " + std::to_string(helper) : it->second;
}

// The verifier looks whether there is such a helper for the type before it looks at the arguments.
Answer probe_helper(const ProgramFamily& family, uint32_t helper) {
  static std::map<std::pair<std::string_view, uint32_t>, Answer> answers;
  const auto key = std::pair(family.prefix, helper);
  if (auto it = answers.find(key); it != answers.end()) return it->second;
  bpf_prog_load_opts options{};
  options.sz = sizeof(options);
  options.expected_attach_type = static_cast<bpf_attach_type>(family.attach_type);
  options.prog_flags = family.load_flags;
  if (family.load_target != LoadTarget::kNone) {
    static constexpr std::string_view kTargets[] = {"sched_switch", "bpf_fentry_test1", "file_open", "task",
                                                    "socket_bind"};
    for (std::string_view target : kTargets) {
      auto id = load_target_id(family, std::string(target));
      if (!id.ok()) continue;
      options.attach_btf_id = *id;
      break;
    }
    if (options.attach_btf_id == 0) return Answer::kUnknown;
  }
  const bpf_insn code[] = {
      {.code = BPF_JMP | BPF_CALL, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = static_cast<int32_t>(helper)},
      {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .src_reg = 0, .off = 0, .imm = 0},
      {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}};
  std::array<char, kLogBytes> log{};
  options.log_buf = log.data();
  options.log_size = log.size();
  options.log_level = 1;
  LibbpfLog quiet;
  const base::Fd program(bpf_prog_load(static_cast<bpf_prog_type>(family.type), "probe", "GPL", code,
                                       std::size(code), &options));
  const std::string_view text = log.data();
  Answer answer = Answer::kYes;
  if (!program && (text.empty() || errno == EPERM)) {
    answer = Answer::kUnknown;  // not even looked at
  } else if (!program) {
    for (std::string_view sign : {"invalid func ", "unknown func ", "cannot use helper "}) {
      if (text.find(sign) != std::string_view::npos) answer = Answer::kNo;
    }
  }
  answers[key] = answer;
  return answer;
}

FindingSection probe_helpers() {
  FindingSection out{"helpers", "Helpers", {}};
  for (const auto& [number, name] : helpers()) {
    Finding one{.name = name, .answer = Answer::kNo};
    std::vector<std::string> not_asked;
    for (std::string_view prefix : kHelperFamilies) {
      const ProgramFamily* family = find_family(prefix);
      if (family == nullptr) continue;
      const Answer answer = probe_helper(*family, number);
      if (answer == Answer::kYes) {
        one.answer = Answer::kYes;
        break;
      }
      if (answer == Answer::kUnknown) not_asked.emplace_back(prefix);
    }
    if (one.answer == Answer::kNo && !not_asked.empty()) {
      one.answer = Answer::kUnknown;
      one.detail = "the other types may not call it; not loaded: " + base::join(not_asked, ", ");
    } else if (one.answer == Answer::kNo) {
      one.detail = "no program type may call it here";
    }
    out.findings.push_back(std::move(one));
  }
  return out;
}

}  // namespace gadgetry::bpf
