#include "bpf/load.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/magic.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <fstream>

#include "base/limits.hpp"
#include "base/log.hpp"
#include "base/strings.hpp"
#include "bpf/attach.hpp"
#include "bpf/features.hpp"
#include "bpf/kernel_btf.hpp"
#include "bpf/libbpf_log.hpp"
#include "bpf/verifier_log.hpp"

namespace gadgetry::bpf {
namespace {

std::string quoted(std::string_view name) {
  return "'" + base::printable(name) + "'";
}

uint32_t page_bytes() {
  return static_cast<uint32_t>(sysconf(_SC_PAGESIZE));
}

bool is_event_map(const bpf_map* map, const LoadOptions& options) {
  return std::find(options.tracer_maps.begin(), options.tracer_maps.end(), bpf_map__name(map)) !=
         options.tracer_maps.end();
}

// Checks that every program can be attached, and gives a type to those whose section libbpf does not know:
// "perf_event/NAME", where it knows "perf_event" alone.
base::Status check_sections(bpf_object* object) {
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object) {
    std::string_view section = bpf_program__section_name(program);
    const ProgramFamily* family = find_family(section);
    if (family != nullptr && family->family == Family::kPerfEvent) {
      bpf_program__set_type(program, BPF_PROG_TYPE_PERF_EVENT);
    }
    if (!bpf_program__autoload(program) || family != nullptr) continue;
    return base::Error("program " + quoted(bpf_program__name(program)) + ": section " + quoted(section) +
                       " is not supported by this version")
        .with_hint("supported are: " + supported_sections());
  }
  return {};
}

// Is there a function of that name, possibly in a module? Lines read "ffffffff81000000 T name [module]".
bool in_kernel_symbols(const std::string& name) {
  std::ifstream symbols("/proc/kallsyms");
  std::string wanted = " " + name;
  for (std::string line; std::getline(symbols, line);) {
    std::string_view text = std::string_view(line).substr(0, line.find('\t'));
    if (!text.ends_with(wanted) || text.size() == wanted.size()) continue;
    char kind = text[text.size() - wanted.size() - 1];
    if (kind == 't' || kind == 'T' || kind == 'w' || kind == 'W') return true;
  }
  return false;
}

// Asks the kernel's type information, which is quick, before libbpf loads all of it.
base::Status check_target(const bpf_program* program, const ProgramFamily& family,
                          const std::string& target) {
  KernelBtf& kernel = KernelBtf::instance();
  if (!kernel.available()) return {};
  bool is_tracepoint = family.prefix == "tp_btf";
  bool found = is_tracepoint ? kernel.has(KernelType::kTypedef, "btf_trace_" + target)
                             : kernel.has(KernelType::kFunction, target) || in_kernel_symbols(target);
  if (found) return {};
  return base::Error("program " + quoted(bpf_program__name(program)) + ": cannot attach to " +
                         quoted(target) + ": this kernel has no such " +
                         (is_tracepoint ? "tracepoint" : "function"),
                     base::ErrorKind::kNotFound)
      .with_hint("set another attach_to, or " + std::string(kProgramDisabled));
}

// fentry, fexit and tp_btf are bound to their target when they are loaded; programs that are switched off are not
// loaded at all.
base::Status set_targets(bpf_object* object, const LoadOptions& options) {
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object) {
    std::string_view section = bpf_program__section_name(program);
    const ProgramFamily* family = find_family(section);
    if (family == nullptr || !bpf_program__autoload(program)) continue;
    std::string target = effective_target(program, options.targets);
    if (target == kProgramDisabled) {
      bpf_program__set_autoload(program, false);
      continue;
    }
    if (family->family != Family::kTracing) continue;
    if (target.empty()) {
      return base::Error("program " + quoted(bpf_program__name(program)) + ": section " + quoted(section) +
                         " names no target")
          .with_hint("write SEC(\"" + std::string(family->prefix) +
                     "/FUNCTION\") or set attach_to in the metadata");
    }
    GADGETRY_TRY(check_target(program, *family, target));
    if (target == section_target(section)) continue;
    LibbpfLog log;
    if (int code = bpf_program__set_attach_target(program, 0, target.c_str()); code != 0) {
      return base::Error::system(
                 "program " + quoted(bpf_program__name(program)) + ": cannot attach to " + quoted(target),
                 -code)
          .with_hint(code == -EPERM ? "types of modules need CAP_SYS_ADMIN"
                                    : "this kernel has no such function or tracepoint in its type information");
    }
  }
  return {};
}

base::Status become_perf_buffer(bpf_map* map) {
  // An event array has one descriptor for each CPU: the size is filled in by libbpf.
  int code = bpf_map__set_type(map, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
  if (code == 0) code = bpf_map__set_key_size(map, sizeof(uint32_t));
  if (code == 0) code = bpf_map__set_value_size(map, sizeof(uint32_t));
  if (code == 0) code = bpf_map__set_max_entries(map, 0);
  if (code == 0) return {};
  return base::Error::system("map " + quoted(bpf_map__name(map)) + ": cannot be made a perf event array",
                             -code);
}

base::Status size_maps(bpf_object* object, const LoadOptions& options) {
  bool perf = options.perf_buffers || !has_ring_buffer();
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    if (!is_event_map(map, options) || bpf_map__type(map) != BPF_MAP_TYPE_RINGBUF) continue;
    if (perf) {
      GADGETRY_TRY(become_perf_buffer(map));
    } else if (options.ring_bytes != 0) {
      if (int code = bpf_map__set_max_entries(map, round_ring_bytes(options.ring_bytes)); code != 0) {
        return base::Error::system("map " + quoted(bpf_map__name(map)) + ": cannot set its size", -code);
      }
    } else if (bpf_map__max_entries(map) > limits::kRingBytesMax) {
      return base::Error("map " + quoted(bpf_map__name(map)) + ": a ring buffer of " +
                         std::to_string(bpf_map__max_entries(map)) + " bytes is too large");
    }
  }
  return {};
}

// Maps that are pinned by name belong in pin_path; the object was opened with libbpf's default.
base::Status place_pinned_maps(bpf_object* object, const LoadOptions& options) {
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    if (bpf_map__pin_path(map) == nullptr) continue;
    std::string name = bpf_map__name(map);
    if (!is_bpffs(options.pin_path)) {
      return base::Error("map " + quoted(name) + " is to be pinned in " + options.pin_path +
                         ": that is not in a bpf file system")
          .with_hint("mount one: mount -t bpf bpf /sys/fs/bpf");
    }
    std::string path = options.pin_path + "/" + name;
    if (int code = bpf_map__set_pin_path(map, path.c_str()); code != 0) {
      return base::Error::system("map " + quoted(name) + ": cannot be pinned as " + path, -code);
    }
  }
  return {};
}

// The program whose load failed: the only one libbpf prints a load failure for.
std::string failed_program(bpf_object* object, std::string_view libbpf_text) {
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object) {
    std::string mark = "prog '" + std::string(bpf_program__name(program)) + "': BPF program load failed";
    if (libbpf_text.find(mark) != std::string_view::npos) return bpf_program__name(program);
  }
  return {};
}

std::string section_of(bpf_object* object, const std::string& program) {
  const bpf_program* found = bpf_object__find_program_by_name(object, program.c_str());
  return found == nullptr ? std::string() : bpf_program__section_name(found);
}

base::Error program_error(bpf_object* object, const std::string& name, std::string_view text, int code) {
  std::string_view log = find_program_log(text, name);
  VerifierReport report = summarise_verifier_log(log);
  base::Error error = base::Error::system("the kernel refused it", code);
  if (!report.error.empty()) {
    error.message = "refused by the verifier: " + report.error;
    for (const std::string& line : report.excerpt) error.message += "\n    " + line;
  }
  std::string hint = load_hint(report, code, kernel_features());
  return std::move(error).with_hint(hint).context("program " + quoted(name) + " (" +
                                                  base::printable(section_of(object, name)) + ")");
}

// The last warnings of libbpf, which stand nearest to the cause, without its general farewell.
std::string last_warnings(std::string_view text) {
  std::vector<std::string> kept;
  for (std::string_view line : base::split(text, '\n')) {
    line = base::trim(line);
    bool general = line.empty() || line.starts_with("failed to load object") ||
                   line.starts_with("permission error while running as root");
    if (!general) kept.push_back(base::printable(line));
  }
  constexpr size_t kShown = 3;
  if (kept.size() > kShown) kept.erase(kept.begin(), kept.end() - kShown);
  return base::join(kept, "; ");
}

std::string object_hint(std::string_view text, int code, const KernelFeatures& features) {
  auto says = [&](std::string_view part) { return text.find(part) != std::string_view::npos; };
  if (says("kernel BTF is missing") || says("vmlinux BTF") || says("valid kernel BTF")) {
    if (!features.btf) return "the kernel has no type information: it needs CONFIG_DEBUG_INFO_BTF=y";
  }
  if (says("parameter mismatch")) return "a map of that name but another shape is pinned already: remove it";
  if (says("is not found in vmlinux BTF") || says("failed to find kernel BTF type ID"))
    return "this kernel has no such function or tracepoint";
  if (says("Failed to bump RLIMIT_MEMLOCK")) return "raise the limit: ulimit -l unlimited";
  std::string missing = missing_capabilities_text(features.missing_capabilities);
  if ((code == EPERM || code == EACCES) && !missing.empty()) return missing;
  if (code == EPERM && features.version < KernelVersion{5, 11, 0}) {
    return "the limit of locked memory may be too low: ulimit -l unlimited";
  }
  if (code == ENOMEM || code == E2BIG)
    return "a map may be too large: give it fewer entries or a smaller ring";
  return {};
}

base::Error load_error(bpf_object* object, std::string_view text, int code) {
  std::string name = failed_program(object, text);
  if (!name.empty()) return program_error(object, name, text, code);
  base::Error error = base::Error::system("cannot load it into the kernel", code);
  std::string warnings = last_warnings(text);
  if (!warnings.empty()) error.message = "cannot load it into the kernel: " + warnings;
  return std::move(error).with_hint(object_hint(text, code, kernel_features()));
}

}  // namespace

uint32_t round_ring_bytes(uint64_t wanted) {
  uint64_t least = page_bytes();
  uint64_t bytes = std::bit_ceil(std::clamp<uint64_t>(wanted, least, limits::kRingBytesMax));
  return static_cast<uint32_t>(bytes);
}

base::Status load(bpf_object* object, const LoadOptions& options) {
  GADGETRY_TRY(check_sections(object));
  GADGETRY_TRY(check_privileges());
  GADGETRY_TRY(size_maps(object, options));
  GADGETRY_TRY(place_pinned_maps(object, options));
  GADGETRY_TRY(
      set_targets(object, options));  // last: only a load gives back the type information libbpf loads here
  if (options.verbose) {
    bpf_program* program = nullptr;
    bpf_object__for_each_program(program, object) bpf_program__set_log_level(program, 1);
  }
  LibbpfLog log;
  int code = bpf_object__load(object);
  if (code == 0) return {};
  return load_error(object, log.text(), -code);
}

}  // namespace gadgetry::bpf
