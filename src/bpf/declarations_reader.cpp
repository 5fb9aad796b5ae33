#include "bpf/declarations_reader.hpp"

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/strings.hpp"
#include "bpf/layout.hpp"

namespace gadgetry::bpf {
namespace {

using base::Error;
using base::Status;

constexpr std::string_view kTracer = "gadget_tracer_";
constexpr std::string_view kIter = "gadget_iter_";
constexpr std::string_view kSnapshotter = "gadget_snapshotter_";
constexpr std::string_view kMapIter = "gadget_mapiter_";
constexpr std::string_view kIterTarget = "gadget_mapelem_iter_target_";
constexpr std::string_view kSocketTarget = "gadget_sk_prog_target_";
constexpr std::string_view kParam = "gadget_param_";
constexpr std::string_view kIterType = "gadget_iter_type";
constexpr std::string_view kPartSeparator = "___";
constexpr std::string_view kRebuild = "correct the declaration and build the gadget again";

bool is_ring(uint32_t type) {
  return type == BPF_MAP_TYPE_RINGBUF || type == BPF_MAP_TYPE_PERF_EVENT_ARRAY;
}

std::vector<std::string> split_parts(std::string_view text) {
  std::vector<std::string> parts;
  for (size_t at = text.find(kPartSeparator); at != std::string_view::npos; at = text.find(kPartSeparator)) {
    parts.emplace_back(text.substr(0, at));
    text.remove_prefix(at + kPartSeparator.size());
  }
  parts.emplace_back(text);
  return parts;
}

// Reads the declarations of one object; keeps the object's parts by name while it does.
class Reader {
 public:
  Reader(bpf_object* object, const std::vector<Variable>& variables)
      : object_(object), types_(bpf_object__btf(object)), variables_(variables) {}
  base::Result<Declarations> run();

 private:
  void list_parts();
  Status read_variable(const btf_type* var, std::string_view name);
  Status read_macro(std::string_view name);
  Status add_tracer(const std::vector<std::string>& parts);
  Status add_iter(const std::vector<std::string>& parts);
  Status add_map_iter(const std::vector<std::string>& parts);
  Status add_iter_target(const std::vector<std::string>& parts);
  Status check_socket_target(const std::vector<std::string>& parts);
  void check_param(std::string_view variable);
  void add_conventions();
  void add_print_map(const MapDecl& map);
  void add_stats_map(const MapDecl& map, std::string_view name, bool is_histogram);
  void add_iter_type();

  std::string name_at(uint32_t offset) const {
    const char* name = btf__name_by_offset(types_, offset);
    return name == nullptr ? std::string() : std::string(name);
  }
  bool is_const_void_pointer(uint32_t id) const;
  std::string struct_name(
      uint32_t id) const;  // of a struct type, or of the typedef of an unnamed one; or empty
  bool is_slot_number(uint32_t id, bool is_value) const;
  const MapDecl* find_map(std::string_view name) const;
  const ProgramDecl* find_program(std::string_view name) const;
  Status check_source_name(std::string_view name) const;
  Status check_readable(const MapDecl& map, std::string_view who) const;
  void warn(std::string text) { out_.warnings.push_back(std::move(text)); }

  bpf_object* object_;
  const btf* types_;
  const std::vector<Variable>& variables_;
  Declarations out_;
  std::string iter_struct_;  // of gadget_iter_type
};

Error declaration_error(std::string_view who, std::string_view what) {
  return Error("eBPF object: " + base::printable(who) + ": " + std::string(what))
      .with_hint(std::string(kRebuild));
}

void Reader::list_parts() {
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object_) {
    out_.programs.push_back({bpf_program__name(program), bpf_program__section_name(program)});
  }
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object_) {
    if (bpf_map__is_internal(map)) continue;
    out_.maps.push_back({bpf_map__name(map), static_cast<uint32_t>(bpf_map__type(map)),
                         bpf_map__key_size(map), bpf_map__value_size(map), bpf_map__max_entries(map)});
  }
  for (const Variable& variable : variables_) out_.variables.push_back(variable.decl);
}

bool Reader::is_const_void_pointer(uint32_t id) const {
  const btf_type* pointer = btf__type_by_id(types_, id);
  if (pointer == nullptr || !btf_is_ptr(pointer)) return false;
  const btf_type* target = btf__type_by_id(types_, pointer->type);
  return target != nullptr && pointer->type != 0 && btf_is_const(target) && target->type == 0;
}

std::string Reader::struct_name(uint32_t id) const {
  std::string typedef_name;
  for (int step = 0; step < 64; step++) {
    const btf_type* type = btf__type_by_id(types_, id);
    if (type == nullptr || id == 0) return {};
    if (btf_is_composite(type)) {
      std::string name = name_at(type->name_off);
      return name.empty() ? typedef_name : name;
    }
    if (!btf_is_mod(type) && !btf_is_typedef(type)) return {};
    if (btf_is_typedef(type)) typedef_name = name_at(type->name_off);
    id = type->type;
  }
  return {};
}

const MapDecl* Reader::find_map(std::string_view name) const {
  auto it =
      std::find_if(out_.maps.begin(), out_.maps.end(), [&](const MapDecl& map) { return map.name == name; });
  return it == out_.maps.end() ? nullptr : &*it;
}

const ProgramDecl* Reader::find_program(std::string_view name) const {
  auto it = std::find_if(out_.programs.begin(), out_.programs.end(),
                         [&](const ProgramDecl& program) { return program.name == name; });
  return it == out_.programs.end() ? nullptr : &*it;
}

// Tracers, iterators and maps share one set of names: those of data sources.
Status Reader::check_source_name(std::string_view name) const {
  if (name.empty()) return declaration_error("a declaration", "the name of the data source is empty");
  const auto taken = [&](const auto& decls) {
    return std::any_of(decls.begin(), decls.end(), [&](const auto& decl) { return decl.name == name; });
  };
  if (!taken(out_.tracers) && !taken(out_.iters) && !taken(out_.map_iters)) return {};
  return declaration_error("data source " + std::string(name), "declared twice");
}

Status Reader::add_tracer(const std::vector<std::string>& parts) {
  if (parts.size() != 3) return declaration_error("GADGET_TRACER", "needs a name, a map and a struct");
  const std::string who = "tracer " + parts[0];
  GADGETRY_TRY(check_source_name(parts[0]));
  const MapDecl* map = find_map(parts[1]);
  if (map == nullptr) return declaration_error(who, "map " + base::printable(parts[1]) + " does not exist");
  if (!is_ring(map->type)) {
    return declaration_error(
        who, "map " + base::printable(parts[1]) + " is neither a ring buffer nor a perf event array");
  }
  if (find_struct(types_, parts[2]) == 0) {
    return declaration_error(who, "struct " + base::printable(parts[2]) + " does not exist");
  }
  out_.tracers.push_back({parts[0], parts[1], parts[2]});
  return {};
}

Status Reader::add_iter(const std::vector<std::string>& parts) {
  if (parts.size() < 3) return declaration_error("GADGET_ITER", "needs a name, a struct and a program");
  const std::string who = "iterator " + parts[0];
  if (std::any_of(out_.iters.begin(), out_.iters.end(),
                  [&](const IterDecl& d) { return d.name == parts[0]; })) {
    warn(base::printable(who) + " is declared twice; the second declaration is ignored");
    return {};
  }
  GADGETRY_TRY(check_source_name(parts[0]));
  if (find_struct(types_, parts[1]) == 0) {
    return declaration_error(who, "struct " + base::printable(parts[1]) + " does not exist");
  }
  IterDecl decl{parts[0], parts[1], {}};
  for (size_t i = 2; i < parts.size(); i++) {
    const ProgramDecl* program = find_program(parts[i]);
    if (program == nullptr)
      return declaration_error(who, "program " + base::printable(parts[i]) + " does not exist");
    if (!program->section.starts_with("iter/") && !program->section.starts_with("iter.s/")) {
      return declaration_error(who, "program " + base::printable(parts[i]) + " is not in a section iter/...");
    }
    decl.programs.push_back(parts[i]);
  }
  out_.iters.push_back(std::move(decl));
  return {};
}

Status Reader::check_readable(const MapDecl& map, std::string_view who) const {
  if (!is_readable_map(map.type))
    return declaration_error(who, "map " + map.name + " is neither a hash nor an array");
  const bpf_map* handle = bpf_object__find_map_by_name(object_, map.name.c_str());
  if (handle == nullptr || bpf_map__btf_key_type_id(handle) == 0 || bpf_map__btf_value_type_id(handle) == 0) {
    return declaration_error(who,
                             "map " + map.name + " has no types of key and value (use __type, not key_size)");
  }
  return {};
}

Status Reader::add_map_iter(const std::vector<std::string>& parts) {
  if (parts.size() != 2) return declaration_error("GADGET_MAPITER", "needs a name and a map");
  const std::string who = "map iterator " + parts[0];
  GADGETRY_TRY(check_source_name(parts[0]));
  const MapDecl* map = find_map(parts[1]);
  if (map == nullptr) return declaration_error(who, "map " + base::printable(parts[1]) + " does not exist");
  if (std::any_of(out_.map_iters.begin(), out_.map_iters.end(),
                  [&](const auto& d) { return d.map == parts[1]; })) {
    return declaration_error(who, "map " + base::printable(parts[1]) + " has a map iterator already");
  }
  GADGETRY_TRY(check_readable(*map, who));
  MapIterDecl decl;
  decl.name = parts[0];
  decl.map = parts[1];
  decl.is_per_cpu = is_per_cpu_map(map->type);
  out_.map_iters.push_back(std::move(decl));
  return {};
}

Status Reader::add_iter_target(const std::vector<std::string>& parts) {
  if (parts.size() != 2) return declaration_error("GADGET_ITER_TARGET_MAP", "needs a program and a map");
  const std::string who = "target map of program " + parts[0];
  if (find_program(parts[0]) == nullptr) return declaration_error(who, "the program does not exist");
  if (find_map(parts[1]) == nullptr) {
    return declaration_error(who, "map " + base::printable(parts[1]) + " does not exist");
  }
  if (std::any_of(out_.iter_targets.begin(), out_.iter_targets.end(),
                  [&](const IterTargetDecl& d) { return d.program == parts[0]; })) {
    return declaration_error(who, "declared twice");
  }
  out_.iter_targets.push_back({parts[0], parts[1]});
  return {};
}

// attach_socket_map() reads the declaration itself.
Status Reader::check_socket_target(const std::vector<std::string>& parts) {
  if (parts.size() != 2) return declaration_error("GADGET_SK_TARGET_MAP", "needs a program and a map");
  const std::string who = "target map of program " + parts[0];
  if (find_program(parts[0]) == nullptr) return declaration_error(who, "the program does not exist");
  const MapDecl* map = find_map(parts[1]);
  if (map == nullptr) return declaration_error(who, "map " + base::printable(parts[1]) + " does not exist");
  if (map->type != BPF_MAP_TYPE_SOCKMAP && map->type != BPF_MAP_TYPE_SOCKHASH) {
    return declaration_error(who, "map " + base::printable(parts[1]) + " holds no sockets");
  }
  return {};
}

void Reader::check_param(std::string_view variable) {
  if (std::any_of(variables_.begin(), variables_.end(),
                  [&](const auto& v) { return v.decl.name == variable; }))
    return;
  warn("parameter " + base::printable(variable) +
       " is ignored: no global `const volatile` variable is called so");
}

// `name` carries the parts after one of the prefixes.
Status Reader::read_macro(std::string_view name) {
  const auto parts_after = [&](std::string_view prefix) { return split_parts(name.substr(prefix.size())); };
  if (name.starts_with(kTracer)) return add_tracer(parts_after(kTracer));
  if (name.starts_with(kMapIter)) return add_map_iter(parts_after(kMapIter));
  if (name.starts_with(kIterTarget)) return add_iter_target(parts_after(kIterTarget));
  if (name.starts_with(kSocketTarget)) return check_socket_target(parts_after(kSocketTarget));
  if (name.starts_with(kIter)) return add_iter(parts_after(kIter));
  if (name.starts_with(kSnapshotter)) {
    const auto parts = parts_after(kSnapshotter);
    warn("GADGET_SNAPSHOTTER (" + base::printable(parts[0]) + ") is deprecated; use GADGET_ITER");
    return add_iter(parts);
  }
  if (name.starts_with(kParam)) check_param(name.substr(kParam.size()));
  return {};
}

Status Reader::read_variable(const btf_type* var, std::string_view name) {
  constexpr std::string_view kPrefixes[] = {kTracer,     kIter,         kSnapshotter, kMapIter,
                                            kIterTarget, kSocketTarget, kParam};
  if (name == kIterType) {
    const btf_type* pointer = btf__type_by_id(types_, var->type);
    if (pointer != nullptr && btf_is_ptr(pointer)) iter_struct_ = struct_name(pointer->type);
    if (iter_struct_.empty()) warn("gadget_iter_type is ignored: it is not a pointer to a struct");
    return {};
  }
  if (std::none_of(std::begin(kPrefixes), std::end(kPrefixes), [&](auto p) { return name.starts_with(p); }))
    return {};
  if (btf_var(var)->linkage != BTF_VAR_GLOBAL_ALLOCATED || !is_const_void_pointer(var->type)) {
    warn(base::printable(name) + " is ignored: it is not a global variable of type const void *");
    return {};
  }
  return read_macro(name);
}

void Reader::add_print_map(const MapDecl& map) {
  const std::string name = map.name.substr(std::string_view("print_").size());
  const auto declared = [&](const TracerDecl& decl) { return decl.map == map.name; };
  if (!is_ring(map.type) || std::any_of(out_.tracers.begin(), out_.tracers.end(), declared)) return;
  const bpf_map* handle = bpf_object__find_map_by_name(object_, map.name.c_str());
  const std::string type = handle == nullptr ? "" : struct_name(bpf_map__btf_value_type_id(handle));
  if (type.empty() || !check_source_name(name).ok()) {
    warn("map " + map.name + " is ignored: " +
         (type.empty() ? "its `value` type does not name the struct of an event"
                       : "its data source exists already"));
    return;
  }
  out_.tracers.push_back({name, map.name, type, true});
}

// One plain number for each slot: together they are a histogram.
bool Reader::is_slot_number(uint32_t id, bool is_value) const {
  const btf_type* type = btf__type_by_id(types_, resolve_type(types_, id));
  if (type == nullptr || !(btf_is_int(type) || btf_is_any_enum(type))) return false;
  return is_value ? type->size == 4 || type->size == 8 : type->size <= 8;
}

void Reader::add_stats_map(const MapDecl& map, std::string_view name, bool is_histogram) {
  const auto declared = [&](const MapIterDecl& decl) { return decl.map == map.name; };
  if (std::any_of(out_.map_iters.begin(), out_.map_iters.end(), declared)) return;
  Status usable = check_readable(map, "data source " + std::string(name));
  if (usable.ok()) usable = check_source_name(name);
  if (!usable.ok()) {
    warn("map " + map.name + " is ignored: " + usable.error().message);
    return;
  }
  const bpf_map* handle = bpf_object__find_map_by_name(object_, map.name.c_str());
  MapIterDecl decl;
  decl.name = name;
  decl.map = map.name;
  decl.by_convention = true;
  decl.is_histogram = is_histogram;
  decl.is_per_cpu = is_per_cpu_map(map.type);
  decl.is_slots = is_histogram && is_slot_number(bpf_map__btf_key_type_id(handle), false) &&
                  is_slot_number(bpf_map__btf_value_type_id(handle), true);
  out_.map_iters.push_back(std::move(decl));
}

// All iterator programs that no GADGET_ITER names write rows of that struct.
void Reader::add_iter_type() {
  if (iter_struct_.empty()) return;
  IterDecl decl{iter_struct_, iter_struct_, {}, true};
  for (const ProgramDecl& program : out_.programs) {
    const auto names_it = [&](const IterDecl& d) {
      return std::find(d.programs.begin(), d.programs.end(), program.name) != d.programs.end();
    };
    if (program.section.starts_with("iter/") &&
        std::none_of(out_.iters.begin(), out_.iters.end(), names_it)) {
      decl.programs.push_back(program.name);
    }
  }
  if (!decl.programs.empty() && check_source_name(decl.name).ok()) out_.iters.push_back(std::move(decl));
}

void Reader::add_conventions() {
  for (const MapDecl& map : out_.maps) {
    const std::string_view name = map.name;
    if (name.starts_with("print_")) add_print_map(map);
    if (name.starts_with("stats_") && map.type != BPF_MAP_TYPE_ARRAY &&
        map.type != BPF_MAP_TYPE_PERCPU_ARRAY) {
      add_stats_map(map, name.substr(6), false);
    }
    if (name.starts_with("hist_")) add_stats_map(map, name.substr(5), true);
  }
  add_iter_type();
}

base::Result<Declarations> Reader::run() {
  list_parts();
  for (uint32_t id = 1; types_ != nullptr && id < btf__type_cnt(types_); id++) {
    const btf_type* type = btf__type_by_id(types_, id);
    if (btf_is_var(type)) GADGETRY_TRY(read_variable(type, name_at(type->name_off)));
  }
  add_conventions();
  return std::move(out_);
}

}  // namespace

base::Result<Declarations> read_declarations(bpf_object* object, const std::vector<Variable>& variables) {
  return Reader(object, variables).run();
}

bool is_per_cpu_map(uint32_t map_type) {
  return map_type == BPF_MAP_TYPE_PERCPU_HASH || map_type == BPF_MAP_TYPE_LRU_PERCPU_HASH ||
         map_type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

bool is_readable_map(uint32_t map_type) {
  return is_per_cpu_map(map_type) || map_type == BPF_MAP_TYPE_HASH || map_type == BPF_MAP_TYPE_LRU_HASH ||
         map_type == BPF_MAP_TYPE_ARRAY;
}

}  // namespace gadgetry::bpf
