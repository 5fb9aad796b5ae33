// Text, buffers, status and small helpers. Needs no C library.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "imports.h"
#include "memory.h"

namespace gadget {

namespace detail {

template <class A, class B>
inline constexpr bool is_same = __is_same(A, B);

/// Address and length as the host takes them.
inline uint64_t ref(const void* data, uint32_t size) {
  return static_cast<uint64_t>(size) << 32 | static_cast<uint32_t>(reinterpret_cast<uintptr_t>(data));
}

/// Bytes before the first NUL, at most `size`.
inline uint32_t text_length(const char* data, uint32_t size) {
  uint32_t at = 0;
  // Eight bytes at a time: an interpreter pays for each instruction.
  for (; at + 8 <= size; at += 8) {
    uint64_t word;
    __builtin_memcpy(&word, data + at, 8);
    uint64_t zeros = (word - 0x0101010101010101u) & ~word & 0x8080808080808080u;
    if (zeros != 0) return at + static_cast<uint32_t>(__builtin_ctzll(zeros)) / 8;
  }
  while (at < size && data[at] != '\0') at++;
  return at;
}

}  // namespace detail

/// Elements that stand one after the other somewhere in this module's memory. Does not own them.
template <class T>
class Span {
 public:
  constexpr Span() = default;
  constexpr Span(T* data, uint32_t size) : data_(data), size_(size) {}
  template <uint32_t N>
  constexpr Span(T (&array)[N]) : data_(array), size_(N) {}

  constexpr T* data() const { return data_; }
  constexpr uint32_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }
  constexpr T& operator[](uint32_t index) const { return data_[index]; }
  constexpr T* begin() const { return data_; }
  constexpr T* end() const { return data_ + size_; }

 private:
  T* data_ = nullptr;
  uint32_t size_ = 0;
};

/// Bytes to read. Does not own them.
class Bytes : public Span<const uint8_t> {
 public:
  using Span::Span;
  constexpr Bytes() = default;
  Bytes(const void* data, uint32_t size) : Span(static_cast<const uint8_t*>(data), size) {}
};

/// Text, not ended by a NUL. Does not own it.
class Text {
 public:
  constexpr Text() = default;
  constexpr Text(const char* text) : data_(text), size_(static_cast<uint32_t>(__builtin_strlen(text))) {}
  constexpr Text(const char* data, uint32_t size) : data_(data), size_(size) {}

  constexpr const char* data() const { return data_; }
  constexpr uint32_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }
  constexpr char operator[](uint32_t index) const { return data_[index]; }
  constexpr const char* begin() const { return data_; }
  constexpr const char* end() const { return data_ + size_; }

  /// A part; what is beyond the end is left out.
  constexpr Text part(uint32_t from, uint32_t size = UINT32_MAX) const {
    if (from > size_) from = size_;
    uint32_t rest = size_ - from;
    return Text(data_ + from, size < rest ? size : rest);
  }
  /// The part before the first NUL; all of it when there is none.
  Text until_nul() const { return Text(data_, detail::text_length(data_, size_)); }
  bool starts_with(Text other) const { return part(0, other.size_) == other; }
  bool ends_with(Text other) const { return size_ >= other.size_ && part(size_ - other.size_) == other; }
  /// Where `c` is first, from `from` on; size() when nowhere.
  constexpr uint32_t find(char c, uint32_t from = 0) const {
    while (from < size_ && data_[from] != c) from++;
    return from < size_ ? from : size_;
  }
  bool contains(Text other) const {
    for (uint32_t at = 0; at + other.size_ <= size_; at++) {
      if (part(at, other.size_) == other) return true;
    }
    return false;
  }
  friend bool operator==(Text a, Text b) {
    return a.size_ == b.size_ && (a.size_ == 0 || __builtin_memcmp(a.data_, b.data_, a.size_) == 0);
  }

 private:
  const char* data_ = nullptr;
  uint32_t size_ = 0;
};

namespace detail {
inline uint64_t ref(Text text) {
  return ref(text.data(), text.size());
}
inline uint64_t ref(Bytes bytes) {
  return ref(bytes.data(), bytes.size());
}
}  // namespace detail

/// Text of up to N bytes in place: on the stack, or in a variable of the module. What does not fit is cut
/// off.
template <uint32_t N>
class FixedString {
 public:
  constexpr FixedString() {
    // Variables of functions stay as they are: an event costs no clearing.
    if (__builtin_is_constant_evaluated()) {
      for (char& c : data_) c = '\0';
    }
  }
  FixedString(Text text) { append(text); }

  char* data() { return data_; }
  const char* data() const { return data_; }
  constexpr uint32_t size() const { return size_; }
  static constexpr uint32_t capacity() { return N; }
  constexpr bool empty() const { return size_ == 0; }
  /// Whether something was cut off since clear().
  bool is_cut() const { return is_cut_; }
  Text text() const { return Text(data_, size_); }
  operator Text() const { return text(); }

  void clear() {
    size_ = 0;
    is_cut_ = false;
  }
  void append(Text text) {
    uint32_t room = N - size_;
    uint32_t size = text.size() <= room ? text.size() : room;
    is_cut_ = is_cut_ || size < text.size();
    if (size != 0) __builtin_memcpy(data_ + size_, text.data(), size);
    size_ += size;
  }
  void append(char c) { append(Text(&c, 1)); }
  /// After data() was written to.
  void set_size(uint32_t size) { size_ = size <= N ? size : N; }

 private:
  alignas(8) char data_[N];
  uint32_t size_ = 0;
  bool is_cut_ = false;
};

/// Why something failed. The numbers are part of the interface.
enum class Code : uint32_t {
  kOk = GADGET_OK,
  kInvalid = GADGET_INVALID,          ///< an argument makes no sense
  kNotFound = GADGET_NOT_FOUND,       ///< there is nothing of that name, number or key
  kExists = GADGET_EXISTS,            ///< the name is taken
  kDenied = GADGET_DENIED,            ///< not granted, or the kernel refuses
  kUnsupported = GADGET_UNSUPPORTED,  ///< not by this host, kernel, map or field
  kTooSmall = GADGET_TOO_SMALL,       ///< the buffer is smaller than what goes into it; nothing was written
  kBadHandle = GADGET_BAD_HANDLE,     ///< no handle, or one of another type
  kMemory = GADGET_MEMORY,            ///< an address outside of the module's memory
  kLimit = GADGET_LIMIT,              ///< a limit of the host
  kState = GADGET_STATE,              ///< not at this point of the lifecycle
  kIo = GADGET_IO,                    ///< the operation failed: see message()
  kAgain = GADGET_AGAIN,              ///< nothing yet
  kEnd = GADGET_END,                  ///< nothing more
};

/// How a call went. Functions of version 1 only say that they failed: their code is then kIo.
class Status {
 public:
  constexpr Status() = default;
  constexpr Status(Code code) : code_(code) {}
  static Status of(uint32_t code) { return Status(static_cast<Code>(code)); }
  static Status of_v1(uint32_t failed) { return Status(failed == 0 ? Code::kOk : Code::kIo); }

  constexpr bool ok() const { return code_ == Code::kOk; }
  constexpr explicit operator bool() const { return ok(); }
  constexpr Code code() const { return code_; }
  /// What failed and why, in words. Of the last call that failed, so ask before the next call; valid until
  /// asked again.
  static Text message() {
    static char buffer[256];
    int32_t size = gadget_v2_lastError(detail::ref(buffer, sizeof(buffer)));
    return Text(buffer, size > 0 ? static_cast<uint32_t>(size) : 0);
  }

 private:
  Code code_ = Code::kOk;
};

/// A value, or why there is none. The value of a failed one is that of T{}.
template <class T>
struct Result {
  T value{};
  Status status;

  constexpr bool ok() const { return status.ok(); }
  constexpr explicit operator bool() const { return ok(); }
  constexpr T& operator*() { return value; }
  constexpr const T& operator*() const { return value; }
  constexpr T* operator->() { return &value; }
  constexpr T value_or(T other) const { return ok() ? value : other; }
};

/// Closes or stops what it holds (a Map, File, Socket, PerfReader, Timer) at the end of a block. For
/// variables of functions; what lives as long as the module needs no closing.
template <class T>
class Scoped {
 public:
  explicit Scoped(T object) : object_(object) {}
  ~Scoped() { object_.close(); }
  Scoped(const Scoped&) = delete;
  Scoped& operator=(const Scoped&) = delete;
  T& operator*() { return object_; }
  T* operator->() { return &object_; }

 private:
  T object_;
};

/// Whether this host has the function gadget_v2.NAME. Functions it does not have return Code::kUnsupported.
inline bool has_function(Text name) {
  return gadget_v2_hasFunction(detail::ref(name)) != 0;
}

/// Frees a handle of any kind (of a Source or a Field that is looked up again and again; at most 4096 are
/// open).
inline Status release_handle(uint32_t handle) {
  return Status::of_v1(gadget_ig_releaseHandle(handle));
}

}  // namespace gadget
