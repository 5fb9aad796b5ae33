// What is wrong with a metadata or build file, and where.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gadgetry::metadata {

// A place in a text file, counted from 1. Line 0: no place known.
struct Position {
  uint32_t line = 0;
  uint32_t column = 0;
};

enum class Severity : uint8_t { kError, kWarning };

struct Diagnostic {
  Position at;
  Severity severity = Severity::kError;
  std::string message;
  std::string hint;  // what to do; may be empty
};

// "gadget.yaml:12:7: error: message; hint". Without a known place the numbers are left out.
std::string format(const Diagnostic& diagnostic, std::string_view file);
bool has_errors(const std::vector<Diagnostic>& diagnostics);
void sort_by_position(std::vector<Diagnostic>& diagnostics);

}  // namespace gadgetry::metadata
