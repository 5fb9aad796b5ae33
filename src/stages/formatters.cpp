#include "stages/formatters.hpp"

#include <optional>
#include <string>

#include "base/log.hpp"
#include "data/annotations.hpp"
#include "stages/formatter_plan.hpp"
#include "sys/namespaces.hpp"
#include "sys/paths.hpp"

namespace gadgetry::stages {
namespace {

using data::Field;
using Op = Conversion::Op;

// What is done with a field of a type.
struct TypeRule {
  std::string_view type;  // typedef name
  Op op;
  std::string_view target_annotation;  // of the raw field: name of the target
  std::string_view fallback;           // name of the target when neither annotation nor "_raw" gives one
  std::string_view preset;             // template of the target
};

constexpr TypeRule kRules[] = {
    {"gadget_timestamp", Op::kTimestamp, "formatters.timestamp.target", "", "timestamp"},
    {"gadget_signal", Op::kSignal, "formatters.signal.target", "", ""},
    {"gadget_errno", Op::kErrno, "formatters.errno.target", "", "errorString"},
    {"gadget_syscall", Op::kSyscall, "formatters.syscall.target", "", "syscall"},
    {"gadget_file_mode", Op::kFileMode, "formatters.file_mode.target", "", ""},
    {"gadget_file_flags", Op::kFileFlags, "formatters.file_flags.target", "", ""},
    {"gadget_bytes", Op::kBytes, "formatters.bytes.target", "", "bytes"},
    {"gadget_duration", Op::kDuration, "formatters.duration.target", "", "duration"},
    {"gadget_uid", Op::kUid, "uidgidresolver.target", "user", ""},
    {"gadget_gid", Op::kGid, "uidgidresolver.target", "group", ""},
    {"gadget_ifindex", Op::kInterface, "formatters.ifindex.target", "ifname", ""},
    {"gadget_kernel_stack", Op::kKernelStack, "ebpf.formatter.kstack", "", ""},
};
constexpr TypeRule kEnumRule = {"", Op::kEnum, "ebpf.formatter.enum", "", ""};

bool has_type(const Field& field, std::string_view type) {
  for (std::string_view tag : field.tags) {
    if (tag.starts_with("type:") && tag.substr(5) == type) return true;
  }
  return false;
}

const TypeRule* rule_of(const Field& field) {
  for (const TypeRule& rule : kRules) {
    if (has_type(field, rule.type)) return &rule;
  }
  return field.enumeration != nullptr ? &kEnumRule : nullptr;
}

// Fields with one place in the record: no arrays, nothing inside an array of structs.
bool has_one_place(const data::DataSource& source, const Field& field) {
  if (field.is_array) return false;
  for (int32_t up = field.parent; up >= 0;) {
    const Field& parent = source.fields()[static_cast<size_t>(up)];
    if (parent.is_array) return false;
    up = parent.parent;
  }
  return true;
}

// Empty: the field stays as it is.
std::string target_name(const Field& field, const TypeRule& rule) {
  std::string_view name = field.annotation(rule.target_annotation);
  if (!name.empty()) return std::string(name);
  constexpr std::string_view kRaw = "_raw";
  if (field.name.ends_with(kRaw) && field.name.size() > kRaw.size()) {
    return field.name.substr(0, field.name.size() - kRaw.size());
  }
  return std::string(rule.fallback);
}

std::string parent_prefix(const Field& field) {
  return field.full_name.substr(0, field.full_name.size() - field.name.size());
}

void set_details(Conversion& conversion, const Field& field, FormatterPlan& plan) {
  if (conversion.op == Op::kTimestamp) {
    std::string_view layout = field.annotation("formatters.timestamp.format");
    conversion.detail = static_cast<uint32_t>(plan.layouts.size());
    plan.layouts.emplace_back(layout.empty() ? sys::kDefaultTimeLayout : layout);
  } else if (conversion.op == Op::kEnum) {
    conversion.detail = static_cast<uint32_t>(plan.enums.size());
    plan.enums.emplace_back(field, std::string(field.annotation("ebpf.formatter.bitfield.separator", "|")));
  }
}

}  // namespace

void hide(Field& field) {
  auto [it, added] = field.annotations.try_emplace("columns.hidden", "true");
  if (added || it->second == "true") field.flags |= data::kFlagHidden;
}

Field* child(data::DataSource& source, const Field& parent, std::string_view name) {
  for (uint32_t index : parent.children) {
    if (source.fields()[index].name == name) return &source.fields()[index];
  }
  return nullptr;
}

base::Result<Field*> add_text(data::DataSource& source, std::string_view prefix, std::string_view name,
                              const Field& after) {
  std::string full_name = std::string(prefix).append(name);
  if (source.find(full_name) != nullptr) {
    base::log_warning("data source " + source.name() + ": no text for field " + after.full_name + ": field " +
                      full_name + " exists already");
    return nullptr;
  }
  return source.add_added_field(full_name, data::Kind::kString, &after);
}

base::Status add_conversion(data::DataSource& source, Field& field, FormatterPlan& plan) {
  const TypeRule* rule = rule_of(field);
  if (rule == nullptr || !data::is_integer(field.kind)) return {};
  bool is_time = rule->op == Op::kTimestamp;
  if (is_time && (data::kind_size(field.kind) != 8 || field.bit_size != 0)) return {};
  std::string name = target_name(field, *rule);
  if (name.empty()) return {};
  std::string prefix = parent_prefix(field);
  // A name nobody asked for gives way silently: several ids in one struct have one user.
  if (name == rule->fallback && source.find(prefix + name) != nullptr) return {};
  GADGETRY_ASSIGN(Field * target, add_text(source, prefix, name, field));
  if (target == nullptr) return {};
  hide(field);
  if (!rule->preset.empty()) {
    target->annotations["template"] = rule->preset;
    if (const data::Template* preset = data::find_template(rule->preset))
      data::apply_template(*target, *preset);
    if (target->annotation("columns.hidden") == "true") target->flags |= data::kFlagHidden;
  }
  if (rule->op == Op::kUid || rule->op == Op::kGid) hide(*target);
  Conversion conversion{.op = rule->op, .raw = field, .raw_field = &field, .target = target};
  set_details(conversion, field, plan);
  if (is_time) source.move_to_added(field);
  plan.conversions.push_back(std::move(conversion));
  return {};
}

FormatterStage::FormatterStage(FormatterContext& context)
    : context_(context), plan_(std::make_unique<FormatterPlan>()) {}
FormatterStage::~FormatterStage() = default;

base::Status FormatterStage::add_fields(data::DataSource& source) {
  *plan_ = FormatterPlan{};
  size_t count = source.fields().size();  // not those that are added meanwhile
  for (size_t i = 0; i < count; i++) {
    Field& field = source.fields()[i];
    if (field.unreferenced() || !has_one_place(source, field)) continue;
    if (has_type(field, "gadget_l3endpoint_t") || has_type(field, "gadget_l4endpoint_t")) {
      GADGETRY_TRY(add_endpoint(source, field, *plan_));
    } else if (has_type(field, "gadget_user_stack")) {
      GADGETRY_TRY(add_user_stack(source, field, *plan_));
    } else {
      GADGETRY_TRY(add_conversion(source, field, *plan_));
    }
  }
  return {};
}

base::Status FormatterStage::plan(data::DataSource&) {
  auto mark = [](Field* field) {
    if (field != nullptr) field->needed = true;
  };
  auto needed = [](const Field* field) { return field != nullptr && field->needed; };
  bool kernel_symbols = false;
  for (Conversion& conversion : plan_->conversions) {
    bool moved = conversion.op == Op::kTimestamp;
    conversion.active = needed(conversion.target) || (moved && needed(conversion.raw_field));
    if (!conversion.active) continue;
    mark(conversion.raw_field);
    if (moved) plan_->uses_clock = true;
    if (conversion.op == Op::kUid || conversion.op == Op::kGid) plan_->uses_users = true;
    if (conversion.op == Op::kInterface) plan_->uses_interfaces = true;
    if (conversion.op == Op::kKernelStack) kernel_symbols = true;
  }
  for (EndpointConversion& endpoint : plan_->endpoints) {
    endpoint.active = needed(endpoint.address) || needed(endpoint.endpoint) || needed(endpoint.proto);
    if (!endpoint.active) continue;
    for (Field* input : {endpoint.address_raw, endpoint.version, endpoint.port, endpoint.proto_raw})
      mark(input);
  }
  for (UserStackConversion& stack : plan_->user_stacks) {
    stack.active = needed(stack.addresses) || needed(stack.buildid) || needed(stack.symbols);
    if (!stack.active) continue;
    for (Field* input : {stack.inode, stack.mtime_sec, stack.base_addr_hash, stack.stack_id,
                         stack.tgid_level0, stack.pid_level1, stack.pidns_level1}) {
      mark(input);
    }
  }
  if (!plan_->user_stacks.empty() && !sys::is_host_pidns() && sys::host_proc() == "/proc") {
    auto own = sys::own_namespace(sys::NamespaceType::kPid);
    plan_->own_pidns = own.ok() ? *own : 0;
  }
  if (kernel_symbols) {  // now, not at the first record: it takes a tenth of a second
    auto status = context_.kallsyms.load();
    if (!status.ok() && !std::exchange(context_.warned_about_kallsyms, true)) {
      base::log_warning("kernel stacks are shown as addresses: " + status.error().text());
    }
  }
  return {};
}

void FormatterStage::process(data::Batch& batch) {
  FormatterPlan& plan = *plan_;
  if (batch.records.empty()) return;
  if (plan.uses_clock) context_.clock.refresh();
  if (plan.uses_users) context_.users.refresh();
  if (plan.uses_interfaces) context_.interfaces.refresh();
  for (Conversion& conversion : plan.conversions) {
    if (conversion.active) run_conversion(conversion, batch, context_, plan);
  }
  for (const EndpointConversion& endpoint : plan.endpoints) {
    if (endpoint.active) run_endpoint(endpoint, batch);
  }
  if (plan.user_stacks.empty()) return;
  if (int64_t now = sys::coarse_seconds(); now != plan.symbols_refreshed) {
    plan.symbols_refreshed = now;
    context_.user_symbols.refresh();
  }
  for (const UserStackConversion& stack : plan.user_stacks) {
    if (stack.active) run_user_stack(stack, batch, context_, plan);
  }
}

}  // namespace gadgetry::stages
