// Where a program is to be fastened, as far as the metadata or the user says something else than the
// program's section.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gadgetry::bpf {

// The target that means "do not attach this program".
inline constexpr std::string_view kProgramDisabled = "gadget_program_disabled";

// `programs.NAME.perf` and `programs.NAME.sampler` of the metadata; all of it is needed for perf_event
// programs.
struct PerfSettings {
  std::string type = {};         // "software"; alternatives as in parse_perf_events()
  std::string config = {};       // "count_sw_cpu_clock", "count_hw_cache_misses|count_sw_cpu_clock"
  std::string sample_type = {};  // "sample_raw"
  uint64_t frequency = 0;        // samples a second and CPU
  uint64_t period = 0;           // or a sample after so many events
};

struct AttachTarget {
  std::string program = {};  // name of the C function
  std::string target = {};  // what stands behind the "/" of the section; empty: as declared there. "a|b": the
                            // first of these that there is
  bool disabled = false;  // do not attach (a target of kProgramDisabled says the same)
  bool optional = false;  // where the kernel does not offer it, the gadget runs without it, and that is said
  std::string instead_of = {};  // used only when this other program was left out
  PerfSettings perf = {};
};

}  // namespace gadgetry::bpf
