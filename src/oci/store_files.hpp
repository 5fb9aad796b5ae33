// File operations of the layout store: locks, blobs, temporary files.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace gadgetry::oci {

inline constexpr const char* kIndexFile = "index.json";
inline constexpr const char* kLayoutFile = "oci-layout";
inline constexpr const char* kBlobsFolder = "blobs/sha256";
inline constexpr const char* kIndexLock = "index.json.lock";
inline constexpr const char* kCollectLock = "gc.lock";
inline constexpr std::string_view kTemporaryPrefix = ".tmp-";

enum class LockKind { kShared, kExclusive };

// Makes the lock file (mode 0600: other users cannot block us) and waits for the lock; errno_value is
// EWOULDBLOCK when patience runs out. A killed process loses its locks at once, so only a live one can be
// waited for.
base::Result<base::Fd> lock_file(int folder, const char* name, LockKind kind,
                                 std::chrono::milliseconds patience);
// A shared lock on a lock file that is there and may be opened; an empty Fd otherwise.
base::Fd try_lock_existing(int folder, const char* name, std::chrono::milliseconds patience);

// Opens a regular file without following a link or waiting for the other side of a pipe.
base::Result<base::Fd> open_regular(int folder, const std::string& name, const std::string& shown,
                                    uint64_t* size = nullptr);

// Writes bytes to a temporary file in folder, fsyncs it and renames it to name. The folder itself is not
// fsynced.
base::Status write_atomically(const std::string& folder, const std::string& name, std::string_view bytes);

// Makes a folder and its parents, mode 0755.
base::Status make_folders(const std::string& path);

// The names in a folder, without "." and "..".
base::Result<std::vector<std::string>> list_folder(int folder, const std::string& shown);

}  // namespace gadgetry::oci
