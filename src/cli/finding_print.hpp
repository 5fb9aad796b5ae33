// Findings about the kernel and about images: as tables for people and as JSON.
#pragma once

#include <string>
#include <vector>

#include "bpf/probe_report.hpp"
#include "cli/image_print.hpp"

namespace gadgetry::cli {

// Standard output is a terminal, and NO_COLOR does not forbid it.
bool use_colors();

// "section: name" of what is needed and not there.
std::vector<std::string> missing_needs(const std::vector<bpf::FindingSection>& sections);

// [{"name", "status", "detail", "fix", "needed"}], empty texts left out.
Json findings_json(const std::vector<bpf::Finding>& findings);

// One block for each section: what is there in a few lines, what is not with the reason and the way to get
// it.
std::string format_sections(const std::vector<bpf::FindingSection>& sections, bool colors);

}  // namespace gadgetry::cli
