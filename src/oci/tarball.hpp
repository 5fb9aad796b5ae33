// Images in a tar file that holds an OCI image layout (optionally compressed with gzip or zstd when reading).
//
// Tar files are untrusted: entries go to memory or become verified blobs, never to paths of their own
// choosing. Links, devices, absolute and climbing paths are errors.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "oci/layout.hpp"
#include "oci/layout_store.hpp"

struct archive;

namespace gadgetry::oci {

// A layout held in memory.
class MemoryLayout : public Layout {
 public:
  // name: for messages.
  static base::Result<MemoryLayout> from_tar_file(const std::string& path);
  static base::Result<MemoryLayout> from_tar_bytes(std::string_view bytes, std::string name);

  base::Result<Index> index() const override { return index_; }
  base::Result<std::string> get_blob(const Digest& digest, size_t limit) const override;
  base::Result<uint64_t> blob_size(const Digest& digest) const override;
  std::string where() const override { return name_; }

 private:
  static base::Result<MemoryLayout> read(std::string name, const std::function<int(archive*)>& open);

  std::string name_;
  Index index_;
  std::map<Digest, std::string> blobs_;
};

// Writes the images as an OCI layout tar to fd, byte for byte the same for the same images.
base::Status export_images(const std::vector<std::pair<const Layout*, StoredImage>>& images, int fd,
                           std::string_view fd_name);

// Reads a tar from fd and adds its images to the store: all of them or, on an error, none. rename: the name
// for the only image of a tar whose entry has none. Returns the names that were added.
base::Result<std::vector<Reference>> import_images(LayoutStore& store, int fd, std::string_view fd_name,
                                                   const std::optional<Reference>& rename = std::nullopt);

// A layout folder or tar file as a source of gadgets, for `run`.
bool is_layout_folder(const std::string& path);
base::Result<std::unique_ptr<Layout>> open_layout_source(const std::string& path);
// The image of a source that holds exactly one, or the one called name (a full or short reference, or the
// entry's own text). Errors list what there is.
base::Result<StoredImage> pick_image(const Layout& layout, std::string_view name = {});

}  // namespace gadgetry::oci
