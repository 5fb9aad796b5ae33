#include "cli/image_stores.hpp"

#include "base/log.hpp"
#include "base/strings.hpp"
#include "pipeline/source.hpp"

namespace gadgetry::cli {

using base::Error;
using base::ErrorKind;
using base::Result;

namespace {

Result<std::optional<oci::LayoutStore>> open_if_there(const std::string& path) {
  auto store = oci::LayoutStore::open(path, oci::OpenMode::kReadOnly);
  if (store.ok()) return std::optional<oci::LayoutStore>(std::move(*store));
  if (store.error().kind == ErrorKind::kNotFound) return std::optional<oci::LayoutStore>();
  return std::move(store.error());
}

bool answers_to(const FoundImage& found, const std::optional<oci::Digest>& digest,
                const oci::Reference& reference) {
  if (digest) return found.image.descriptor.digest == *digest;
  const auto& own = found.image.reference;
  if (!own || own->name() != reference.name()) return false;
  if (reference.digest() && found.image.descriptor.digest != *reference.digest()) return false;
  return reference.tag().empty() || own->tag() == reference.tag();
}

}  // namespace

std::string local_store_path(const Cli& cli) {
  return cli.store_path.empty() ? oci::default_store_path() : cli.store_path;
}

Result<oci::LayoutStore> open_local_store(const Cli& cli) {
  return oci::LayoutStore::open(local_store_path(cli), oci::OpenMode::kCreate);
}

Result<ImageStores> ImageStores::open(const Cli& cli) {
  ImageStores out;
  auto shipped = open_if_there(pipeline::shipped_store_path());
  if (shipped.ok()) {
    out.shipped_ = std::move(*shipped);
  } else {
    base::log_warning(shipped.error().text());
  }
  GADGETRY_ASSIGN(out.local_, open_if_there(local_store_path(cli)));
  return out;
}

Result<std::vector<FoundImage>> ImageStores::list() const {
  std::vector<FoundImage> out;
  auto add = [&](const std::optional<oci::LayoutStore>& store, bool shipped) -> base::Status {
    if (!store) return {};
    GADGETRY_ASSIGN(auto images, store->list());
    for (oci::StoredImage& image : images) out.push_back({&*store, shipped, std::move(image)});
    return {};
  };
  GADGETRY_TRY(add(shipped_, true));
  GADGETRY_TRY(add(local_, false));
  return out;
}

Result<FoundImage> ImageStores::find(const std::string& name) const {
  std::optional<oci::Digest> digest;
  if (auto parsed = oci::Digest::parse(name); parsed.ok()) digest = *parsed;
  GADGETRY_ASSIGN(oci::Reference reference, oci::Reference::parse(digest ? "x@" + name : name));
  GADGETRY_ASSIGN(std::vector<FoundImage> images, list());
  std::vector<std::string> names;
  for (FoundImage& found : images) {
    if (answers_to(found, digest, reference)) return std::move(found);
    if (found.image.reference) names.push_back(found.image.reference->short_name());
  }
  Error error("image \"" + base::printable(name) + "\": not in the local store", ErrorKind::kNotFound);
  std::string near = digest ? std::string() : base::closest(reference.short_name(), names);
  if (near.empty()) return std::move(error).with_hint("see gadgetctl image list");
  return std::move(error).with_hint("did you mean \"" + near + "\"?");
}

}  // namespace gadgetry::cli
