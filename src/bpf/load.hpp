// Loading an opened eBPF object into the kernel, with errors that say why and what to do.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "bpf/attach_target.hpp"
#include "bpf/packet_filter.hpp"

struct bpf_object;

namespace gadgetry::bpf {

struct LoadOptions {
  bool verbose = false;     // ask for the verifier's log of every program and log it (debug level)
  uint32_t ring_bytes = 0;  // size of the ring buffers in tracer_maps = {}; 0: as declared. Rounded up
  std::vector<std::string> tracer_maps = {};  // maps that carry events (TracerDecl::map)
  std::string pin_path = "/sys/fs/bpf";       // folder of maps declared with LIBBPF_PIN_BY_NAME
  std::vector<AttachTarget> targets = {};     // targets of fentry, fexit and tp_btf are fixed when loading
  std::vector<PacketFilter> packet_filters = {};  // code in front of functions gadget_pf_NAME
  bool perf_buffers = false;  // turn the ring buffers of tracer_maps into perf event arrays
};

// Loads all maps and programs. Done before: constants set, maps sized and replaced. On an error nothing stays
// behind. A kernel without ring buffers (before 5.8) gets perf event arrays for tracer_maps, as with
// perf_buffers. Not thread safe with other loads of the same object; different objects may be loaded at the
// same time.
base::Status load(bpf_object* object, const LoadOptions& options);

// The bytes a ring buffer gets when `wanted` are asked for: a power of two, at least one page, within the
// limits.
uint32_t round_ring_bytes(uint64_t wanted);

}  // namespace gadgetry::bpf
