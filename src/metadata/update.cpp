#include "metadata/update.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include "base/strings.hpp"
#include "metadata/text_edit.hpp"
#include "metadata/yaml.hpp"

namespace gadgetry::metadata {
namespace {

constexpr std::string_view kDescribe = "describe me";

// Types that the templates describe, members and all.
constexpr std::array<std::string_view, 16> kDescribedTypes = {
    "type:gadget_process",   "type:gadget_parent",   "type:gadget_creds",    "type:gadget_user_stack",
    "type:gadget_timestamp", "type:gadget_mntns_id", "type:gadget_netns_id", "type:gadget_pid",
    "type:gadget_ppid",      "type:gadget_tid",      "type:gadget_ptid",     "type:gadget_comm",
    "type:gadget_pcomm",     "type:gadget_uid",      "type:gadget_gid",      "type:gadget_kernel_stack"};

// Parameters that every gadget gets from the SDK's headers, with their descriptions.
constexpr std::array<std::string_view, 10> kSdkParams = {"targ_pid",
                                                         "targ_tid",
                                                         "targ_uid",
                                                         "targ_gid",
                                                         "targ_comm",
                                                         "collect_ustack",
                                                         "collect_build_id",
                                                         "collect_otel_stack",
                                                         "ig_build_id_max_entries",
                                                         "gadget_filter_by_mntns"};

bool is_described(const data::Field& field) {
  return std::any_of(kDescribedTypes.begin(), kDescribedTypes.end(),
                     [&](std::string_view tag) { return field.has_tag(tag); });
}

std::string pad(size_t indent) {
  return std::string(indent, ' ');
}

// A scalar that reads back as the same text.
std::string scalar(std::string_view text) {
  bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || c == ' ' || c == '-';
  });
  if (plain && text.front() != ' ' && text.front() != '-' && text.front() != '.' && text.back() != ' ' &&
      text != "true" && text != "false" && text != "null") {
    return std::string(text);
  }
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

// The name under which the field is shown: formatted fields lose their "_raw".
std::string shown_name(const data::Field& field) {
  constexpr std::string_view kRaw = "_raw";
  bool formatted = field.enumeration != nullptr ||
                   std::any_of(field.tags.begin(), field.tags.end(),
                               [](const std::string& tag) { return tag.starts_with("type:gadget_"); });
  if (!formatted || !field.name.ends_with(kRaw)) return field.full_name;
  return field.full_name.substr(0, field.full_name.size() - kRaw.size());
}

void collect_fields(const data::DataSource& source, const data::Field& field, std::vector<std::string>& out) {
  if (is_described(field)) return;
  bool is_endpoint = field.has_tag("type:gadget_l3endpoint_t") || field.has_tag("type:gadget_l4endpoint_t");
  if (field.is_struct() && !field.is_struct_array() && !is_endpoint) {
    for (const auto* child : source.sorted_children(field)) collect_fields(source, *child, out);
    return;
  }
  out.push_back(shown_name(field));
}

// The fields of source that info does not describe.
std::vector<std::string> missing_fields(const data::DataSource& source, const SourceInfo* info) {
  std::vector<std::string> names;
  for (const auto* field : source.roots()) collect_fields(source, *field, names);
  std::erase_if(names, [&](const std::string& name) {
    return info != nullptr &&
           (info->find_field(name) != nullptr || info->find_field(name + "_raw") != nullptr);
  });
  return names;
}

std::string field_blocks(const std::vector<std::string>& names, size_t indent) {
  std::string out;
  for (const auto& name : names) {
    out += pad(indent) + name + ":\n" + pad(indent + 2) + "annotations:\n" + pad(indent + 4) +
           "description: " + std::string(kDescribe) + "\n";
  }
  return out;
}

std::string fields_block(const std::vector<std::string>& names, size_t indent) {
  if (names.empty()) return {};
  return pad(indent) + "fields:\n" + field_blocks(names, indent + 2);
}

std::string source_block(const data::DataSource& source, size_t indent) {
  auto names = missing_fields(source, nullptr);
  std::string out = pad(indent) + source.name() + ":\n";
  return out + (names.empty() ? pad(indent + 2) + "annotations: {}\n" : fields_block(names, indent + 2));
}

std::string param_block(const VariableFact& variable, size_t indent) {
  std::string key = variable.name;
  std::replace(key.begin(), key.end(), '_', '-');
  std::string out = pad(indent) + variable.name + ":\n";
  out += pad(indent + 2) + "key: " + scalar(key) + "\n";
  if (variable.type_name != "string") {
    out += pad(indent + 2) + "defaultValue: " + scalar(variable.default_value) + "\n";
  }
  return out + pad(indent + 2) + "description: " + std::string(kDescribe) + "\n";
}

std::string perf_block(size_t indent) {
  return pad(indent) + "perf:\n" + pad(indent + 2) + "type: software\n" + pad(indent + 2) +
         "config: count_sw_cpu_clock\n" + pad(indent + 2) + "sampleType: sample_raw\n" + pad(indent) +
         "sampler:\n" + pad(indent + 2) + "frequency: 49\n";
}

class Updater {
 public:
  Updater(std::string_view text, const Facts& facts, const YamlNode& root, const Metadata& metadata)
      : edit_(text), facts_(facts), root_(root), metadata_(metadata) {}

  base::Result<std::string> run(std::string_view name) {
    add_head(name);
    GADGETRY_TRY(add_sources());
    GADGETRY_TRY(add_params());
    GADGETRY_TRY(add_programs());
    return edit_.apply();
  }

 private:
  using Block = std::function<std::string(size_t indent)>;

  void add_head(std::string_view name) {
    const auto* named = root_.find_entry("name");
    std::string head;
    if (named == nullptr) head += "name: " + scalar(name) + "\n";
    if (root_.find("description") == nullptr) head += "description: " + std::string(kDescribe) + "\n";
    if (head.empty()) return;
    uint32_t line = root_.entries.empty() ? 1 : root_.entries.front().key_at.line;
    // Behind the name, where that is a line of its own for sure.
    bool is_followed = named != nullptr && named != &root_.entries.back() &&
                       (named + 1)->key_at.line == named->key_at.line + 1;
    edit_.insert(is_followed ? named->key_at.line + 1 : line, head);
  }

  // Appends to the mapping under key of parent, which is made when it is absent.
  base::Status append_under(const YamlNode& parent, const YamlNode::Entry* owner, const std::string& key,
                            const Block& block) {
    if (const auto* entry = parent.find_entry(key)) return edit_.append(entry->value, entry, block);
    return edit_.append(parent, owner,
                        [&](size_t indent) { return pad(indent) + key + ":\n" + block(indent + 2); });
  }

  base::Status add_sources() {
    const auto* entry = root_.find_entry("datasources");
    std::vector<const data::DataSource*> added;
    for (const auto* source : facts_.sources) {
      const auto* own = entry == nullptr ? nullptr : entry->value.find_entry(source->name());
      if (own == nullptr) {
        added.push_back(source);
        continue;
      }
      auto names = missing_fields(*source, metadata_.find_source(source->name()));
      if (names.empty()) continue;
      GADGETRY_TRY(append_under(own->value, own, "fields",
                                [&](size_t indent) { return field_blocks(names, indent); }));
    }
    // Fields that an old section describes stay there.
    if (added.empty() || !metadata_.loose_fields.empty()) return {};
    return append_under(root_, nullptr, "datasources", [&](size_t indent) {
      std::string out;
      for (const auto* source : added) out += source_block(*source, indent);
      return out;
    });
  }

  base::Status add_params() {
    std::vector<const VariableFact*> added;
    for (const auto& variable : facts_.variables) {
      if (!variable.is_param || metadata_.find_ebpf_param(variable.name) != nullptr) continue;
      if (std::find(kSdkParams.begin(), kSdkParams.end(), variable.name) != kSdkParams.end()) continue;
      added.push_back(&variable);
    }
    if (added.empty()) return {};
    Block block = [&](size_t indent) {
      std::string out;
      for (const auto* variable : added) out += param_block(*variable, indent);
      return out;
    };
    if (root_.find("ebpfParams") != nullptr) return append_under(root_, nullptr, "ebpfParams", block);
    const auto* params = root_.find_entry("params");
    if (params != nullptr) return append_under(params->value, params, "ebpf", block);
    return append_under(root_, nullptr, "params",
                        [&](size_t indent) { return pad(indent) + "ebpf:\n" + block(indent + 2); });
  }

  base::Status add_programs() {
    const auto* entry = root_.find_entry("programs");
    std::vector<std::string> added;
    for (const auto& program : facts_.programs) {
      if (!program.section.starts_with("perf_event")) continue;
      const auto* known = metadata_.find_program(program.name);
      if (known != nullptr && known->has_perf) continue;
      const auto* own = entry == nullptr ? nullptr : entry->value.find_entry(program.name);
      if (own == nullptr) {
        added.push_back(program.name);
      } else {
        GADGETRY_TRY(edit_.append(own->value, own, perf_block));
      }
    }
    if (added.empty()) return {};
    return append_under(root_, nullptr, "programs", [&](size_t indent) {
      std::string out;
      for (const auto& name : added) out += pad(indent) + name + ":\n" + perf_block(indent + 2);
      return out;
    });
  }

  TextEdit edit_;
  const Facts& facts_;
  const YamlNode& root_;
  const Metadata& metadata_;
};

base::Result<std::string> update_once(std::string_view yaml, const Facts& facts, std::string_view name) {
  GADGETRY_ASSIGN(YamlNode root, read_yaml(yaml));
  GADGETRY_ASSIGN(Metadata metadata, parse(yaml));
  return Updater(yaml, facts, root, metadata).run(name);
}

}  // namespace

base::Result<std::string> update(std::string_view yaml, const Facts& facts, std::string_view name) {
  GADGETRY_ASSIGN(YamlNode root, read_yaml(yaml));
  std::string text(yaml);
  if (root.is_null()) {
    text += "name: " + scalar(name) + "\ndescription: " + std::string(kDescribe) + "\n";
  } else if (!root.is_mapping()) {
    return parse(yaml).error();
  } else if (root.is_flow) {
    return base::Error("the metadata is written in braces, which cannot be completed in place")
        .with_hint("write it as indented lines");
  }
  GADGETRY_ASSIGN(std::string updated, update_once(text, facts, name));
  // What was added must be found again; otherwise it went to a wrong place (into what an alias names, for
  // one).
  auto again = update_once(updated, facts, name);
  if (!again.ok() || *again != updated) {
    return base::Error("the metadata is written in a way that cannot be completed in place")
        .with_hint("write mappings as indented lines, without anchors and aliases");
  }
  return updated;
}

}  // namespace gadgetry::metadata
