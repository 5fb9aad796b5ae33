// Turns raw numbers of an event into text: times, names of users, errno values, endpoints, stacks ...
//
// Which fields are converted is decided by their type tags ("type:gadget_errno") and by being enums. The text
// goes to a new field behind the raw one, in the same struct. Its name is the value of an annotation of the
// raw field, or the raw field's name without "_raw"; without either the field is left as it is (user and
// group names have the fallbacks "user" and "group"). Raw fields are hidden unless their annotation
// columns.hidden says otherwise.
//
// | type                   | annotation for the target's name | text |
// |------------------------|----------------------------------|-----------------------------------------------------|
// | gadget_timestamp       | formatters.timestamp.target      | local time; the raw field becomes ns since
// 1970     | | gadget_signal          | formatters.signal.target         | SIGKILL, signal#77 | |
// gadget_errno           | formatters.errno.target          | ENOENT, "" for 0, error#4095 | | gadget_syscall
// | formatters.syscall.target        | SYS_OPENAT, SYS_UNKNOWN                             | |
// gadget_file_mode       | formatters.file_mode.target      | -rw-r--r-- | | gadget_file_flags      |
// formatters.file_flags.target     | O_RDONLY|O_CLOEXEC                                  | | gadget_bytes |
// formatters.bytes.target          | 4.1 kB                                              | | gadget_duration
// | formatters.duration.target       | 1.50ms                                              | | gadget_uid,
// gadget_gid | uidgidresolver.target            | root, uid:12345, gid:12345                          | |
// gadget_ifindex         | formatters.ifindex.target        | eth0, "" for 0, if#77 (fallback name: ifname) |
// | gadget_kernel_stack    | ebpf.formatter.kstack            | "vfs_read; ksys_read; " | | enums |
// ebpf.formatter.enum              | name, UNKNOWN; sets: names joined with "|"          | |
// gadget_l3endpoint_t    |                                  | subfield addr | | gadget_l4endpoint_t    | |
// subfields addr, proto, endpoint                     | | gadget_user_stack      | | subfields addresses,
// buildid, symbols               |
//
// Arrays, and members of arrays of structs, are not converted.
#pragma once

#include <memory>
#include <string_view>

#include "data/stage.hpp"
#include "stages/stack_source.hpp"
#include "sys/clock.hpp"
#include "sys/interfaces.hpp"
#include "sys/kallsyms.hpp"
#include "sys/paths.hpp"
#include "sys/user_symbols.hpp"
#include "sys/users.hpp"

namespace gadgetry::stages {

// What the conversions ask. One for all data sources of a run; outlives their stages and what they made.
struct FormatterContext {
  sys::BootClock clock;
  sys::UserDatabase users;
  sys::InterfaceNames interfaces;
  sys::Kallsyms kallsyms;  // read only when a kernel stack is shown
  sys::UserSymbols user_symbols{sys::host_proc()};
  // Set when the maps exist, before the first record. Null: the stacks are empty text.
  StackSource* kernel_stacks = nullptr;
  StackSource* user_stacks = nullptr;
  BuildIdSource* build_ids = nullptr;

  bool warned_about_kallsyms = false;  // said once a run
};

struct FormatterPlan;  // formatter_plan.hpp

// Serves one data source: make one for each.
class FormatterStage final : public data::Stage {
 public:
  explicit FormatterStage(FormatterContext& context);
  ~FormatterStage() override;

  std::string_view name() const override { return "formatters"; }
  // Annotations of the raw fields must be in place before this. Targets get the columns.* annotations of
  // their template; whoever knows better (metadata) sets them again afterwards.
  base::Status add_fields(data::DataSource& source) override;
  base::Status plan(data::DataSource& source) override;
  void process(data::Batch& batch) override;

 private:
  FormatterContext& context_;
  std::unique_ptr<FormatterPlan> plan_;
};

}  // namespace gadgetry::stages
