// Asks the person at the terminal about what the module of a gadget wants to reach and was not granted by a flag.
#pragma once

#include "base/result.hpp"
#include "pipeline/gadget.hpp"
#include "wasm/permissions.hpp"

namespace gadgetry::cli {

// Adds to grants what was granted. Without a terminal nothing is asked and nothing added: a debug message says what
// the module goes without.
base::Status ask_permissions(const pipeline::Gadget& gadget, wasm::Grants& grants);

}  // namespace gadgetry::cli
