#include "oci/store_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <thread>

#include "base/scope.hpp"

namespace gadgetry::oci {

using base::Error;
using base::Fd;
using base::Result;
using base::Status;

namespace {

// flock(2) that gives up: true when the lock was taken, false when patience ran out. Sets errno on failure.
bool lock_with_patience(int fd, int operation, std::chrono::milliseconds patience) {
  using Clock = std::chrono::steady_clock;
  auto deadline = Clock::now() + patience;
  auto pause = std::chrono::milliseconds(1);
  while (::flock(fd, operation | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return false;
    if (Clock::now() >= deadline) {
      errno = EWOULDBLOCK;
      return false;
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::milliseconds(16));
  }
  return true;
}

}  // namespace

Result<Fd> lock_file(int folder, const char* name, LockKind kind, std::chrono::milliseconds patience) {
  Fd fd(::openat(folder, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return Error::system(name, errno);
  int operation = kind == LockKind::kShared ? LOCK_SH : LOCK_EX;
  if (!lock_with_patience(fd.get(), operation, patience)) {
    if (errno != EWOULDBLOCK) return Error::system(name, errno);
    Error busy(std::string(name) + ": another process has been holding the lock for too long");
    busy.errno_value = EWOULDBLOCK;
    return busy;
  }
  return fd;
}

Fd try_lock_existing(int folder, const char* name, std::chrono::milliseconds patience) {
  Fd fd(::openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (fd && !lock_with_patience(fd.get(), LOCK_SH, patience)) fd.reset();
  return fd;
}

Result<Fd> open_regular(int folder, const std::string& name, const std::string& shown, uint64_t* size) {
  Fd fd(::openat(folder, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd) return Error::system(shown, errno);
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return Error::system(shown, errno);
  if (!S_ISREG(info.st_mode)) return Error(shown + ": not a regular file");
  if (size != nullptr) *size = static_cast<uint64_t>(info.st_size);
  return fd;
}

Status write_atomically(const std::string& folder, const std::string& name, std::string_view bytes) {
  std::string temporary = folder + "/" + std::string(kTemporaryPrefix) + "XXXXXX";
  std::string path = folder + "/" + name;
  Fd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd) return Error::system(path, errno);
  base::ScopeExit remove_temporary([&] { ::unlink(temporary.c_str()); });
  GADGETRY_TRY(base::write_all(fd.get(), bytes, path));
  if (::fchmod(fd.get(), 0644) != 0 || ::fsync(fd.get()) != 0) return Error::system(path, errno);
  if (::rename(temporary.c_str(), path.c_str()) != 0) return Error::system(path, errno);
  remove_temporary.dismiss();
  return {};
}

Status make_folders(const std::string& path) {
  for (size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    std::string prefix = path.substr(0, end);
    if (::mkdir(prefix.c_str(), 0755) != 0 && errno != EEXIST) {
      int code = errno;
      struct stat info{};
      if (::stat(prefix.c_str(), &info) != 0)
        return Error::system(prefix, code);  // a read-only parent is fine
    }
    if (end == std::string::npos) return {};
  }
}

Result<std::vector<std::string>> list_folder(int folder, const std::string& shown) {
  int fd = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return Error::system(shown, errno);
  std::unique_ptr<DIR, int (*)(DIR*)> dir(::fdopendir(fd), ::closedir);
  if (!dir) {
    int code = errno;
    ::close(fd);
    return Error::system(shown, code);
  }
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(dir.get())) {
    std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(std::move(name));
  }
  if (errno != 0) return Error::system(shown, errno);
  return names;
}

}  // namespace gadgetry::oci
