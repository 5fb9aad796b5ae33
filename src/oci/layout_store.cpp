#include "oci/layout_store.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "base/limits.hpp"
#include "base/log.hpp"
#include "base/strings.hpp"
#include "oci/store_files.hpp"

namespace gadgetry::oci {

using base::Error;
using base::ErrorKind;
using base::Fd;
using base::Result;
using base::Status;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kLockPatience{30000};
constexpr milliseconds kCollectPatience{500};

Error with_store_hint(Error error) {
  if (error.errno_value == ENOSPC || error.errno_value == EDQUOT) {
    return std::move(error).with_hint(
        "free some space, or choose another store with --store or GADGETRY_STORE");
  }
  if (error.kind == ErrorKind::kPermission || error.errno_value == EROFS) {
    return std::move(error).with_hint("run as root, or choose another store with --store or GADGETRY_STORE");
  }
  return error;
}

Status sync_folder(int fd, const std::string& shown) {
  Fd readable(::openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!readable) return Error::system(shown, errno);
  if (::fsync(readable.get()) != 0 && errno != EINVAL) return Error::system(shown, errno);
  return {};
}

bool exists(int folder, const char* name) {
  struct stat info{};
  return ::fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) == 0;
}

// Refuses to turn somebody's folder full of other things into a store.
Status require_empty_or_store(int root, const std::string& path) {
  GADGETRY_ASSIGN(std::vector<std::string> names, list_folder(root, path));
  // With the lock, which comes first of all, it is a store whose making was interrupted, or goes on just now.
  // Looked for after the list: what another process made meanwhile is in neither or has the lock.
  if (names.empty() || exists(root, kIndexLock)) return {};
  return Error::usage(path + ": the folder is not empty and not an image store");
}

// Makes what a layout needs; "oci-layout" comes last, so that its presence means that all of it is there.
Status complete_layout(int root, const std::string& path) {
  if (exists(root, kLayoutFile) && exists(root, kIndexFile) && exists(root, kBlobsFolder)) return {};
  if (!exists(root, kLayoutFile)) GADGETRY_TRY(require_empty_or_store(root, path));
  GADGETRY_ASSIGN(Fd lock, lock_file(root, kIndexLock, LockKind::kExclusive, kLockPatience));
  GADGETRY_TRY(make_folders(path + "/" + kBlobsFolder));
  if (!exists(root, kIndexFile)) {
    GADGETRY_ASSIGN(std::string empty, serialize(Index{}));
    GADGETRY_TRY(base::replace_file(path + "/" + kIndexFile, empty));
  }
  if (!exists(root, kLayoutFile)) {
    GADGETRY_TRY(base::replace_file(path + "/" + kLayoutFile, kLayoutFileBytes));
  }
  return {};
}

Result<std::string> absolute_path(const std::string& path) {
  if (path.empty()) return Error::usage("image store: the path is empty");
  std::string out = path;
  if (path.front() != '/') {
    std::error_code code;
    out = std::filesystem::current_path(code).string() + "/" + path;
    if (code) return Error::system("current folder", code.value());
  }
  while (out.size() > 1 && out.back() == '/') out.pop_back();
  return out;
}

std::string home_folder() {
  const char* home = std::getenv("HOME");
  if (home != nullptr && home[0] == '/') return home;
  const passwd* user = ::getpwuid(::geteuid());
  return user != nullptr ? user->pw_dir : "/tmp";
}

// The text under which an image is kept: with its tag when it has one, else with its digest.
Result<std::string> stored_name(const Reference& reference, const Descriptor& descriptor) {
  if (reference.digest() && *reference.digest() != descriptor.digest) {
    return Error("image \"" + reference.short_name() + "\": the content has the digest " +
                 descriptor.digest.to_string());
  }
  auto tagged = reference.without_digest();
  return tagged ? tagged->to_string() : reference.to_string();
}

bool is_named(const Descriptor& descriptor, const std::string& name) {
  auto reference = Reference::parse(find_annotation(descriptor.annotations, annotation::kRefName));
  return reference.ok() && reference->to_string() == name;
}

}  // namespace

std::string default_store_path() {
  if (const char* path = std::getenv("GADGETRY_STORE"); path != nullptr && path[0] != '\0') return path;
  if (::geteuid() == 0) return "/var/lib/gadgetry/oci-store";
  const char* data = std::getenv("XDG_DATA_HOME");
  std::string base = data != nullptr && data[0] == '/' ? data : home_folder() + "/.local/share";
  return base + "/gadgetry/oci-store";
}

Result<LayoutStore> LayoutStore::open(const std::string& given, OpenMode mode) {
  std::string what = "image store " + base::printable(given);
  GADGETRY_ASSIGN(std::string path, absolute_path(given));
  auto fail = [&](Error error) { return with_store_hint(std::move(error)).context(what); };
  if (mode == OpenMode::kCreate) {
    if (Status made = make_folders(path); !made.ok()) return fail(std::move(made.error()));
  }
  Fd root(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) return fail(Error::system("cannot open", errno));
  if (mode == OpenMode::kCreate) {
    if (Status made = complete_layout(root.get(), path); !made.ok()) return fail(std::move(made.error()));
  }
  auto layout = open_regular(root.get(), kLayoutFile, kLayoutFile);
  if (!layout.ok()) {
    if (layout.error().kind != ErrorKind::kNotFound) return fail(std::move(layout.error()));
    return fail(Error("not an OCI image layout: it has no file oci-layout", ErrorKind::kNotFound));
  }
  auto version = base::read_fd(layout->get(), limits::kManifestBytes, kLayoutFile);
  if (!version.ok()) return fail(std::move(version.error()));
  if (Status good = check_layout_file(*version); !good.ok()) return fail(std::move(good.error()));
  Fd blobs(::openat(root.get(), kBlobsFolder, O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!blobs && errno != ENOENT) return fail(Error::system(kBlobsFolder, errno));
  return LayoutStore(std::move(path), mode, std::move(root), std::move(blobs));
}

Result<Index> LayoutStore::index() const {
  std::string shown = path_ + "/" + kIndexFile;
  GADGETRY_ASSIGN(Fd fd, open_regular(root_.get(), kIndexFile, shown));
  GADGETRY_ASSIGN(std::string bytes, base::read_fd(fd.get(), limits::kIndexFileBytes, shown));
  auto parsed = parse_index(bytes, limits::kStoreImages);
  if (!parsed.ok()) return std::move(parsed.error()).context(shown);
  return parsed;
}

Result<std::string> LayoutStore::get_blob(const Digest& digest, size_t limit) const {
  std::string shown = "blob " + digest.to_string();
  if (!blobs_) return Error::system(shown, ENOENT);
  uint64_t size = 0;
  GADGETRY_ASSIGN(Fd fd, open_regular(blobs_.get(), digest.hex(), shown, &size));
  if (size > limit) {
    return Error(shown + ": " + std::to_string(size) + " bytes are more than the limit of " +
                 std::to_string(limit));
  }
  GADGETRY_ASSIGN(std::string bytes, base::read_fd(fd.get(), limit, shown));
  GADGETRY_TRY(verify(digest, bytes));
  return bytes;
}

Result<uint64_t> LayoutStore::blob_size(const Digest& digest) const {
  uint64_t size = 0;
  if (!blobs_) return Error::system("blob " + digest.to_string(), ENOENT);
  GADGETRY_ASSIGN(Fd fd, open_regular(blobs_.get(), digest.hex(), "blob " + digest.to_string(), &size));
  return size;
}

Result<Lease> LayoutStore::hold() const {
  return try_lock_existing(root_.get(), kCollectLock, kLockPatience);
}

Status LayoutStore::require_writable() const {
  if (mode_ == OpenMode::kCreate) return {};
  return Error("image store " + path_ + ": it is read-only", ErrorKind::kPermission);
}

Result<StoreWriter> LayoutStore::begin_write() const {
  GADGETRY_TRY(require_writable());
  auto lease = lock_file(root_.get(), kCollectLock, LockKind::kShared, kLockPatience);
  if (!lease.ok()) return with_store_hint(std::move(lease.error())).context("image store " + path_);
  return StoreWriter(*this, std::move(*lease));
}

Result<Lease> LayoutStore::lock_index() const {
  auto lock = lock_file(root_.get(), kIndexLock, LockKind::kExclusive, kLockPatience);
  if (!lock.ok()) return with_store_hint(std::move(lock.error())).context("image store " + path_);
  return lock;
}

Status LayoutStore::write_index(const Index& index) const {
  GADGETRY_ASSIGN(std::string bytes, serialize(index));
  Status written = base::replace_file(path_ + "/" + kIndexFile, bytes);
  if (!written.ok()) return with_store_hint(std::move(written.error()));
  return {};
}

Status LayoutStore::tag(const Reference& existing, const Reference& added) const {
  GADGETRY_ASSIGN(StoreWriter writer, begin_write());
  GADGETRY_ASSIGN(Descriptor descriptor, resolve(existing));
  return writer.tag(added, descriptor);
}

template <typename Matches>
Status LayoutStore::remove_entries(const Matches& matches, const std::string& what) const {
  GADGETRY_TRY(require_writable());
  {
    GADGETRY_ASSIGN(Lease lock, lock_index());
    GADGETRY_ASSIGN(Index entries, index());
    if (std::erase_if(entries.manifests, matches) == 0) {
      return Error("image \"" + what + "\": not in " + path_, ErrorKind::kNotFound);
    }
    GADGETRY_TRY(write_index(entries));
  }
  if (auto collected = collect_garbage(); !collected.ok()) {
    base::log_warning("image store " + path_ + ": unused blobs stay: " + collected.error().text());
  }
  return {};
}

Status LayoutStore::remove(const Reference& reference) const {
  GADGETRY_ASSIGN(StoredImage image, find(reference));  // for its better error
  auto matches = [&](const Descriptor& descriptor) {
    auto name = Reference::parse(find_annotation(descriptor.annotations, annotation::kRefName));
    if (!name.ok() || name->name() != reference.name()) return false;
    if (reference.digest() && descriptor.digest != *reference.digest()) return false;
    return reference.tag().empty() || name->tag() == reference.tag();
  };
  return remove_entries(matches, reference.short_name());
}

Status LayoutStore::remove(const Digest& digest) const {
  auto matches = [&](const Descriptor& descriptor) { return descriptor.digest == digest; };
  return remove_entries(matches, digest.to_string());
}

Result<size_t> LayoutStore::collect_garbage() const {
  GADGETRY_TRY(require_writable());
  auto lock = lock_file(root_.get(), kCollectLock, LockKind::kExclusive, kCollectPatience);
  if (!lock.ok()) {
    if (lock.error().errno_value == EWOULDBLOCK) return size_t{0};
    return std::move(lock.error());
  }
  GADGETRY_ASSIGN(Index entries, index());
  std::set<Digest> missing;
  GADGETRY_ASSIGN(auto used, closure(*this, entries.manifests, &missing));
  size_t removed = 0;
  GADGETRY_ASSIGN(std::vector<std::string> names, list_folder(blobs_.get(), path_ + "/" + kBlobsFolder));
  for (const std::string& name : names) {
    auto digest = Digest::parse_hex(name);
    bool garbage = digest.ok() ? !used.contains(*digest) : name.starts_with(kTemporaryPrefix);
    if (garbage && ::unlinkat(blobs_.get(), name.c_str(), 0) == 0) ++removed;
  }
  // Temporary files of index.json and oci-layout belong to whoever has this lock: nobody else but us.
  auto index_lock = lock_file(root_.get(), kIndexLock, LockKind::kExclusive, kCollectPatience);
  if (!index_lock.ok()) return removed;
  GADGETRY_ASSIGN(std::vector<std::string> files, list_folder(root_.get(), path_));
  for (const std::string& name : files) {
    bool temporary = name != kIndexLock && (name.starts_with(std::string(kIndexFile) + ".") ||
                                            name.starts_with(std::string(kLayoutFile) + "."));
    if (temporary && ::unlinkat(root_.get(), name.c_str(), 0) == 0) ++removed;
  }
  return removed;
}

StoreWriter::~StoreWriter() {
  if (!lease_ || (written_.empty() && !collect_)) return;
  lease_.reset();
  if (auto collected = store_->collect_garbage(); !collected.ok()) {
    base::log_warning("image store " + store_->path_ + ": unused blobs stay: " + collected.error().text());
  }
}

Result<Descriptor> StoreWriter::put_blob(std::string_view bytes, std::string_view media_type) {
  if (bytes.size() > limits::kLayerBytes) {
    return Error("blob: " + std::to_string(bytes.size()) + " bytes are more than the limit of " +
                 std::to_string(limits::kLayerBytes));
  }
  Descriptor out;
  out.media_type = media_type;
  out.digest = sha256(bytes);
  out.size = bytes.size();
  Status written = write_blob(out.digest, bytes);
  if (!written.ok()) {
    return with_store_hint(std::move(written.error())).context("image store " + store_->path_);
  }
  return out;
}

Status StoreWriter::write_blob(const Digest& digest, std::string_view bytes) {
  if (store_->get_blob(digest, limits::kLayerBytes).ok()) {
    return {};
  }
  written_.insert(digest);
  return write_atomically(store_->path_ + "/" + kBlobsFolder, digest.hex(), bytes);
}

Status StoreWriter::tag(const std::vector<std::pair<Reference, Descriptor>>& images) {
  std::vector<Descriptor> roots;
  roots.reserve(images.size());
  for (const auto& [reference, descriptor] : images) roots.push_back(descriptor);
  auto reached = closure(*store_, roots);
  if (!reached.ok()) {
    return std::move(reached.error()).context("the image is not complete");
  }
  if (!written_.empty()) GADGETRY_TRY(sync_folder(store_->blobs_.get(), store_->path_));
  GADGETRY_ASSIGN(Lease lock, store_->lock_index());
  GADGETRY_ASSIGN(Index entries, store_->index());
  bool displaced = false;
  for (const auto& [reference, descriptor] : images) {
    GADGETRY_ASSIGN(std::string name, stored_name(reference, descriptor));
    displaced |=
        std::erase_if(entries.manifests, [&](const Descriptor& old) { return is_named(old, name); }) > 0;
    Descriptor entry = descriptor;
    entry.platform.reset();
    entry.annotations[std::string(annotation::kRefName)] = name;
    entries.manifests.push_back(std::move(entry));
  }
  GADGETRY_TRY(store_->write_index(entries));
  collect_ |= displaced;
  std::erase_if(written_, [&](const Digest& digest) { return reached->contains(digest); });
  return {};
}

}  // namespace gadgetry::oci
