#include "output/writer.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace gadgetry::output {
namespace {

// Room behind a full block, so that the record that fills it does not move the buffer.
constexpr size_t kMargin = 16 << 10;

// Writes all of it; 0 or an errno. Waits when the file is in non-blocking mode (a terminal shared with a
// shell).
int write_fully(int fd, const char* from, size_t size) {
  while (size > 0) {
    ssize_t n = ::write(fd, from, size);
    if (n > 0) {
      from += n;
      size -= static_cast<size_t>(n);
    } else if (n == 0) {
      return EIO;
    } else if (errno == EAGAIN) {
      pollfd wait{fd, POLLOUT, 0};
      if (::poll(&wait, 1, -1) < 0 && errno != EINTR) return errno;
    } else if (errno == EBADF) {  // was closed when we started: nobody reads it, as with a closed pipe
      return EPIPE;
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

}  // namespace

Writer::Writer(int fd) : fd_(fd), begin_(std::make_unique_for_overwrite<char[]>(kBlock + kMargin)) {
  at_ = begin_.get();
  end_ = begin_.get() + kBlock + kMargin;
  full_ = fd_ < 0 ? end_ : begin_.get() + kBlock - kMargin / 2;
}

void Writer::grow(size_t n) {
  size_t used = static_cast<size_t>(at_ - begin_.get());
  if (failed() && n <= static_cast<size_t>(end_ - begin_.get())) {  // all of it is dropped anyway
    at_ = begin_.get();
    return;
  }
  size_t size = std::max(2 * static_cast<size_t>(end_ - begin_.get()), used + n + kMargin);
  auto bigger = std::make_unique_for_overwrite<char[]>(size);
  std::memcpy(bigger.get(), begin_.get(), used);
  begin_ = std::move(bigger);
  at_ = begin_.get() + used;
  end_ = begin_.get() + size;
  full_ = fd_ < 0 ? end_ : begin_.get() + kBlock - kMargin / 2;
}

void Writer::write_out() {
  if (fd_ < 0) return;
  std::string_view pending = text();
  at_ = begin_.get();
  if (failed() || pending.empty()) return;
  if (int code = write_fully(fd_, pending.data(), pending.size()); code != 0) {
    error_ = base::Error::system("writing the output", code);
    if (code == ENOSPC) error_->hint = "free some space, or write the output somewhere else";
  }
}

base::Status Writer::flush() {
  write_out();
  if (failed()) return *error_;
  return {};
}

}  // namespace gadgetry::output
