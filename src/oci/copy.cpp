#include "oci/copy.hpp"

#include "base/limits.hpp"

namespace gadgetry::oci {

base::Status copy_image(const Layout& from, const Descriptor& image, LayoutStore& to, const Reference& name) {
  GADGETRY_ASSIGN(Lease lease, from.hold());
  auto blobs = closure(from, {image});
  if (!blobs.ok()) return std::move(blobs.error()).context("the image is not complete");
  GADGETRY_ASSIGN(StoreWriter writer, to.begin_write());
  for (const auto& [digest, blob] : *blobs) {
    GADGETRY_ASSIGN(std::string bytes, get_blob(from, blob, limits::kLayerBytes));
    GADGETRY_ASSIGN([[maybe_unused]] Descriptor put, writer.put_blob(bytes, blob.media_type));
  }
  base::Status tagged = writer.tag(name, image);
  lease.reset();  // or the writer could not collect what the name stood for before
  return tagged;
}

}  // namespace gadgetry::oci
