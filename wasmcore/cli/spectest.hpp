// SPDX-License-Identifier: Apache-2.0
// The module "spectest" that the scripts of the test suite import from.
#pragma once

#include <span>
#include <string>

#include "wasmcore.h"

namespace wasmcore::cli {

// The binary. It imports its printing functions from spectest_hosts() and exports them, a memory, a table,
// globals.
std::string spectest_module();
std::span<const wasmcore_host_function> spectest_hosts();

}  // namespace wasmcore::cli
