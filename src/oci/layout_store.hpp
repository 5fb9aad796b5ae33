// The image store: an OCI image layout in a folder (oci-layout, index.json, blobs/sha256/...).
//
// Safe against other processes and against kill -9 or a full disk at any moment:
//  - blobs appear under their name only when complete and verified; index.json is replaced by rename;
//  - changes of index.json happen under an exclusive flock of index.json.lock;
//  - gc.lock is held shared by whoever writes blobs that no index names yet or reads an image, exclusively by
//  garbage
//    collection. Locks die with their process, and what a killed writer left behind goes at the next
//    collection.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "oci/layout.hpp"

namespace gadgetry::oci {

// $GADGETRY_STORE; else /var/lib/gadgetry/oci-store for root, $XDG_DATA_HOME/gadgetry/oci-store (by default
// below
// ~/.local/share) for everybody else.
std::string default_store_path();

enum class OpenMode {
  kReadOnly,  // the folder must be a layout; nothing is ever written
  kCreate,    // made (with its parents) when absent
};

class LayoutStore;

// Adds images: any number of put_blob, then one tag, which makes them all visible at once. Without tag, or
// when it fails, the destructor takes the blobs away again (those that no other image or writer uses).
class StoreWriter {
 public:
  StoreWriter(StoreWriter&&) = default;
  StoreWriter& operator=(StoreWriter&&) = delete;
  ~StoreWriter();

  // Stores bytes and returns their descriptor. Blobs that exist are not written again, damaged ones are
  // repaired.
  base::Result<Descriptor> put_blob(std::string_view bytes, std::string_view media_type);
  // Fails with the names of what is missing unless every blob below every descriptor is there.
  base::Status tag(const std::vector<std::pair<Reference, Descriptor>>& images);
  base::Status tag(const Reference& reference, const Descriptor& descriptor) {
    return tag({{reference, descriptor}});
  }

 private:
  friend class LayoutStore;
  StoreWriter(const LayoutStore& store, Lease lease) : store_(&store), lease_(std::move(lease)) {}
  base::Status write_blob(const Digest& digest, std::string_view bytes);

  const LayoutStore* store_;
  Lease lease_;
  std::set<Digest> written_;  // blobs that no index named when they were written
  bool collect_ = false;      // an image was replaced: its blobs may be garbage
};

class LayoutStore : public Layout {
 public:
  // kNotFound when there is no layout and mode is kReadOnly.
  static base::Result<LayoutStore> open(const std::string& path, OpenMode mode);

  base::Result<Index> index() const override;
  base::Result<std::string> get_blob(const Digest& digest, size_t limit) const override;
  base::Result<uint64_t> blob_size(const Digest& digest) const override;
  base::Result<Lease> hold() const override;
  std::string where() const override { return path_; }

  // The writer must not outlive the store.
  base::Result<StoreWriter> begin_write() const;
  // Gives an image that is here one more name.
  base::Status tag(const Reference& existing, const Reference& added) const;
  // Takes one name away, then collects garbage. With a digest and no tag: every name of that repository with
  // it.
  base::Status remove(const Reference& reference) const;
  // Takes every entry with this digest away (also those without a name), then collects garbage.
  base::Status remove(const Digest& digest) const;
  // Deletes blobs that nothing names and leftovers of killed writers. Returns how many files went. When
  // others are using the store for longer than a moment, it does nothing.
  base::Result<size_t> collect_garbage() const;

 private:
  friend class StoreWriter;
  LayoutStore(std::string path, OpenMode mode, base::Fd root, base::Fd blobs)
      : path_(std::move(path)), mode_(mode), root_(std::move(root)), blobs_(std::move(blobs)) {}

  base::Status require_writable() const;
  base::Result<Lease> lock_index() const;  // whoever changes index.json holds it
  base::Status write_index(const Index& index) const;
  template <typename Matches>
  base::Status remove_entries(const Matches& matches, const std::string& what) const;

  std::string path_;
  OpenMode mode_;
  base::Fd root_;
  base::Fd blobs_;
};

}  // namespace gadgetry::oci
