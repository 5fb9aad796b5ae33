// SPDX-License-Identifier: Apache-2.0
// Points the programs at the functions of the file system that was chosen.
#include <gadget/gadget.hpp>

GADGET_MODULE();

namespace {

// The functions behind its file and inode operations; empty: it has none of its own.
struct FileSystem {
  const char* name;
  const char* read;
  const char* write;
  const char* open;
  const char* fsync;
  const char* getattr;
};

constexpr FileSystem kFileSystems[] = {
    {"btrfs", "btrfs_file_read_iter", "btrfs_file_write_iter", "btrfs_file_open", "btrfs_sync_file",
     "btrfs_getattr"},
    {"ext4", "ext4_file_read_iter", "ext4_file_write_iter", "ext4_file_open", "ext4_sync_file",
     "ext4_file_getattr"},
    {"f2fs", "f2fs_file_read_iter", "f2fs_file_write_iter", "f2fs_file_open", "f2fs_sync_file",
     "f2fs_getattr"},
    {"fuse", "fuse_file_read_iter", "fuse_file_write_iter", "fuse_open", "fuse_fsync", "fuse_getattr"},
    {"nfs", "nfs_file_read", "nfs_file_write", "nfs_file_open", "nfs_file_fsync", "nfs_getattr"},
    {"xfs", "xfs_file_read_iter", "xfs_file_write_iter", "xfs_file_open", "xfs_file_fsync", "xfs_vn_getattr"},
};

// The four programs of an operation: fentry, fexit, kprobe, kretprobe.
bool aim(const char* operation, const char* function) {
  constexpr const char* kKinds[] = {"_fe", "_fx", "_ke", "_kx"};
  for (const char* kind : kKinds) {
    gadget::FixedString<32> program;
    gadget::append(program, "ig_", operation, kind);
    if (!gadget::program_set_target(program, function).ok()) return false;
  }
  return true;
}

}  // namespace

GADGET_INIT {
  gadget::FixedString<16> wanted;
  if (!gadget::param("filesystem", wanted)) return gadget::fail("the parameter filesystem is missing");
  for (const FileSystem& one : kFileSystems) {
    if (!(wanted.text() == gadget::Text(one.name))) continue;
    if (!gadget::symbol_exists(one.read)) {
      return gadget::fail("this kernel has not loaded the file system: mount one first");
    }
    bool aimed = aim("read", one.read) && aim("write", one.write) && aim("open", one.open) &&
                 aim("fsync", one.fsync) && aim("statfs", one.getattr);
    return aimed ? 0 : gadget::fail("cannot set the targets of the programs");
  }
  return gadget::fail("this file system is not known");
}
