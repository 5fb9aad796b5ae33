// Which CO-RE relocations have an answer in given types: by names, as libbpf looks for them.
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/strings.hpp"
#include "bpf/btf_view.hpp"
#include "bpf/core_relocations.hpp"

namespace gadgetry::bpf {
namespace {

// A BTF whose types are reached by their numbers.
class Types {
 public:
  explicit Types(std::span<const std::byte> btf) : view_(btf) {
    for (uint64_t at = 0; at < view_.type_bytes();) {
      const uint64_t size = view_.type_size(at);
      if (size == 0) break;
      offsets_.push_back(static_cast<uint32_t>(at));
      at += size;
    }
  }

  uint32_t count() const { return static_cast<uint32_t>(offsets_.size()); }
  btf_type type(uint32_t id) const {
    return id == 0 || id >= offsets_.size() ? btf_type{} : view_.read<btf_type>(offsets_[id]);
  }
  uint32_t kind(uint32_t id) const { return BTF_INFO_KIND(type(id).info); }
  std::string_view text(uint32_t offset) const {
    return offset < view_.string_bytes() ? view_.string(offset) : std::string_view();
  }
  std::string_view name(uint32_t id) const { return text(type(id).name_off); }
  uint32_t members(uint32_t id) const { return BTF_INFO_VLEN(type(id).info); }
  btf_member member(uint32_t id, uint32_t i) const { return entry<btf_member>(id, i); }
  btf_array array(uint32_t id) const { return entry<btf_array>(id, 0); }
  std::string_view enumerator(uint32_t id, uint32_t i) const {
    return kind(id) == BTF_KIND_ENUM64 ? text(entry<btf_enum64>(id, i).name_off)
                                       : text(entry<btf_enum>(id, i).name_off);
  }
  // Without typedefs, const and the like.
  uint32_t plain(uint32_t id) const {
    for (int depth = 0; depth < 64; depth++) {
      switch (kind(id)) {
        case BTF_KIND_TYPEDEF:
        case BTF_KIND_VOLATILE:
        case BTF_KIND_CONST:
        case BTF_KIND_RESTRICT:
        case BTF_KIND_TYPE_TAG:
          id = type(id).type;
          break;
        default:
          return id;
      }
    }
    return 0;
  }

 private:
  template <typename T>
  T entry(uint32_t id, uint32_t i) const {
    return view_.read<T>(uint64_t{offsets_[id]} + sizeof(btf_type) + uint64_t{i} * sizeof(T));
  }

  BtfView view_;
  std::vector<uint32_t> offsets_ = {0};
};

bool is_composite(uint32_t kind) {
  return kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION;
}
bool is_enum(uint32_t kind) {
  return kind == BTF_KIND_ENUM || kind == BTF_KIND_ENUM64;
}

// The way to a field as names; an empty name is an element of an array.
using Path = std::vector<std::string_view>;

std::optional<Path> field_path(const Types& types, uint32_t root, std::string_view access) {
  Path path;
  uint32_t at = types.plain(root);
  const auto steps = base::split(access, ':');
  for (size_t i = 1; i < steps.size(); i++) {  // the first counts elements behind the root
    const uint32_t index = base::parse_int<uint32_t>(steps[i]).value_or(UINT32_MAX);
    if (types.kind(at) == BTF_KIND_ARRAY) {
      path.emplace_back();
      at = types.plain(types.array(at).type);
    } else if (is_composite(types.kind(at)) && index < types.members(at)) {
      const btf_member member = types.member(at, index);
      if (member.name_off != 0) path.push_back(types.text(member.name_off));
      at = types.plain(member.type);
    } else {
      return std::nullopt;
    }
  }
  return path;
}

bool has_path(const Types& types, uint32_t id, std::span<const std::string_view> path, int depth = 0) {
  if (path.empty()) return true;
  id = types.plain(id);
  if (path[0].empty()) {
    return types.kind(id) == BTF_KIND_ARRAY && has_path(types, types.array(id).type, path.subspan(1), depth);
  }
  if (!is_composite(types.kind(id)) || depth > 32) return false;
  for (uint32_t i = 0; i < types.members(id); i++) {
    const btf_member member = types.member(id, i);
    const bool anonymous = member.name_off == 0;
    if (anonymous && has_path(types, member.type, path, depth + 1)) return true;
    if (!anonymous && types.text(member.name_off) == path[0] &&
        has_path(types, member.type, path.subspan(1), depth + 1)) {
      return true;
    }
  }
  return false;
}

const char* kind_name(uint32_t kind) {
  if (kind == BTF_KIND_STRUCT) return "struct ";
  if (kind == BTF_KIND_UNION) return "union ";
  return is_enum(kind) ? "enum " : "type ";
}

std::string field_text(const Path& path) {
  std::string out;
  for (std::string_view name : path) {
    if (name.empty()) {
      out += "[]";
    } else {
      out += (out.empty() ? "" : ".") + std::string(name);
    }
  }
  return out;
}

class Resolver {
 public:
  Resolver(std::span<const std::byte> elf, std::span<const std::byte> target)
      : relocations_(core_relocations(elf)), own_(find_elf_section(elf, ".BTF")), target_(target) {
    for (const CoreRelocation& one : relocations_) candidates_[essential_name(own_.name(one.type))];
    candidates_.erase(std::string_view());
    for (uint32_t id = 1; id < target_.count(); id++) {
      const std::string_view name = target_.name(id);
      if (name.empty()) continue;
      if (auto it = candidates_.find(essential_name(name)); it != candidates_.end()) it->second.push_back(id);
    }
    for (const CoreRelocation& one : relocations_) add_guard(one);
  }

  std::vector<UnresolvedRelocation> unresolved() const {
    std::vector<UnresolvedRelocation> out;
    std::set<std::pair<std::string_view, std::string>> told;
    for (const CoreRelocation& one : relocations_) {
      std::string what = problem(one);
      if (what.empty() || !told.insert({one.section, what}).second) continue;
      const bool is_flavour = essential_name(own_.name(one.type)) != own_.name(one.type);
      const bool guarded =
          is_flavour || guards_.contains(subject(one)) || guards_.contains(type_subject(one));
      out.push_back({std::string(one.section), one.offset, std::move(what), guarded});
    }
    return out;
  }

 private:
  std::string type_subject(const CoreRelocation& one) const {
    return kind_name(own_.kind(one.type)) + std::string(essential_name(own_.name(one.type)));
  }

  std::string member_text(const CoreRelocation& one) const {
    if (is_enum(own_.kind(one.type))) {
      const uint32_t index = base::parse_int<uint32_t>(one.access).value_or(UINT32_MAX);
      return index < own_.members(one.type) ? std::string(own_.enumerator(one.type, index)) : std::string();
    }
    auto path = field_path(own_, one.type, one.access);
    return path ? field_text(*path) : std::string();
  }

  std::string subject(const CoreRelocation& one) const { return type_subject(one) + "." + member_text(one); }

  void add_guard(const CoreRelocation& one) {
    if (one.kind == CoreKind::kTypeExists || one.kind == CoreKind::kTypeMatches)
      guards_.insert(type_subject(one));
    if (one.kind == CoreKind::kFieldExists || one.kind == CoreKind::kEnumValueExists)
      guards_.insert(subject(one));
  }

  std::vector<uint32_t> candidates(const CoreRelocation& one) const {
    std::vector<uint32_t> out;
    auto it = candidates_.find(essential_name(own_.name(one.type)));
    if (it == candidates_.end()) return out;
    const uint32_t wanted = own_.kind(one.type);
    for (uint32_t id : it->second) {
      const uint32_t kind = target_.kind(id);
      if (kind == wanted || (is_enum(kind) && is_enum(wanted))) out.push_back(id);
    }
    return out;
  }

  // Empty: it has an answer.
  std::string problem(const CoreRelocation& one) const {
    switch (one.kind) {
      case CoreKind::kFieldExists:
      case CoreKind::kTypeIdLocal:
      case CoreKind::kTypeExists:
      case CoreKind::kEnumValueExists:
      case CoreKind::kTypeMatches:
        return {};
      default:
        break;
    }
    if (own_.name(one.type).empty()) return {};
    const auto found = candidates(one);
    if (found.empty()) return "no " + type_subject(one);
    if (one.kind == CoreKind::kTypeIdTarget || one.kind == CoreKind::kTypeSize) return {};
    if (is_enum(own_.kind(one.type))) {
      const std::string value = member_text(one);
      for (uint32_t id : found) {
        for (uint32_t i = 0; i < target_.members(id); i++) {
          if (essential_name(target_.enumerator(id, i)) == essential_name(value)) return {};
        }
      }
      return type_subject(one) + ": no value " + value;
    }
    const auto path = field_path(own_, one.type, one.access);
    if (!path) return {};
    for (uint32_t id : found) {
      if (has_path(target_, id, *path)) return {};
    }
    return type_subject(one) + ": no field " + field_text(*path);
  }

  std::vector<CoreRelocation> relocations_;
  Types own_;
  Types target_;
  std::map<std::string_view, std::vector<uint32_t>> candidates_;
  std::set<std::string> guards_;
};

}  // namespace

std::vector<UnresolvedRelocation> unresolved_relocations(std::span<const std::byte> elf,
                                                         std::span<const std::byte> types) {
  if (core_relocations(elf).empty()) return {};
  return Resolver(elf, types).unresolved();
}

}  // namespace gadgetry::bpf
