#include "bpf/load.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/magic.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <map>

#include "base/limits.hpp"
#include "base/log.hpp"
#include "base/strings.hpp"
#include "bpf/attach.hpp"
#include "bpf/attach_families.hpp"
#include "bpf/features.hpp"
#include "bpf/kernel_btf.hpp"
#include "bpf/kernel_symbols.hpp"
#include "bpf/libbpf_log.hpp"
#include "bpf/probe_program.hpp"
#include "bpf/struct_ops.hpp"
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
// "perf_event/NAME", where it knows "perf_event" alone, and what is younger than it.
base::Status check_sections(bpf_object* object) {
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object) {
    std::string_view section = bpf_program__section_name(program);
    const ProgramFamily* family = find_family(section);
    if (family != nullptr && bpf_program__type(program) == BPF_PROG_TYPE_UNSPEC) {
      bpf_program__set_type(program, static_cast<bpf_prog_type>(family->type));
      bpf_program__set_expected_attach_type(program, static_cast<bpf_attach_type>(family->attach_type));
      bpf_program__set_flags(program, family->load_flags);
    }
    if (!bpf_program__autoload(program) || family != nullptr) continue;
    return base::Error("program " + quoted(bpf_program__name(program)) + ": section " + quoted(section) +
                       " is not supported by this version")
        .with_hint("supported are: " + supported_sections());
  }
  return {};
}

// Is there what a program is bound to when it is loaded? Asks the kernel's type information, which is quick,
// before libbpf loads all of it. Among alternatives the one is taken that the kernel lets a program be bound
// to.
base::Status check_target(const ProgramFamily& family, const std::string& target, bool is_choice) {
  KernelBtf& kernel = KernelBtf::instance();
  if (family.load_target == LoadTarget::kNone || family.load_target == LoadTarget::kProgram ||
      !kernel.available()) {
    return {};
  }
  auto id = load_target_id(family, target);
  if (id.ok() && is_choice) return probe_program(family, target);
  // Functions of modules have types of their own.
  if (id.ok() || (family.load_target == LoadTarget::kFunction && has_kernel_function(target))) return {};
  return std::move(id).error().with_hint("set another attach_to, or " + std::string(kProgramDisabled));
}

// Binds a program to its target, the first of the alternatives that there is.
base::Status set_target(bpf_program* program, const ProgramFamily& family, const std::string& text) {
  std::string_view section = bpf_program__section_name(program);
  if (text.empty()) {
    return base::Error("section " + quoted(section) + " names no target")
        .with_hint("write SEC(\"" + std::string(family.prefix) +
                   "/FUNCTION\") or set attach_to in the metadata");
  }
  base::Status found;
  std::string target;
  std::vector<std::string> alternatives = target_alternatives(text);
  for (const std::string& one : alternatives) {
    target = one;
    found = check_target(family, target, alternatives.size() > 1);
    if (found.ok()) break;
  }
  if (!found.ok()) return std::move(found).error().context("cannot attach to " + quoted(text));
  if (family.load_target == LoadTarget::kProgram) return set_extension_target(program, target);
  if (target == section_target(section) || family.load_target == LoadTarget::kIterator) return {};
  LibbpfLog log;
  int code = bpf_program__set_attach_target(program, 0, target.c_str());
  if (code == 0) return {};
  return base::Error::system("cannot attach to " + quoted(target), -code)
      .with_hint(code == -EPERM ? "types of modules need CAP_SYS_ADMIN"
                                : "this kernel has no such function or tracepoint in its type information");
}

const AttachTarget* settings_of(const LoadOptions& options, std::string_view program) {
  for (const AttachTarget& target : options.targets) {
    if (target.program == program) return &target;
  }
  return nullptr;
}

// Does the kernel take and attach such a program?
base::Status check_offered(const bpf_program* program, const ProgramFamily& family,
                           const LoadOptions& options) {
  GADGETRY_TRY(probe_attachment(family));
  base::Status why;  // that says most: that something is refused, rather than that there is no such thing
  for (const std::string& target : target_alternatives(effective_target(program, options.targets))) {
    base::Status one = probe_program(family, target);
    if (one.ok() && family.family == Family::kKprobe && !has_kernel_function(kprobe_symbol(family, target))) {
      one = base::Error("this kernel has no function " + quoted(target), base::ErrorKind::kNotFound);
    }
    if (one.ok()) return {};
    if (why.ok() || why.error().kind == base::ErrorKind::kNotFound) why = std::move(one);
  }
  return why;
}

// Which programs are loaded: not those that are switched off, not optional ones that the kernel does not
// offer, and stand-ins only where the program they stand in for was left out.
class Choice {
 public:
  Choice(bpf_object* object, const LoadOptions& options) : object_(object), options_(options) {}

  base::Status run() {
    bpf_program* program = nullptr;
    std::string left_out;
    bool has_loaded = false;
    bpf_object__for_each_program(program, object_) {
      GADGETRY_ASSIGN(Fate fate, decide(program, 0));
      has_loaded = has_loaded || fate == Fate::kLoaded;
      if (fate == Fate::kLeftOut) left_out = bpf_program__section_name(program);
    }
    if (has_loaded || left_out.empty()) return {};
    return base::Error("this kernel offers none of the programs that were asked for (" + base::printable(left_out) + ")")
        .with_hint("gadgetctl doctor says what it can do, and how to get what is missing");
  }

 private:
  enum class Fate : uint8_t { kLoaded, kOff, kLeftOut };

  // Does another program name this one in instead_of?
  bool has_stand_in(std::string_view name) const {
    return std::any_of(options_.targets.begin(), options_.targets.end(),
                       [&](const AttachTarget& target) { return target.instead_of == name; });
  }

  base::Result<Fate> decide(bpf_program* program, int depth) {
    std::string name = bpf_program__name(program);
    if (auto known = fates_.find(name); known != fates_.end()) return known->second;
    constexpr int kDeepest = 16;
    if (depth > kDeepest) return base::Error("program " + quoted(name) + ": instead_of leads back to itself");
    GADGETRY_ASSIGN(Fate fate, fate_of(program, name, depth));
    if (fate != Fate::kLoaded) bpf_program__set_autoload(program, false);
    fates_.emplace(name, fate);
    return fate;
  }

  base::Result<Fate> fate_of(bpf_program* program, const std::string& name, int depth) {
    const ProgramFamily* family = find_family(bpf_program__section_name(program));
    if (family == nullptr || !bpf_program__autoload(program)) return Fate::kOff;
    if (effective_target(program, options_.targets) == kProgramDisabled) return Fate::kOff;
    const AttachTarget* settings = settings_of(options_, name);
    if (settings != nullptr && !settings->instead_of.empty()) {
      bpf_program* other = bpf_object__find_program_by_name(object_, settings->instead_of.c_str());
      if (other == nullptr) {
        return base::Error("program " + quoted(name) + ": instead_of names " + quoted(settings->instead_of) +
                           ", which is not in the object");
      }
      GADGETRY_ASSIGN(Fate fate, decide(other, depth + 1));
      if (fate != Fate::kLeftOut) return Fate::kOff;
    }
    bool may_go = (settings != nullptr && settings->optional) || has_stand_in(name);
    if (may_go) {
      if (auto offered = check_offered(program, *family, options_); !offered.ok()) {
        base::log(has_stand_in(name) ? base::LogLevel::kInfo : base::LogLevel::kWarning,
                  left_out_text(program, offered.error()));
        return Fate::kLeftOut;
      }
    }
    if (family->load_target != LoadTarget::kNone) {
      auto set = set_target(program, *family, effective_target(program, options_.targets));
      if (!set.ok()) return std::move(set).error().context("program " + quoted(name));
    }
    return Fate::kLoaded;
  }

  bpf_object* object_;
  const LoadOptions& options_;
  std::map<std::string, Fate> fates_;
};

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

// An arena needs an address in user space before programs use it; libbpf 1.1 can neither read one from the
// object nor choose one. Nothing of this process is there.
void place_arenas(bpf_object* object) {
  constexpr uint64_t kLargestArena = uint64_t{4} << 30;
#ifdef __aarch64__
  uint64_t address = uint64_t{1} << 32;
#else
  uint64_t address = uint64_t{1} << 44;
#endif
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    if (static_cast<uint32_t>(bpf_map__type(map)) != kMapTypeArena || bpf_map__map_extra(map) != 0) continue;
    bpf_map__set_map_extra(map, address);
    address += kLargestArena;
  }
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

// When the kernel takes no program of this kind at all: the option it needs.
std::string missing_option_hint(const std::string& section) {
  const ProgramFamily* family = find_family(section);
  if (family == nullptr || family->load_target != LoadTarget::kNone) return {};
  auto probed = probe_program(*family, {});
  return probed.ok() ? std::string() : probed.error().hint;
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
  if (hint.empty() && report.error.empty()) hint = missing_option_hint(section_of(object, name));
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
  place_arenas(object);
  GADGETRY_TRY(prepare_struct_ops(object, options.targets));
  GADGETRY_TRY(
      Choice(object, options).run());  // last: only a load gives back the type information libbpf loads here
  if (options.verbose) {
    bpf_program* program = nullptr;
    bpf_object__for_each_program(program, object) bpf_program__set_log_level(program, 1);
  }
  LibbpfLog log;
  PacketFilterScope filters(bpf_object__btf(object), options.packet_filters);
  int code = bpf_object__load(object);
  GADGETRY_TRY(filters.check());
  if (code == 0) return {};
  return load_error(object, log.text(), -code);
}

}  // namespace gadgetry::bpf
