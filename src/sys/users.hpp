// Names of users and groups of the host, from its /etc/passwd and /etc/group. NSS is not asked: it would
// answer for the container or machine we run in, may need the network, and blocks.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

namespace gadgetry::sys {

// One "name:password:id:..." file. Read when first asked and again when it changed.
class IdFile {
 public:
  explicit IdFile(std::string path) : path_(std::move(path)) {}

  // The name of id, or an empty view. The view lives as long as this object.
  std::string_view name(uint32_t id) const {
    auto it = names_.find(id);
    return it == names_.end() ? std::string_view{} : it->second;
  }
  // Reads the file if it is another one, or changed, since the last call. A file that cannot be read has no
  // names.
  void refresh();
  const std::string& path() const { return path_; }

 private:
  void parse(std::string_view text);

  std::string path_;
  uint64_t inode_ = 0;
  int64_t mtime_ns_ = -1;
  uint64_t size_ = 0;
  std::set<std::string, std::less<>> pool_;  // every name ever seen: views handed out stay valid
  std::unordered_map<uint32_t, std::string_view> names_;
};

class UserDatabase {
 public:
  UserDatabase();  // of the host: see host_file() in paths.hpp
  UserDatabase(std::string passwd_path, std::string group_path);

  // Looks for changes, at most once a second. Call once a batch.
  void refresh();

  std::string_view user(uint32_t uid) const { return users_.name(uid); }
  std::string_view group(uint32_t gid) const { return groups_.name(gid); }

 private:
  IdFile users_;
  IdFile groups_;
  int64_t checked_ = -1;  // coarse monotonic seconds
};

}  // namespace gadgetry::sys
