// gadgetctl doctor: what this kernel can do, what is missing, and how to get it.
#include <sys/utsname.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <string>

#include "base/fd.hpp"
#include "base/strings.hpp"
#include "bpf/probe_report.hpp"
#include "cli/cli.hpp"
#include "cli/finding_print.hpp"
#include "sys/kernel_config.hpp"
#include "sys/os_release.hpp"

namespace gadgetry::cli {
namespace {

Json kernel_json(const sys::KernelConfig& config) {
  const sys::KernelName name = sys::kernel_name();
  Json out;
  out["release"] = name.release;
  out["architecture"] = name.arch;
  out["distribution"] = name.id;
  out["distributionVersion"] = name.version_id;
  out["config"] = config.is_known() ? Json(config.source()) : Json(nullptr);
  return out;
}

std::string kernel_text(const sys::KernelConfig& config) {
  const sys::KernelName name = sys::kernel_name();
  std::string out = "Linux " + name.release + " (" + name.arch + "), " + name.id + " " + name.version_id;
  return out + (config.is_known() ? ", configured by " + config.source() : ", configuration not known") +
         "\n";
}

base::Result<int> run_doctor(const std::string& format) {
  const sys::KernelConfig config = sys::KernelConfig::read();
  const auto sections = bpf::probe_kernel(config);
  const bool is_ready = missing_needs(sections).empty();
  std::string text;
  if (format == "json") {
    Json out;
    out["kernel"] = kernel_json(config);
    out["ready"] = is_ready;
    out["missing"] = Json(missing_needs(sections));
    for (const auto& section : sections) out[section.key] = findings_json(section.findings);
    text = out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  } else {
    text = kernel_text(config) + "\n" + format_sections(sections, use_colors());
    text +=
        is_ready
            ? "All that gadgets normally need is there.\n"
            : "Missing, though gadgets normally need it: " + base::join(missing_needs(sections), ", ") + "\n";
  }
  GADGETRY_TRY(base::write_all(STDOUT_FILENO, text, "stdout"));
  return is_ready ? kExitOk : kExitFailure;
}

}  // namespace

void register_doctor(CLI::App& app, Cli& cli) {
  static std::string format = "table";
  CLI::App* sub =
      app.add_subcommand("doctor", "Show what this kernel can do, what is missing and how to get it");
  sub->footer("Exit status: 0 when all that gadgets normally need is there, else 1.");
  sub->add_option("-o,--output", format, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->type_name("FORMAT");
  sub->callback([&cli] { cli.action = [] { return run_doctor(format); }; });
}

}  // namespace gadgetry::cli
