// Inside of the formatters stage: what was decided before the first record.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/access.hpp"
#include "data/data_source.hpp"
#include "stages/enum_names.hpp"
#include "stages/formatters.hpp"
#include "sys/time_layout.hpp"

namespace gadgetry::stages {

// One raw number to one text.
struct Conversion {
  enum class Op : uint8_t {
    kTimestamp,
    kSignal,
    kErrno,
    kSyscall,
    kFileMode,
    kFileFlags,
    kBytes,
    kDuration,
    kUid,
    kGid,
    kInterface,
    kKernelStack,
    kEnum,
  };
  Op op;
  data::Field raw;         // a copy: where the raw value is read, even after the field itself was moved
  data::Field* raw_field;  // hidden; holds the time of day after kTimestamp
  data::Field* target;
  uint32_t detail = 0;  // kTimestamp: index in layouts, kEnum: in enums
  bool active = false;  // somebody needs the target (or the moved raw field)
};

struct EndpointConversion {
  data::Field* address_raw;
  data::Field* version;
  data::Field* port = nullptr;       // null: an L3 endpoint
  data::Field* proto_raw = nullptr;  // may be missing
  data::Field* address;
  data::Field* endpoint = nullptr;
  data::Field* proto = nullptr;
  bool active = false;
};

// Members of struct gadget_user_stack; those that are missing are null and read as 0.
struct UserStackConversion {
  data::Field* inode;
  data::Field* mtime_sec;
  data::Field* base_addr_hash;
  data::Field* stack_id;
  data::Field* tgid_level0;
  data::Field* pid_level1;
  data::Field* pidns_level1;
  data::Field* addresses;
  data::Field* buildid;
  data::Field* symbols;
  bool active = false;
};

struct FormatterPlan {
  std::vector<Conversion> conversions;
  std::vector<EndpointConversion> endpoints;
  std::vector<UserStackConversion> user_stacks;
  std::vector<sys::TimeLayout> layouts;
  std::vector<EnumNames> enums;
  std::string scratch;            // long texts are put together here
  uint64_t own_pidns = 0;         // 0: the pids we see are the kernel's
  int64_t symbols_refreshed = 0;  // coarse monotonic seconds
  // What process() has to look after.
  bool uses_clock = false;
  bool uses_users = false;
  bool uses_interfaces = false;
};

// Adding fields. All return without doing anything for a field they do not apply to.
base::Status add_conversion(data::DataSource& source, data::Field& field, FormatterPlan& plan);
base::Status add_endpoint(data::DataSource& source, data::Field& field, FormatterPlan& plan);
base::Status add_user_stack(data::DataSource& source, data::Field& field, FormatterPlan& plan);

// Hides a raw field, unless its annotations say whether it is hidden.
void hide(data::Field& field);
// The child of that name, or null.
data::Field* child(data::DataSource& source, const data::Field& parent, std::string_view name);
// A new text field named `name` beside or inside others: `prefix` is the full name of its parent with a dot,
// or empty. Null, with a warning, when there is a field of that name.
base::Result<data::Field*> add_text(data::DataSource& source, std::string_view prefix, std::string_view name,
                                    const data::Field& after);

// Running, for a whole batch.
void run_conversion(Conversion& conversion, data::Batch& batch, FormatterContext& context,
                    FormatterPlan& plan);
void run_endpoint(const EndpointConversion& conversion, data::Batch& batch);
void run_kernel_stack(const Conversion& conversion, data::Batch& batch, FormatterContext& context,
                      FormatterPlan& plan);
void run_user_stack(const UserStackConversion& conversion, data::Batch& batch, FormatterContext& context,
                    FormatterPlan& plan);

}  // namespace gadgetry::stages
