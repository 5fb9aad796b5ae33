#include "oci/tarball.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <functional>

#include "base/limits.hpp"
#include "base/strings.hpp"

namespace gadgetry::oci {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

namespace {

struct ReadFree {
  void operator()(archive* tar) const { archive_read_free(tar); }
};
struct WriteFree {
  void operator()(archive* tar) const { archive_write_free(tar); }
};
struct EntryFree {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};
using ReadArchive = std::unique_ptr<archive, ReadFree>;
using WriteArchive = std::unique_ptr<archive, WriteFree>;

Error archive_error(archive* tar) {
  const char* text = archive_error_string(tar);
  std::string what = text != nullptr ? base::printable(text) : "not a tar file";
  int code = archive_errno(tar);
  // libarchive's own codes are negative or one of these two.
  if (code <= 0 || code == EILSEQ || code == EINVAL) return Error(what);
  return Error::system(what, code);
}

// The path of an entry relative to the layout, checked: no way out of it.
Result<std::string> entry_path(archive_entry* entry) {
  const char* raw = archive_entry_pathname(entry);
  if (raw == nullptr) raw = archive_entry_pathname_utf8(entry);
  if (raw == nullptr) return Error("an entry has no readable name");
  std::string_view path = raw;
  if (path.starts_with('/')) return Error("the entry " + base::printable(path) + " has an absolute path");
  std::vector<std::string> parts;
  for (std::string_view part : base::split(path, '/')) {
    if (part == "..") return Error("the entry " + base::printable(path) + " leads out of the archive");
    if (!part.empty() && part != ".") parts.emplace_back(part);
  }
  return base::join(parts, "/");
}

// Reads a layout tar entry by entry; blobs go to a function as they come.
class TarReader {
 public:
  using BlobSink = std::function<Status(const Digest&, std::string&&)>;

  TarReader(archive* tar, size_t total_limit, BlobSink sink)
      : tar_(tar), budget_(total_limit), sink_(std::move(sink)) {
    archive_read_support_filter_gzip(tar);
    archive_read_support_filter_zstd(tar);
    archive_read_support_format_tar(tar);
  }

  Result<Index> read() {
    for (size_t count = 0;; ++count) {
      archive_entry* entry = nullptr;
      int status = archive_read_next_header(tar_, &entry);
      if (status == ARCHIVE_EOF) break;
      if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return archive_error(tar_);
      if (count >= limits::kTarEntries)
        return Error("more than " + std::to_string(limits::kTarEntries) + " entries");
      GADGETRY_TRY(read_entry(entry));
    }
    if (!layout_) return Error("it is not an OCI image layout: it has no file oci-layout");
    if (!index_) return Error("it is not an OCI image layout: it has no file index.json");
    GADGETRY_TRY(check_layout_file(*layout_));
    return parse_index(*index_);
  }

 private:
  Status read_entry(archive_entry* entry) {
    GADGETRY_ASSIGN(std::string path, entry_path(entry));
    std::string shown = "the entry " + base::printable(path);
    bool is_link = archive_entry_hardlink(entry) != nullptr || archive_entry_symlink(entry) != nullptr;
    auto type = archive_entry_filetype(entry);
    if (type == AE_IFDIR && !is_link) return {};
    if (type != AE_IFREG || is_link) return Error(shown + " is neither a file nor a folder");
    constexpr std::string_view kBlobs = "blobs/sha256/";
    if (path == "oci-layout") return read_once(layout_, shown);
    if (path == "index.json") return read_once(index_, shown);
    auto digest = path.starts_with(kBlobs) ? Digest::parse_hex(std::string_view(path).substr(kBlobs.size()))
                                           : Result<Digest>(Error("not a blob"));
    GADGETRY_ASSIGN(std::string bytes, read_data(limits::kLayerBytes, digest.ok(), shown));
    if (!digest.ok()) return {};  // a file that is no part of the layout
    GADGETRY_TRY(verify(*digest, bytes));
    return sink_(*digest, std::move(bytes));
  }

  Status read_once(std::optional<std::string>& target, const std::string& shown) {
    if (target) return Error(shown + " is there twice");
    GADGETRY_ASSIGN(target, read_data(limits::kManifestBytes, true, shown));
    return {};
  }

  Result<std::string> read_data(size_t limit, bool keep, const std::string& shown) {
    std::string out;
    std::vector<char> chunk(65536);
    for (size_t total = 0;;) {
      la_ssize_t n = archive_read_data(tar_, chunk.data(), chunk.size());
      if (n == 0) return out;
      if (n < 0) return archive_error(tar_).context(shown);
      auto size = static_cast<size_t>(n);
      total += size;
      if (total > limit)
        return Error(shown + " is larger than the limit of " + std::to_string(limit) + " bytes");
      if (size > budget_) return Error("it unpacks to more than the limit");
      budget_ -= size;
      if (keep) out.append(chunk.data(), size);
    }
  }

  archive* tar_;
  size_t budget_;  // bytes that may still be unpacked
  BlobSink sink_;
  std::optional<std::string> layout_;
  std::optional<std::string> index_;
};

}  // namespace

Result<MemoryLayout> MemoryLayout::read(std::string name, const std::function<int(archive*)>& open) {
  ReadArchive tar(archive_read_new());
  MemoryLayout out;
  out.name_ = std::move(name);
  TarReader reader(tar.get(), limits::kMemoryLayoutBytes,
                   [&](const Digest& digest, std::string&& bytes) -> Status {
                     out.blobs_[digest] = std::move(bytes);
                     return {};
                   });
  if (open(tar.get()) != ARCHIVE_OK) return archive_error(tar.get()).context(out.name_);
  auto index = reader.read();
  if (!index.ok()) return std::move(index.error()).context(out.name_);
  out.index_ = std::move(*index);
  return out;
}

Result<MemoryLayout> MemoryLayout::from_tar_file(const std::string& path) {
  GADGETRY_ASSIGN(base::Fd fd, base::open_file(path, O_RDONLY));
  return read(path, [&](archive* tar) { return archive_read_open_fd(tar, fd.get(), 65536); });
}

Result<MemoryLayout> MemoryLayout::from_tar_bytes(std::string_view bytes, std::string name) {
  return read(std::move(name),
              [&](archive* tar) { return archive_read_open_memory(tar, bytes.data(), bytes.size()); });
}

Result<std::string> MemoryLayout::get_blob(const Digest& digest, size_t limit) const {
  GADGETRY_ASSIGN(uint64_t size, blob_size(digest));
  if (size > limit) return Error("blob " + digest.to_string() + ": larger than the limit");
  return blobs_.find(digest)->second;  // verified when it was read
}

Result<uint64_t> MemoryLayout::blob_size(const Digest& digest) const {
  auto found = blobs_.find(digest);
  if (found == blobs_.end()) return Error::system("blob " + digest.to_string(), ENOENT);
  return uint64_t{found->second.size()};
}

namespace {

// Writes entries that are the same whenever and by whomever they are written.
class TarWriter {
 public:
  static Result<TarWriter> open(int fd) {
    TarWriter out;
    out.tar_.reset(archive_write_new());
    if (archive_write_set_format_ustar(out.tar_.get()) != ARCHIVE_OK ||
        archive_write_set_bytes_per_block(out.tar_.get(), 65536) != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(out.tar_.get(), 512) != ARCHIVE_OK ||
        archive_write_open_fd(out.tar_.get(), fd) != ARCHIVE_OK) {
      return archive_error(out.tar_.get());
    }
    return out;
  }

  Status add(const std::string& path, std::string_view bytes) {
    GADGETRY_TRY(header(path, AE_IFREG, 0644, bytes.size()));
    if (archive_write_data(tar_.get(), bytes.data(), bytes.size()) != static_cast<la_ssize_t>(bytes.size())) {
      return archive_error(tar_.get());
    }
    return {};
  }
  Status add_folder(const std::string& path) { return header(path, AE_IFDIR, 0755, 0); }

  Status close() {
    if (archive_write_close(tar_.get()) != ARCHIVE_OK) return archive_error(tar_.get());
    return {};
  }

 private:
  TarWriter() = default;

  Status header(const std::string& path, unsigned type, unsigned mode, size_t size) {
    std::unique_ptr<archive_entry, EntryFree> entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), path.c_str());
    archive_entry_set_filetype(entry.get(), type);
    archive_entry_set_perm(entry.get(), static_cast<__LA_MODE_T>(mode));
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(size));
    archive_entry_set_mtime(entry.get(), 0, 0);
    if (archive_write_header(tar_.get(), entry.get()) != ARCHIVE_OK) return archive_error(tar_.get());
    return {};
  }

  WriteArchive tar_;
};

using Exported = std::map<Digest, std::pair<const Layout*, Descriptor>>;

Status write_tar(const Exported& blobs, const Index& index, int fd) {
  GADGETRY_ASSIGN(std::string index_bytes, serialize(index));
  GADGETRY_ASSIGN(TarWriter tar, TarWriter::open(fd));
  GADGETRY_TRY(tar.add(std::string("oci-layout"), kLayoutFileBytes));
  GADGETRY_TRY(tar.add("index.json", index_bytes));
  GADGETRY_TRY(tar.add_folder("blobs"));
  GADGETRY_TRY(tar.add_folder("blobs/sha256"));
  for (const auto& [digest, source] : blobs) {
    GADGETRY_ASSIGN(std::string bytes, get_blob(*source.first, source.second, limits::kLayerBytes));
    GADGETRY_TRY(tar.add("blobs/sha256/" + digest.hex(), bytes));
  }
  return tar.close();
}

}  // namespace

Status export_images(const std::vector<std::pair<const Layout*, StoredImage>>& images, int fd,
                     std::string_view fd_name) {
  Exported blobs;
  Index index;
  std::vector<Lease> leases;
  for (const auto& [layout, image] : images) {
    GADGETRY_ASSIGN(Lease lease, layout->hold());
    leases.push_back(std::move(lease));
    auto reached = closure(*layout, {image.descriptor});
    if (!reached.ok())
      return std::move(reached.error()).context("image \"" + base::printable(image.name) + "\"");
    for (auto& [digest, descriptor] : *reached)
      blobs.emplace(digest, std::pair(layout, std::move(descriptor)));
    index.manifests.push_back(image.descriptor);
  }
  Status written = write_tar(blobs, index, fd);
  if (!written.ok()) return std::move(written.error()).context(fd_name);
  return {};
}

namespace {

// The name for an entry of an imported index.
Result<Reference> name_of(const Descriptor& entry, const std::optional<Reference>& rename) {
  if (rename) return *rename;
  std::string_view name = find_annotation(entry.annotations, annotation::kRefName);
  if (name.empty()) name = find_annotation(entry.annotations, "io.containerd.image.name");
  constexpr const char* kHint = "name it with --tag NAME";
  if (name.empty()) return Error("the image " + entry.digest.to_string() + " has no name").with_hint(kHint);
  auto reference = Reference::parse(name);
  if (!reference.ok()) return std::move(reference.error()).with_hint(kHint);
  return reference;
}

}  // namespace

Result<std::vector<Reference>> import_images(LayoutStore& store, int fd, std::string_view fd_name,
                                             const std::optional<Reference>& rename) {
  auto run = [&]() -> Result<std::vector<Reference>> {
    GADGETRY_ASSIGN(StoreWriter writer, store.begin_write());
    ReadArchive tar(archive_read_new());
    TarReader reader(tar.get(), limits::kTarBytes, [&](const Digest&, std::string&& bytes) -> Status {
      auto blob = writer.put_blob(bytes, "");
      return blob.ok() ? base::ok() : Status(std::move(blob.error()));
    });
    if (archive_read_open_fd(tar.get(), fd, 65536) != ARCHIVE_OK) return archive_error(tar.get());
    GADGETRY_ASSIGN(Index index, reader.read());
    if (index.manifests.empty()) return Error("it holds no image");
    if (rename && index.manifests.size() != 1) {
      return Error::usage("it holds " + std::to_string(index.manifests.size()) +
                          " images: one name is not enough");
    }
    std::vector<std::pair<Reference, Descriptor>> images;
    std::vector<Reference> names;
    for (const Descriptor& entry : index.manifests) {
      GADGETRY_ASSIGN(Reference reference, name_of(entry, rename));
      names.push_back(reference);
      images.emplace_back(std::move(reference), entry);
    }
    GADGETRY_TRY(writer.tag(images));
    return names;
  };
  auto names = run();
  if (!names.ok()) return std::move(names.error()).context(fd_name);
  return names;
}

bool is_layout_folder(const std::string& path) {
  struct stat info{};
  std::string file = path + "/oci-layout";
  return ::stat(file.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

Result<std::unique_ptr<Layout>> open_layout_source(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return Error::system(path, errno);
  if (S_ISDIR(info.st_mode)) {
    GADGETRY_ASSIGN(LayoutStore store, LayoutStore::open(path, OpenMode::kReadOnly));
    return std::unique_ptr<Layout>(std::make_unique<LayoutStore>(std::move(store)));
  }
  if (!S_ISREG(info.st_mode)) return Error::usage(path + ": neither a folder nor a file");
  GADGETRY_ASSIGN(MemoryLayout memory, MemoryLayout::from_tar_file(path));
  return std::unique_ptr<Layout>(std::make_unique<MemoryLayout>(std::move(memory)));
}

Result<StoredImage> pick_image(const Layout& layout, std::string_view name) {
  GADGETRY_ASSIGN(std::vector<StoredImage> images, layout.list());
  std::vector<std::string> names;
  for (StoredImage& image : images) {
    if (!name.empty() && image.name == name) return std::move(image);
    names.push_back(image.reference      ? image.reference->short_name()
                    : image.name.empty() ? image.descriptor.digest.to_string()
                                         : base::printable(image.name));
  }
  if (!name.empty()) {
    GADGETRY_ASSIGN(Reference reference, Reference::parse(name));
    return layout.find(reference);
  }
  if (images.size() == 1) return std::move(images.front());
  if (images.empty()) return Error(layout.where() + ": it holds no image", ErrorKind::kNotFound);
  return Error::usage(layout.where() + ": it holds " + std::to_string(images.size()) + " images")
      .with_hint("choose one of " + base::join(names, ", "));
}

}  // namespace gadgetry::oci
