#include "bpf/attach.hpp"

#include <bpf/libbpf.h>

#include <algorithm>
#include <array>

#include "base/log.hpp"
#include "base/strings.hpp"
#include "bpf/attach_families.hpp"
#include "bpf/features.hpp"

namespace gadgetry::bpf {
namespace {

// Every section this version attaches. One row, one file to look at.
constexpr std::array kFamilies = {
    ProgramFamily{"fentry", Family::kTracing, false, attach_tracing},
    ProgramFamily{"fexit", Family::kTracing, true, attach_tracing},
    ProgramFamily{"iter", Family::kIter, false, nullptr},
    ProgramFamily{"iter.s", Family::kIter, false, nullptr},
    ProgramFamily{"kprobe", Family::kKprobe, false, attach_kprobe},
    ProgramFamily{"kretprobe", Family::kKprobe, true, attach_kprobe},
    ProgramFamily{"perf_event", Family::kPerfEvent, false, attach_perf_event},
    ProgramFamily{"raw_tp", Family::kRawTracepoint, false, attach_raw_tracepoint},
    ProgramFamily{"raw_tp.w", Family::kRawTracepoint, false, attach_raw_tracepoint},
    ProgramFamily{"raw_tracepoint", Family::kRawTracepoint, false, attach_raw_tracepoint},
    ProgramFamily{"raw_tracepoint.w", Family::kRawTracepoint, false, attach_raw_tracepoint},
    ProgramFamily{"tp", Family::kTracepoint, false, attach_tracepoint},
    ProgramFamily{"tp_btf", Family::kTracing, false, attach_tracing},
    ProgramFamily{"tracepoint", Family::kTracepoint, false, attach_tracepoint},
    ProgramFamily{"uprobe", Family::kUprobe, false, attach_uprobe},
    ProgramFamily{"uprobe.s", Family::kUprobe, false, attach_uprobe},
    ProgramFamily{"uretprobe", Family::kUprobe, true, attach_uprobe},
    ProgramFamily{"uretprobe.s", Family::kUprobe, true, attach_uprobe},
};

// "?" in front means "not loaded unless asked for".
std::string_view without_mark(std::string_view section) {
  if (section.starts_with('?')) section.remove_prefix(1);
  return section;
}

const AttachTarget* find_target(const std::vector<AttachTarget>& targets, std::string_view program) {
  auto found = std::find_if(targets.begin(), targets.end(),
                            [&](const AttachTarget& target) { return target.program == program; });
  return found == targets.end() ? nullptr : &*found;
}

base::Error describe(base::Error error, const AttachRequest& request) {
  std::string what = "program '" + base::printable(request.name) + "': cannot attach to " +
                     std::string(request.family.prefix);
  if (!request.target.empty()) what += " " + base::printable(request.target);
  if (error.kind == base::ErrorKind::kPermission) {
    std::string missing = missing_capabilities_text(missing_capabilities({"CAP_BPF", "CAP_PERFMON"}));
    error.hint = !missing.empty() ? missing
                                  : "grant CAP_SYS_ADMIN, or allow it: sysctl kernel.perf_event_paranoid=2; "
                                    "tracepoints need read access to tracefs (CAP_DAC_READ_SEARCH)";
  }
  return std::move(error).context(what);
}

}  // namespace

const ProgramFamily* find_family(std::string_view section) {
  section = without_mark(section);
  std::string_view prefix = section.substr(0, section.find('/'));
  auto found = std::find_if(kFamilies.begin(), kFamilies.end(),
                            [&](const ProgramFamily& family) { return family.prefix == prefix; });
  return found == kFamilies.end() ? nullptr : &*found;
}

std::string supported_sections() {
  std::string out;
  for (const ProgramFamily& family : kFamilies) {
    if (!out.empty()) out += ", ";
    out += family.prefix;
  }
  return out;
}

std::string_view section_target(std::string_view section) {
  size_t slash = section.find('/');
  return slash == std::string_view::npos ? std::string_view() : section.substr(slash + 1);
}

std::string effective_target(const bpf_program* program, const std::vector<AttachTarget>& targets) {
  const AttachTarget* target = find_target(targets, bpf_program__name(program));
  if (target != nullptr && target->disabled) return std::string(kProgramDisabled);
  if (target != nullptr && !target->target.empty()) return target->target;
  return std::string(section_target(bpf_program__section_name(program)));
}

base::Result<std::vector<Link>> attach(bpf_object* object, const std::vector<AttachTarget>& targets,
                                       const AttachOptions& options) {
  for (const AttachTarget& target : targets) {
    if (bpf_object__find_program_by_name(object, target.program.c_str()) != nullptr) continue;
    return base::Error("there is no program '" + base::printable(target.program) + "' to attach",
                       base::ErrorKind::kNotFound);
  }
  std::vector<Link> links;
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object) {
    const ProgramFamily* family = find_family(bpf_program__section_name(program));
    if (family == nullptr || family->function == nullptr || bpf_program__fd(program) < 0) continue;
    const AttachTarget* target = find_target(targets, bpf_program__name(program));
    AttachRequest request{.program = program,
                          .name = bpf_program__name(program),
                          .family = *family,
                          .target = effective_target(program, targets),
                          .perf = target == nullptr ? nullptr : &target->perf,
                          .options = options};
    if (request.target == kProgramDisabled) {
      base::log_debug("program " + request.name + " is disabled");
      continue;
    }
    auto made = family->function(request);
    if (!made.ok()) {
      detach_all(std::move(links));
      return describe(std::move(made).error(), request);
    }
    for (Link& link : *made) links.push_back(std::move(link));
    base::log_debug("program " + request.name + " attached to " + std::string(family->prefix) + " " +
                    request.target);
  }
  return links;
}

}  // namespace gadgetry::bpf
