#include "bpf/probe_report.hpp"

#include "base/strings.hpp"
#include "bpf/features.hpp"
#include "bpf/kernel_btf.hpp"

namespace gadgetry::bpf {

std::string_view answer_name(Answer answer) {
  switch (answer) {
    case Answer::kYes:
      return "yes";
    case Answer::kNo:
      return "no";
    case Answer::kUnknown:
      return "unknown";
    case Answer::kInfo:
      break;
  }
  return "info";
}

std::string version_fix(KernelVersion since, std::string_view option) {
  if (kernel_version() >= since) return {};
  std::string out =
      "boot Linux " + std::to_string(since.major) + "." + std::to_string(since.minor) + " or newer";
  if (option.starts_with("CONFIG_")) out += " with " + std::string(option.substr(0, option.find(' '))) + "=y";
  return out;
}

std::string option_fix(std::string_view text, const sys::KernelConfig& config) {
  constexpr std::string_view kVersion = "(Linux ";
  if (const size_t at = text.find(kVersion); at != std::string_view::npos) {
    const std::string newer = version_fix(parse_kernel_version(text.substr(at + kVersion.size())), text);
    if (!newer.empty()) return newer;
  }
  std::vector<std::string> missing;
  for (std::string_view word : base::split(text, ' ')) {
    while (!word.empty() && (word.back() == ',' || word.back() == '=')) word.remove_suffix(1);
    if (!word.starts_with("CONFIG_")) continue;
    if (!config.is_on(word).value_or(false)) missing.push_back(std::string(word) + "=y");
  }
  if (missing.empty()) return {};
  return "boot a kernel with " + base::join(missing, " and ");
}

std::vector<FindingSection> probe_kernel(const sys::KernelConfig& config) {
  std::vector<FindingSection> out = {probe_capabilities(),
                                     probe_security(config),
                                     probe_mounts(config),
                                     probe_type_information(config),
                                     probe_program_types(config),
                                     probe_map_types(config),
                                     probe_helpers(),
                                     probe_kernel_functions(config),
                                     probe_limits()};
  KernelBtf::own().release();
  KernelBtf::instance().release();
  return out;
}

}  // namespace gadgetry::bpf
