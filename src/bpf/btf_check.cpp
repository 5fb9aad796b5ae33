// Validation of BTF: check_btf and check_btf_ext of elf_check.hpp.
#include <linux/btf.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.hpp"
#include "base/strings.hpp"
#include "bpf/btf_view.hpp"
#include "bpf/elf_check.hpp"

namespace gadgetry::bpf {
namespace {

using base::Error;
using base::Status;

Error bad(const std::string& what) {
  return Error("eBPF object: BTF: " + what).with_hint("build or pull the image again");
}

// Walks the types once to learn where they are, once to check each, and once more to refuse types that hold
// themselves.
class BtfCheck {
 public:
  explicit BtfCheck(std::span<const std::byte> bytes) : view_(bytes) {}
  Status run();

  const BtfView& view() const { return view_; }
  uint32_t count() const { return static_cast<uint32_t>(offsets_.size()); }
  uint32_t kind(uint32_t id) const {
    return id == 0 ? uint32_t{BTF_KIND_UNKN} : BTF_INFO_KIND(type(id).info);
  }

 private:
  btf_type type(uint32_t id) const { return view_.read<btf_type>(offsets_[id]); }
  template <typename T>
  T item(uint32_t id, uint32_t index = 0) const {  // what follows the common part of a type
    return view_.read<T>(offsets_[id] + sizeof(btf_type) + uint64_t{index} * sizeof(T));
  }
  bool exists(uint32_t id) const { return id < count(); }
  bool is_value(uint32_t id) const;  // a type that a variable or member can have
  bool name_ok(uint32_t offset) const { return offset < view_.string_bytes(); }
  Error wrong(uint32_t id, std::string_view what) const;

  Status find_types();
  Status check_type(uint32_t id) const;
  Status check_integer(uint32_t id, const btf_type& t) const;
  Status check_members(uint32_t id, const btf_type& t) const;
  Status check_enum(uint32_t id, const btf_type& t) const;
  Status check_params(uint32_t id, const btf_type& t) const;
  Status check_section(uint32_t id, const btf_type& t) const;
  Status check_tag(uint32_t id, const btf_type& t) const;
  Status check_nesting() const;
  uint32_t inner_count(uint32_t id) const;  // types held by value
  uint32_t inner(uint32_t id, uint32_t index) const;

  BtfView view_;
  std::vector<uint32_t> offsets_;  // of each type in the type section; [0] is void
};

Error BtfCheck::wrong(uint32_t id, std::string_view what) const {
  std::string text = "type " + std::to_string(id);
  const uint32_t name = type(id).name_off;
  if (name_ok(name) && !view_.string(name).empty()) {
    text += " (" + base::printable(view_.string(name).substr(0, 64)) + ")";
  }
  return bad(text + ": " + std::string(what));
}

bool BtfCheck::is_value(uint32_t id) const {
  if (id == 0 || !exists(id)) return false;
  const uint32_t k = kind(id);
  return k != BTF_KIND_FUNC && k != BTF_KIND_FUNC_PROTO && k != BTF_KIND_VAR && k != BTF_KIND_DATASEC &&
         k != BTF_KIND_DECL_TAG && k != BTF_KIND_FWD;
}

Status BtfCheck::find_types() {
  offsets_.assign(1, 0);
  uint64_t at = 0;
  while (at < view_.type_bytes()) {
    if (offsets_.size() > limits::kBtfTypes)
      return bad("more than " + std::to_string(limits::kBtfTypes) + " types");
    const uint64_t size = view_.type_size(at);
    if (size == 0)
      return bad("type " + std::to_string(offsets_.size()) + " is of an unknown kind or truncated");
    offsets_.push_back(static_cast<uint32_t>(at));
    at += size;
  }
  return {};
}

Status BtfCheck::check_integer(uint32_t id, const btf_type& t) const {
  const auto bits = item<uint32_t>(id);
  const bool size_ok = t.size == 1 || t.size == 2 || t.size == 4 || t.size == 8 || t.size == 16;
  if (!size_ok || BTF_INT_BITS(bits) == 0 || BTF_INT_OFFSET(bits) + BTF_INT_BITS(bits) > t.size * 8) {
    return wrong(id, "an integer of a strange size");
  }
  return {};
}

Status BtfCheck::check_members(uint32_t id, const btf_type& t) const {
  for (uint32_t i = 0; i < BTF_INFO_VLEN(t.info); i++) {
    const auto member = item<btf_member>(id, i);
    if (!name_ok(member.name_off)) return wrong(id, "a member's name is outside the strings");
    if (!is_value(member.type)) return wrong(id, "a member's type does not exist");
    const uint32_t offset =
        BTF_INFO_KFLAG(t.info) != 0 ? BTF_MEMBER_BIT_OFFSET(member.offset) : member.offset;
    if (offset > uint64_t{t.size} * 8) return wrong(id, "a member lies outside the struct");
  }
  return {};
}

Status BtfCheck::check_enum(uint32_t id, const btf_type& t) const {
  if (t.size == 0 || t.size > 8 || (t.size & (t.size - 1)) != 0)
    return wrong(id, "an enum of a strange size");
  const bool wide = BTF_INFO_KIND(t.info) == BTF_KIND_ENUM64;
  for (uint32_t i = 0; i < BTF_INFO_VLEN(t.info); i++) {
    if (!name_ok(wide ? item<btf_enum64>(id, i).name_off : item<btf_enum>(id, i).name_off)) {
      return wrong(id, "the name of a value is outside the strings");
    }
  }
  return {};
}

Status BtfCheck::check_params(uint32_t id, const btf_type& t) const {
  const uint32_t count = BTF_INFO_VLEN(t.info);
  if (t.type != 0 && !is_value(t.type)) return wrong(id, "its return type does not exist");
  for (uint32_t i = 0; i < count; i++) {
    const auto param = item<btf_param>(id, i);
    const bool variadic = param.type == 0 && param.name_off == 0 && i + 1 == count;
    if (!name_ok(param.name_off) || (!variadic && !is_value(param.type))) {
      return wrong(id, "a parameter's name or type does not exist");
    }
  }
  return {};
}

Status BtfCheck::check_section(uint32_t id, const btf_type& t) const {
  for (uint32_t i = 0; i < BTF_INFO_VLEN(t.info); i++) {
    const auto entry = item<btf_var_secinfo>(id, i);
    if (!exists(entry.type) || (kind(entry.type) != BTF_KIND_VAR && kind(entry.type) != BTF_KIND_FUNC)) {
      return wrong(id, "holds something that is not a variable");
    }
    if (uint64_t{entry.offset} + entry.size > limits::kObjectBytes)
      return wrong(id, "a variable is too large");
  }
  return {};
}

Status BtfCheck::check_tag(uint32_t id, const btf_type& t) const {
  const auto component = item<btf_decl_tag>(id).component_idx;
  if (t.type == 0 || !exists(t.type)) return wrong(id, "tags a type that does not exist");
  if (component == -1) return {};
  uint32_t target = t.type;
  if (kind(target) == BTF_KIND_FUNC) target = type(target).type;
  const bool has_components =
      exists(target) && (kind(target) == BTF_KIND_STRUCT || kind(target) == BTF_KIND_UNION ||
                         kind(target) == BTF_KIND_FUNC_PROTO);
  if (component < 0 || !has_components ||
      static_cast<uint32_t>(component) >= BTF_INFO_VLEN(type(target).info)) {
    return wrong(id, "tags a member that does not exist");
  }
  return {};
}

Status BtfCheck::check_type(uint32_t id) const {
  const btf_type t = type(id);
  if (!name_ok(t.name_off)) return bad("type " + std::to_string(id) + ": its name is outside the strings");
  switch (BTF_INFO_KIND(t.info)) {
    case BTF_KIND_INT:
      return check_integer(id, t);
    case BTF_KIND_FLOAT:
      if (t.size == 2 || t.size == 4 || t.size == 8 || t.size == 12 || t.size == 16) return {};
      return wrong(id, "a floating-point number of a strange size");
    case BTF_KIND_TYPEDEF:
      if (view_.string(t.name_off).empty()) return wrong(id, "a typedef without a name");
      [[fallthrough]];
    case BTF_KIND_PTR:
    case BTF_KIND_VOLATILE:
    case BTF_KIND_CONST:
    case BTF_KIND_RESTRICT:
    case BTF_KIND_TYPE_TAG: {
      const uint32_t k = exists(t.type) ? kind(t.type) : uint32_t{BTF_KIND_VAR};
      if (t.type == 0 || is_value(t.type) || k == BTF_KIND_FWD || k == BTF_KIND_FUNC_PROTO) return {};
      return wrong(id, "refers to a type that does not exist");
    }
    case BTF_KIND_ARRAY:
      if (is_value(item<btf_array>(id).type) && is_value(item<btf_array>(id).index_type)) return {};
      return wrong(id, "an array of a type that does not exist");
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
      return check_members(id, t);
    case BTF_KIND_ENUM:
    case BTF_KIND_ENUM64:
      return check_enum(id, t);
    case BTF_KIND_FUNC:
      if (BTF_INFO_VLEN(t.info) > BTF_FUNC_EXTERN || !exists(t.type) || kind(t.type) != BTF_KIND_FUNC_PROTO) {
        return wrong(id, "a function without a prototype");
      }
      return {};
    case BTF_KIND_FUNC_PROTO:
      return check_params(id, t);
    case BTF_KIND_VAR:
      if (item<btf_var>(id).linkage > BTF_VAR_GLOBAL_EXTERN || !is_value(t.type)) {
        return wrong(id, "a variable of unknown type or linkage");
      }
      return {};
    case BTF_KIND_DATASEC:
      return check_section(id, t);
    case BTF_KIND_DECL_TAG:
      return check_tag(id, t);
    default:
      return {};
  }
}

uint32_t BtfCheck::inner_count(uint32_t id) const {
  switch (kind(id)) {
    case BTF_KIND_TYPEDEF:
    case BTF_KIND_VOLATILE:
    case BTF_KIND_CONST:
    case BTF_KIND_RESTRICT:
    case BTF_KIND_TYPE_TAG:
    case BTF_KIND_ARRAY:
    case BTF_KIND_VAR:
      return 1;
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
    case BTF_KIND_DATASEC:
      return BTF_INFO_VLEN(type(id).info);
    default:
      return 0;
  }
}

uint32_t BtfCheck::inner(uint32_t id, uint32_t index) const {
  switch (kind(id)) {
    case BTF_KIND_ARRAY:
      return item<btf_array>(id).type;
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
      return item<btf_member>(id, index).type;
    case BTF_KIND_DATASEC:
      return item<btf_var_secinfo>(id, index).type;
    default:
      return type(id).type;
  }
}

// Depth-first over what types hold by value. A type met again on the way down holds itself: without end for
// whoever follows it. The height (nesting below a type) is limited because libbpf recurses over it.
Status BtfCheck::check_nesting() const {
  struct Step {
    uint32_t id;
    uint32_t next;
  };
  constexpr uint16_t kNew = 0;
  constexpr uint16_t kOpen = UINT16_MAX;
  std::vector<uint16_t> height(count(), kNew);
  height[0] = 1;
  std::vector<Step> path;
  for (uint32_t root = 1; root < count(); root++) {
    if (height[root] != kNew) continue;
    path.assign(1, {root, 0});
    height[root] = kOpen;
    while (!path.empty()) {
      Step& top = path.back();
      if (top.next < inner_count(top.id)) {
        const uint32_t child = inner(top.id, top.next++);
        if (height[child] == kOpen) return wrong(child, "holds itself");
        if (height[child] != kNew) continue;
        height[child] = kOpen;
        if (path.size() > limits::kBtfNesting) return wrong(child, "nested too deeply");
        path.push_back({child, 0});
        continue;
      }
      uint16_t tallest = 0;
      for (uint32_t i = 0; i < inner_count(top.id); i++)
        tallest = std::max(tallest, height[inner(top.id, i)]);
      if (tallest >= limits::kBtfNesting) return wrong(top.id, "nested too deeply");
      height[top.id] = static_cast<uint16_t>(tallest + 1);
      path.pop_back();
    }
  }
  return {};
}

Status BtfCheck::run() {
  if (const char* problem = view_.problem(); problem != nullptr) return bad(problem);
  GADGETRY_TRY(find_types());
  for (uint32_t id = 1; id < count(); id++) GADGETRY_TRY(check_type(id));
  return check_nesting();
}

// .BTF.ext: a header and up to three tables (functions, lines, CO-RE relocations), each a list of sections of
// records.
class BtfExtCheck {
 public:
  BtfExtCheck(std::span<const std::byte> bytes, const BtfCheck& types) : bytes_(bytes), types_(types) {}
  Status run();

 private:
  enum class Table { kFunctions, kLines, kRelocations };
  template <typename T>
  T at(uint64_t offset) const {
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof(T));
    return value;
  }
  bool name_ok(uint32_t offset) const { return offset < types_.view().string_bytes(); }
  Status check_table(Table table, uint64_t start, uint64_t size) const;
  Status check_record(Table table, uint64_t offset) const;

  std::span<const std::byte> bytes_;
  const BtfCheck& types_;
};

// The uapi header knows only the first part; libbpf and clang know the second.
struct BtfExtHeader {
  uint16_t magic;
  uint8_t version;
  uint8_t flags;
  uint32_t header_bytes;
  uint32_t functions_offset, functions_bytes;
  uint32_t lines_offset, lines_bytes;
  uint32_t relocations_offset, relocations_bytes;
};
constexpr uint32_t kBtfExtHeaderMin = 24;  // without the relocations

struct ExtRecord {
  uint32_t instruction_offset;
  uint32_t first;   // type, file name, type
  uint32_t second;  // -, line text, access string
  uint32_t third;   // -, line number, kind
};

Status BtfExtCheck::check_record(Table table, uint64_t offset) const {
  ExtRecord record{};
  std::memcpy(&record, bytes_.data() + offset, table == Table::kFunctions ? 8 : sizeof(record));
  if (record.instruction_offset % 8 != 0) return bad("(.BTF.ext) a record between two instructions");
  if (table == Table::kLines) {
    if (!name_ok(record.first) || !name_ok(record.second))
      return bad("(.BTF.ext) a line's text is outside the strings");
    return {};
  }
  if (record.first >= types_.count()) return bad("(.BTF.ext) refers to a type that does not exist");
  if (table == Table::kFunctions) {
    if (types_.kind(record.first) != BTF_KIND_FUNC)
      return bad("(.BTF.ext) a function's type is not a function");
    return {};
  }
  // "0:1:2": indexes of members. libbpf reads them as signed numbers and compares only with the upper bound.
  if (!name_ok(record.second)) return bad("(.BTF.ext) a relocation's path is outside the strings");
  const std::string_view path = types_.view().string(record.second);
  if (path.empty() || path.size() > 512) return bad("(.BTF.ext) a relocation's path is empty or too long");
  for (std::string_view part : base::split(path, ':')) {
    if (!base::parse_int<uint32_t>(part).has_value() || *base::parse_int<uint32_t>(part) > INT32_MAX) {
      return bad("(.BTF.ext) a relocation's path is not a list of numbers");
    }
  }
  return {};
}

Status BtfExtCheck::check_table(Table table, uint64_t start, uint64_t size) const {
  if (size == 0) return {};
  if (start % 4 != 0 || start > bytes_.size() || size > bytes_.size() - start || size < 4) {
    return bad("(.BTF.ext) a table reaches beyond the end of the section");
  }
  const uint64_t end = start + size;
  const uint32_t record_bytes = at<uint32_t>(start);
  const uint32_t least = table == Table::kFunctions ? 8 : 16;
  if (record_bytes < least || record_bytes % 4 != 0 || record_bytes > 1024) {
    return bad("(.BTF.ext) strange size of the records");
  }
  uint64_t offset = start + 4;
  while (offset < end) {
    if (end - offset < 8) return bad("(.BTF.ext) truncated");
    const uint32_t name = at<uint32_t>(offset);
    const uint32_t count = at<uint32_t>(offset + 4);
    offset += 8;
    if (!name_ok(name)) return bad("(.BTF.ext) a section's name is outside the strings");
    if (count == 0 || count > (end - offset) / record_bytes)
      return bad("(.BTF.ext) number of records is wrong");
    for (uint32_t i = 0; i < count; i++, offset += record_bytes) GADGETRY_TRY(check_record(table, offset));
  }
  return {};
}

Status BtfExtCheck::run() {
  BtfExtHeader header{};
  if (bytes_.size() < kBtfExtHeaderMin) return bad("(.BTF.ext) truncated");
  std::memcpy(&header, bytes_.data(), std::min(bytes_.size(), sizeof(header)));
  if (header.magic != BTF_MAGIC || header.version != BTF_VERSION || header.flags != 0) {
    return bad("(.BTF.ext) wrong magic number, version or flags");
  }
  if (header.header_bytes < kBtfExtHeaderMin || header.header_bytes > bytes_.size() ||
      header.header_bytes % 4 != 0) {
    return bad("(.BTF.ext) strange size of the header");
  }
  const uint64_t base = header.header_bytes;
  GADGETRY_TRY(check_table(Table::kFunctions, base + header.functions_offset, header.functions_bytes));
  GADGETRY_TRY(check_table(Table::kLines, base + header.lines_offset, header.lines_bytes));
  if (header.header_bytes < sizeof(header)) return {};
  return check_table(Table::kRelocations, base + header.relocations_offset, header.relocations_bytes);
}

}  // namespace

Status check_btf(std::span<const std::byte> btf) {
  return BtfCheck(btf).run();
}

Status check_btf_ext(std::span<const std::byte> btf_ext, std::span<const std::byte> btf) {
  BtfCheck types(btf);
  GADGETRY_TRY(types.run());
  return BtfExtCheck(btf_ext, types).run();
}

}  // namespace gadgetry::bpf
