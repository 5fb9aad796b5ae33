#include "bpf/probe_object.hpp"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <elf.h>
#include <linux/bpf.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "base/strings.hpp"
#include "bpf/attach.hpp"
#include "bpf/core_relocations.hpp"
#include "bpf/features.hpp"
#include "bpf/kernel_btf.hpp"

namespace gadgetry::bpf {
namespace {

constexpr uint8_t kCall = BPF_JMP | BPF_CALL;

const AttachTarget* settings_of(const ObjectProbe& probe, std::string_view program) {
  for (const AttachTarget& one : probe.targets) {
    if (one.program == program) return &one;
  }
  return nullptr;
}

// Findings about one program, gathered: the worst answer and all reasons.
class Verdict {
 public:
  explicit Verdict(Finding start) : finding_(std::move(start)) { finding_.answer = Answer::kYes; }

  void add(Answer answer, const std::string& why, const std::string& fix) {
    if (answer == Answer::kYes) return;
    if (finding_.answer != Answer::kNo) finding_.answer = answer;
    if (!why.empty()) finding_.detail += (finding_.detail.empty() ? "" : "; ") + why;
    if (!fix.empty() && finding_.fix.find(fix) == std::string::npos)
      finding_.fix += (finding_.fix.empty() ? "" : "; ") + fix;
  }
  void add(const Finding& other) { add(other.answer, other.detail, other.fix); }
  Finding take() { return std::move(finding_); }
  Answer answer() const { return finding_.answer; }

 private:
  Finding finding_;
};

// Of several alternatives the first that fits counts; when none does, why the first does not.
Finding check_targets(const ObjectProbe& probe, const ProgramFamily& family, const std::string& target) {
  Finding first;
  bool is_first = true;
  for (const std::string& one : target_alternatives(target)) {
    Finding here{.answer = Answer::kYes};
    auto found = find_target(family, one);
    if (found.ok()) {
      here =
          probe_family(family, family.load_target == LoadTarget::kNone ? std::string() : one, probe.config);
      if (here.answer == Answer::kYes) return here;
    } else {
      const bool is_known = found.error().kind == base::ErrorKind::kNotFound;
      here.answer = is_known ? Answer::kNo : Answer::kUnknown;
      here.detail = found.error().message;
      here.fix = is_known ? std::string() : found.error().hint;
      const Finding type = probe_family(family, {}, probe.config);
      if (type.answer == Answer::kNo) here = type;
    }
    if (is_first) first = std::move(here);
    is_first = false;
  }
  return first;
}

std::span<const std::byte> code_of(const bpf_program* program) {
  return {reinterpret_cast<const std::byte*>(bpf_program__insns(program)),
          bpf_program__insn_cnt(program) * sizeof(bpf_insn)};
}

// What the object asks before it calls ("is there such a helper?") cannot be told from its instructions.
bool asks_before(const ObjectProbe& probe) {
  for (const CoreRelocation& one : core_relocations(probe.elf)) {
    if (one.kind == CoreKind::kEnumValueExists || one.kind == CoreKind::kTypeExists ||
        one.kind == CoreKind::kFieldExists)
      return true;
  }
  return false;
}

void check_helpers(const ObjectProbe& probe, const ProgramFamily& family, std::span<const std::byte> code,
                   Verdict& verdict) {
  std::vector<std::string> missing;
  for (uint32_t helper : calls_of(code).helpers) {
    if (probe_helper(family, helper) == Answer::kNo) missing.push_back(helper_name(helper));
  }
  if (missing.empty()) return;
  const bool perhaps = asks_before(probe);
  std::string why =
      "this kernel's " + std::string(family.prefix) + " programs may not call " + base::join(missing, ", ");
  if (perhaps) why += " (unless it asks first)";
  verdict.add(perhaps ? Answer::kUnknown : Answer::kNo, why,
              perhaps ? "--load tells" : "boot a newer kernel");
}

void check_relocations(const std::vector<UnresolvedRelocation>& unresolved, std::string_view section,
                       Verdict& verdict) {
  std::vector<std::string> lost;
  std::vector<std::string> perhaps;
  for (const UnresolvedRelocation& one : unresolved) {
    if (one.section == section) (one.is_guarded ? perhaps : lost).push_back(base::printable(one.what));
  }
  (void)perhaps;  // the program is prepared for kernels without it
  if (lost.empty()) return;
  verdict.add(Answer::kUnknown, "this kernel's types lack what it reads: " + base::join(lost, "; "),
              "--load tells");
}

}  // namespace

Calls calls_of(std::span<const std::byte> code) {
  Calls out;
  std::set<uint32_t> seen;
  for (size_t at = 0; at + sizeof(bpf_insn) <= code.size(); at += sizeof(bpf_insn)) {
    bpf_insn one{};
    std::memcpy(&one, code.data() + at, sizeof(one));
    if (one.code == (BPF_LD | BPF_IMM | BPF_DW)) at += sizeof(bpf_insn);
    if (one.code != kCall) continue;
    if (one.src_reg == 0) {
      if (seen.insert(static_cast<uint32_t>(one.imm)).second)
        out.helpers.push_back(static_cast<uint32_t>(one.imm));
    } else if (one.src_reg == BPF_PSEUDO_CALL) {
      out.has_functions = true;
    }
  }
  return out;
}

namespace {

// Symbols that may be missing: what is weak is asked for by the program itself.
std::set<std::string_view> weak_symbols(std::span<const std::byte> elf) {
  std::set<std::string_view> out;
  Elf64_Ehdr header{};
  std::memcpy(&header, elf.data(), sizeof(header));
  auto section = [&](size_t number) {
    Elf64_Shdr one{};
    std::memcpy(&one, elf.data() + header.e_shoff + number * sizeof(one), sizeof(one));
    return one;
  };
  for (size_t i = 1; i < header.e_shnum; i++) {
    const Elf64_Shdr table = section(i);
    if (table.sh_type != SHT_SYMTAB || table.sh_link >= header.e_shnum) continue;
    const Elf64_Shdr names = section(table.sh_link);
    for (uint64_t at = 0; at + sizeof(Elf64_Sym) <= table.sh_size; at += sizeof(Elf64_Sym)) {
      Elf64_Sym symbol{};
      std::memcpy(&symbol, elf.data() + table.sh_offset + at, sizeof(symbol));
      if (ELF64_ST_BIND(symbol.st_info) == STB_WEAK && symbol.st_name < names.sh_size)
        out.insert(reinterpret_cast<const char*>(elf.data() + names.sh_offset + symbol.st_name));
    }
  }
  return out;
}

}  // namespace

std::vector<std::string> needed_kernel_functions(const ObjectProbe& probe) {
  std::vector<std::string> out;
  const btf* types = probe.object.types();
  const auto weak = weak_symbols(probe.elf);
  for (uint32_t id = 1; id < btf__type_cnt(types); id++) {
    const btf_type* section = btf__type_by_id(types, id);
    if (!btf_is_datasec(section)) continue;
    const char* name = btf__name_by_offset(types, section->name_off);
    if (name == nullptr || std::string_view(name) != ".ksyms") continue;
    const btf_var_secinfo* entries = btf_var_secinfos(section);
    for (uint16_t i = 0; i < btf_vlen(section); i++) {
      const btf_type* one = btf__type_by_id(types, entries[i].type);
      if (one == nullptr || !btf_is_func(one)) continue;
      const char* function = btf__name_by_offset(types, one->name_off);
      if (function != nullptr && !weak.contains(function)) out.emplace_back(essential_name(function));
    }
  }
  return out;
}

namespace {

// What is the same for all programs of an object.
struct Shared {
  std::vector<UnresolvedRelocation> unresolved;
  std::span<const std::byte> functions;     // code that several programs call
  std::vector<std::string> lost_functions;  // of the kernel
};

Finding probe_one(const ObjectProbe& probe, const bpf_program* program, const Shared& shared) {
  const std::string section = bpf_program__section_name(program);
  const AttachTarget* settings = settings_of(probe, bpf_program__name(program));
  Finding start{.name = bpf_program__name(program),
                .is_needed = settings == nullptr || !settings->optional,
                .section = section};
  const std::string target = effective_target(program, probe.targets);
  if (target == kProgramDisabled) {
    start.detail = "switched off";
    start.is_needed = false;
    return start;
  }
  Verdict verdict(std::move(start));
  const ProgramFamily* family = find_family(section);
  const bool has_functions = calls_of(code_of(program)).has_functions;
  if (family == nullptr) {
    verdict.add(Answer::kNo, "such sections are not supported by this version", "");
    return verdict.take();
  }
  const Finding fits = check_targets(probe, *family, target);
  verdict.add(fits);
  if (fits.answer == Answer::kYes) {
    check_helpers(probe, *family, code_of(program), verdict);
    if (has_functions) check_helpers(probe, *family, shared.functions, verdict);
  }
  check_relocations(shared.unresolved, section, verdict);
  if (has_functions) check_relocations(shared.unresolved, ".text", verdict);
  if (!shared.lost_functions.empty()) {
    verdict.add(
        Answer::kUnknown,
        "this kernel lacks functions that the object calls: " + base::join(shared.lost_functions, ", "),
        "--load tells");
  }
  return verdict.take();
}

// Of two programs that stand in for each other one is enough.
void settle_replacements(const ObjectProbe& probe, std::vector<Finding>& findings) {
  for (Finding& finding : findings) {
    const AttachTarget* settings = settings_of(probe, finding.name);
    if (settings == nullptr || settings->instead_of.empty()) continue;
    for (Finding& other : findings) {
      if (other.name != settings->instead_of) continue;
      if (other.answer == Answer::kYes) {
        finding.is_needed = false;
      } else if (finding.answer == Answer::kYes) {
        other.is_needed = false;
      }
    }
  }
}

}  // namespace

FindingSection probe_object_programs(const ObjectProbe& probe) {
  FindingSection out{"programs", "Programs", {}};
  Shared shared;
  if (!probe.types.empty()) shared.unresolved = unresolved_relocations(probe.elf, probe.types);
  shared.functions = find_elf_section(probe.elf, ".text");
  if (KernelBtf::own().available()) {
    for (const std::string& one : needed_kernel_functions(probe)) {
      if (!KernelBtf::own().has(KernelType::kFunction, one))
        shared.lost_functions.push_back(base::printable(one));
    }
  }
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, probe.object.handle()) {
    out.findings.push_back(probe_one(probe, program, shared));
  }
  settle_replacements(probe, out.findings);
  return out;
}

namespace {

std::string memory_text(uint64_t bytes) {
  if (bytes < 1u << 20) return std::to_string((bytes + 1023) >> 10) + " KiB";
  return std::to_string((bytes + (1u << 20) - 1) >> 20) + " MiB";
}

bool is_per_cpu(uint32_t type) {
  return type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_ARRAY ||
         type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

// Keys and values alone; what the kernel adds is not counted.
uint64_t estimate(const bpf_map* map) {
  const uint32_t type = static_cast<uint32_t>(bpf_map__type(map));
  const uint64_t entries = bpf_map__max_entries(map);
  if (type == BPF_MAP_TYPE_RINGBUF || type == BPF_MAP_TYPE_USER_RINGBUF) return entries;
  const int cpus = is_per_cpu(type) ? libbpf_num_possible_cpus() : 1;
  const uint64_t value = (uint64_t{bpf_map__value_size(map)} + 7) / 8 * 8;
  return entries * (bpf_map__key_size(map) + value * static_cast<uint64_t>(std::max(cpus, 1)));
}

}  // namespace

FindingSection probe_object_maps(const ObjectProbe& probe) {
  FindingSection out{"maps", "Maps", {}};
  const uint64_t memory =
      static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, probe.object.handle()) {
    const uint32_t type = static_cast<uint32_t>(bpf_map__type(map));
    Finding finding = probe_map_type(type, probe.config);
    const std::string type_name = finding.name;
    finding.name = bpf_map__name(map);
    finding.is_needed = true;
    const std::string shape = type_name + ", " + memory_text(estimate(map));
    finding.detail = finding.detail.empty() ? shape : type_name + ": " + finding.detail;
    // Storage, tables of programs and the like cannot be made alone; that they cannot be asked for is no
    // reason.
    if (type == BPF_MAP_TYPE_RINGBUF && finding.answer == Answer::kNo) {
      finding.answer = Answer::kYes;
      finding.detail = "a perf event array stands in for its ring buffer";
      finding.fix.clear();
    }
    if (estimate(map) > memory / 2) {
      finding.answer = Answer::kNo;
      finding.detail = shape + ": more than half of this machine's memory";
      finding.fix = "give it fewer entries";
    }
    if (bpf_map__pin_path(map) != nullptr && !is_bpffs("/sys/fs/bpf")) {
      finding.answer = Answer::kNo;
      finding.detail = shape + ": to be pinned, but /sys/fs/bpf is no bpf file system";
      finding.fix = "mount -t bpf bpf /sys/fs/bpf";
    }
    out.findings.push_back(std::move(finding));
  }
  return out;
}

FindingSection probe_object_capabilities(const ObjectProbe& probe) {
  std::set<std::string> needed = {"CAP_BPF"};
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, probe.object.handle()) {
    const ProgramFamily* family = find_family(bpf_program__section_name(program));
    if (family == nullptr) continue;
    const bool is_network = family->place == PlaceKind::kNetNamespace ||
                            family->place == PlaceKind::kInterface || family->place == PlaceKind::kCgroup ||
                            family->family == Family::kSocketMap;
    needed.insert(is_network ? "CAP_NET_ADMIN" : "CAP_PERFMON");
    if (family->family == Family::kSocketFilter) needed.insert("CAP_NET_RAW");
  }
  FindingSection out{"capabilities", "Capabilities", {}};
  for (Finding& one : probe_capabilities().findings) {
    if (!needed.contains(one.name)) continue;
    one.is_needed = true;
    out.findings.push_back(std::move(one));
  }
  return out;
}

}  // namespace gadgetry::bpf
