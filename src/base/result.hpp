// Result<T>: a value or an Error. Nothing in this project throws across a room border.
//
// An Error reads "what failed: why", outermost context first, and may carry a hint: what to do about it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace gadgetry::base {

// Decides the exit status of the command line tool: failures exit with 1, wrong usage with 2.
enum class ErrorKind { kFailure, kUsage, kNotFound, kPermission };

struct Error {
  std::string message;
  std::string hint;
  ErrorKind kind = ErrorKind::kFailure;
  int errno_value = 0;  // 0 when the error did not come from a system call

  explicit Error(std::string text, ErrorKind k = ErrorKind::kFailure) : message(std::move(text)), kind(k) {}

  // "what: strerror(code)". EPERM and EACCES become kPermission, ENOENT becomes kNotFound.
  static Error system(std::string_view what, int code);
  static Error usage(std::string text) { return Error(std::move(text), ErrorKind::kUsage); }

  // Puts "what: " in front of the message.
  Error&& context(std::string_view what) &&;
  // Says what to do; the innermost hint wins, because it knows most.
  Error&& with_hint(std::string text) &&;

  // One line (or several, when the message has them): "message; hint".
  std::string text() const;
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit by design
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit by design

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  Error& error() & { return std::get<1>(state_); }
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit by design

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  Error& error() & { return *error_; }
  const Error& error() const& { return *error_; }
  Error&& error() && { return std::move(*error_); }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;
inline Status ok() { return {}; }

}  // namespace gadgetry::base

#define GADGETRY_CONCAT_(a, b) a##b
#define GADGETRY_CONCAT(a, b) GADGETRY_CONCAT_(a, b)

// Returns the error of a Result from the enclosing function; goes on when there is none.
#define GADGETRY_TRY(expr)                                                                    \
  do {                                                                                        \
    if (auto gadgetry_try_ = (expr); !gadgetry_try_.ok()) return std::move(gadgetry_try_).error(); \
  } while (false)

// GADGETRY_ASSIGN(auto x, f()): declares x with the value of f(), or returns f()'s error.
#define GADGETRY_ASSIGN(decl, expr) GADGETRY_ASSIGN_(GADGETRY_CONCAT(gadgetry_result_, __LINE__), decl, expr)
#define GADGETRY_ASSIGN_(tmp, decl, expr)         \
  auto tmp = (expr);                              \
  if (!tmp.ok()) return std::move(tmp).error();   \
  decl = std::move(tmp).value()
