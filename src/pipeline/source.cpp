#include "pipeline/source.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "build/build.hpp"
#include "oci/image.hpp"
#include "oci/layout_store.hpp"
#include "oci/reference.hpp"
#include "oci/tarball.hpp"
#include "sys/paths.hpp"

namespace gadgetry::pipeline {
namespace {

std::string base_name(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  std::string_view name = path.substr(path.rfind('/') + 1);
  if (size_t dot = name.find('.'); dot != std::string_view::npos && dot > 0) name = name.substr(0, dot);
  return std::string(name.empty() ? path : name);
}

bool looks_like_path(std::string_view source) {
  return source.starts_with('/') || source.starts_with("./") || source.starts_with("../") || source == "." ||
         source == ".." || source.ends_with(".tar") || source.ends_with(".o") || source.ends_with('/');
}

bool is_folder(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

GadgetParts parts_of(oci::GadgetImage image, std::string name) {
  for (const std::string& warning : image.warnings) base::log_warning(warning);
  GadgetParts parts;
  parts.name = std::move(name);
  parts.image = image.reference + "@" + image.digest.to_string();
  parts.ebpf = std::move(image.ebpf);
  parts.wasm = std::move(image.wasm);
  parts.metadata = std::move(image.metadata);
  parts.btfgen = std::move(image.btfgen);
  return parts;
}

base::Result<GadgetParts> load_layout(const std::string& path) {
  GADGETRY_ASSIGN(auto layout, oci::open_layout_source(path));
  auto picked = oci::pick_image(*layout);
  if (!picked.ok() && picked.error().kind == base::ErrorKind::kUsage) {  // several
    picked.error().hint = "import them (gadgetctl image import) and run one by name: " + picked.error().hint;
  }
  GADGETRY_ASSIGN(oci::StoredImage entry, std::move(picked));
  GADGETRY_ASSIGN(oci::GadgetImage image, oci::load_image(*layout, entry, oci::host_architecture()));
  return parts_of(std::move(image), base_name(entry.reference ? entry.reference->repository() : path));
}

base::Result<GadgetParts> load_folder(const std::string& path) {
  GADGETRY_ASSIGN(build::BuiltGadget built, build::build_for_run(path));
  std::string messages = built.compiler_output;
  for (const auto& diagnostic : built.diagnostics) {
    messages += metadata::format(diagnostic, built.metadata_file) + "\n";
  }
  if (!messages.empty()) base::log_warning("building " + path + ":\n" + messages);
  GadgetParts parts;
  parts.name = built.name;
  parts.metadata = std::move(built.metadata);
  parts.wasm = std::move(built.wasm);
  if (!built.objects.empty()) parts.ebpf = std::move(built.objects.front().ebpf);
  return parts;
}

base::Result<GadgetParts> load_path(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) {
    return base::Error::system(path, errno)
        .with_hint("give a gadget folder, an OCI layout, an eBPF object or an image name");
  }
  if (path.ends_with(".tar") || oci::is_layout_folder(path)) return load_layout(path);
  if (S_ISDIR(info.st_mode)) return load_folder(path);
  GadgetParts parts;
  parts.name = base_name(path);
  GADGETRY_ASSIGN(parts.ebpf, base::read_file(path, limits::kObjectBytes));
  return parts;
}

// Images in the order of preference: the installation's own, then the local store.
base::Result<GadgetParts> load_reference(std::string_view source, const SourceOptions& options) {
  GADGETRY_ASSIGN(oci::Reference reference, oci::Reference::parse(source));
  std::string local = options.store_path.empty() ? oci::default_store_path() : options.store_path;
  std::string hint;
  for (const std::string& path : {shipped_store_path(), local}) {
    auto store = oci::LayoutStore::open(path, oci::OpenMode::kReadOnly);
    if (!store.ok()) {
      if (store.error().kind == base::ErrorKind::kNotFound) continue;
      return std::move(store).error();
    }
    auto image = oci::load_image(*store, reference, oci::host_architecture());
    if (image.ok()) return parts_of(std::move(*image), base_name(reference.repository()));
    if (image.error().kind != base::ErrorKind::kNotFound) return std::move(image).error();
    if (hint.empty()) hint = image.error().hint;
  }
  std::string plain(source);
  if (is_folder(plain)) hint = "there is a folder of that name: to run it, say ./" + plain;
  if (hint.empty()) hint = "`gadgetctl image list` shows the images there are; `gadgetctl build` makes one";
  return base::Error("image " + reference.short_name() +
                         ": not among the shipped gadgets and not in the store " + local,
                     base::ErrorKind::kNotFound)
      .with_hint(hint);
}

}  // namespace

std::string shipped_store_path() {
  return sys::data_dir() + "/gadgets";
}

base::Result<GadgetParts> load_source(std::string_view source, const SourceOptions& options) {
  if (looks_like_path(source)) return load_path(std::string(source));
  auto found = load_reference(source, options);
  if (found.ok() || found.error().kind != base::ErrorKind::kNotFound) return found;
  // "gadgets/trace_open" may be a repository as well as a folder: a folder counts when there is no such
  // image.
  std::string path(source);
  if (path.find('/') != std::string::npos && ::access(path.c_str(), F_OK) == 0) return load_path(path);
  return found;
}

}  // namespace gadgetry::pipeline
