#include "wasm/files.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <ctime>

#include "base/limits.hpp"

namespace gadgetry::wasm {
namespace {

constexpr uint64_t kBeneath = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
constexpr int kAttempts = 8;  // the kernel gives up when a folder on the way is renamed just then

// The file or -errno. `path` is taken relative to `folder` and stays below it.
int open_beneath(int folder, const std::string& path, int flags, uint64_t resolve, unsigned mode = 0) {
  open_how how{};
  how.flags = static_cast<uint64_t>(flags | O_CLOEXEC);
  how.mode = mode;
  how.resolve = resolve;
  for (int attempt = 1;; attempt++) {
    long fd = ::syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how);
    if (fd >= 0) return static_cast<int>(fd);
    if (errno != EINTR && (errno != EAGAIN || attempt == kAttempts)) return -errno;
  }
}

int open_folder(const std::string& path) {
  int fd = ::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  return fd >= 0 ? fd : -errno;
}

// "/a/b" and "b" have the folders "/a" and ".".
std::string folder_of(const std::string& path) {
  size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}
std::string name_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

Outcome failed(int error) {
  switch (error) {
    case EXDEV:
      return {Code::kDenied, "the path leads out of what is granted"};
    case ELOOP:
      return {Code::kDenied, "a symbolic link, which is not followed here"};
    case ENOSYS:
      return {Code::kUnsupported, "the kernel has no openat2 (Linux 5.6)"};
    default:
      return Outcome::system(error);
  }
}

// Whether the file may be opened at all, looked at without opening it.
Outcome check_file(int path_fd, bool writes) {
  struct stat info{};
  if (::fstat(path_fd, &info) != 0) return Outcome::system(errno);
  if (S_ISDIR(info.st_mode)) return {Code::kDenied, "a folder, not a file"};
  if (!S_ISREG(info.st_mode)) return {Code::kDenied, "not a regular file"};
  struct statfs system{};
  if (!writes) return {};
  // Among these is the memory of this process.
  if (::fstatfs(path_fd, &system) != 0) return Outcome::system(errno);
  if (system.f_type == PROC_SUPER_MAGIC) return {Code::kDenied, "files of /proc are not written"};
  return {};
}

int access_flags(uint32_t flags) {
  int out = O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  bool reads = (flags & kOpenRead) != 0;
  bool writes = (flags & kOpenWrite) != 0;
  out |= reads && writes ? O_RDWR : writes ? O_WRONLY : O_RDONLY;
  if ((flags & kOpenAppend) != 0) out |= O_APPEND;
  return out;
}

// Opens a file below `folder`: first only its place, and when that is a regular file, the file itself. In
// between it cannot become another one.
Outcome open_file(int folder, const std::string& path, uint64_t resolve, uint32_t flags, base::Fd& out) {
  base::Fd place;
  for (int attempt = 1;; attempt++) {
    int fd = open_beneath(folder, path, O_PATH, resolve);
    if (fd >= 0) {
      place.reset(fd);
      break;
    }
    if (fd != -ENOENT || (flags & kOpenCreate) == 0) return failed(-fd);
    fd = open_beneath(folder, path, access_flags(flags) | O_CREAT | O_EXCL, resolve, 0644);
    if (fd >= 0) {
      out.reset(fd);
      return {};
    }
    // Somebody else made it just now; or it is a symbolic link to nothing.
    if (fd != -EEXIST || attempt == kAttempts) return failed(fd == -EEXIST ? ELOOP : -fd);
  }
  if (Outcome checked = check_file(place.get(), (flags & kOpenWrite) != 0); !checked.ok()) return checked;
  std::string again = "/proc/self/fd/" + std::to_string(place.get());
  out.reset(::open(again.c_str(), access_flags(flags)));
  if (!out) return Outcome::system(errno);
  if ((flags & kOpenTruncate) != 0 && ::ftruncate(out.get(), 0) != 0) return Outcome::system(errno);
  return {};
}

Outcome check_flags(uint32_t flags) {
  constexpr uint32_t kKnown = kOpenRead | kOpenWrite | kOpenCreate | kOpenTruncate | kOpenAppend;
  if ((flags & ~kKnown) != 0) return {Code::kInvalid, "unknown flags"};
  if ((flags & (kOpenRead | kOpenWrite)) == 0) return {Code::kInvalid, "neither to read nor to write"};
  if ((flags & kOpenWrite) == 0 && (flags & ~kOpenRead) != 0) {
    return {Code::kInvalid, "create, truncate and append are for writing"};
  }
  return {};
}

// The granted path that `path` is or lies below: the widest, since narrower ones can do nothing that it
// cannot.
const std::string* find_grant(const Permissions& permissions, std::string_view path, bool writes) {
  const std::string* found = nullptr;
  size_t found_size = 0;
  auto look = [&](const std::vector<std::string>& list) {
    for (const std::string& entry : list) {
      std::string granted = PathGrant(entry).path();
      if (!is_below(granted, path) || (found != nullptr && found_size <= granted.size())) continue;
      found = &entry;
      found_size = granted.size();
    }
  };
  look(permissions.write);
  if (!writes) look(permissions.read);
  return found;
}

std::string absolute(std::string_view path) {
  char cwd[PATH_MAX] = "/";
  if (!path.starts_with('/') && (::getcwd(cwd, sizeof cwd) == nullptr || cwd[0] != '/')) return {};
  std::string out;
  for (std::string_view part : path_components(cwd, path)) {
    out += "/";
    out += part;
  }
  return out.empty() ? "/" : out;
}

// A limit on the size of files (ulimit -f) is an error of the write, not a signal that ends the program.
class WithoutSizeSignal {
 public:
  WithoutSizeSignal() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
    ::sigemptyset(&signals_);
    ::sigaddset(&signals_, SIGXFSZ);
    active_ = ::pthread_sigmask(SIG_BLOCK, &signals_, &before_) == 0 && ::sigismember(&before_, SIGXFSZ) == 0;
  }
  ~WithoutSizeSignal() {
    if (!active_) return;
    int saved = errno;
    timespec now{};
    while (::sigtimedwait(&signals_, nullptr, &now) == SIGXFSZ) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = saved;
  }
  WithoutSizeSignal(const WithoutSizeSignal&) = delete;
  WithoutSizeSignal& operator=(const WithoutSizeSignal&) = delete;

 private:
  sigset_t signals_{};
  sigset_t before_{};
  bool active_ = false;
};

}  // namespace

// `exact`: the path itself is asked for, so it may be a file that is not there yet.
Outcome Files::find_root(const std::string& entry, bool exact, Root*& root) {
  if (auto known = roots_.find(entry); known != roots_.end()) {
    root = &known->second;
    return {};
  }
  PathGrant grant(entry);
  Root fresh;
  int fd = open_folder(grant.root);
  if (grant.rest.empty()) {
    if ((fd == -ENOTDIR || fd == -ENOENT) && exact) {
      fresh.file = name_of(grant.root);
      fd = open_folder(folder_of(grant.root));
    }
  } else if (fd >= 0) {
    base::Fd base(fd);
    fd = open_beneath(base.get(), grant.rest, O_PATH | O_DIRECTORY, kBeneath);
    if ((fd == -ENOTDIR || fd == -ENOENT) && exact) {
      fresh.file = name_of(grant.rest);
      fd = open_beneath(base.get(), folder_of(grant.rest), O_PATH | O_DIRECTORY, kBeneath);
    }
  }
  if (fd < 0) return failed(-fd);
  fresh.folder.reset(fd);
  root = &roots_.emplace(entry, std::move(fresh)).first->second;
  return {};
}

Outcome Files::open(const Permissions& permissions, std::string_view path, uint32_t flags,
                    std::unique_ptr<File>& file) {
  if (Outcome checked = check_flags(flags); !checked.ok()) return checked;
  if (path.empty() || path.size() >= PATH_MAX || path.find('\0') != std::string_view::npos) {
    return {Code::kInvalid, "no path"};
  }
  bool writes = (flags & kOpenWrite) != 0;
  std::string wanted = absolute(path);
  const std::string* entry = find_grant(permissions, wanted, writes);
  if (entry == nullptr) {
    return {Code::kDenied, std::string("not granted; declare it in the metadata and run with ") +
                               (writes ? "--allow-write" : "--allow-read")};
  }
  if (*open_ >= limits::kWasmFiles) return {Code::kLimit, "too many open files"};

  size_t granted = PathGrant(*entry).path().size();
  bool exact = wanted.size() == granted;
  Root* root = nullptr;
  if (Outcome found = find_root(*entry, exact, root); !found.ok()) return found;
  base::Fd fd;
  Outcome opened;
  if (!root->file.empty()) {
    if (!exact) return {Code::kNotFound, "what is granted is a file, not a folder"};
    opened = open_file(root->folder.get(), root->file, kBeneath | RESOLVE_NO_SYMLINKS, flags, fd);
  } else {
    size_t behind = granted == 1 ? 1 : granted + 1;  // "/" is its own separator
    std::string rest = exact ? "." : wanted.substr(behind);
    opened = open_file(root->folder.get(), rest, kBeneath, flags, fd);
  }
  if (!opened.ok()) return opened;
  file = std::make_unique<File>(std::move(fd), flags, open_);
  return {};
}

Outcome File::read(std::span<uint8_t> out, uint32_t& count) {
  count = 0;
  if ((flags_ & kOpenRead) == 0) return {Code::kDenied, "not opened to read"};
  if (out.empty()) return {Code::kTooSmall, "the buffer has no room"};
  ssize_t got = 0;
  do {
    got = ::read(fd_.get(), out.data(), std::min(out.size(), limits::kWasmTransferBytes));
  } while (got < 0 && errno == EINTR);
  if (got < 0) return Outcome::system(errno);
  if (got == 0) return {Code::kEnd, "the end of the file"};
  count = static_cast<uint32_t>(got);
  return {};
}

Outcome File::write(std::string_view bytes, uint32_t& count) {
  count = 0;
  if ((flags_ & kOpenWrite) == 0) return {Code::kDenied, "not opened to write"};
  if (bytes.empty()) return {};
  WithoutSizeSignal guard;
  ssize_t put = 0;
  do {
    put = ::write(fd_.get(), bytes.data(), std::min(bytes.size(), limits::kWasmTransferBytes));
  } while (put < 0 && errno == EINTR);
  if (put < 0) return Outcome::system(errno);
  count = static_cast<uint32_t>(put);
  return {};
}

Outcome File::seek(uint64_t position) {
  if (position > INT64_MAX) return {Code::kInvalid, "a position beyond any file"};
  if (::lseek(fd_.get(), static_cast<off_t>(position), SEEK_SET) < 0) return Outcome::system(errno);
  return {};
}

}  // namespace gadgetry::wasm
