// Option values that may differ by data source: "[source:]value" parts, such as "open:10,exec:20" or
// "a:pid,comm;b:uid".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gadgetry::data {

struct PerSource {
  std::string source;  // empty: every data source that is not named
  std::string value;
};

// Splits at `separator`: ';' where values hold commas themselves (--sort, --fields), ',' elsewhere
// (--max-entries,
// --interval). Fails on an empty part, an empty source name and on a source given twice.
base::Result<std::vector<PerSource>> parse_per_source(std::string_view text, char separator);

// The value for a data source: its own, else the unnamed one, else null.
const PerSource* find_per_source(const std::vector<PerSource>& values, std::string_view source);

// An error when a value is meant for a data source that is not among `sources`. `option` is for the message
// ("--sort").
base::Status check_per_source(const std::vector<PerSource>& values, const std::vector<std::string>& sources,
                              std::string_view option);

}  // namespace gadgetry::data
