#include "bpf/object.hpp"

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/limits.hpp"
#include "base/scope.hpp"
#include "base/strings.hpp"
#include "bpf/core_relocations.hpp"
#include "bpf/core_types.hpp"
#include "bpf/declarations_reader.hpp"
#include "bpf/elf_check.hpp"
#include "bpf/kernel_btf.hpp"
#include "bpf/layout.hpp"
#include "bpf/libbpf_log.hpp"
#include "bpf/packet_filter.hpp"
#include "bpf/struct_ops.hpp"

namespace gadgetry::bpf {
namespace {

using base::Error;
using base::Status;

constexpr uint32_t kHashSlots = 65;  // floor(log2(v)) + 1 of a 64-bit number: 0 to 64
constexpr std::string_view kEntriesSuffix = "_max_entries";

uint32_t round_up(uint32_t value, uint32_t to) {
  return (value + to - 1) / to * to;
}

// What may stand in the name of a map; libbpf puts its beginning in front of ".rodata".
std::string map_safe(std::string_view name) {
  std::string out;
  for (char c : name.substr(0, 32)) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    out.push_back(plain ? c : '_');
  }
  return out.empty() ? "gadget" : out;
}

// As a number: an object may name a type that is not in the enum.
uint32_t map_type(const bpf_map* map) {
  return static_cast<uint32_t>(bpf_map__type(map));
}

// By the plain naming convention the `value` of a ring is the type of an event; the kernel wants no sizes
// (ring buffer) or those of a file descriptor (perf event array).
void fix_ring_sizes(bpf_object* object) {
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    const uint32_t type = map_type(map);
    if (type != BPF_MAP_TYPE_RINGBUF && type != BPF_MAP_TYPE_PERF_EVENT_ARRAY) continue;
    const uint32_t size = type == BPF_MAP_TYPE_RINGBUF ? 0 : 4;
    bpf_map__set_key_size(map, size);
    bpf_map__set_value_size(map, size);
  }
}

uint32_t struct_size(const btf* types, uint32_t id) {
  const int64_t size = btf__resolve_size(types, id);
  return size < 0 ? 0 : static_cast<uint32_t>(size);
}

base::Result<std::unique_ptr<data::DataSource>> struct_source(const btf* types, const std::string& name,
                                                              const std::string& struct_name,
                                                              data::SourceType type, bool bytes_are_text) {
  const uint32_t id = find_struct(types, struct_name);
  if (id == 0)
    return Error("data source " + name + ": struct " + struct_name + " does not exist in the eBPF object");
  auto source = std::make_unique<data::DataSource>(name, type);
  LayoutOptions options;
  options.bytes_are_text = bytes_are_text;
  auto added = add_struct_fields(types, id, options, *source);
  KernelBtf::instance().release();
  if (!added.ok()) return std::move(added).error();
  source->set_sample_size(struct_size(types, id));
  return source;
}

// The members of a struct, or one field for another type, at an offset of the sample.
Status add_part(const btf* types, uint32_t id, std::string_view name, const LayoutOptions& options,
                data::DataSource& source) {
  const btf_type* type = btf__type_by_id(types, resolve_type(types, id));
  if (type != nullptr && btf_is_composite(type)) return add_struct_fields(types, id, options, source);
  return add_value_field(types, id, name, options, source);
}

Status add_number_field(data::DataSource& source, std::string_view name, uint32_t offset, uint32_t size,
                        uint32_t count) {
  data::Field field;
  field.name = name;
  field.kind = size == 8 ? data::Kind::kUint64 : data::Kind::kUint32;
  field.offset = offset;
  field.size = size * std::max(count, 1u);
  field.flags = data::kFlagStaticMember;
  field.tags = {"name:" + std::string(name), "src:ebpf"};
  if (count > 0) {
    field.is_array = true;
    field.count = count;
    field.stride = size;
    field.tags.insert(field.tags.begin(),
                      size == 8 ? "type:gadget_histogram_slot__u64" : "type:gadget_histogram_slot__u32");
  }
  GADGETRY_TRY(source.add_field(std::move(field)));
  return {};
}

}  // namespace

namespace {

// What libbpf is to relocate by, when it shall not read the types of the kernel as they are.
struct RelocationTypes {
  std::optional<base::Fd> file;
  bool are_missing = false;
};

base::Result<RelocationTypes> relocation_types(std::span<const std::byte> elf, const OpenOptions& options) {
  KernelBtf& kernel = KernelBtf::instance();
  const base::ScopeExit release([&] { kernel.release(); });
  RelocationTypes out;
  out.file = make_core_types(elf, kernel);
  if (out.file || core_relocations(elf).empty()) return out;
  if (kernel.available()) {
    // libbpf looks at the kernel's own file only.
    if (KernelBtf::is_chosen_by_user()) out.file = types_in_memory(base::as_text(kernel.bytes()));
    return out;
  }
  out.are_missing = options.archive_types.empty();
  if (out.are_missing) return out;
  auto checked = check_btf(base::as_bytes(options.archive_types));
  if (!checked.ok()) return std::move(checked).error().context("BTF archive: the types of this kernel");
  out.file = types_in_memory(options.archive_types);
  return out;
}

}  // namespace

base::Result<std::unique_ptr<Object>> Object::open(std::string_view name, std::span<const std::byte> elf,
                                                   const OpenOptions& open_options) {
  GADGETRY_TRY(check_object(elf));
  std::vector<uint64_t> aligned;  // libelf and libbpf read structs in place
  if (reinterpret_cast<uintptr_t>(elf.data()) % alignof(uint64_t) != 0) {
    aligned.resize(elf.size() / sizeof(uint64_t) + 1);
    std::memcpy(aligned.data(), elf.data(), elf.size());
    elf = {reinterpret_cast<const std::byte*>(aligned.data()), elf.size()};
  }
  GADGETRY_ASSIGN(const auto renamed, plain_struct_ops(elf));
  if (renamed) elf = {reinterpret_cast<const std::byte*>(renamed->data()), renamed->size()};
  const std::string map_prefix = map_safe(name);
  bpf_object_open_opts options{};
  options.sz = sizeof(options);
  options.object_name = map_prefix.c_str();
  GADGETRY_ASSIGN(RelocationTypes types, relocation_types(elf, open_options));
  std::string core_types_path;
  if (types.file) {
    core_types_path = "/proc/self/fd/" + std::to_string(types.file->get());
    options.btf_custom_path = core_types_path.c_str();
  }
  prepare_packet_filters(elf);
  LibbpfLog log;
  bpf_object* handle = bpf_object__open_mem(elf.data(), elf.size(), &options);
  if (handle == nullptr) {
    const int code = errno;
    std::string why = log.first_line();
    if (why.empty()) why = std::strerror(code);
    return Error("eBPF object: " + why).with_hint("build or pull the image again");
  }
  std::unique_ptr<Object> object(new Object(std::string(name), handle));
  if (types.file) object->core_types_ = std::move(*types.file);
  object->lacks_kernel_types_ = types.are_missing;
  if (bpf_object__btf(handle) == nullptr) {
    return Error("eBPF object: libbpf does not understand its BTF")
        .with_hint("build or pull the image again");
  }
  fix_ring_sizes(handle);
  object->variables_ = find_variables(handle);
  GADGETRY_ASSIGN(object->declarations_, read_declarations(handle, object->variables_));
  return object;
}

Object::~Object() {
  LibbpfLog log;
  bpf_object__close(object_);
}

const btf* Object::types() const {
  return bpf_object__btf(object_);
}

base::Result<std::unique_ptr<data::DataSource>> Object::make_source(const TracerDecl& decl) const {
  return struct_source(types(), decl.name, decl.struct_name, data::SourceType::kSingle, decl.by_convention);
}

base::Result<std::unique_ptr<data::DataSource>> Object::make_source(const IterDecl& decl) const {
  return struct_source(types(), decl.name, decl.struct_name, data::SourceType::kArray, decl.by_convention);
}

base::Result<MapLayout> Object::map_layout(const MapIterDecl& decl, PerCpu per_cpu) const {
  const bpf_map* map = bpf_object__find_map_by_name(object_, decl.map.c_str());
  if (map == nullptr) return Error("data source " + decl.name + ": map " + decl.map + " does not exist");
  MapLayout layout;
  layout.key_size = bpf_map__key_size(map);
  layout.value_size = bpf_map__value_size(map);
  if (layout.key_size == 0 || layout.value_size == 0 || layout.key_size > limits::kSampleBytes ||
      layout.value_size > limits::kSampleBytes) {
    return Error("data source " + decl.name + ": map " + decl.map + " has keys or values of a strange size");
  }
  uint64_t end = 0;
  if (decl.is_slots) {
    const bool is_array = map_type(map) == BPF_MAP_TYPE_ARRAY || map_type(map) == BPF_MAP_TYPE_PERCPU_ARRAY;
    layout.slots = is_array ? bpf_map__max_entries(map) : std::min(bpf_map__max_entries(map), kHashSlots);
    end = uint64_t{layout.slots} * layout.value_size;
  } else {
    layout.value_offset = round_up(layout.key_size, 8);
    end = uint64_t{layout.value_offset} + layout.value_size;
  }
  if (end > limits::kSampleBytes || layout.slots > limits::kArrayElements ||
      (decl.is_slots && layout.slots == 0)) {
    return Error("data source " + decl.name + ": map " + decl.map + " has no entries, or too large ones");
  }
  layout.sample_size = static_cast<uint32_t>(end);
  if (decl.is_per_cpu && per_cpu == PerCpu::kShow) {
    layout.cpu_offset = round_up(layout.sample_size, 4);
    layout.sample_size = layout.cpu_offset + 4;
  }
  return layout;
}

base::Result<std::unique_ptr<data::DataSource>> Object::make_source(const MapIterDecl& decl,
                                                                    PerCpu per_cpu) const {
  GADGETRY_ASSIGN(const MapLayout layout, map_layout(decl, per_cpu));
  const bpf_map* map = bpf_object__find_map_by_name(object_, decl.map.c_str());
  const uint32_t key = bpf_map__btf_key_type_id(map);
  const uint32_t value = bpf_map__btf_value_type_id(map);
  if (struct_size(types(), key) != layout.key_size || struct_size(types(), value) != layout.value_size) {
    return Error("data source " + decl.name + ": map " + decl.map +
                 ": the sizes of key or value differ from their types");
  }
  auto source = std::make_unique<data::DataSource>(decl.name, data::SourceType::kArray);
  source->set_sample_size(layout.sample_size);
  if (decl.is_slots) {
    GADGETRY_TRY(add_number_field(*source, decl.name, layout.value_offset, layout.value_size, layout.slots));
  } else {
    LayoutOptions options;
    options.bytes_are_text = decl.by_convention;
    options.extra_tags = {"role:key"};
    GADGETRY_TRY(add_part(types(), key, "key", options, *source));
    options.extra_tags.clear();
    options.base_offset = layout.value_offset;
    GADGETRY_TRY(add_part(types(), value, "value", options, *source));
    KernelBtf::instance().release();
  }
  if (layout.cpu_offset != 0) GADGETRY_TRY(add_number_field(*source, "cpu", layout.cpu_offset, 4, 0));
  return source;
}

const Variable* Object::find_variable(std::string_view variable) const {
  auto it = std::find_if(variables_.begin(), variables_.end(),
                         [&](const auto& v) { return v.decl.name == variable; });
  return it == variables_.end() ? nullptr : &*it;
}

namespace {

Error unknown_variable(std::string_view name, const std::vector<Variable>& variables) {
  std::vector<std::string> names;
  for (const Variable& variable : variables) names.push_back(variable.decl.name);
  Error error("variable " + base::printable(name) + " does not exist in the eBPF object",
              base::ErrorKind::kNotFound);
  const std::string near = base::closest(name, names);
  return std::move(error).with_hint(near.empty() ? "it must be a global `const volatile` variable"
                                                 : "did you mean " + near + "?");
}

}  // namespace

Status Object::set_variable(std::string_view variable, std::string_view text) {
  const Variable* found = find_variable(variable);
  if (found == nullptr) return unknown_variable(variable, variables_);
  auto set = set_from_text(*found, text);
  if (set.ok()) return {};
  return std::move(set).error().context("variable " + std::string(variable) + ": value " +
                                        base::printable(text));
}

base::Result<std::string> Object::variable_text(std::string_view variable) const {
  const Variable* found = find_variable(variable);
  if (found == nullptr) return unknown_variable(variable, variables_);
  return variable_to_text(*found);
}

Status Object::apply_max_entries() {
  for (const Variable& variable : variables_) {
    const std::string& name = variable.decl.name;
    if (!name.ends_with(kEntriesSuffix)) continue;
    const std::string map_name = name.substr(0, name.size() - kEntriesSuffix.size());
    bpf_map* map = bpf_object__find_map_by_name(object_, map_name.c_str());
    if (map == nullptr) continue;
    const auto entries = base::parse_int<uint32_t>(variable_to_text(variable));
    if (!entries.has_value() || *entries == 0) {
      return Error::usage("variable " + name + ": map " + map_name +
                          " needs at least one entry and fewer than 2^32");
    }
    const int code = bpf_map__set_max_entries(map, *entries);
    if (code != 0) return Error::system("map " + map_name + ": set the number of entries", -code);
    for (MapDecl& decl : declarations_.maps) {
      if (decl.name == map_name) decl.max_entries = *entries;
    }
  }
  return {};
}

}  // namespace gadgetry::bpf
