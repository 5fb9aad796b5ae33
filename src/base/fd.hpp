// Owned file descriptors and the few file operations the project needs, all with EINTR handled.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace gadgetry::base {

// Owns one file descriptor; closes it when it goes.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1);

 private:
  int fd_ = -1;
};

// open(2) with O_CLOEXEC; the error names the path.
Result<Fd> open_file(const std::string& path, int flags, unsigned mode = 0);

// The whole file, or an error when it is longer than limit bytes. Works for /proc files too.
Result<std::string> read_file(const std::string& path, size_t limit);
Result<std::string> read_fd(int fd, size_t limit, std::string_view name);

// Writes everything; a short write is continued, an error keeps its errno (EPIPE, ENOSPC ...).
Status write_all(int fd, std::string_view bytes, std::string_view name);

// Writes to a temporary file beside path, fsyncs it and the folder, then renames: the file is old or new, never half.
Status replace_file(const std::string& path, std::string_view bytes, unsigned mode = 0644);

inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline std::span<const std::byte> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

}  // namespace gadgetry::base
