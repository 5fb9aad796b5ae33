#include "oci/layout.hpp"

#include <algorithm>
#include <deque>

#include "base/limits.hpp"
#include "base/strings.hpp"

namespace gadgetry::oci {

using base::Error;
using base::ErrorKind;
using base::Result;

namespace {

bool answers_to(const StoredImage& image, const Reference& wanted) {
  if (!image.reference || image.reference->name() != wanted.name()) return false;
  if (wanted.digest()) {
    bool same_tag = wanted.tag().empty() || image.reference->tag() == wanted.tag();
    return image.descriptor.digest == *wanted.digest() && same_tag;
  }
  return image.reference->tag() == wanted.tag();
}

Error not_found(const Layout& layout, const std::vector<StoredImage>& images, const Reference& wanted) {
  Error error("image \"" + wanted.short_name() + "\": not in " + layout.where(), ErrorKind::kNotFound);
  std::vector<std::string> names;
  std::vector<std::string> tags;
  for (const StoredImage& image : images) {
    if (!image.reference) continue;
    names.push_back(image.reference->short_name());
    if (image.reference->name() == wanted.name() && !image.reference->tag().empty()) {
      tags.push_back(image.reference->tag());
    }
  }
  if (!tags.empty()) {
    return std::move(error).with_hint("there is " + wanted.short_repository() + " with the tag " +
                                      base::join(tags, ", "));
  }
  std::string near = base::closest(wanted.short_name(), names);
  if (!near.empty()) return std::move(error).with_hint("did you mean \"" + near + "\"?");
  return error;
}

bool is_absent_or_damaged(const Error& error) {
  return error.kind == ErrorKind::kNotFound || error.errno_value == 0;
}

}  // namespace

Result<std::vector<StoredImage>> Layout::list() const {
  GADGETRY_ASSIGN(Index entries, index());
  std::vector<StoredImage> out;
  out.reserve(entries.manifests.size());
  for (Descriptor& descriptor : entries.manifests) {
    StoredImage image;
    image.name = find_annotation(descriptor.annotations, annotation::kRefName);
    if (auto reference = Reference::parse(image.name); reference.ok())
      image.reference = std::move(*reference);
    image.descriptor = std::move(descriptor);
    out.push_back(std::move(image));
  }
  return out;
}

Result<StoredImage> Layout::find(const Reference& reference) const {
  GADGETRY_ASSIGN(std::vector<StoredImage> images, list());
  for (StoredImage& image : images) {
    if (answers_to(image, reference)) return std::move(image);
  }
  return not_found(*this, images, reference);
}

Result<Descriptor> Layout::resolve(const Reference& reference) const {
  GADGETRY_ASSIGN(StoredImage image, find(reference));
  return std::move(image.descriptor);
}

Result<std::string> get_blob(const Layout& layout, const Descriptor& descriptor, size_t limit) {
  std::string name = "blob " + descriptor.digest.to_string();
  if (descriptor.size > limit) {
    return Error(name + ": " + std::to_string(descriptor.size) + " bytes are more than the limit of " +
                 std::to_string(limit));
  }
  GADGETRY_ASSIGN(std::string bytes, layout.get_blob(descriptor.digest, limit));
  if (bytes.size() != descriptor.size) {
    return Error(name + ": has " + std::to_string(bytes.size()) + " bytes instead of " +
                 std::to_string(descriptor.size));
  }
  return bytes;
}

namespace {

// Walks from documents to what they name, each blob once.
class Walk {
 public:
  Walk(const Layout& layout, std::set<Digest>* missing) : layout_(layout), missing_(missing) {}

  base::Status run(const std::vector<Descriptor>& roots) {
    queue_.assign(roots.begin(), roots.end());
    while (!queue_.empty()) {
      Descriptor next = std::move(queue_.front());
      queue_.pop_front();
      base::Status visited = visit(next);
      if (visited.ok()) continue;
      if (missing_ == nullptr || !is_absent_or_damaged(visited.error())) return visited;
      missing_->insert(next.digest);
    }
    return {};
  }
  std::map<Digest, Descriptor> take() { return std::move(found_); }

 private:
  base::Status visit(const Descriptor& blob) {
    bool is_document = has_children(blob.media_type);
    bool is_new = found_.emplace(blob.digest, blob).second;
    if (found_.size() > limits::kImageBlobs) return Error(layout_.where() + ": too many blobs");
    if (!is_document) return is_new ? check_size(blob) : base::ok();
    if (!expanded_.insert(blob.digest).second) return {};
    GADGETRY_ASSIGN(std::string bytes, get_blob(layout_, blob, limits::kManifestBytes));
    auto children = parse_children(bytes);
    if (!children.ok()) {
      return std::move(children.error()).context("blob " + blob.digest.to_string());
    }
    for (Descriptor& child : *children) queue_.push_back(std::move(child));
    return {};
  }

  base::Status check_size(const Descriptor& blob) {
    GADGETRY_ASSIGN(uint64_t size, layout_.blob_size(blob.digest));
    if (size == blob.size) return {};
    return Error("blob " + blob.digest.to_string() + ": has " + std::to_string(size) + " bytes instead of " +
                 std::to_string(blob.size));
  }

  const Layout& layout_;
  std::set<Digest>* missing_;
  std::deque<Descriptor> queue_;
  std::map<Digest, Descriptor> found_;
  std::set<Digest> expanded_;  // documents whose children are known
};

}  // namespace

Result<std::map<Digest, Descriptor>> closure(const Layout& layout, const std::vector<Descriptor>& roots,
                                             std::set<Digest>* missing) {
  Walk walk(layout, missing);
  GADGETRY_TRY(walk.run(roots));
  return walk.take();
}

}  // namespace gadgetry::oci
