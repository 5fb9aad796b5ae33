// SPDX-License-Identifier: Apache-2.0
// Loads only the programs of the hooks that were asked for: --trace-HOOK, or --trace-all for every hook of
// this kernel.
#include <gadget/gadget.hpp>

GADGET_MODULE();

namespace {

constexpr uint32_t kNameLength = 64;
constexpr uint32_t kPrefixLength = 3;  // "ig_"

}  // namespace

GADGET_INIT {
  bool all = gadget::param_bool("trace-all");
  uint32_t chosen = 0;
  gadget::FixedString<kNameLength> name;
  for (uint32_t i = 0; gadget::program_name(i, name).ok(); i++) {
    gadget::Text hook = name.text().part(kPrefixLength, name.size() - kPrefixLength);
    gadget::FixedString<kNameLength> text;
    gadget::append(text, "trace-", hook);
    bool wanted = gadget::param_bool(text);
    text.clear();
    gadget::append(text, "bpf_lsm_", hook);
    // All means all that there are; a hook that was named and is missing is told.
    if (!wanted && all) wanted = gadget::symbol_exists(text);
    if (wanted) {
      chosen++;
    } else if (!gadget::program_set_enabled(name, false).ok()) {
      return gadget::fail("cannot switch a program off");
    }
  }
  if (chosen > 0) return 0;
  return gadget::fail("no hook to trace: name some, such as --trace-file_open, or take all: --trace-all");
}
