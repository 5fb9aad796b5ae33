// What can be read from an OCI image layout, wherever it is kept: a folder (LayoutStore) or memory (a
// tarball).
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "oci/manifest.hpp"
#include "oci/reference.hpp"

namespace gadgetry::oci {

// While it lives, garbage collection leaves the blobs of a store alone. Reading several blobs of one image
// holds one.
using Lease = base::Fd;

// One entry of index.json.
struct StoredImage {
  std::string name;                    // the annotation org.opencontainers.image.ref.name; may be empty
  std::optional<Reference> reference;  // name, when it reads as a reference
  Descriptor descriptor;
};

class Layout {
 public:
  Layout() = default;
  Layout(Layout&&) = default;
  Layout& operator=(Layout&&) = default;
  virtual ~Layout() = default;

  virtual base::Result<Index> index() const = 0;
  // The bytes of a blob, verified. ErrorKind::kNotFound when it is absent.
  virtual base::Result<std::string> get_blob(const Digest& digest, size_t limit) const = 0;
  // Bytes of a blob as stored (not verified); kNotFound when it is absent.
  virtual base::Result<uint64_t> blob_size(const Digest& digest) const = 0;
  virtual base::Result<Lease> hold() const { return Lease(); }
  virtual std::string where() const = 0;  // for messages: the folder or file

  base::Result<std::vector<StoredImage>> list() const;
  // Finds an image by name and tag, or by name and digest. kNotFound (with a "did you mean") when there is
  // none.
  base::Result<Descriptor> resolve(const Reference& reference) const;
  base::Result<StoredImage> find(const Reference& reference) const;
};

// get_blob with the size that its descriptor promises checked, too.
base::Result<std::string> get_blob(const Layout& layout, const Descriptor& descriptor, size_t limit);

// Every blob that roots need, roots included: reads the documents, checks that the other blobs exist with the
// size promised. With missing != nullptr, absent or unreadable blobs are added to it instead of being errors.
base::Result<std::map<Digest, Descriptor>> closure(const Layout& layout, const std::vector<Descriptor>& roots,
                                                   std::set<Digest>* missing = nullptr);

}  // namespace gadgetry::oci
