// Built gadgets as images: into a store, an OCI layout folder or a tar file.
#pragma once

#include <string>

#include "base/result.hpp"
#include "build/build.hpp"
#include "oci/digest.hpp"
#include "oci/layout_store.hpp"
#include "oci/reference.hpp"

namespace gadgetry::build {

// Each returns the digest of the image.
base::Result<oci::Digest> package_to_store(const BuiltGadget& gadget, const oci::Reference& reference,
                                           oci::LayoutStore& store);
base::Result<oci::Digest> package_to_folder(const BuiltGadget& gadget, const oci::Reference& reference,
                                            const std::string& dir);
// The file is the old or the new one, never half.
base::Result<oci::Digest> package_to_tar(const BuiltGadget& gadget, const oci::Reference& reference,
                                         const std::string& file);

}  // namespace gadgetry::build
