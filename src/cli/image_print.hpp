// Texts of the image subcommands: tables, sizes, times, JSON as YAML.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace gadgetry::cli {

using Json = nlohmann::ordered_json;  // keys in the order in which they were added

// Left-aligned columns, two spaces apart, no spaces at the ends of lines. The first row is the header.
std::string format_table(const std::vector<std::vector<std::string>>& rows);

std::string format_size(uint64_t bytes);  // "1.2 MB"; a megabyte is 1000000 bytes
// The time of an RFC 3339 text as seen at now (seconds since 1970): "3 days ago". "-" for the placeholder
// time 0 of reproducible images and for texts that are not times.
std::string format_age(const std::string& created, int64_t now);

std::string to_yaml(const Json& value);
// format: json, jsonpretty or yaml. Ends with a newline.
base::Result<std::string> format_document(const Json& value, const std::string& format);

}  // namespace gadgetry::cli
