// gadgetctl probe SOURCE: will this gadget run here, and if not, exactly why.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <string>

#include "base/fd.hpp"
#include "base/strings.hpp"
#include "cli/cli.hpp"
#include "cli/finding_print.hpp"
#include "cli/image_probe.hpp"
#include "sys/os_release.hpp"

namespace gadgetry::cli {
namespace {

struct ProbeArgs {
  std::string source;
  std::string format = "table";
  bool load = false;
};

std::string as_json(const GadgetProbe& probe) {
  Json out;
  out["gadget"] = probe.name;
  out["image"] = probe.image.empty() ? Json(nullptr) : Json(probe.image);
  out["kernel"] = sys::kernel_name().release;
  out["runs"] = probe.runs;
  out["missing"] = Json(probe.missing);
  for (const auto& section : probe.sections) out["checks"][section.key] = findings_json(section.findings);
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string as_table(const GadgetProbe& probe) {
  std::string out = base::printable(probe.name);
  if (!probe.image.empty()) out += " (" + base::printable(probe.image) + ")";
  out += " on Linux " + sys::kernel_name().release + "\n\n" + format_sections(probe.sections, use_colors());
  if (probe.runs) return out + "It runs here.\n";
  return out + "It does not run here: " + base::printable(base::join(probe.missing, ", ")) + "\n";
}

base::Result<int> run_probe(const ProbeArgs& args, const Cli& cli) {
  auto parts = pipeline::load_source(args.source, {.store_path = cli.store_path});
  // A name that means nothing is a mistake of the person; a gadget that is broken is an answer.
  if (!parts.ok() && parts.error().kind != base::ErrorKind::kFailure) return std::move(parts).error();
  const GadgetProbe probe =
      parts.ok() ? probe_gadget(std::move(*parts), args.load) : unreadable_gadget(args.source, parts.error());
  GADGETRY_TRY(
      base::write_all(STDOUT_FILENO, args.format == "json" ? as_json(probe) : as_table(probe), "stdout"));
  return probe.runs ? kExitOk : kExitFailure;
}

}  // namespace

void register_probe(CLI::App& app, Cli& cli) {
  auto args = std::make_shared<ProbeArgs>();
  CLI::App* sub =
      app.add_subcommand("probe", "Tell whether a gadget runs on this kernel, and if not, exactly why");
  sub->footer("Exit status: 0 when it runs, 1 when it does not.");
  sub->add_option("SOURCE", args->source, "Image, folder, OCI layout, or eBPF object")->required();
  sub->add_flag("--load", args->load, "Load the programs into the kernel as well, without attaching them");
  sub->add_option("-o,--output", args->format, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->type_name("FORMAT");
  sub->callback([args, &cli] { cli.action = [args, &cli] { return run_probe(*args, cli); }; });
}

}  // namespace gadgetry::cli
