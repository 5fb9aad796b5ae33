// Image names, the JSON documents of images, layout tarballs, and loading an image from a layout that lies.
// The first byte of the input chooses.
#include <archive.h>
#include <archive_entry.h>

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

// A tar written by the rules (checksums, headers) with contents from the input: type, path, NUL, content,
// NUL, ... An empty path stands for the right path of a blob with this content.
std::string make_tar(std::string_view text) {
  std::string bytes(1 << 20, '\0');
  size_t used = 0;
  archive* tar = archive_write_new();
  archive_write_set_format_pax_restricted(tar);
  archive_write_open_memory(tar, bytes.data(), bytes.size(), &used);
  std::vector<std::string_view> parts = base::split(text, '\0');
  for (size_t i = 0; i + 1 < parts.size() && i < 64; i += 2) {
    std::string_view content = parts[i + 1];
    char kind = parts[i].empty() ? 'f' : parts[i].front();
    std::string path(parts[i].substr(parts[i].empty() ? 0 : 1));
    if (path.empty()) path = "blobs/sha256/" + sha256(content).hex();
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, path.c_str());
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_filetype(entry, kind == 'd' ? AE_IFDIR : kind == 'c' ? AE_IFCHR : AE_IFREG);
    archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
    if (kind == 's') {
      archive_entry_set_filetype(entry, AE_IFLNK);
      archive_entry_set_symlink(entry, "/etc/passwd");
    }
    if (kind == 'h') archive_entry_set_hardlink(entry, "index.json");
    if (archive_write_header(tar, entry) == ARCHIVE_OK)
      archive_write_data(tar, content.data(), content.size());
    archive_entry_free(entry);
  }
  archive_write_close(tar);
  archive_write_free(tar);
  bytes.resize(used);
  return bytes;
}

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
    case 'e':
      if (auto layout = MemoryLayout::from_tar_bytes(make_tar(text), "fuzz"); layout.ok())
        use_images(*layout);
      break;
    default:
      return -1;  // not worth keeping in the corpus
  }
  return 0;
}
