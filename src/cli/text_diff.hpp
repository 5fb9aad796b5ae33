// What changed between two texts, by lines.
#pragma once

#include <string>
#include <string_view>

namespace gadgetry::cli {

struct TextDiff {
  size_t removed = 0;
  size_t added = 0;
  std::string text;  // "-" and "+" lines with two lines around them, "@@ line N" where something is left out
};

// At most max_lines lines of it; the numbers count all.
TextDiff diff_lines(std::string_view before, std::string_view after, size_t max_lines);

}  // namespace gadgetry::cli
