// The presets of field annotations. Widths and what is hidden follow the public documentation of the gadget
// metadata.
#include <algorithm>

#include "base/strings.hpp"
#include "data/annotations.hpp"

namespace gadgetry::data {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

constexpr Pair kTimestamp[] = {{"description", "Human-readable timestamp"},
                               {"columns.width", "35"},
                               {"columns.maxwidth", "35"},
                               {"columns.ellipsis", "end"},
                               {"columns.hidden", "true"}};
constexpr Pair kBytes[] = {
    {"columns.minwidth", "9"}, {"columns.width", "10"}, {"columns.alignment", "right"}};
constexpr Pair kDuration[] = {
    {"columns.minwidth", "9"}, {"columns.width", "12"}, {"columns.alignment", "right"}};
constexpr Pair kMiddle[] = {{"columns.width", "30"}, {"columns.ellipsis", "middle"}};
constexpr Pair kWide[] = {{"columns.width", "30"}};
constexpr Pair kContainerPid[] = {
    {"columns.minwidth", "7"}, {"columns.alignment", "right"}, {"columns.hidden", "true"}};
constexpr Pair kStartedAt[] = {{"columns.width", "35"}, {"columns.hidden", "true"}};
constexpr Pair kComm[] = {{"description", "Process name"}, {"columns.maxwidth", "16"}};
constexpr Pair kParentComm[] = {
    {"description", "Parent process name"}, {"columns.maxwidth", "16"}, {"columns.hidden", "true"}};
constexpr Pair kPid[] = {
    {"description", "Process ID"}, {"columns.minwidth", "7"}, {"columns.alignment", "right"}};
constexpr Pair kParentPid[] = {{"description", "Parent process ID"},
                               {"columns.minwidth", "7"},
                               {"columns.alignment", "right"},
                               {"columns.hidden", "true"}};
constexpr Pair kTid[] = {
    {"description", "Thread ID"}, {"columns.minwidth", "7"}, {"columns.alignment", "right"}};
constexpr Pair kParentTid[] = {{"description", "Parent thread ID"},
                               {"columns.minwidth", "7"},
                               {"columns.alignment", "right"},
                               {"columns.hidden", "true"}};
constexpr Pair kUid[] = {
    {"description", "User ID"}, {"columns.minwidth", "8"}, {"columns.alignment", "right"}};
constexpr Pair kGid[] = {
    {"description", "Group ID"}, {"columns.minwidth", "8"}, {"columns.alignment", "right"}};
constexpr Pair kNamespace[] = {
    {"columns.width", "12"}, {"columns.alignment", "right"}, {"columns.hidden", "true"}};
constexpr Pair kMountNamespace[] = {{"description", "Mount namespace ID"},
                                    {"columns.width", "12"},
                                    {"columns.alignment", "right"},
                                    {"columns.hidden", "true"}};
constexpr Pair kNetNamespace[] = {{"description", "Network namespace ID"},
                                  {"columns.width", "12"},
                                  {"columns.alignment", "right"},
                                  {"columns.hidden", "true"}};
constexpr Pair kEndpoint[] = {
    {"columns.minwidth", "22"}, {"columns.width", "40"}, {"columns.maxwidth", "52"}};
constexpr Pair kSyscall[] = {{"columns.width", "18"}, {"columns.maxwidth", "28"}};
constexpr Pair kErrorString[] = {{"columns.width", "12"}};
constexpr Pair kUserStack[] = {{"description", "User stack"}, {"columns.hidden", "true"}};

constexpr Template kTemplates[] = {
    {"timestamp", kTimestamp},
    {"bytes", kBytes},
    {"duration", kDuration},
    {"node", kMiddle},
    {"pod", kMiddle},
    {"container", kWide},
    {"namespace", kWide},
    {"containerImageName", kWide},
    {"containerImageDigest", kWide},
    {"containerPid", kContainerPid},
    {"containerStartedAt", kStartedAt},
    {"comm", kComm},
    {"pcomm", kParentComm},
    {"pid", kPid},
    {"ppid", kParentPid},
    {"tid", kTid},
    {"ptid", kParentTid},
    {"uid", kUid},
    {"gid", kGid},
    {"ns", kNamespace},
    {"mntns_id", kMountNamespace},
    {"netns_id", kNetNamespace},
    {"l4endpoint", kEndpoint},
    {"syscall", kSyscall},
    {"errorString", kErrorString},
    {"user_stack", kUserStack},
};

// Types whose fields get the preset of the same name, "gadget_" left out.
constexpr std::string_view kTypesWithTemplate[] = {"gadget_comm",     "gadget_pcomm",    "gadget_pid",
                                                   "gadget_ppid",     "gadget_tid",      "gadget_ptid",
                                                   "gadget_uid",      "gadget_gid",      "gadget_timestamp",
                                                   "gadget_mntns_id", "gadget_netns_id", "gadget_user_stack"};

constexpr std::string_view kTypeTag = "type:";

// Structs of process facts: no column of their own; titles of their members are short, those of the parent
// process with a "p" in front, because those of the process itself stand beside them.
bool is_process_struct(const Field& field) {
  return field.has_tag("type:gadget_process") || field.has_tag("type:gadget_creds");
}
bool is_parent_struct(const Field& field) {
  return field.has_tag("type:gadget_parent");
}

void set_default(Field& field, std::string_view key, std::string_view value) {
  field.annotations.try_emplace(std::string(key), value);
}

void apply_type(Field& field) {
  for (const std::string& tag : field.tags) {
    if (!tag.starts_with(kTypeTag)) continue;
    std::string_view type = std::string_view(tag).substr(kTypeTag.size());
    if (std::find(std::begin(kTypesWithTemplate), std::end(kTypesWithTemplate), type) ==
        std::end(kTypesWithTemplate)) {
      continue;
    }
    apply_template(field, *find_template(type.substr(std::string_view("gadget_").size())));
  }
}

void apply_struct(DataSource& source, Field& field) {
  if (field.has_tag("type:gadget_user_stack")) {  // ids and addresses: nothing to read in a table
    for (uint32_t index : field.children) set_default(source.fields()[index], "columns.hidden", "true");
  }
  bool parent = is_parent_struct(field);
  if (!parent && !is_process_struct(field)) return;
  set_default(field, "columns.hidden", "true");
  for (uint32_t index : field.children) {
    Field& child = source.fields()[index];
    set_default(child, "columns.alias", (parent ? "p" : "") + child.name);
  }
}

}  // namespace

const Template* find_template(std::string_view name) {
  auto it = std::find_if(std::begin(kTemplates), std::end(kTemplates),
                         [&](const Template& t) { return t.name == name; });
  return it == std::end(kTemplates) ? nullptr : it;
}

std::vector<std::string> template_names() {
  std::vector<std::string> names;
  for (const Template& preset : kTemplates) names.emplace_back(preset.name);
  return names;
}

void apply_template(Field& field, const Template& preset) {
  for (const auto& [key, value] : preset.annotations) set_default(field, key, value);
}

base::Status apply_templates(DataSource& source) {
  for (Field& field : source.fields()) {
    if (std::string name(field.annotation("template")); !name.empty()) {
      const Template* preset = find_template(name);
      if (preset == nullptr) {
        std::string near = name.size() <= 256 ? base::closest(name, template_names()) : "";
        return base::Error("field " + field.full_name + " of data source " + source.name() +
                           ": unknown template \"" + base::printable(name) + "\"")
            .with_hint(near.empty() ? "templates are " + base::join(template_names(), ", ")
                                    : "did you mean " + near + "?");
      }
      apply_template(field, *preset);
    }
    apply_type(field);
    apply_struct(source, field);
  }
  for (Field& field : source.fields()) {
    std::string_view hidden = field.annotation("columns.hidden");
    if (hidden == "true") field.flags |= kFlagHidden;
    if (hidden == "false") field.flags &= ~static_cast<uint32_t>(kFlagHidden);
  }
  return {};
}

}  // namespace gadgetry::data
