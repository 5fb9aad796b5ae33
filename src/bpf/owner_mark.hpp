// The name of what this process leaves in kernel tables that no descriptor keeps (filters of tc, routes): it
// says who made it, so that a later run finds what a killed one left.
#pragma once

#include <string>
#include <string_view>

namespace gadgetry::bpf {

struct OwnerMark {
  bool is_ours = false;    // made by this program, in whatever process
  bool is_left = false;    // its process is gone: nobody else will remove it
  bool has_extra = false;  // carries make_owner_mark's `extra`
};

// "gadgetry:PIDNS:PID:START:EXTRA:PROGRAM".
std::string make_owner_mark(std::string_view program, bool extra = false);

// A process of another pid namespace is taken to be alive: from here that cannot be told.
OwnerMark read_owner_mark(std::string_view name);

}  // namespace gadgetry::bpf
