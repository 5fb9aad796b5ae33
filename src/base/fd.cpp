#include "base/fd.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "base/scope.hpp"

namespace gadgetry::base {

void Fd::reset(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

Result<Fd> open_file(const std::string& path, int flags, unsigned mode) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return Error::system(path, errno);
  return Fd(fd);
}

Result<std::string> read_fd(int fd, size_t limit, std::string_view name) {
  std::string out;
  struct stat info {};
  if (::fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) return Error::system(name, EISDIR);
  if (info.st_size > 0 && static_cast<uint64_t>(info.st_size) <= limit) {
    out.reserve(static_cast<size_t>(info.st_size) + 1);
  }
  std::array<char, 65536> chunk{};
  for (;;) {
    ssize_t n = ::read(fd, chunk.data(), chunk.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Error::system(name, errno);
    if (n == 0) return out;
    if (out.size() + static_cast<size_t>(n) > limit) {
      return Error(std::string(name) + ": larger than the limit of " + std::to_string(limit) + " bytes");
    }
    out.append(chunk.data(), static_cast<size_t>(n));
  }
}

Result<std::string> read_file(const std::string& path, size_t limit) {
  GADGETRY_ASSIGN(Fd fd, open_file(path, O_RDONLY));
  return read_fd(fd.get(), limit, path);
}

Status write_all(int fd, std::string_view bytes, std::string_view name) {
  while (!bytes.empty()) {
    ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Error::system(name, errno);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return {};
}

Status replace_file(const std::string& path, std::string_view bytes, unsigned mode) {
  std::string folder = path.substr(0, path.find_last_of('/') + 1);
  if (folder.empty()) folder = "./";
  std::string temporary = path + ".XXXXXX";
  Fd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd) return Error::system(path, errno);
  ScopeExit remove_temporary([&] { ::unlink(temporary.c_str()); });
  GADGETRY_TRY(write_all(fd.get(), bytes, path));
  if (::fchmod(fd.get(), mode) != 0 || ::fsync(fd.get()) != 0) return Error::system(path, errno);
  fd.reset();
  if (::rename(temporary.c_str(), path.c_str()) != 0) return Error::system(path, errno);
  remove_temporary.dismiss();
  GADGETRY_ASSIGN(Fd dir, open_file(folder, O_RDONLY | O_DIRECTORY));
  if (::fsync(dir.get()) != 0 && errno != EINVAL) return Error::system(folder, errno);
  return {};
}

}  // namespace gadgetry::base
