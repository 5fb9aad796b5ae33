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
  std::string type = {};         // "software"
  std::string config = {};       // "count_sw_cpu_clock"
  std::string sample_type = {};  // "sample_raw"
  uint64_t frequency = 0;        // samples a second and CPU
};

struct AttachTarget {
  std::string program = {};  // name of the C function
  std::string target = {};   // what stands behind the "/" of the section; empty: as declared there
  bool disabled = false;     // do not attach (a target of kProgramDisabled says the same)
  PerfSettings perf = {};
};

}  // namespace gadgetry::bpf
