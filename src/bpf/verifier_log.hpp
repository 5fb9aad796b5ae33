// Finds in the kernel verifier's log the few lines that tell a gadget author what is wrong.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bpf/features.hpp"

namespace gadgetry::bpf {

struct VerifierReport {
  std::string error;  // "R1 type=scalar expected=fp": the verifier's last word; empty for an empty log
  std::vector<std::string> excerpt;  // the source line and instructions that led there, then the error
};

// `log` is one program's log; of any length, untrusted (it quotes the gadget's source lines).
VerifierReport summarise_verifier_log(std::string_view log);

// The log of `program` in what libbpf printed (between its BEGIN and END PROG LOAD LOG lines); empty when
// there is none.
std::string_view find_program_log(std::string_view libbpf_text, std::string_view program);

// What to do about a failed load: from the verifier's error, the error number and what the kernel has. Empty:
// unknown.
std::string load_hint(const VerifierReport& report, int error_number, const KernelFeatures& features);

// The first Linux version with this helper, "5.8"; empty for an unknown number.
std::string_view helper_since(uint32_t helper);
// "bpf_ringbuf_output", or empty.
std::string_view helper_name(uint32_t helper);

}  // namespace gadgetry::bpf
