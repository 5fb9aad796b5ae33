// BTF archives for kernels without types of their own: from full BTF of many kernels, the types that a gadget
// needs.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.hpp"
#include "build/build.hpp"

namespace gadgetry::build {

// Gives each object of the gadget that has CO-RE relocations an archive for the kernels in dir, whose files
// are ID/VERSION_ID/ARCH/RELEASE.btf (raw BTF), RELEASE.btf.tar.xz (as in BTFHub) or vmlinux-RELEASE (ELF).
// Files of other architectures are passed over. Returns the number of kernels in all archives together.
base::Result<size_t> add_btf_archives(const std::string& dir, BuiltGadget& gadget);

// A file of such a folder: for which kernel it is.
struct KernelFile {
  std::string path;       // of the file
  std::string packed_as;  // in the archive: "ubuntu/20.04/x86_64/5.4.0-42-generic.btf"
  std::string arch;       // amd64, arm64
};
// By its path relative to the folder; empty packed_as when it is not one.
KernelFile kernel_file(const std::string& folder, const std::string& relative);

}  // namespace gadgetry::build
