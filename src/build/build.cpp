#include "build/build.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>

#include "base/fd.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "base/strings.hpp"
#include "build/build_file.hpp"
#include "build/compiler.hpp"
#include "build/facts.hpp"
#include "build/module_info.hpp"
#include "build/wasm_compiler.hpp"
#include "metadata/update.hpp"
#include "metadata/validate.hpp"
#include "oci/image.hpp"
#include "sys/paths.hpp"

namespace gadgetry::build {
namespace {

bool exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

base::Result<std::string> real_path(const std::string& path) {
  char out[PATH_MAX];
  if (::realpath(path.c_str(), out) == nullptr) return base::Error::system(path, errno);
  return std::string(out);
}

// A name of build.yaml is relative to the folder of the gadget.
std::string in_folder(const std::string& dir, const std::string& name) {
  return name.starts_with('/') ? name : dir + "/" + name;
}

base::Result<BuildFile> read_build_file(const BuildOptions& options, const std::string& dir) {
  std::string path = options.build_file.empty() ? dir + "/build.yaml" : options.build_file;
  BuildFile file;
  // With --prog the folder is just where that was typed: what lies there is not asked for.
  if (!options.build_file.empty() || (options.prog.empty() && exists(path))) {
    GADGETRY_ASSIGN(std::string text, base::read_file(path, limits::kMetadataBytes));
    GADGETRY_ASSIGN(file, parse_build_file(text, path));
  }
  // Names given on the command line are relative to where it was typed.
  if (!options.prog.empty()) {
    GADGETRY_ASSIGN(file.ebpf_source.name, real_path(options.prog));
    file.ebpf_source.is_explicit = true;
    file.metadata = {"", false};
  }
  if (!options.definition.empty()) {
    std::string name = options.definition;
    if (!name.starts_with('/')) {
      GADGETRY_ASSIGN(std::string here, real_path("."));
      name = here + "/" + name;
    }
    file.metadata = {name, true};
  }
  return file;
}

// The folder of the SDK for modules: beside the one for eBPF, where that was named.
std::string wasm_sdk(const BuildOptions& options) {
  if (!options.sdk_dir.empty()) {
    auto beside = real_path(options.sdk_dir + "/../wasm");
    if (beside.ok()) return *beside;
  }
  auto installed = real_path(sys::data_dir() + "/sdk/wasm");
  return installed.ok() ? *installed : sys::data_dir() + "/sdk/wasm";
}

base::Status add_wasm(const BuildOptions& options, const std::string& dir, const BuildFile& file,
                      BuiltGadget& out) {
  if (file.wasm.empty()) return {};
  std::string path = in_folder(dir, file.wasm);
  if (!file.wasm.ends_with(".wasm") && !is_wasm_source(file.wasm)) {
    return base::Error("the Wasm module " + file.wasm + " is of an unknown kind")
        .with_hint("wasm: in build.yaml names a .c, .cpp, .cc, .rs or .go source, or a .wasm file");
  }
  if (file.wasm.ends_with(".wasm")) {
    GADGETRY_ASSIGN(out.wasm, base::read_file(path, limits::kWasmBytes));
  } else {
    auto source = real_path(path);
    if (!source.ok()) return std::move(source).error().context("Wasm source");
    GADGETRY_ASSIGN(WasmResult result,
                    compile_wasm({*source, wasm_sdk(options), file.wasm_cflags, file.wasm_libc}));
    out.wasm = std::move(result.module);
    out.compiler_output += result.output;
  }
  auto info = describe_module(out.wasm);
  if (!info.ok()) return std::move(info).error().context("the Wasm module " + path);
  std::vector<std::string> warnings;
  auto fits = check_module(*info, warnings);
  if (!fits.ok()) return std::move(fits).error().context("the Wasm module " + path);
  for (const auto& warning : warnings) base::log_warning("the Wasm module " + path + ": " + warning);
  return {};
}

base::Status compile_all(const BuildOptions& options, const std::string& dir, const BuildFile& file,
                         BuiltGadget& out) {
  for (const auto& arch : options.archs) out.objects.push_back({arch, ""});
  std::string source = in_folder(dir, file.ebpf_source.name);
  if (!file.ebpf_source.is_explicit && !exists(source)) return {};
  if (!exists(source)) return base::Error::system("eBPF source " + source, errno);
  std::string sdk = options.sdk_dir.empty() ? sys::data_dir() + "/sdk/bpf" : options.sdk_dir;
  CompileRequest request;
  auto sdk_path = real_path(sdk);
  if (!sdk_path.ok()) {
    return std::move(sdk_path).error().context("the SDK").with_hint("give the folder of the SDK with --sdk");
  }
  request.sdk_dir = *sdk_path;
  request.dir = dir;
  request.source = file.ebpf_source.name;
  // A source elsewhere: its own folder is the one that must not show in the object.
  if (request.source.starts_with('/')) {
    size_t slash = request.source.rfind('/');
    request.dir = slash == 0 ? "/" : request.source.substr(0, slash);
    request.source = request.source.substr(slash + 1);
  }
  request.archs = options.archs;
  request.cflags = file.cflags;
  GADGETRY_ASSIGN(CompileResult result, compile(request));
  for (size_t i = 0; i < out.objects.size(); ++i) out.objects[i].ebpf = std::move(result.objects[i]);
  out.compiler_output += result.output;
  return {};
}

base::Status update_file(const std::string& path, const metadata::Facts& facts, BuiltGadget& out) {
  auto updated = metadata::update(out.metadata, facts, out.name);
  if (!updated.ok()) return base::Error(path + ":" + updated.error().message).with_hint(updated.error().hint);
  if (*updated == out.metadata) return {};
  GADGETRY_TRY(base::replace_file(path, *updated));
  out.metadata = std::move(*updated);
  return {};
}

base::Status check_metadata(const BuildOptions& options, const metadata::Facts& facts, BuiltGadget& out) {
  if (out.metadata.empty()) return {};
  auto parsed = metadata::parse(out.metadata);
  if (!parsed.ok()) {
    return base::Error(out.metadata_file + ":" + parsed.error().message).with_hint(parsed.error().hint);
  }
  if (!options.validate_metadata) return {};
  out.diagnostics = metadata::validate(*parsed, &facts, options.strict);
  if (!metadata::has_errors(out.diagnostics)) return {};
  std::string text = "the metadata does not fit the gadget:";
  for (const auto& one : out.diagnostics) text += "\n" + metadata::format(one, out.metadata_file);
  return base::Error(std::move(text));
}

base::Status add_metadata(const BuildOptions& options, const std::string& dir, const BuildFile& file,
                          BuiltGadget& out) {
  bool is_named = !file.metadata.name.empty();
  if (is_named) out.metadata_file = in_folder(dir, file.metadata.name);
  bool present = is_named && exists(out.metadata_file);
  if (!present && file.metadata.is_explicit && !options.update_metadata) {
    return base::Error::system("metadata " + out.metadata_file, ENOENT)
        .with_hint("--update-metadata makes the file");
  }
  if (present) {
    GADGETRY_ASSIGN(out.metadata, base::read_file(out.metadata_file, limits::kMetadataBytes));
  }
  std::unique_ptr<bpf::Object> object;
  if (!out.objects.empty() && !out.objects.front().ebpf.empty()) {
    GADGETRY_ASSIGN(object, bpf::Object::open(out.name, base::as_bytes(out.objects.front().ebpf)));
  }
  GADGETRY_ASSIGN(ObjectFacts facts, collect_facts(object.get(), !out.wasm.empty()));
  for (const auto& warning : facts.warnings) base::log_warning(warning);
  if (options.update_metadata && is_named) GADGETRY_TRY(update_file(out.metadata_file, facts.facts, out));
  return check_metadata(options, facts.facts, out);
}

}  // namespace

base::Result<BuiltGadget> build_folder(const BuildOptions& options) {
  auto dir = real_path(options.dir);
  if (!dir.ok()) return std::move(dir).error().context("gadget folder");
  struct stat info{};
  if (::stat(dir->c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
    return base::Error(options.dir + " is no folder").with_hint("give the folder of a gadget");
  }
  GADGETRY_ASSIGN(BuildFile file, read_build_file(options, *dir));
  BuiltGadget out;
  out.name = dir->substr(dir->rfind('/') + 1);
  if (!options.prog.empty()) {
    out.name = options.prog.substr(options.prog.rfind('/') + 1);
    out.name = out.name.substr(0, out.name.find('.'));
  }
  GADGETRY_TRY(add_wasm(options, *dir, file, out));
  GADGETRY_TRY(compile_all(options, *dir, file, out));
  GADGETRY_TRY(add_metadata(options, *dir, file, out));
  bool has_ebpf = !out.objects.empty() && !out.objects.front().ebpf.empty();
  if (!has_ebpf && out.wasm.empty() && out.metadata.empty()) {
    return base::Error(*dir + " holds no gadget: there is neither " + file.ebpf_source.name + " nor " +
                       file.metadata.name)
        .with_hint("`gadgetctl init NAME` writes a gadget to start from");
  }
  return out;
}

base::Result<BuiltGadget> build_for_run(const std::string& dir) {
  BuildOptions options;
  options.dir = dir;
  options.archs = {oci::host_architecture()};
  options.strict = false;
  return build_folder(options);
}

}  // namespace gadgetry::build
