#include "sys/users.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/fd.hpp"
#include "base/limits.hpp"
#include "base/strings.hpp"
#include "sys/clock.hpp"
#include "sys/paths.hpp"

namespace gadgetry::sys {

void IdFile::refresh() {
  auto file = base::open_file(path_, O_RDONLY);
  struct stat info{};
  if (!file.ok() || fstat(file->get(), &info) != 0) {
    names_.clear();
    mtime_ns_ = -1;
    return;
  }
  int64_t mtime = int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
  if (mtime == mtime_ns_ && info.st_ino == inode_ && static_cast<uint64_t>(info.st_size) == size_) return;
  auto text = base::read_fd(file->get(), limits::kIdFileBytes, path_);
  if (!text.ok()) return;  // keep what is known; the next refresh tries again
  mtime_ns_ = mtime;
  inode_ = info.st_ino;
  size_ = static_cast<uint64_t>(info.st_size);
  parse(*text);
}

void IdFile::parse(std::string_view text) {
  names_.clear();
  for (size_t start = 0; start < text.size();) {
    size_t end = std::min(text.find('\n', start), text.size());
    std::string_view line = text.substr(start, end - start);
    start = end + 1;
    size_t name_end = line.find(':');
    if (name_end == 0 || name_end == std::string_view::npos || line.front() == '#') continue;
    size_t password_end = line.find(':', name_end + 1);
    if (password_end == std::string_view::npos) continue;
    size_t id_end = std::min(line.find(':', password_end + 1), line.size());
    auto id = base::parse_int<uint32_t>(line.substr(password_end + 1, id_end - password_end - 1));
    if (!id) continue;
    std::string name = base::printable(line.substr(0, name_end));
    names_.try_emplace(*id,
                       *pool_.insert(std::move(name)).first);  // the first of several names counts, as in NSS
  }
}

UserDatabase::UserDatabase() : UserDatabase(host_file("/etc/passwd"), host_file("/etc/group")) {}

UserDatabase::UserDatabase(std::string passwd_path, std::string group_path)
    : users_(std::move(passwd_path)), groups_(std::move(group_path)) {}

void UserDatabase::refresh() {
  int64_t now = coarse_seconds();
  if (now == checked_) return;
  checked_ = now;
  users_.refresh();
  groups_.refresh();
}

}  // namespace gadgetry::sys
