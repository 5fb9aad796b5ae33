#include "bpf/verifier_log.hpp"

#include <linux/bpf.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/strings.hpp"

namespace gadgetry::bpf {
namespace {

constexpr size_t kInstructionLines = 6;  // shown before the error
constexpr size_t kErrorLines = 4;        // some errors take two or three lines
constexpr size_t kLineBytes = 300;       // register states can be very long
constexpr size_t kTailBytes = 1u << 16;  // of the log looked at: what matters stands at its end

// The first Linux release with helpers up to this number (kernel history of include/uapi/linux/bpf.h).
struct HelperEpoch {
  uint32_t last;
  std::string_view version;
};
constexpr std::array kHelperEpochs = {
    HelperEpoch{3, "3.19"},   HelperEpoch{11, "4.1"},   HelperEpoch{16, "4.2"},   HelperEpoch{22, "4.3"},
    HelperEpoch{25, "4.4"},   HelperEpoch{26, "4.5"},   HelperEpoch{30, "4.6"},   HelperEpoch{36, "4.8"},
    HelperEpoch{41, "4.9"},   HelperEpoch{44, "4.10"},  HelperEpoch{45, "4.11"},  HelperEpoch{47, "4.12"},
    HelperEpoch{50, "4.13"},  HelperEpoch{53, "4.14"},  HelperEpoch{57, "4.15"},  HelperEpoch{59, "4.16"},
    HelperEpoch{64, "4.17"},  HelperEpoch{80, "4.18"},  HelperEpoch{83, "4.19"},  HelperEpoch{90, "4.20"},
    HelperEpoch{92, "5.0"},   HelperEpoch{98, "5.1"},   HelperEpoch{108, "5.2"},  HelperEpoch{110, "5.3"},
    HelperEpoch{115, "5.5"},  HelperEpoch{119, "5.6"},  HelperEpoch{124, "5.7"},  HelperEpoch{135, "5.8"},
    HelperEpoch{141, "5.9"},  HelperEpoch{155, "5.10"}, HelperEpoch{162, "5.11"}, HelperEpoch{163, "5.12"},
    HelperEpoch{165, "5.13"}, HelperEpoch{168, "5.14"}, HelperEpoch{175, "5.15"}, HelperEpoch{179, "5.16"},
    HelperEpoch{185, "5.17"}, HelperEpoch{193, "5.18"}, HelperEpoch{203, "5.19"}, HelperEpoch{207, "6.0"},
    HelperEpoch{209, "6.1"},  HelperEpoch{211, "6.2"},
};

#define GADGETRY_HELPER_NAME(name) "bpf_" #name
constexpr std::string_view kHelperNames[] = {__BPF_FUNC_MAPPER(GADGETRY_HELPER_NAME)};
#undef GADGETRY_HELPER_NAME

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// "12: (79) r1 = *(u64 *)(r0 +0)": a number, a colon and an opcode.
bool is_instruction(std::string_view line) {
  size_t digits = 0;
  while (digits < line.size() && is_digit(line[digits])) ++digits;
  return digits > 0 && line.substr(digits).starts_with(": (");
}

// "; if (!value) @ prog.bpf.c:12": a line of the source.
bool is_source(std::string_view line) {
  return line.starts_with("; ");
}

// Lines about the verification as a whole.
bool is_statistics(std::string_view line) {
  return line.starts_with("processed ") || line.starts_with("verification time") ||
         line.starts_with("stack depth") || line.starts_with("max_states") ||
         line.starts_with("mark_precise") || line.starts_with("peak_states");
}

// "0: R1=ctx(off=0) R10=fp0", "R0_w=...", "last_idx 3 first_idx 0", "from 3 to 5: ...": the verifier's state.
bool is_state(std::string_view line) {
  size_t digits = 0;
  while (digits < line.size() && is_digit(line[digits])) ++digits;
  if (digits > 0 && line.substr(digits).starts_with(": ")) return !is_instruction(line);
  auto is_register = [&](size_t at) {
    return line.size() > at + 1 && line[at] == 'R' && is_digit(line[at + 1]) &&
           line.find('=', at) < line.find(' ', at);
  };
  return is_register(0) || line.starts_with("last_idx") || line.starts_with("regs=") ||
         line.starts_with("from ") || line.starts_with("parent ") || line.starts_with("func#") ||
         line.starts_with("caller") || line.starts_with("callee") || line.starts_with("returning from") ||
         line.starts_with("mark_precise");
}

std::string shown(std::string_view line) {
  std::string text = base::printable(line.substr(0, kLineBytes));
  if (line.size() > kLineBytes) text += " ...";
  return text;
}

std::vector<std::string_view> tail_lines(std::string_view log) {
  if (log.size() > kTailBytes) {
    log = log.substr(log.size() - kTailBytes);
    log.remove_prefix(std::min(log.size(), log.find('\n') + 1));
  }
  std::vector<std::string_view> lines;
  for (std::string_view line : base::split(log, '\n')) {
    line = base::trim(line);
    if (!line.empty() && !is_statistics(line)) lines.push_back(line);
  }
  return lines;
}

// The number behind the last '#' of "unknown func bpf_loop#181".
uint32_t helper_number(std::string_view error) {
  size_t hash = error.find_last_of('#');
  if (hash == std::string_view::npos) return 0;
  size_t end = hash + 1;
  while (end < error.size() && is_digit(error[end])) ++end;
  return base::parse_int<uint32_t>(error.substr(hash + 1, end - hash - 1)).value_or(0);
}

KernelVersion version_of(std::string_view text) {
  return parse_kernel_version(text);
}

std::string helper_hint(std::string_view error, const KernelFeatures& features) {
  uint32_t number = helper_number(error);
  std::string_view name = helper_name(number);
  std::string_view since = helper_since(number);
  if (name.empty() || since.empty()) return {};
  std::string text(name);
  if (features.version < version_of(since)) {
    return text + " needs Linux " + std::string(since) + ", this is " +
           std::to_string(features.version.major) + "." + std::to_string(features.version.minor);
  }
  if (!features.missing_capabilities.empty()) return missing_capabilities_text(features.missing_capabilities);
  if (features.lockdown == "confidentiality" && name.find("probe_read") != std::string_view::npos) {
    return "kernel lockdown (confidentiality) forbids reading kernel memory: boot with lockdown=integrity";
  }
  return text + " is not for programs of this type";
}

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Errors of the verifier that say little to who has not met them before.
std::string error_hint(std::string_view error) {
  struct Known {
    std::string_view part;
    std::string_view hint;
  };
  static constexpr Known kKnown[] = {
      {"_or_null", "a map lookup or helper may return NULL: check the pointer before using it"},
      {"cannot call GPL-restricted function",
       "put char LICENSE[] SEC(\"license\") = \"GPL\"; into the program"},
      {"cannot call GPL only function", "put char LICENSE[] SEC(\"license\") = \"GPL\"; into the program"},
      {"BPF program is too large", "the verifier gave up: fewer branches or smaller loops"},
      {"too many instructions", "the verifier gave up: fewer branches or smaller loops"},
      {"The sequence of", "the verifier gave up on the jumps: fewer branches or smaller loops"},
      {"combined stack size",
       "a program may use 512 bytes of stack: keep large structs in a per-CPU array map"},
      {"invalid write to stack",
       "a program may use 512 bytes of stack: keep large structs in a per-CPU array map"},
      {"Unreleased reference",
       "every reserved ring buffer record must be submitted or discarded on every path"},
      {"infinite loop detected", "the loop needs a bound the verifier can see"},
      {"back-edge", "loops need Linux 5.3, or #pragma unroll"},
      {"unbounded memory access", "bound the length with a check (or a mask) just before it is used"},
      {"failed to resolve CO-RE relocation",
       "this kernel has no such type or field: test for it with bpf_core_field_exists() and the like"},
      {"invalid CO-RE relocation",
       "this kernel has no such type or field: test for it with bpf_core_field_exists() and the like"},
  };
  for (const Known& known : kKnown) {
    if (has(error, known.part)) return std::string(known.hint);
  }
  return {};
}

}  // namespace

std::string_view helper_since(uint32_t helper) {
  if (helper == 0) return {};
  for (const HelperEpoch& epoch : kHelperEpochs) {
    if (helper <= epoch.last) return epoch.version;
  }
  return {};
}

std::string_view helper_name(uint32_t helper) {
  if (helper == 0 || helper >= std::size(kHelperNames)) return {};
  return kHelperNames[helper];
}

VerifierReport summarise_verifier_log(std::string_view log) {
  VerifierReport out;
  std::vector<std::string_view> lines = tail_lines(log);
  if (lines.empty()) return out;

  // The error: the lines behind the last instruction, source line or register state.
  size_t error_begin = lines.size();
  while (error_begin > 0 && lines.size() - error_begin < kErrorLines) {
    std::string_view line = lines[error_begin - 1];
    if (is_instruction(line) || is_source(line) || is_state(line)) break;
    --error_begin;
  }
  if (error_begin == lines.size()) error_begin = lines.size() - 1;
  out.error = shown(lines[error_begin]);
  for (size_t i = error_begin + 1; i < lines.size(); ++i) out.error += ", " + shown(lines[i]);

  // What led there: instructions and source lines; states only where they tell of the last instruction.
  std::vector<std::string> before;
  size_t instructions = 0;
  bool source_seen = false;
  for (size_t i = error_begin; i > 0 && (instructions < kInstructionLines || !source_seen); --i) {
    std::string_view line = lines[i - 1];
    if (is_source(line)) {
      source_seen = true;
      if (before.empty() || before.back() != shown(line)) before.push_back(shown(line));
    } else if (is_instruction(line)) {
      if (instructions < kInstructionLines) before.push_back(shown(line));
      if (++instructions > 200) break;
    }
  }
  out.excerpt.assign(before.rbegin(), before.rend());
  for (size_t i = error_begin; i < lines.size(); ++i) out.excerpt.push_back(shown(lines[i]));
  return out;
}

std::string_view find_program_log(std::string_view libbpf_text, std::string_view program) {
  std::string begin = "prog '" + std::string(program) + "': -- BEGIN PROG LOAD LOG --\n";
  size_t at = libbpf_text.rfind(begin);
  if (at == std::string_view::npos) return {};
  std::string_view log = libbpf_text.substr(at + begin.size());
  return log.substr(0, log.rfind("-- END PROG LOAD LOG --"));
}

std::string load_hint(const VerifierReport& report, int error_number, const KernelFeatures& features) {
  std::string_view error = report.error;
  if (has(error, "unknown func") || has(error, "cannot use helper") || has(error, "invalid func")) {
    std::string hint = helper_hint(error, features);
    if (!hint.empty()) return hint;
  }
  if (has(error, "pointer comparison prohibited") || has(error, "leaks addr") || error_number == EPERM ||
      error_number == EACCES) {
    std::string missing = missing_capabilities_text(features.missing_capabilities);
    if (!missing.empty()) return missing;
  }
  std::string hint;
  for (const std::string& line : report.excerpt) {
    hint = error_hint(line);
    if (!hint.empty()) return hint;
  }
  if (error.empty() && error_number == EPERM) {
    if (features.lockdown == "confidentiality") {
      return "kernel lockdown (confidentiality) forbids reading kernel memory: boot with lockdown=integrity "
             "or none";
    }
    return "the kernel refuses this kind of program (lockdown or a security module): use another hook, such "
           "as "
           "tracepoint or raw_tp";
  }
  return {};
}

}  // namespace gadgetry::bpf
