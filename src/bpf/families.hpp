// The table of program types: what the section of a program ("kprobe/do_unlinkat") says about loading and
// attaching it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "bpf/kernel_abi.hpp"
#include "bpf/link.hpp"

namespace gadgetry::bpf {

enum class Family : uint8_t {
  kKprobe,
  kKprobeMulti,
  kTracepoint,
  kRawTracepoint,
  kTracing,    // tp_btf, fentry, fexit, fmod_ret, lsm: the target is fixed when loading
  kExtension,  // freplace: the same, its target is another program
  kUprobe,
  kUprobeMulti,
  kUsdt,
  kPerfEvent,
  kIter,     // run by IterReader
  kSyscall,  // run once
  kSocketFilter,
  kNetNamespace,  // flow_dissector, sk_lookup, netfilter
  kTc,
  kTcx,
  kNetkit,
  kXdp,
  kXdpMap,  // run by the entries of a cpumap or devmap
  kLwt,
  kCgroup,
  kLsmCgroup,
  kSocketMap,  // sk_skb, sk_msg
  kReuseport,
  kStructOps,
  kLirc,
};

// What a program that is bound when it is loaded is bound to.
enum class LoadTarget : uint8_t { kNone, kTracepoint, kFunction, kLsmHook, kIterator, kProgram };

// What a program is fastened to besides its target: each such thing is a Place (place.hpp).
enum class PlaceKind : uint8_t { kNone, kFiles, kNetNamespace, kInterface, kCgroup };

using AttachFunction = base::Result<std::vector<Link>> (*)(const struct AttachRequest& request);

struct ProgramFamily {
  std::string_view prefix;  // "kprobe", "cgroup/connect4"
  Family family;
  uint32_t type;            // bpf_prog_type
  uint32_t attach_type;     // bpf_attach_type: expected_attach_type of the load
  AttachFunction function;  // null: not attached here (iterators)
  PlaceKind place = PlaceKind::kNone;
  LoadTarget load_target = LoadTarget::kNone;
  uint32_t load_flags = 0;       // BPF_F_SLEEPABLE, BPF_F_XDP_HAS_FRAGS
  bool is_return = false;        // kretprobe, uretprobe, fexit
  std::string_view option = {};  // kernel options it needs beyond CONFIG_BPF_SYSCALL: "CONFIG_BPF_LSM"
};

// The row for a section ("kprobe/do_unlinkat", "perf_event", "socket1"), or null when this version does not
// know it. The longest prefix wins: "cgroup/connect4" is not "cgroup".
const ProgramFamily* find_family(std::string_view section);
std::span<const ProgramFamily> all_families();
// The prefixes of the table, for error messages: "fentry, fexit, iter, kprobe, ...".
std::string supported_sections();
// The part of a section behind its family's prefix: "syscalls/sys_enter_openat"; empty when there is none.
std::string_view section_target(std::string_view section);

}  // namespace gadgetry::bpf
