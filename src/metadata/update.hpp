// --update-metadata: completes gadget.yaml from what the eBPF object holds.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "metadata/validate.hpp"

namespace gadgetry::metadata {

// Returns the text of the file with data sources, fields and parameters added that it lacks. All that is
// there stays as it is, comments and order included. Empty text gives a new file for a gadget called name.
// Fails when the text is no valid metadata, or when a part that must grow is written in flow style ({a: b}).
base::Result<std::string> update(std::string_view yaml, const Facts& facts, std::string_view name);

}  // namespace gadgetry::metadata
