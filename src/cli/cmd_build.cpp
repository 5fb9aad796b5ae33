// gadgetctl build [-t NAME:TAG] [DIR], and build --prog foo.bpf.c --definition foo.yaml NAME:TAG.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>

#include "base/fd.hpp"
#include "base/log.hpp"
#include "base/strings.hpp"
#include "build/btfgen.hpp"
#include "build/build.hpp"
#include "build/package.hpp"
#include "cli/cli.hpp"

namespace gadgetry::cli {
namespace {

struct BuildArgs {
  build::BuildOptions options;
  std::string argument;  // DIR, or NAME:TAG with --prog
  std::string tag;
  std::string output;
  std::string btfgen;  // folder with BTF of kernels
};

// Image names have no upper-case letters, and begin and end with a letter or digit.
std::string image_name(std::string_view folder) {
  std::string out;
  for (char c : base::to_lower(folder)) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (plain || (!out.empty() && (c == '_' || c == '-' || c == '.'))) out += c;
  }
  while (!out.empty() && (out.back() == '_' || out.back() == '-' || out.back() == '.')) out.pop_back();
  return out.empty() ? "gadget" : out;
}

base::Result<oci::Digest> package(const BuildArgs& args, const Cli& cli, const build::BuiltGadget& gadget,
                                  const oci::Reference& reference) {
  if (args.output.ends_with(".tar")) return build::package_to_tar(gadget, reference, args.output);
  if (!args.output.empty()) return build::package_to_folder(gadget, reference, args.output);
  std::string path = cli.store_path.empty() ? oci::default_store_path() : cli.store_path;
  GADGETRY_ASSIGN(oci::LayoutStore store, oci::LayoutStore::open(path, oci::OpenMode::kCreate));
  return build::package_to_store(gadget, reference, store);
}

base::Result<int> run_build(BuildArgs args, const Cli& cli) {
  if (!args.options.prog.empty() && args.tag.empty()) {
    args.tag = args.argument;
  } else if (!args.argument.empty()) {
    args.options.dir = args.argument;
  }
  auto& archs = args.options.archs;
  std::sort(archs.begin(), archs.end());
  archs.erase(std::unique(archs.begin(), archs.end()), archs.end());
  // A bad name is told before the work is done.
  if (!args.tag.empty()) GADGETRY_TRY(oci::Reference::parse(args.tag));
  GADGETRY_ASSIGN(build::BuiltGadget gadget, build::build_folder(args.options));
  if (!args.btfgen.empty()) {
    GADGETRY_ASSIGN(const size_t kernels, build::add_btf_archives(args.btfgen, gadget));
    base::log_info("types of " + std::to_string(kernels) + " kernels added");
  }
  if (!gadget.compiler_output.empty()) {
    GADGETRY_TRY(base::write_all(STDERR_FILENO, gadget.compiler_output, "stderr"));
  }
  for (const auto& one : gadget.diagnostics) {
    (void)std::fprintf(stderr, "%s\n", metadata::format(one, gadget.metadata_file).c_str());
  }
  GADGETRY_ASSIGN(oci::Reference reference,
                  oci::Reference::parse(args.tag.empty() ? image_name(gadget.name) : args.tag));
  GADGETRY_ASSIGN(oci::Digest digest, package(args, cli, gadget, reference));
  std::string text =
      "Successfully built " + reference.name() + ":" + reference.tag() + "@" + digest.to_string() + "\n";
  GADGETRY_TRY(base::write_all(STDOUT_FILENO, text, "stdout"));
  return kExitOk;
}

}  // namespace

void register_build(CLI::App& app, Cli& cli) {
  auto args = std::make_shared<BuildArgs>();
  auto* command = app.add_subcommand("build", "Compile a gadget and make an image of it");
  auto& options = args->options;
  command->add_option("DIR", args->argument,
                      "Folder of the gadget (default: .); with --prog the name of the image");
  command->add_option("-t,--tag", args->tag, "Name of the image (default: the folder's name)")
      ->type_name("NAME:TAG");
  command->add_option("-f,--file", options.build_file, "Build file (default: build.yaml of the folder)")
      ->type_name("FILE");
  command->add_option("--prog", options.prog, "eBPF source, in place of a folder")->type_name("FILE");
  command->add_option("--definition", options.definition, "Metadata or definition file")->type_name("FILE");
  command
      ->add_option("-o,--output", args->output, "Write an OCI layout folder, or a .tar of one, not the store")
      ->type_name("DIR|FILE.tar");
  command->add_option("--arch", options.archs, "Architectures (default: amd64,arm64)")
      ->delimiter(',')
      ->type_name("ARCH")
      ->check(CLI::IsMember({"amd64", "arm64"}));
  command->add_option("--sdk", options.sdk_dir, "Folder of the SDK headers (default: the installed one)")
      ->type_name("DIR");
  command
      ->add_option("--btfgen", args->btfgen,
                   "Add the types of kernels that have none of their own, from full BTF in\n"
                   "DIR/ID/VERSION_ID/ARCH/RELEASE.btf, .btf.tar.xz or vmlinux-RELEASE")
      ->type_name("DIR");
  command->add_flag("--update-metadata", options.update_metadata,
                    "Add data sources, fields and parameters to the metadata file that it lacks");
  command->add_flag("--validate-metadata,!--no-validate-metadata", options.validate_metadata,
                    "Check the metadata against the program (default: true)");
  command->callback([args, &cli] { cli.action = [args, &cli] { return run_build(*args, cli); }; });
}

}  // namespace gadgetry::cli
