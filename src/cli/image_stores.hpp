// The stores that the image subcommands look into: the local one and the one that came with the installation.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/cli.hpp"
#include "oci/layout_store.hpp"

namespace gadgetry::cli {

// An image and where it is. The layout lives as long as the ImageStores (or source) it came from.
struct FoundImage {
  const oci::Layout* layout = nullptr;
  bool shipped = false;
  oci::StoredImage image;
};

class ImageStores {
 public:
  // Stores that do not exist are taken as empty.
  static base::Result<ImageStores> open(const Cli& cli);

  base::Result<std::vector<FoundImage>> list() const;
  // By name or by digest ("sha256:..."), in the order of `run`: shipped images first. kNotFound with a
  // suggestion.
  base::Result<FoundImage> find(const std::string& name) const;

 private:
  std::optional<oci::LayoutStore> shipped_;
  std::optional<oci::LayoutStore> local_;
};

std::string local_store_path(const Cli& cli);
base::Result<oci::LayoutStore> open_local_store(const Cli& cli);  // made when absent

}  // namespace gadgetry::cli
