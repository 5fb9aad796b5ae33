#include "base/result.hpp"

#include <cerrno>
#include <system_error>

namespace gadgetry::base {

Error Error::system(std::string_view what, int code) {
  Error error(std::string(what) + ": " + std::generic_category().message(code));
  error.errno_value = code;
  if (code == EPERM || code == EACCES) error.kind = ErrorKind::kPermission;
  if (code == ENOENT) error.kind = ErrorKind::kNotFound;
  return error;
}

Error&& Error::context(std::string_view what) && {
  message.insert(0, ": ").insert(0, what);
  return std::move(*this);
}

Error&& Error::with_hint(std::string text) && {
  if (hint.empty()) hint = std::move(text);
  return std::move(*this);
}

std::string Error::text() const { return hint.empty() ? message : message + "; " + hint; }

}  // namespace gadgetry::base
