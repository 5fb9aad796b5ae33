#include "oci/image.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/log.hpp"
#include "base/strings.hpp"

namespace gadgetry::oci {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

namespace {

std::string shown_name(const StoredImage& entry) {
  if (entry.reference) return "image \"" + entry.reference->short_name() + "\"";
  return "image \"" +
         (entry.name.empty() ? entry.descriptor.digest.to_string() : base::printable(entry.name)) + "\"";
}

// Reads the parts of one image; every error says which part of which image.
class Loader {
 public:
  Loader(const Layout& layout, const StoredImage& entry)
      : layout_(layout), entry_(entry), name_(shown_name(entry)) {}

  Result<GadgetImage> load(std::string_view arch) {
    GADGETRY_ASSIGN(Index index, load_index());
    GADGETRY_ASSIGN(Descriptor chosen, choose(index, arch));
    GADGETRY_ASSIGN(std::string bytes, blob(chosen, limits::kManifestBytes, "manifest"));
    auto manifest = parse_manifest(bytes);
    if (!manifest.ok()) return fail(std::move(manifest.error()));
    GadgetImage out;
    out.reference = entry_.reference ? entry_.reference->to_string() : entry_.name;
    out.arch = arch;
    out.digest = entry_.descriptor.digest;
    out.manifest_digest = chosen.digest;
    out.annotations = manifest->annotations.empty() ? index.annotations : manifest->annotations;
    out.builder_version = find_annotation(out.annotations, annotation::kBuilderVersion);
    GADGETRY_TRY(load_config(*manifest, out));
    for (const Descriptor& layer : manifest->layers) GADGETRY_TRY(load_layer(layer, out));
    return out;
  }

 private:
  Error fail(Error error) const { return std::move(error).context(name_); }
  Error fail(std::string why) const { return Error(name_ + ": " + std::move(why)); }

  Result<std::string> blob(const Descriptor& descriptor, size_t limit, const std::string& what) const {
    auto bytes = get_blob(layout_, descriptor, limit);
    if (bytes.ok()) return bytes;
    bool missing = bytes.error().kind == ErrorKind::kNotFound;
    Error error = missing
                      ? Error("blob " + descriptor.digest.to_string() + " is missing from " + layout_.where(),
                              ErrorKind::kNotFound)
                      : std::move(bytes.error());
    if (error.kind != ErrorKind::kPermission && error.hint.empty()) {
      error.hint = "remove the image and build, pull or import it again";
    }
    return fail(std::move(error).context(what));
  }

  Result<Index> load_index() const {
    if (entry_.descriptor.media_type == media::kManifest) {
      return fail("it is a single manifest, but gadget images are an index with a manifest per architecture");
    }
    if (entry_.descriptor.media_type != media::kIndex) {
      return fail("it is not a gadget image (media type " + base::printable(entry_.descriptor.media_type) +
                  ")");
    }
    GADGETRY_ASSIGN(std::string bytes, blob(entry_.descriptor, limits::kManifestBytes, "index"));
    auto index = parse_index(bytes);
    if (!index.ok()) return fail(std::move(index.error()));
    return index;
  }

  Result<Descriptor> choose(const Index& index, std::string_view arch) const {
    std::vector<std::string> others;
    for (const Descriptor& descriptor : index.manifests) {
      if (!descriptor.platform) continue;
      const Platform& platform = *descriptor.platform;
      if (!platform.os.empty() && platform.os != "linux") continue;
      if (platform.architecture == arch) return descriptor;
      others.push_back(base::printable(platform.architecture));
    }
    if (others.empty()) return fail("its manifests do not say for which architecture they are");
    return Error(name_ + ": it has nothing for " + std::string(arch) + ", only for " +
                 base::join(others, ", "))
        .with_hint("build it for " + std::string(arch) + ", or run it on a machine of that kind");
  }

  Status load_config(const Manifest& manifest, GadgetImage& out) const {
    const std::string& type = manifest.config.media_type;
    bool has_metadata = type == media::kGadgetConfig;
    bool is_gadget =
        manifest.artifact_type.empty() ? has_metadata : manifest.artifact_type == media::kGadgetArtifact;
    if (!is_gadget || !(has_metadata || type == media::kEmpty)) {
      const std::string& shown = manifest.artifact_type.empty() ? type : manifest.artifact_type;
      return fail("it is not a gadget image (it holds " + base::printable(shown) + ")");
    }
    if (!has_metadata) return {};
    GADGETRY_ASSIGN(out.metadata, blob(manifest.config, limits::kMetadataBytes, "metadata"));
    return {};
  }

  Status load_layer(const Descriptor& layer, GadgetImage& out) const {
    struct Kind {
      std::string_view media_type;
      std::string GadgetImage::* target;
      size_t limit;
      const char* name;
    };
    static constexpr Kind kKinds[] = {
        {media::kEbpf, &GadgetImage::ebpf, limits::kObjectBytes, "eBPF object"},
        {media::kWasm, &GadgetImage::wasm, limits::kWasmBytes, "Wasm module"},
        {media::kBtfgen, &GadgetImage::btfgen, limits::kLayerBytes, "BTF archive"},
    };
    for (const Kind& kind : kKinds) {
      if (layer.media_type != kind.media_type) continue;
      std::string& target = out.*kind.target;
      if (!target.empty()) return fail(std::string("it has more than one ") + kind.name);
      GADGETRY_ASSIGN(target, blob(layer, kind.limit, kind.name));
      if (target.empty()) return fail(std::string("its ") + kind.name + " is empty");
      return {};
    }
    out.warnings.push_back(name_ + ": skipping a layer of the unknown type " +
                           base::printable(layer.media_type));
    base::log_warning(out.warnings.back());
    return {};
  }

  const Layout& layout_;
  const StoredImage& entry_;
  std::string name_;
};

}  // namespace

std::string host_architecture() {
#if defined(__x86_64__)
  return "amd64";
#elif defined(__aarch64__)
  return "arm64";
#else
#error "architecture without gadget images"
#endif
}

Result<GadgetImage> load_image(const Layout& layout, const StoredImage& entry, std::string_view arch) {
  GADGETRY_ASSIGN(Lease lease, layout.hold());
  return Loader(layout, entry).load(arch);
}

Result<GadgetImage> load_image(const Layout& layout, const Reference& reference, std::string_view arch) {
  GADGETRY_ASSIGN(Lease lease, layout.hold());
  GADGETRY_ASSIGN(StoredImage entry, layout.find(reference));
  auto image = Loader(layout, entry).load(arch);
  if (!image.ok() && !lease && image.error().kind == ErrorKind::kNotFound) {
    // Without a lease (a store of another user) the image may have been replaced while it was read: look once
    // more.
    GADGETRY_ASSIGN(StoredImage again, layout.find(reference));
    if (again.descriptor.digest != entry.descriptor.digest) image = Loader(layout, again).load(arch);
  }
  // The image is there: that a part of it is not is damage, and no reason to look for it elsewhere.
  if (!image.ok() && image.error().kind == ErrorKind::kNotFound) image.error().kind = ErrorKind::kFailure;
  return image;
}

Result<ImageSummary> summarize(const Layout& layout, const Descriptor& descriptor) {
  ImageSummary out;
  GADGETRY_ASSIGN(Lease lease, layout.hold());
  std::set<Digest> missing;
  GADGETRY_ASSIGN(auto blobs, closure(layout, {descriptor}, &missing));
  for (const auto& [digest, blob] : blobs) out.size += blob.size;
  out.complete = missing.empty();
  out.created = find_annotation(descriptor.annotations, annotation::kCreated);
  if (descriptor.media_type != media::kIndex) return out;
  auto bytes = get_blob(layout, descriptor, limits::kManifestBytes);
  if (!bytes.ok()) return out;
  auto index = parse_index(*bytes);
  if (!index.ok()) return out;
  for (const Descriptor& manifest : index->manifests) {
    if (manifest.platform) out.archs.push_back(manifest.platform->architecture);
  }
  if (out.created.empty()) out.created = find_annotation(index->annotations, annotation::kCreated);
  return out;
}

}  // namespace gadgetry::oci
