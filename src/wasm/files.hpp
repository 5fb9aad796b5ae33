// Files that a module opens, below the paths that were granted.
//
// A granted folder is opened once, at its first use, as a person's path: symbolic links lead where they lead.
// What the module names below it is resolved by the kernel (openat2) so that neither "..", nor symbolic
// links, nor links of /proc lead out of it, whatever somebody renames meanwhile. A granted file is that file
// in its folder, and no symbolic link. Only regular files are opened; others are not even opened to look at
// them (opening a device can do something).
//
// Not covered: a hard link inside of a granted folder is the file itself.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/fd.hpp"
#include "wasm/errno_code.hpp"
#include "wasm/handles.hpp"
#include "wasm/permissions.hpp"

namespace gadgetry::wasm {

// Of fileOpen; part of the interface.
inline constexpr uint32_t kOpenRead = 1;
inline constexpr uint32_t kOpenWrite = 2;
inline constexpr uint32_t kOpenCreate = 4;
inline constexpr uint32_t kOpenTruncate = 8;
inline constexpr uint32_t kOpenAppend = 16;

class File : public Resource {
 public:
  File(base::Fd fd, uint32_t flags, std::shared_ptr<uint32_t> open)
      : fd_(std::move(fd)), flags_(flags), open_(std::move(open)) {
    ++*open_;
  }
  ~File() override { --*open_; }

  // Both may do less than asked for. kEnd at the end of the file; kAgain where waiting would be needed.
  Outcome read(std::span<uint8_t> out, uint32_t& count);
  Outcome write(std::string_view bytes, uint32_t& count);
  Outcome seek(uint64_t position);

 private:
  base::Fd fd_;
  uint32_t flags_;
  std::shared_ptr<uint32_t> open_;
};

// The open files of one module.
class Files {
 public:
  Outcome open(const Permissions& permissions, std::string_view path, uint32_t flags,
               std::unique_ptr<File>& file);

 private:
  struct Root {
    base::Fd folder;
    std::string file;  // not empty: only this one in the folder
  };
  Outcome find_root(const std::string& entry, bool exact, Root*& root);

  std::map<std::string, Root> roots_;  // by entry of the permissions
  std::shared_ptr<uint32_t> open_ = std::make_shared<uint32_t>(0);
};

}  // namespace gadgetry::wasm
