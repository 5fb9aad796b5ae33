#include "metadata/names.hpp"

#include <algorithm>
#include <array>

#include "base/strings.hpp"
#include "data/annotations.hpp"

namespace gadgetry::metadata {
namespace {

// Annotations of a raw field whose value is the name of the field that a formatter adds.
constexpr std::array<std::string_view, 12> kTargetKeys = {
    "formatters.timestamp.target", "formatters.syscall.target",    "formatters.signal.target",
    "formatters.errno.target",     "formatters.bytes.target",      "formatters.duration.target",
    "formatters.file_mode.target", "formatters.file_flags.target", "formatters.ifindex.target",
    "uidgidresolver.target",       "ebpf.formatter.kstack",        "ebpf.formatter.enum"};

// Fields that formatters add for a type. Those of structs are members, the others stand beside the raw field.
struct TypeNames {
  std::string_view tag;
  bool is_member;
  std::string_view name;
};
constexpr std::array<TypeNames, 10> kTypeNames = {{
    {"type:gadget_uid", false, "user"},
    {"type:gadget_gid", false, "group"},
    {"type:gadget_ifindex", false, "ifname"},
    {"type:gadget_l3endpoint_t", true, "addr"},
    {"type:gadget_l4endpoint_t", true, "addr"},
    {"type:gadget_l4endpoint_t", true, "proto"},
    {"type:gadget_l4endpoint_t", true, "endpoint"},
    {"type:gadget_user_stack", true, "addresses"},
    {"type:gadget_user_stack", true, "buildid"},
    {"type:gadget_user_stack", true, "symbols"},
}};

constexpr std::string_view kRaw = "_raw";

std::string beside(const data::Field& field, std::string_view name) {
  std::string prefix = field.full_name.substr(0, field.full_name.size() - field.name.size());
  return prefix + std::string(name);
}

// An annotation as it will be: from the metadata, else from the field.
std::string target_of(const data::Field& field, const SourceInfo* info, std::string_view key) {
  const FieldInfo* own = info == nullptr ? nullptr : info->find_field(field.full_name);
  const Annotation* found = own == nullptr ? nullptr : own->find(key);
  return found != nullptr ? found->value : std::string(field.annotation(key));
}

void add_formatted(const data::Field& field, const SourceInfo* info, std::vector<std::string>& out) {
  for (const TypeNames& type : kTypeNames) {
    if (!field.has_tag(type.tag)) continue;
    out.push_back(type.is_member ? field.full_name + "." + std::string(type.name) : beside(field, type.name));
  }
  if (field.name.ends_with(kRaw) && field.name.size() > kRaw.size()) {
    out.push_back(field.full_name.substr(0, field.full_name.size() - kRaw.size()));
  }
  for (std::string_view key : kTargetKeys) {
    std::string target = target_of(field, info, key);
    if (target.empty()) continue;
    out.push_back(beside(field, target));
    out.push_back(std::move(target));
  }
}

std::string known_key(std::string_view key, const data::AnnotationInfo* (*find)(std::string_view)) {
  std::string lower = base::to_lower(key);
  return find(key) == nullptr && find(lower) != nullptr ? lower : std::string(key);
}

}  // namespace

std::string field_annotation_key(std::string_view key) {
  return known_key(key, data::find_field_annotation);
}
std::string source_annotation_key(std::string_view key) {
  return known_key(key, data::find_source_annotation);
}

data::Field* find_field(data::DataSource& source, std::string_view name) {
  if (data::Field* field = source.find(name)) return field;
  std::string wanted = base::to_lower(name);
  for (auto& field : source.fields()) {
    if (base::to_lower(field.full_name) == wanted) return &field;
  }
  return nullptr;
}

std::vector<std::string> possible_fields(const data::DataSource& source, const SourceInfo* info) {
  std::vector<std::string> out;
  for (const auto& field : source.fields()) {
    out.push_back(field.full_name);
    add_formatted(field, info, out);
  }
  if (info != nullptr) {
    if (const Annotation* rest = info->find("ebpf.rest.name")) out.push_back(rest->value);
  }
  if (source.type() == data::SourceType::kArray) out.push_back("cpu");  // per-CPU maps shown row by row
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

bool is_possible_field(const std::vector<std::string>& names, std::string_view name) {
  auto has = [&](std::string_view wanted) {
    if (std::binary_search(names.begin(), names.end(), wanted)) return true;
    std::string lower = base::to_lower(wanted);
    return std::any_of(names.begin(), names.end(),
                       [&](const auto& one) { return base::to_lower(one) == lower; });
  };
  if (has(name)) return true;
  // Enrichers add a branch at the top or to a field with an address.
  size_t start = 0;
  for (std::string_view part : base::split(name, '.')) {
    if (part == "k8s" || part == "runtime") return start == 0 || has(name.substr(0, start - 1));
    start += part.size() + 1;
  }
  return false;
}

}  // namespace gadgetry::metadata
