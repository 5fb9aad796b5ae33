// Setting single values of metadata by a dotted key, as modules of gadgets do before they start (setConfig).
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "metadata/metadata.hpp"

namespace gadgetry::metadata {

// What can be set, words in any case:
//   programs.NAME.attach_to                              an empty value: what its section says
//   datasources.NAME.annotations.KEY
//   datasources.NAME.fields.FIELD.annotations.KEY        FIELD and KEY have dots of their own
//   params.ebpf.VARIABLE.defaultValue
//   paramDefaults.KEY
//   operator.KEY
// Entries that are not there are made. Anything else is an error of the kind not found, with this list as its hint.
base::Status set_value(Metadata& metadata, std::string_view dotted_key, std::string_view value);

}  // namespace gadgetry::metadata
