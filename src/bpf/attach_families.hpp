// The functions behind the table of attach.cpp, one file each, and what several of them share.
#pragma once

#include <linux/perf_event.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "bpf/attach.hpp"

namespace gadgetry::bpf {

base::Result<std::vector<Link>> attach_kprobe(const AttachRequest& request);
base::Result<std::vector<Link>> attach_kprobe_multi(const AttachRequest& request);
base::Result<std::vector<Link>> attach_tracepoint(const AttachRequest& request);
base::Result<std::vector<Link>> attach_raw_tracepoint(const AttachRequest& request);
base::Result<std::vector<Link>> attach_tracing(const AttachRequest& request);
base::Result<std::vector<Link>> attach_extension(const AttachRequest& request);
base::Result<std::vector<Link>> attach_perf_event(const AttachRequest& request);
base::Result<std::vector<Link>> attach_uprobe(const AttachRequest& request);
base::Result<std::vector<Link>> attach_uprobe_multi(const AttachRequest& request);
base::Result<std::vector<Link>> attach_usdt(const AttachRequest& request);
base::Result<std::vector<Link>> attach_socket_filter(const AttachRequest& request);
base::Result<std::vector<Link>> attach_flow_dissector(const AttachRequest& request);
base::Result<std::vector<Link>> attach_sk_lookup(const AttachRequest& request);
base::Result<std::vector<Link>> attach_netfilter(const AttachRequest& request);
base::Result<std::vector<Link>> attach_tc(const AttachRequest& request);
base::Result<std::vector<Link>> attach_tcx(const AttachRequest& request);
base::Result<std::vector<Link>> attach_netkit(const AttachRequest& request);
base::Result<std::vector<Link>> attach_xdp(const AttachRequest& request);
base::Result<std::vector<Link>> attach_xdp_map(const AttachRequest& request);
base::Result<std::vector<Link>> attach_lwt(const AttachRequest& request);
base::Result<std::vector<Link>> attach_cgroup(const AttachRequest& request);
base::Result<std::vector<Link>> attach_socket_map(const AttachRequest& request);
base::Result<std::vector<Link>> attach_reuseport(const AttachRequest& request);
base::Result<std::vector<Link>> attach_lirc(const AttachRequest& request);
// Runs the program once, with the input and output that its metadata or the object gives; there is nothing to
// attach.
base::Result<std::vector<Link>> run_syscall(const AttachRequest& request);
// struct_ops: the maps of the object that hold operations.
base::Result<std::vector<Link>> attach_struct_ops(bpf_object* object);

// Can programs of the family be attached on this kernel at all?
base::Status probe_kprobe_multi(const ProgramFamily& family);
base::Status probe_lsm();  // lsm, lsm_cgroup: is bpf among the security modules that were chosen at boot?
base::Status check_lsm_list(std::string_view list);  // "lockdown,capability,bpf"
base::Status probe_uprobe_multi(const ProgramFamily& family);
base::Status probe_tcx(const ProgramFamily& family);  // tcx and netkit

// The function that a kprobe's target means: "openat" of ksyscall is __x64_sys_openat; without "+0x10".
std::string kprobe_symbol(const ProgramFamily& family, const std::string& target);
// "PROGRAM:FUNCTION", where PROGRAM may have colons.
struct ExtensionTarget {
  std::string program;
  std::string function;
};
base::Result<ExtensionTarget> parse_extension_target(std::string_view text);
// freplace: "PROGRAM:FUNCTION", the program by its id, name or pinned path, before the load.
base::Status set_extension_target(bpf_program* program, const std::string& target);

// perf_event_open(2) for all processes on one CPU.
base::Result<base::Fd> open_perf_event(perf_event_attr attributes, uint32_t cpu);
// Lets the program run at every hit of the event.
base::Result<Link> attach_to_event(const AttachRequest& request, base::Fd event);

// What perf_event_open wants to hear for a kprobe or uprobe.
struct ProbePmu {
  uint32_t type = 0;
  uint64_t return_bit = 0;  // in perf_event_attr::config
};
// `name` is "kprobe" or "uprobe". An error of kind kNotFound when the kernel has none.
base::Result<ProbePmu> find_probe_pmu(std::string_view name);

// "function+0x10" -> "function", 0x10.
struct ProbePoint {
  std::string symbol;
  uint64_t offset = 0;
};
base::Result<ProbePoint> parse_probe_point(std::string_view text);

// Files for "<path|library>" of a uprobe below `root` ("": this machine). A path gives one; a library every
// version the linker's cache knows ("libssl": libssl.so.3, libssl.so.1.1), else what the standard folders
// have.
base::Result<std::vector<std::string>> find_binaries(const std::string& root, std::string_view target);
// The libraries in an ld.so.cache (both formats) whose name is `library` or begins with "library.so".
std::vector<std::string> search_library_cache(std::string_view cache, std::string_view library);

// Opens a file as it is seen below root: symbolic links do not lead out of it.
base::Result<base::Fd> open_below(const std::string& root, const std::string& path);
// Where in the ELF file a function begins (bytes). kNotFound: no such symbol.
base::Result<uint64_t> find_function_offset(int fd, std::string_view symbol);

}  // namespace gadgetry::bpf
