#include "wasm/errno_code.hpp"

#include <cerrno>
#include <cstring>

namespace gadgetry::wasm {

Code code_of_errno(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ESRCH:
      return Code::kNotFound;
    case EACCES:
    case EPERM:
    case EROFS:
    case EXDEV:
    case ELOOP:
      return Code::kDenied;
    case EMFILE:
    case ENFILE:
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case ENOMEM:
    case ENOBUFS:
      return Code::kLimit;
    case EAGAIN:
      return Code::kAgain;
    case EEXIST:
      return Code::kExists;
    case EINVAL:
    case ENAMETOOLONG:
    case EMSGSIZE:
      return Code::kInvalid;
    case ENOSYS:
    case EOPNOTSUPP:
      return Code::kUnsupported;
    default:
      return Code::kIo;
  }
}

Outcome Outcome::system(int error) {
  return {code_of_errno(error), std::strerror(error)};
}

}  // namespace gadgetry::wasm
