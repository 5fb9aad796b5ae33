// SPDX-License-Identifier: Apache-2.0
// The flag --deny of those commands that load modules.
#pragma once

#include "args.hpp"
#include "engine.hpp"

namespace wasmcore::cli {

inline void add_deny_flag(Args& args, LoadOptions& options) {
  args.option("--deny", "FEATURE", "Refuse modules that use it: floats or simd; may be repeated",
              [&options](std::string_view text) -> base::Status {
                if (text != "floats" && text != "simd") {
                  return base::Error::usage("--deny \"" + base::printable(text) + "\": not a feature")
                      .with_hint("write floats or simd");
                }
                options.deny |= text == "floats" ? WASMCORE_DENY_FLOATS : WASMCORE_DENY_SIMD;
                return {};
              });
}

}  // namespace wasmcore::cli
