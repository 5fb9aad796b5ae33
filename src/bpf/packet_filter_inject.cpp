// Code in front of a function of a program that libbpf is about to load: there the functions stand behind the
// program with all relocations done, and their types (func_info) say which is which.
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <mutex>

#include "base/strings.hpp"
#include "bpf/families.hpp"
#include "bpf/packet_filter.hpp"

namespace gadgetry::bpf {
namespace {

constexpr std::string_view kFunctionPrefix = "gadget_pf_";
constexpr uint8_t kJumpLong = BPF_JMP32 | BPF_JA;  // its distance stands in imm

thread_local PacketFilterScope* current_scope = nullptr;

int prepare_program(bpf_program* program, bpf_prog_load_opts* options, long) {
  return current_scope == nullptr ? 0 : current_scope->prepare(program, options);
}

enum class Distance : uint8_t { kNone, kShort, kLong, kCall };

Distance distance_kind(const bpf_insn& insn) {
  if (insn.code == (BPF_LD | BPF_IMM | BPF_DW)) {
    return insn.src_reg == BPF_PSEUDO_FUNC ? Distance::kCall : Distance::kNone;
  }
  uint8_t kind = BPF_CLASS(insn.code);
  if (kind != BPF_JMP && kind != BPF_JMP32) return Distance::kNone;
  if (insn.code == kJumpLong) return Distance::kLong;
  uint8_t op = BPF_OP(insn.code);
  if (op == BPF_EXIT) return Distance::kNone;
  if (op != BPF_CALL) return Distance::kShort;
  return insn.src_reg == BPF_PSEUDO_CALL ? Distance::kCall : Distance::kNone;
}

// Copies records of `size` bytes that start with an instruction's number; those behind `at` move by `by`.
void move_records(std::vector<uint8_t>& to, const void* from, uint32_t count, uint32_t size, size_t at,
                  size_t by) {
  std::vector<uint8_t> out(size_t{count} * size);
  if (!out.empty()) std::memcpy(out.data(), from, out.size());
  for (size_t i = 0; i < out.size(); i += size) {
    uint32_t number = 0;
    std::memcpy(&number, out.data() + i, sizeof(number));
    if (number <= at) continue;
    number += static_cast<uint32_t>(by);
    std::memcpy(out.data() + i, &number, sizeof(number));
  }
  to = std::move(out);  // `from` may have been in it
}

std::string parameter_name(std::string_view filter) {
  return filter.empty() ? "--pf" : "--pf-" + std::string(filter);
}

}  // namespace

std::vector<std::string> packet_filter_names(const btf* types) {
  std::vector<std::string> names;
  for (uint32_t id = 1; types != nullptr && id < btf__type_cnt(types); id++) {
    const btf_type* type = btf__type_by_id(types, id);
    if (type == nullptr || !btf_is_func(type)) continue;
    const char* text = btf__name_by_offset(types, type->name_off);
    std::string_view name = text == nullptr ? "" : text;
    if (!name.starts_with(kFunctionPrefix)) continue;
    name.remove_prefix(kFunctionPrefix.size());
    if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
  }
  return names;
}

base::Status insert_code(std::vector<bpf_insn>& program, size_t at, std::span<const bpf_insn> code) {
  auto damaged = [](size_t index) {
    return base::Error("packet filter: instruction " + std::to_string(index) +
                       " of the program leads to nowhere");
  };
  if (at >= program.size()) return damaged(at);
  auto count = static_cast<int64_t>(code.size());
  auto start = static_cast<int64_t>(at);
  auto size = static_cast<int64_t>(program.size());
  for (int64_t i = 0; i < size; i++) {
    bpf_insn& insn = program[static_cast<size_t>(i)];
    Distance kind = distance_kind(insn);
    int64_t distance = kind == Distance::kShort ? insn.off : insn.imm;
    int64_t from = i;
    if (insn.code == (BPF_LD | BPF_IMM | BPF_DW)) i++;  // two slots
    if (kind == Distance::kNone) continue;
    int64_t to = from + 1 + distance;
    if (to < 0 || to >= size) return damaged(static_cast<size_t>(from));
    bool moves = kind == Distance::kCall ? to > start : to >= start;
    distance += (moves ? count : 0) - (from >= start ? count : 0);
    if (kind == Distance::kShort) {
      if (distance < std::numeric_limits<int16_t>::min() || distance > std::numeric_limits<int16_t>::max()) {
        return damaged(static_cast<size_t>(from));
      }
      insn.off = static_cast<int16_t>(distance);
    } else {
      insn.imm = static_cast<int32_t>(distance);
    }
  }
  program.insert(program.begin() + start, code.begin(), code.end());
  return {};
}

void prepare_packet_filters(std::span<const std::byte> elf) {
  std::string_view text(reinterpret_cast<const char*>(elf.data()), elf.size());
  if (text.find(kFunctionPrefix) == std::string_view::npos) return;
  // For good: programs of open objects point to libbpf's entry for it.
  static std::once_flag once;
  std::call_once(once, [] {
    libbpf_prog_handler_opts options{};
    options.sz = sizeof(options);
    options.prog_prepare_load_fn = prepare_program;
    for (const ProgramFamily& family : all_families()) {
      if (family.type != BPF_PROG_TYPE_SCHED_CLS && family.type != BPF_PROG_TYPE_SCHED_ACT) continue;
      const std::string section = std::string(family.prefix) + "+";  // with anything behind a slash
      (void)libbpf_register_prog_handler(section.c_str(), static_cast<bpf_prog_type>(family.type),
                                         static_cast<bpf_attach_type>(family.attach_type), &options);
    }
  });
}

PacketFilterScope::PacketFilterScope(const btf* types, std::span<const PacketFilter> filters)
    : types_(types), filters_(filters), used_(filters.size()), outer_(current_scope) {
  current_scope = this;
}

PacketFilterScope::~PacketFilterScope() {
  current_scope = outer_;
}

base::Status PacketFilterScope::check() const {
  GADGETRY_TRY(base::Status(status_));
  for (size_t i = 0; i < filters_.size(); i++) {
    if (used_[i]) continue;
    return base::Error(parameter_name(filters_[i].name) + ": no traffic classifier that is loaded calls " +
                       std::string(kFunctionPrefix) + filters_[i].name)
        .with_hint(
            "filters are for programs of the sections classifier, tc, tcx and netkit; leave the filter out");
  }
  return {};
}

int PacketFilterScope::prepare(bpf_program* program, bpf_prog_load_opts* options) {
  if (filters_.empty()) return 0;
  auto injected = inject(program, *options);
  if (injected.ok()) return 0;
  status_ = std::move(injected).error().context("program " + base::printable(bpf_program__name(program)));
  return -EINVAL;
}

const PacketFilter* PacketFilterScope::filter_of(uint32_t function) {
  const btf_type* type = types_ == nullptr ? nullptr : btf__type_by_id(types_, function);
  if (type == nullptr || !btf_is_func(type)) return nullptr;
  const char* text = btf__name_by_offset(types_, type->name_off);
  std::string_view name = text == nullptr ? "" : text;
  if (!name.starts_with(kFunctionPrefix)) return nullptr;
  name.remove_prefix(kFunctionPrefix.size());
  for (size_t i = 0; i < filters_.size(); i++) {
    if (filters_[i].name != name) continue;
    used_[i] = true;
    return &filters_[i];
  }
  return nullptr;
}

base::Status PacketFilterScope::inject(bpf_program* program, bpf_prog_load_opts& options) {
  if (options.func_info == nullptr || options.func_info_rec_size < sizeof(bpf_func_info)) {
    return base::Error(
               "packet filter: the kernel takes no types of functions, by which the place for it is found")
        .with_hint("leave the filter out, or use a kernel with CONFIG_BPF_SYSCALL and BTF (Linux 5.0)");
  }
  const bpf_insn* first = bpf_program__insns(program);
  std::vector<bpf_insn> insns(first, first + bpf_program__insn_cnt(program));
  bool changed = false;
  for (uint32_t i = 0; i < options.func_info_cnt; i++) {
    bpf_func_info function{};
    const auto* records = static_cast<const uint8_t*>(options.func_info);
    std::memcpy(&function, records + size_t{i} * options.func_info_rec_size, sizeof(function));
    const PacketFilter* filter = filter_of(function.type_id);
    if (filter == nullptr) continue;
    GADGETRY_TRY(insert_code(insns, function.insn_off, filter->code));
    move_records(func_info_, options.func_info, options.func_info_cnt, options.func_info_rec_size,
                 function.insn_off, filter->code.size());
    options.func_info = func_info_.data();
    if (options.line_info != nullptr && options.line_info_rec_size >= sizeof(bpf_line_info)) {
      move_records(line_info_, options.line_info, options.line_info_cnt, options.line_info_rec_size,
                   function.insn_off, filter->code.size());
      options.line_info = line_info_.data();
    }
    changed = true;
  }
  if (!changed) return {};
  if (int code = bpf_program__set_insns(program, insns.data(), insns.size()); code != 0) {
    return base::Error::system("packet filter: cannot put it into the program", -code);
  }
  return {};
}

}  // namespace gadgetry::bpf
