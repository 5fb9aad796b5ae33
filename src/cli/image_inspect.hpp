// What `image inspect` shows.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/image_print.hpp"
#include "cli/image_stores.hpp"

namespace gadgetry::cli {

// Everything about an image: names, digest, sizes, annotations, metadata and the manifest of each
// architecture.
base::Result<Json> inspect_image(const FoundImage& found);

// The names that extra_info understands.
const std::vector<std::string>& extra_info_keys();
// One thing about an image as it is: "oci.manifest" is the bytes of the manifest. arch chooses among the
// manifests; empty: this machine's, or the first when there is none for it.
base::Result<std::string> extra_info(const FoundImage& found, const std::string& key,
                                     const std::string& arch);

}  // namespace gadgetry::cli
