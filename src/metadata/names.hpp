// Which names the fields of a data source have, or will have once formatters and enrichers added theirs.
// Internal to this room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/data_source.hpp"
#include "metadata/metadata.hpp"

namespace gadgetry::metadata {

// Annotation keys are known without regard to case: the spelling of the catalogue, or the key as it is when
// unknown.
std::string field_annotation_key(std::string_view key);
std::string source_annotation_key(std::string_view key);

// A field by full name, exactly or else without regard to case.
data::Field* find_field(data::DataSource& source, std::string_view name);

// All names a field of the source can be called by at run time, sorted, as far as they can be listed: its
// fields, and what formatters add. info may be null.
std::vector<std::string> possible_fields(const data::DataSource& source, const SourceInfo* info);

// Whether name is one of names, or of the kind that enrichers add (k8s.podName, src.k8s.kind,
// runtime.containerName).
bool is_possible_field(const std::vector<std::string>& names, std::string_view name);

}  // namespace gadgetry::metadata
