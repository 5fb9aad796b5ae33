#include "bpf/struct_ops.hpp"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <elf.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/log.hpp"
#include "base/scope.hpp"
#include "base/strings.hpp"
#include "bpf/attach_families.hpp"
#include "bpf/bpf_link_create.hpp"
#include "bpf/kernel_abi.hpp"
#include "bpf/kernel_btf.hpp"
#include "bpf/libbpf_log.hpp"

namespace gadgetry::bpf {
namespace {

constexpr std::string_view kSection = ".struct_ops";
constexpr std::string_view kLinkSection = ".struct_ops.link";

std::string quoted(std::string_view name) {
  return "'" + base::printable(name) + "'";
}

bool is_table(const bpf_map* map) {
  return bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS;
}

// The structs in the section, by the names of their variables: libbpf tells neither.
std::string struct_of(const bpf_object* object, std::string_view variable) {
  const btf* types = bpf_object__btf(object);
  int32_t id = btf__find_by_name_kind(types, std::string(variable).c_str(), BTF_KIND_VAR);
  const btf_type* var = id < 0 ? nullptr : btf__type_by_id(types, static_cast<uint32_t>(id));
  int32_t type = var == nullptr ? -1 : btf__resolve_type(types, var->type);
  const btf_type* table = type < 0 ? nullptr : btf__type_by_id(types, static_cast<uint32_t>(type));
  const char* name = table == nullptr ? nullptr : btf__name_by_offset(types, table->name_off);
  return name == nullptr ? std::string() : std::string(name);
}

std::vector<bpf_program*> table_programs(bpf_object* object) {
  std::vector<bpf_program*> out;
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object) {
    const ProgramFamily* family = find_family(bpf_program__section_name(program));
    if (family != nullptr && family->family == Family::kStructOps) out.push_back(program);
  }
  return out;
}

// Part of an ELF file, or nothing when it says that it is where there are no bytes.
template <typename Byte>
std::span<Byte> part(std::span<Byte> file, uint64_t offset, uint64_t size) {
  if (offset > file.size() || size > file.size() - offset) return {};
  return file.subspan(offset, size);
}

struct Sections {
  std::vector<Elf64_Shdr> headers;
  uint32_t names = 0;  // index of the section with their names
};

Sections read_sections(std::span<const std::byte> elf) {
  Sections out;
  Elf64_Ehdr header{};
  if (elf.size() < sizeof(header)) return out;
  std::memcpy(&header, elf.data(), sizeof(header));
  auto table = part(elf, header.e_shoff, uint64_t{header.e_shnum} * sizeof(Elf64_Shdr));
  out.headers.resize(table.size() / sizeof(Elf64_Shdr));
  if (!table.empty()) std::memcpy(out.headers.data(), table.data(), out.headers.size() * sizeof(Elf64_Shdr));
  out.names = header.e_shstrndx;
  if (out.names >= out.headers.size()) out.headers.clear();
  return out;
}

std::string_view name_of(std::span<const std::byte> names, uint32_t at) {
  if (at >= names.size()) return {};
  const char* begin = reinterpret_cast<const char*>(names.data()) + at;
  return {begin, strnlen(begin, names.size() - at)};
}

// Ends each text ".struct_ops.link" after ".struct_ops".
void shorten(std::span<std::byte> texts) {
  std::string_view all(reinterpret_cast<const char*>(texts.data()), texts.size());
  const std::string wanted = std::string(kLinkSection) + '\0';
  for (size_t at = all.find(wanted); at != std::string_view::npos;
       at = all.find(wanted, at + wanted.size())) {
    texts[at + kSection.size()] = std::byte{0};
  }
}

// Are the functions of a table that this object lacks, or could be left out, all optional?
bool all_optional(const std::vector<bpf_program*>& programs, const std::vector<AttachTarget>& targets) {
  return std::all_of(programs.begin(), programs.end(), [&](const bpf_program* program) {
    return std::any_of(targets.begin(), targets.end(), [&](const AttachTarget& target) {
      return target.optional && target.program == bpf_program__name(program);
    });
  });
}

base::Error register_error(const std::string& name, const std::string& type, int code) {
  base::Error error = base::Error::system(
      "struct_ops " + quoted(name) + " (" + base::printable(type) + "): cannot register it", code);
  if (code == EEXIST)
    error.hint =
        "the kernel has one of that name: end the program that holds it, or bpftool struct_ops unregister";
  if (code == EINVAL)
    error.hint = "an operation that the kernel insists on may be missing, or its name is not allowed";
  if (code == EBUSY) error.hint = "there may be only one of this kind, and there is one";
  return error;
}

base::Result<Link> attach_table(const bpf_object* object, bpf_map* map) {
  std::string name = bpf_map__name(map);
  std::string type = struct_of(object, name);
  LibbpfLog log;
  bpf_link* made = bpf_map__attach_struct_ops(map);
  if (made == nullptr) return register_error(name, type, errno);
  if ((bpf_map__map_flags(map) & kMapLink) == 0) {
    return Link(name, "struct_ops " + type, [made] { bpf_link__destroy(made); });
  }
  // Filling the table was the first half; libbpf would take it for the whole.
  bpf_link__disconnect(made);
  bpf_link__destroy(made);
  auto link = create_struct_ops_link(bpf_map__fd(map));
  if (!link.ok()) return register_error(name, type, link.error().errno_value);
  return Link(name, "struct_ops " + type, std::move(link).value());
}

}  // namespace

base::Result<std::optional<std::string>> plain_struct_ops(std::span<const std::byte> elf) {
  Sections sections = read_sections(elf);
  if (sections.headers.empty()) return std::optional<std::string>();
  const Elf64_Shdr& names = sections.headers[sections.names];
  auto texts = part(elf, names.sh_offset, names.sh_size);
  bool has_plain = false;
  bool has_link = false;
  for (const Elf64_Shdr& header : sections.headers) {
    has_plain = has_plain || name_of(texts, header.sh_name) == kSection;
    has_link = has_link || name_of(texts, header.sh_name) == kLinkSection;
  }
  if (!has_link) return std::optional<std::string>();
  if (has_plain) {
    return base::Error("eBPF object: it has both .struct_ops and .struct_ops.link")
        .with_hint("put all tables into SEC(\".struct_ops.link\")");
  }
  std::string copy(reinterpret_cast<const char*>(elf.data()), elf.size());
  std::span<std::byte> bytes = std::as_writable_bytes(std::span(copy));
  for (const Elf64_Shdr& header : sections.headers) {
    if (name_of(texts, header.sh_name) == ".BTF") shorten(part(bytes, header.sh_offset, header.sh_size));
  }
  shorten(part(bytes, names.sh_offset, names.sh_size));
  return std::optional(std::move(copy));
}

base::Status prepare_struct_ops(bpf_object* object, const std::vector<AttachTarget>& targets) {
  KernelBtf& kernel = KernelBtf::own();
  const base::ScopeExit release([&] { kernel.release(); });
  std::vector<bpf_program*> programs;
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    if (!is_table(map)) continue;
    std::string type = struct_of(object, bpf_map__name(map));
    if (!kernel.available()) {
      return base::Error("struct_ops " + quoted(bpf_map__name(map)) + ": the kernel has no type information")
          .with_hint("it needs CONFIG_DEBUG_INFO_BTF=y");
    }
    if (kernel.has(KernelType::kStruct, "bpf_struct_ops_" + type)) {
      bool has_links = kernel.has(KernelType::kFunction, "bpf_struct_ops_link_create");
      if (has_links) bpf_map__set_map_flags(map, bpf_map__map_flags(map) | kMapLink);
      continue;
    }
    if (programs.empty()) programs = table_programs(object);
    base::Error missing("this kernel lets no program fill a struct " + base::printable(type),
                        base::ErrorKind::kNotFound);
    if (type == "sched_ext_ops") missing.hint = "it came with Linux 6.12 and needs CONFIG_SCHED_CLASS_EXT=y";
    if (programs.empty() || !all_optional(programs, targets))
      return std::move(missing).context("struct_ops " + quoted(bpf_map__name(map)));
    // libbpf looks at every map of this type, whether it is to be made or not.
    bpf_map__set_type(map, BPF_MAP_TYPE_ARRAY);
    bpf_map__set_autocreate(map, false);
    for (bpf_program* program : programs) {
      base::log_warning(left_out_text(program, missing));
      bpf_program__set_autoload(program, false);
    }
  }
  return {};
}

base::Result<std::vector<Link>> attach_struct_ops(bpf_object* object) {
  std::vector<Link> links;
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    if (!is_table(map) || bpf_map__fd(map) < 0) continue;
    GADGETRY_ASSIGN(Link link, attach_table(object, map));
    links.push_back(std::move(link));
  }
  return links;
}

}  // namespace gadgetry::bpf
