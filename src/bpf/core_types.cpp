#include "bpf/core_types.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "bpf/btf_view.hpp"
#include "bpf/core_relocations.hpp"

namespace gadgetry::bpf {
namespace {

// Where each type starts; number 0 is void.
std::vector<uint32_t> type_offsets(const BtfView& view) {
  std::vector<uint32_t> out = {0};
  for (uint64_t at = 0; at < view.type_bytes();) {
    const uint64_t size = view.type_size(at);
    if (size == 0) break;
    out.push_back(static_cast<uint32_t>(at));
    at += size;
  }
  return out;
}

struct Wanted {
  std::string_view name;
  uint32_t kind = 0;
  bool found = false;
};

bool same_kind(uint32_t a, uint32_t b) {
  auto plain = [](uint32_t kind) { return kind == BTF_KIND_ENUM64 ? uint32_t{BTF_KIND_ENUM} : kind; };
  return plain(a) == plain(b);
}

// The types at the roots of the relocations. None: the cut would not do, because the number of a type is
// asked for, which is another in the cut, or because whole types are compared, through pointers too.
std::optional<std::vector<Wanted>> wanted_types(std::span<const std::byte> elf, bool numbers_matter) {
  std::vector<Wanted> out;
  const auto relocations = core_relocations(elf);
  if (relocations.empty()) return out;
  const BtfView view(find_elf_section(elf, ".BTF"));
  const std::vector<uint32_t> offsets = type_offsets(view);
  std::vector<bool> seen(offsets.size());
  for (const CoreRelocation& one : relocations) {
    if (one.kind == CoreKind::kTypeIdTarget && numbers_matter) return std::nullopt;
    if (one.kind >= CoreKind::kTypeMatches) return std::nullopt;
    if (seen[one.type]) continue;
    seen[one.type] = true;
    if (one.type == 0) return std::nullopt;
    const auto type = view.read<btf_type>(offsets[one.type]);
    const uint32_t kind = BTF_INFO_KIND(type.info);
    const std::string_view name = essential_name(view.string(type.name_off));
    const bool plain = kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION || kind == BTF_KIND_ENUM ||
                       kind == BTF_KIND_ENUM64 || kind == BTF_KIND_TYPEDEF;
    if (!plain || name.empty()) return std::nullopt;
    out.push_back({name, kind});
  }
  return out;
}

// Types picked from a BTF, with all they consist of, under new numbers. What pointers point to is left out:
// no relocation looks through a pointer.
class Cut {
 public:
  explicit Cut(const BtfView& from) : from_(from), offsets_(type_offsets(from)), numbers_(offsets_.size()) {}

  // Picks every type that has a wanted name; false when one of the names is not there.
  bool pick(std::vector<Wanted>& wanted) {
    std::array<std::vector<Wanted*>, 256> by_letter;  // nearly all types differ in the first letter
    for (Wanted& one : wanted) by_letter[static_cast<unsigned char>(one.name[0])].push_back(&one);
    for (uint32_t id = 1; id < offsets_.size(); id++) {
      const auto type = from_.read<btf_type>(offsets_[id]);
      if (type.name_off == 0 || type.name_off >= from_.string_bytes()) continue;
      const char* name = from_.raw_string(type.name_off);
      for (Wanted* one : by_letter[static_cast<unsigned char>(name[0])]) {
        if (!same_kind(one->kind, BTF_INFO_KIND(type.info))) continue;
        if (std::strncmp(name, one->name.data(), one->name.size()) != 0) continue;
        if (essential_name(name) != one->name) continue;
        one->found = true;
        add(id);
      }
    }
    for (const Wanted& one : wanted) {
      if (!one.found) return false;
    }
    return true;
  }

  // The BTF of what was picked.
  std::string bytes() {
    for (size_t i = 0; i < picked_.size(); i++) emit(picked_[i]);  // grows while it runs
    btf_header header{};
    header.magic = BTF_MAGIC;
    header.version = BTF_VERSION;
    header.hdr_len = sizeof(header);
    header.type_len = static_cast<uint32_t>(types_.size());
    header.str_off = header.type_len;
    header.str_len = static_cast<uint32_t>(strings_.size());
    std::string out(reinterpret_cast<const char*>(&header), sizeof(header));
    return out + types_ + strings_;
  }

 private:
  // The new number of a type, which is picked if it was not.
  uint32_t add(uint32_t id) {
    if (id == 0 || id >= offsets_.size()) return 0;
    if (numbers_[id] == 0) {
      picked_.push_back(id);
      numbers_[id] = static_cast<uint32_t>(picked_.size());
    }
    return numbers_[id];
  }

  uint32_t name(uint32_t offset) {
    if (offset == 0 || offset >= from_.string_bytes()) return 0;
    const auto at = static_cast<uint32_t>(strings_.size());
    strings_.append(from_.string(offset));
    strings_.push_back('\0');
    return at;
  }

  template <typename T>
  void put(const T& value) {
    types_.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }

  template <typename T, typename Change>
  void put_list(uint64_t at, uint32_t count, const Change& change) {
    for (uint32_t i = 0; i < count; i++) {
      auto entry = from_.read<T>(at + uint64_t{i} * sizeof(T));
      entry.name_off = name(entry.name_off);
      change(entry);
      put(entry);
    }
  }

  void emit(uint32_t id) {
    const uint64_t at = offsets_[id];
    const uint64_t behind = at + sizeof(btf_type);
    auto type = from_.read<btf_type>(at);
    type.name_off = name(type.name_off);
    const uint32_t count = BTF_INFO_VLEN(type.info);
    const auto keep = [](auto&) {};
    switch (BTF_INFO_KIND(type.info)) {
      case BTF_KIND_PTR:
        type.type = 0;
        put(type);
        break;
      case BTF_KIND_TYPEDEF:
      case BTF_KIND_VOLATILE:
      case BTF_KIND_CONST:
      case BTF_KIND_RESTRICT:
      case BTF_KIND_TYPE_TAG:
        type.type = add(type.type);
        put(type);
        break;
      case BTF_KIND_INT:
        put(type);
        put(from_.read<uint32_t>(behind));
        break;
      case BTF_KIND_ARRAY: {
        put(type);
        auto array = from_.read<btf_array>(behind);
        array.type = add(array.type);
        array.index_type = add(array.index_type);
        put(array);
        break;
      }
      case BTF_KIND_STRUCT:
      case BTF_KIND_UNION:
        put(type);
        put_list<btf_member>(behind, count, [this](btf_member& member) { member.type = add(member.type); });
        break;
      case BTF_KIND_ENUM:
        put(type);
        put_list<btf_enum>(behind, count, keep);
        break;
      case BTF_KIND_ENUM64:
        put(type);
        put_list<btf_enum64>(behind, count, keep);
        break;
      case BTF_KIND_FWD:
      case BTF_KIND_FLOAT:
        put(type);
        break;
      default:  // functions and variables: reached through a typedef at most, and no part of any value
        type.info = uint32_t{BTF_KIND_FWD} << 24;
        type.type = 0;
        put(type);
        break;
    }
  }

  const BtfView& from_;
  std::vector<uint32_t> offsets_;
  std::vector<uint32_t> numbers_;  // new numbers by old ones, 0 for what is not picked
  std::vector<uint32_t> picked_;   // old numbers in the new order
  std::string types_;
  std::string strings_ = std::string(1, '\0');
};

}  // namespace

std::optional<base::Fd> make_core_types(std::span<const std::byte> elf, KernelBtf& kernel) {
  if (!kernel.available()) return std::nullopt;
  auto wanted = wanted_types(elf, true);
  if (!wanted || wanted->empty()) return std::nullopt;
  const BtfView types(kernel.bytes());
  Cut cut(types);
  if (!cut.pick(*wanted)) return std::nullopt;
  return types_in_memory(cut.bytes());
}

std::string cut_for_archive(std::span<const std::byte> elf, std::span<const std::byte> btf) {
  auto wanted = wanted_types(elf, false);
  if (!wanted) return std::string(base::as_text(btf));
  if (wanted->empty()) return {};
  const BtfView types(btf);
  Cut cut(types);
  (void)cut.pick(*wanted);  // what this kernel does not have is missing from its cut as well
  return cut.bytes();
}

std::optional<base::Fd> types_in_memory(std::string_view btf) {
  base::Fd file(::memfd_create("core_types", MFD_CLOEXEC));
  if (!file || !base::write_all(file.get(), btf, "core types").ok()) return std::nullopt;
  return file;
}

}  // namespace gadgetry::bpf
