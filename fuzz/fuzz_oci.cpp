// Image names, the JSON documents of images, layout tarballs, and loading an image from a layout that lies.
// The first byte of the input chooses.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "base/strings.hpp"
#include "oci/image.hpp"
#include "oci/tarball.hpp"

namespace gadgetry::oci {
namespace {

void require(bool good) {
  if (!good) std::abort();
}

void names(std::string_view text) {
  auto reference = Reference::parse(text);
  (void)Digest::parse(text);
  (void)parse_rfc3339(text);
  if (!reference.ok()) return;
  require(*Reference::parse(reference->to_string()) == *reference);
  require(*Reference::parse(reference->short_name()) == *reference);
}

// What was read and written once reads and writes the same for ever.
void documents(std::string_view text) {
  (void)parse_children(text);
  (void)check_layout_file(text);
  if (auto manifest = parse_manifest(text); manifest.ok()) {
    if (auto bytes = serialize(*manifest); bytes.ok()) require(*serialize(*parse_manifest(*bytes)) == *bytes);
  }
  if (auto index = parse_index(text); index.ok()) {
    if (auto bytes = serialize(*index); bytes.ok()) require(*serialize(*parse_index(*bytes)) == *bytes);
  }
}

void use_images(const Layout& layout) {
  auto images = layout.list();
  if (!images.ok()) return;
  for (const StoredImage& image : *images) {
    (void)summarize(layout, image.descriptor);
    (void)load_image(layout, image, "amd64");
  }
  (void)pick_image(layout);
  (void)pick_image(layout, "name");
}

// A layout whose blobs have nothing to do with their digests: reaches what verified digests would hide.
class LyingLayout : public Layout {
 public:
  explicit LyingLayout(std::string_view text) : parts_(base::split(text, '\0')) {}

  base::Result<Index> index() const override { return parse_index(parts_.front()); }
  base::Result<std::string> get_blob(const Digest& digest, size_t limit) const override {
    std::string_view part = part_of(digest);
    if (part.empty() || part.size() > limit) return base::Error("absent", base::ErrorKind::kNotFound);
    return std::string(part);
  }
  base::Result<uint64_t> blob_size(const Digest& digest) const override {
    return uint64_t{part_of(digest).size()};
  }
  std::string where() const override { return "fuzz"; }

 private:
  std::string_view part_of(const Digest& digest) const {
    auto number = base::parse_int<uint32_t>(digest.hex().substr(0, 2), 16);
    return parts_[*number % parts_.size()];
  }
  std::vector<std::string_view> parts_;
};

}  // namespace
}  // namespace gadgetry::oci

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  gadgetry::base::set_log_sink([](gadgetry::base::LogLevel, std::string_view) {});
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gadgetry::oci;
  if (size == 0) return 0;
  std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  switch (data[0]) {
    case 'n':
      names(text);
      break;
    case 'd':
      documents(text);
      break;
    case 'l':
      use_images(LyingLayout(text));
      break;
    case 't':
      if (auto layout = MemoryLayout::from_tar_bytes(text, "fuzz"); layout.ok()) use_images(*layout);
      break;
    default:
      return -1;  // not worth keeping in the corpus
  }
  return 0;
}
