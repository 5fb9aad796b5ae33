#include "wasm/kernel_types.hpp"

#include <linux/btf.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "base/limits.hpp"
#include "base/strings.hpp"
#include "bpf/btf_view.hpp"

namespace gadgetry::wasm {
namespace {

using bpf::BtfView;

struct Wanted {
  std::string_view keyword;  // "struct", "union", "enum" or empty
  std::string name;
};

Wanted parse_name(std::string_view type) {
  Wanted out;
  for (std::string_view keyword : {"struct", "union", "enum"}) {
    if (type.starts_with(keyword) && type.substr(keyword.size()).starts_with(' ')) {
      out.keyword = keyword;
      type.remove_prefix(keyword.size());
      break;
    }
  }
  out.name = base::trim(type);
  return out;
}

bool kind_fits(const Wanted& wanted, uint32_t kind) {
  bool is_enum = kind == BTF_KIND_ENUM || kind == BTF_KIND_ENUM64;
  if (wanted.keyword == "struct") return kind == BTF_KIND_STRUCT;
  if (wanted.keyword == "union") return kind == BTF_KIND_UNION;
  if (wanted.keyword == "enum") return is_enum;
  return is_enum || kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION || kind == BTF_KIND_TYPEDEF ||
         kind == BTF_KIND_INT || kind == BTF_KIND_FLOAT;
}

bool same_name(const BtfView& view, uint32_t offset, const std::string& name) {
  return offset < view.string_bytes() && std::strcmp(view.raw_string(offset), name.c_str()) == 0;
}

// Calls visit(offset, type) for each type, in the order of their numbers, until it returns true.
template <typename Visit>
bool each_type(const BtfView& view, Visit&& visit) {
  for (uint64_t at = 0; at < view.type_bytes();) {
    uint64_t size = view.type_size(at);
    if (size == 0) return false;
    if (visit(at, view.read<btf_type>(at))) return true;
    at += size;
  }
  return false;
}

// Follows members from type to type.
class Fields {
 public:
  explicit Fields(const BtfView& view) : view_(view) {
    offsets_.push_back(0);  // number 0 is void
    each_type(view, [&](uint64_t at, const btf_type&) {
      offsets_.push_back(static_cast<uint32_t>(at));
      return false;
    });
  }

  bool has(uint64_t at, std::span<const std::string> path) {
    steps_ = 0;
    return find(at, path, 0);
  }

  // The struct or union that a type comes down to; false: it is none.
  bool resolve(uint32_t number, uint64_t& at) const {
    for (size_t hops = 0; hops < limits::kBtfNesting; hops++) {
      if (number == 0 || number >= offsets_.size()) return false;
      at = offsets_[number];
      auto type = view_.read<btf_type>(at);
      switch (BTF_INFO_KIND(type.info)) {
        case BTF_KIND_STRUCT:
        case BTF_KIND_UNION:
          return true;
        case BTF_KIND_TYPEDEF:
        case BTF_KIND_CONST:
        case BTF_KIND_VOLATILE:
        case BTF_KIND_RESTRICT:
        case BTF_KIND_TYPE_TAG:
        case BTF_KIND_PTR:
          number = type.type;
          break;
        case BTF_KIND_ARRAY:
          number = view_.read<btf_array>(at + sizeof(btf_type)).type;
          break;
        default:
          return false;
      }
    }
    return false;
  }

 private:
  static constexpr uint32_t kMaxSteps = 1u << 16;  // members looked at for one question

  bool find(uint64_t at, std::span<const std::string> path, size_t depth) {
    if (depth > limits::kBtfNesting) return false;
    auto type = view_.read<btf_type>(at);
    for (uint64_t i = 0; i < BTF_INFO_VLEN(type.info); i++) {
      if (++steps_ > kMaxSteps) return false;
      auto member = view_.read<btf_member>(at + sizeof(btf_type) + i * sizeof(btf_member));
      bool named = same_name(view_, member.name_off, path.front());
      if (named && path.size() == 1) return true;
      bool unnamed = same_name(view_, member.name_off, "");
      uint64_t inner = 0;
      if ((!named && !unnamed) || !resolve(member.type, inner)) continue;
      if (find(inner, named ? path.subspan(1) : path, depth + 1)) return true;
    }
    return false;
  }

  const BtfView& view_;
  std::vector<uint32_t> offsets_;
  uint32_t steps_ = 0;
};

}  // namespace

bool has_type(std::span<const std::byte> btf, std::string_view type) {
  BtfView view(btf);
  Wanted wanted = parse_name(type);
  if (view.problem() != nullptr || wanted.name.empty()) return false;
  return each_type(view, [&](uint64_t, const btf_type& one) {
    return kind_fits(wanted, BTF_INFO_KIND(one.info)) && same_name(view, one.name_off, wanted.name);
  });
}

bool has_field(std::span<const std::byte> btf, std::string_view type, std::string_view field) {
  BtfView view(btf);
  Wanted wanted = parse_name(type);
  if (view.problem() != nullptr || wanted.name.empty()) return false;
  std::vector<std::string> path;
  for (std::string_view part : base::split(field, '.')) {
    if (part.empty() || path.size() >= limits::kBtfNesting) return false;
    path.emplace_back(part);
  }
  Fields fields(view);
  uint32_t number = 0;
  return each_type(view, [&](uint64_t, const btf_type& one) {
    number++;
    uint64_t at = 0;
    uint32_t kind = BTF_INFO_KIND(one.info);
    return kind_fits(wanted, kind) && kind != BTF_KIND_ENUM && kind != BTF_KIND_ENUM64 &&
           same_name(view, one.name_off, wanted.name) && fields.resolve(number, at) && fields.has(at, path);
  });
}

}  // namespace gadgetry::wasm
