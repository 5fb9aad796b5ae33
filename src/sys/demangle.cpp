#include <cxxabi.h>

#include <cstdlib>
#include <memory>

#include "base/limits.hpp"
#include "sys/elf_symbols.hpp"

namespace gadgetry::sys {
namespace {

// A name of some hundred bytes can stand for gigabytes: "S0_" and "T_" repeat an earlier part, and parts with
// two of them double at each level. What k repetitions can do is bounded by e^(k/e) = 1.445^k; a pack
// expansion ("Dp", "sp") repeats its pattern for each argument.
double worst_case_size(std::string_view name) {
  auto size = static_cast<double>(name.size());
  double estimate = size;
  for (size_t i = 0; i + 1 < name.size(); i++) {
    if (name[i] == 'S' || name[i] == 'T') {
      size_t end = i + 1;
      while (end < name.size() &&
             ((name[end] >= '0' && name[end] <= '9') || (name[end] >= 'A' && name[end] <= 'Z'))) {
        end++;
      }
      if (end < name.size() && name[end] == '_') estimate *= 1.445;
    } else if ((name[i] == 'D' || name[i] == 's') && name[i + 1] == 'p') {
      estimate *= size / 2;
    }
  }
  return estimate;
}

// Rust puts a hash behind its names: "core::fmt::write::h0123456789abcdef".
std::string_view without_rust_hash(std::string_view name) {
  constexpr size_t kHashSize = 3 + 16;
  if (name.size() <= kHashSize) return name;
  std::string_view hash = name.substr(name.size() - kHashSize);
  if (!hash.starts_with("::h") || hash.find_first_not_of("0123456789abcdef", 3) != std::string_view::npos)
    return name;
  return name.substr(0, name.size() - kHashSize);
}

}  // namespace

std::string demangle(const std::string& name) {
  constexpr double kWorstCaseBytes = 16 << 20;
  std::string out = name;
  if (name.starts_with("_Z") && name.size() <= limits::kSymbolNameBytes &&
      worst_case_size(name) <= kWorstCaseBytes) {
    int status = 0;
    std::unique_ptr<char, decltype(&free)> text(abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status),
                                                &free);
    std::string_view plain = text == nullptr ? std::string_view{} : std::string_view(text.get());
    if (!plain.empty() && plain.size() <= limits::kSymbolNameBytes) out = without_rust_hash(plain);
  }
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return out;
}

}  // namespace gadgetry::sys
