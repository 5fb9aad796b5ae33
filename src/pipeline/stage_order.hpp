// Every place a record visits, in order. This is the whole list: what is not here does not touch a record.
//
//   rest        trailing data of the sample becomes a field
//   wasm        callbacks of the gadget's module with a priority up to 0
//   formatters  numbers become text: times, errno values, users, enums, endpoints, stacks
//   wasm        priorities up to 9000
//   filter      --filter, --filter-expr
//   sort        --sort (array data sources)
//   limit       --max-entries
//   wasm        the other callbacks
//   sink        output
#pragma once

#include "base/result.hpp"
#include "pipeline/config.hpp"
#include "pipeline/stream.hpp"
#include "stages/formatters.hpp"
#include "wasm/stage.hpp"

namespace gadgetry::pipeline {

// Gives the stream its stages. Only those with something to do are added. `module` may be null.
base::Status add_stages(Stream& stream, const RunConfig& config, stages::FormatterContext& context,
                        wasm::Host* module);

// Fails when an option of the run names a data source that the gadget does not have.
base::Status check_source_names(const RunConfig& config, const std::vector<std::string>& sources);

}  // namespace gadgetry::pipeline
