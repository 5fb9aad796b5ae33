#include "oci/btf_archive.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <vector>

#include "base/limits.hpp"
#include "base/strings.hpp"

namespace gadgetry::oci {

using base::Error;
using base::Result;
using base::Status;

namespace {

struct FreeReader {
  void operator()(archive* tar) const { archive_read_free(tar); }
};
struct FreeWriter {
  void operator()(archive* tar) const { archive_write_free(tar); }
};
struct FreeEntry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

Error archive_error(archive* tar) {
  const char* text = archive_error_string(tar);
  return Error("BTF archive: " + (text == nullptr ? std::string("damaged") : base::printable(text)));
}

// Without "./" in front; nothing that leads out of the archive.
Result<std::string> checked_path(archive_entry* entry) {
  const char* raw = archive_entry_pathname(entry);
  if (raw == nullptr) raw = archive_entry_pathname_utf8(entry);
  if (raw == nullptr) return Error("BTF archive: an entry has no readable name");
  std::vector<std::string> parts;
  for (std::string_view part : base::split(raw, '/')) {
    if (part == "..") return Error("BTF archive: the entry " + base::printable(raw) + " leads out of it");
    if (!part.empty() && part != ".") parts.emplace_back(part);
  }
  return base::join(parts, "/");
}

Result<std::string> read_data(archive* tar, size_t limit, const std::string& path, size_t& budget) {
  std::string out;
  std::vector<char> chunk(65536);
  for (;;) {
    const la_ssize_t n = archive_read_data(tar, chunk.data(), chunk.size());
    if (n == 0) return out;
    if (n < 0) return archive_error(tar).context(base::printable(path));
    const auto size = static_cast<size_t>(n);
    if (out.size() + size > limit || size > budget) {
      return Error("BTF archive: " + base::printable(path) + " is larger than the limit");
    }
    budget -= size;
    out.append(chunk.data(), size);
  }
}

la_ssize_t append_bytes(archive*, void* to, const void* bytes, size_t size) {
  static_cast<std::string*>(to)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

Status add_file(archive* tar, const std::string& path, const std::string& bytes) {
  std::unique_ptr<archive_entry, FreeEntry> entry(archive_entry_new());
  archive_entry_set_pathname(entry.get(), path.c_str());
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes.size()));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  archive_entry_set_mtime(entry.get(), 0, 0);
  if (archive_write_header(tar, entry.get()) != ARCHIVE_OK) return archive_error(tar);
  if (archive_write_data(tar, bytes.data(), bytes.size()) < 0) return archive_error(tar);
  return {};
}

}  // namespace

Result<std::string> write_btf_archive(const std::map<std::string, std::string>& files) {
  std::string out;
  std::unique_ptr<archive, FreeWriter> tar(archive_write_new());
  archive_write_set_format_ustar(tar.get());
  archive_write_add_filter_gzip(tar.get());
  // No time and, whatever the version of the library, the same level.
  archive_write_set_options(tar.get(), "gzip:!timestamp,gzip:compression-level=9");
  archive_write_set_bytes_in_last_block(tar.get(), 1);
  if (archive_write_open(tar.get(), &out, nullptr, append_bytes, nullptr) != ARCHIVE_OK)
    return archive_error(tar.get());
  for (const auto& [path, bytes] : files) GADGETRY_TRY(add_file(tar.get(), path, bytes));
  if (archive_write_close(tar.get()) != ARCHIVE_OK) return archive_error(tar.get());
  return out;
}

Status walk_tar(std::string_view bytes, size_t limit,
                const std::function<bool(const std::string& path)>& wants,
                const std::function<bool(const std::string& path, std::string&& bytes)>& visit) {
  std::unique_ptr<archive, FreeReader> tar(archive_read_new());
  archive_read_support_filter_gzip(tar.get());
  archive_read_support_filter_zstd(tar.get());
  archive_read_support_format_tar(tar.get());
  if (archive_read_open_memory(tar.get(), bytes.data(), bytes.size()) != ARCHIVE_OK)
    return archive_error(tar.get());
  size_t kept = limits::kLayerBytes;
  uint64_t unpacked = 0;
  for (size_t count = 0;; ++count) {
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(tar.get(), &entry);
    if (status == ARCHIVE_EOF) return {};
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return archive_error(tar.get());
    unpacked += static_cast<uint64_t>(archive_entry_size(entry));
    if (count >= limits::kBtfArchives || unpacked > limits::kBtfArchiveBytes)
      return Error("BTF archive: it has too many entries, or too large ones");
    GADGETRY_ASSIGN(std::string path, checked_path(entry));
    const bool is_link = archive_entry_hardlink(entry) != nullptr || archive_entry_symlink(entry) != nullptr;
    if (archive_entry_filetype(entry) != AE_IFREG || is_link || !wants(path)) continue;
    GADGETRY_ASSIGN(std::string data, read_data(tar.get(), limit, path, kept));
    if (data.size() != static_cast<uint64_t>(archive_entry_size(entry)))
      return Error("BTF archive: " + base::printable(path) + " is shorter than it says: truncated?");
    if (visit(path, std::move(data))) return {};
  }
}

Result<std::optional<std::string>> find_in_btf_archive(std::string_view bytes, std::string_view wanted) {
  std::optional<std::string> out;
  GADGETRY_TRY(walk_tar(
      bytes, limits::kKernelBtfBytes, [&](const std::string& path) { return path == wanted; },
      [&](const std::string&, std::string&& data) {
        out = std::move(data);
        return true;
      }));
  return out;
}

}  // namespace gadgetry::oci
