// Copying images between layouts.
#pragma once

#include "base/result.hpp"
#include "oci/layout.hpp"
#include "oci/layout_store.hpp"

namespace gadgetry::oci {

// Copies an image with all its blobs into the store and names it.
base::Status copy_image(const Layout& from, const Descriptor& image, LayoutStore& to, const Reference& name);

}  // namespace gadgetry::oci
