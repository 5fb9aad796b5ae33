#include "metadata/diagnostic.hpp"

#include <algorithm>
#include <tuple>

#include "base/strings.hpp"

namespace gadgetry::metadata {

std::string format(const Diagnostic& diagnostic, std::string_view file) {
  std::string out(file);
  if (diagnostic.at.line != 0) {
    out += ":" + std::to_string(diagnostic.at.line) + ":" + std::to_string(diagnostic.at.column);
  }
  out += diagnostic.severity == Severity::kError ? ": error: " : ": warning: ";
  out += base::printable(diagnostic.message);
  if (!diagnostic.hint.empty()) out += "; " + base::printable(diagnostic.hint);
  return out;
}

bool has_errors(const std::vector<Diagnostic>& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& one) { return one.severity == Severity::kError; });
}

void sort_by_position(std::vector<Diagnostic>& diagnostics) {
  // Insertion keeps the order of those at one place; the lists are short.
  for (size_t at = 1; at < diagnostics.size(); ++at) {
    auto behind =
        std::upper_bound(diagnostics.begin(), diagnostics.begin() + static_cast<ptrdiff_t>(at),
                         diagnostics[at], [](const Diagnostic& a, const Diagnostic& b) {
                           return std::tie(a.at.line, a.at.column) < std::tie(b.at.line, b.at.column);
                         });
    std::rotate(behind, diagnostics.begin() + static_cast<ptrdiff_t>(at),
                diagnostics.begin() + static_cast<ptrdiff_t>(at) + 1);
  }
}

}  // namespace gadgetry::metadata
