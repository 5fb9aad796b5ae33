#include "build/package.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/fd.hpp"
#include "base/scope.hpp"
#include "build/process.hpp"
#include "metadata/metadata.hpp"
#include "oci/image.hpp"
#include "oci/tarball.hpp"

namespace gadgetry::build {

base::Result<oci::Digest> package_to_store(const BuiltGadget& gadget, const oci::Reference& reference,
                                           oci::LayoutStore& store) {
  oci::BuildInput input;
  for (const auto& object : gadget.objects) input.archs.push_back({object.arch, object.ebpf, object.btfgen});
  input.wasm = gadget.wasm;
  if (!gadget.metadata.empty()) {
    GADGETRY_ASSIGN(metadata::Metadata metadata, metadata::parse(gadget.metadata));
    input.metadata = gadget.metadata;
    input.name = metadata.name;
    input.description = metadata.description;
    input.homepage_url = metadata.homepage_url;
    input.documentation_url = metadata.documentation_url;
    input.source_url = metadata.source_url;
    for (const auto& one : metadata.annotations) input.annotations[one.key] = one.value;
    input.builder_version = "v" GADGETRY_VERSION;
  }
  GADGETRY_ASSIGN(oci::Descriptor descriptor, oci::build_image(store, reference, input));
  return descriptor.digest;
}

base::Result<oci::Digest> package_to_folder(const BuiltGadget& gadget, const oci::Reference& reference,
                                            const std::string& dir) {
  GADGETRY_ASSIGN(oci::LayoutStore store, oci::LayoutStore::open(dir, oci::OpenMode::kCreate));
  return package_to_store(gadget, reference, store);
}

base::Result<oci::Digest> package_to_tar(const BuiltGadget& gadget, const oci::Reference& reference,
                                         const std::string& file) {
  GADGETRY_ASSIGN(TempDir temp, TempDir::make());
  GADGETRY_ASSIGN(oci::LayoutStore store,
                  oci::LayoutStore::open(temp.path() + "/layout", oci::OpenMode::kCreate));
  GADGETRY_ASSIGN(oci::Digest digest, package_to_store(gadget, reference, store));
  GADGETRY_ASSIGN(oci::StoredImage image, store.find(reference));
  std::string partial = file + ".partial-" + std::to_string(::getpid());
  base::ScopeExit remove([&] { ::unlink(partial.c_str()); });
  GADGETRY_ASSIGN(base::Fd out, base::open_file(partial, O_WRONLY | O_CREAT | O_TRUNC, 0644));
  GADGETRY_TRY(oci::export_images({{&store, image}}, out.get(), file));
  if (::fsync(out.get()) != 0) return base::Error::system(file, errno);
  if (::rename(partial.c_str(), file.c_str()) != 0) return base::Error::system(file, errno);
  remove.dismiss();
  return digest;
}

}  // namespace gadgetry::build
