// Buffered output: records are put together in memory and leave in large writes of whole records.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace gadgetry::output {

// Appends to a buffer of 64 KiB that goes to a file descriptor when it is full. Written out are whole records
// only (what stands before the latest end_record()), so lines of several writers of one pipe do not mix in
// small pieces. Without a file descriptor it keeps everything in memory. The first error sticks; what is
// appended after it is dropped. Closed pipes give an error with errno_value EPIPE (SIGPIPE has to be ignored
// by the program).
class Writer {
 public:
  static constexpr size_t kBlock = 64 << 10;

  Writer() : Writer(-1) {}  // in memory
  explicit Writer(int fd);  // does not own fd
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Room for at least n bytes. Write there, then commit() the end of what was written.
  char* reserve(size_t n) {
    if (static_cast<size_t>(end_ - at_) < n) [[unlikely]]
      grow(n);
    return at_;
  }
  void commit(char* end) { at_ = end; }

  void append(std::string_view text) {
    char* out = reserve(text.size());
    std::memcpy(out, text.data(), text.size());
    at_ = out + text.size();
  }
  void append(char c) {
    *reserve(1) = c;
    at_++;
  }
  void fill(size_t n, char c) {
    char* out = reserve(n);
    std::memset(out, c, n);
    at_ = out + n;
  }

  // A record is complete: the buffer may be written out from here on.
  void end_record() {
    if (at_ >= full_) [[unlikely]]
      write_out();
  }

  // Writes out everything there is. The error, once there was one.
  base::Status flush();

  bool failed() const { return error_.has_value(); }
  const base::Error& error() const { return *error_; }  // only when failed()

  // What is in the buffer: in memory, all that was written since clear().
  std::string_view text() const { return {begin_.get(), static_cast<size_t>(at_ - begin_.get())}; }
  void clear() { at_ = begin_.get(); }

  // Whether somebody else wrote since `who` claimed the writer last: the table of `who` needs its header
  // again.
  bool claim(const void* who) {
    bool changed = owner_ != who;
    owner_ = who;
    return changed;
  }

 private:
  void grow(size_t n);
  void write_out();

  int fd_;
  std::unique_ptr<char[]> begin_;
  char* at_ = nullptr;
  char* full_ = nullptr;  // from here on end_record() writes out
  char* end_ = nullptr;
  const void* owner_ = nullptr;
  std::optional<base::Error> error_;
};

}  // namespace gadgetry::output
