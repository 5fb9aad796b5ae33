#include "build/btfgen.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <vector>

#include "base/fd.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "base/strings.hpp"
#include "bpf/btf_file.hpp"
#include "bpf/core_relocations.hpp"
#include "bpf/core_types.hpp"
#include "bpf/elf_check.hpp"
#include "build/process.hpp"
#include "oci/btf_archive.hpp"

namespace gadgetry::build {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPackedSuffix = ".btf.tar.xz";
constexpr std::string_view kRawSuffix = ".btf";
constexpr std::string_view kElfPrefix = "vmlinux-";

base::Result<std::string> unpack_xz(const std::string& path) {
  auto xz = find_program("xz");
  if (!xz) {
    return base::Error(path + ": cannot be unpacked: there is no program xz").with_hint("install xz-utils");
  }
  GADGETRY_ASSIGN(TempDir temp, TempDir::make());
  const std::string tar = temp.path() + "/btf.tar";
  GADGETRY_ASSIGN(Process process, Process::start({*xz, "-dcq", path}, temp.path(), tar));
  GADGETRY_ASSIGN(const std::string ended, process.finish());
  if (!ended.empty()) return base::Error(path + ": xz " + ended + ": damaged?");
  return base::read_file(tar, limits::kLayerBytes);
}

// The first file of the tar that is called *.btf.
base::Result<std::string> read_packed(const std::string& path) {
  GADGETRY_ASSIGN(const std::string tar, unpack_xz(path));
  std::string out;
  auto walked = oci::walk_tar(
      tar, limits::kKernelBtfBytes, [](const std::string& name) { return name.ends_with(kRawSuffix); },
      [&](const std::string&, std::string&& bytes) {
        out = std::move(bytes);
        return true;
      });
  if (!walked.ok()) return std::move(walked).error().context(path);
  if (out.empty()) return base::Error(path + ": it holds no .btf file");
  return out;
}

base::Result<std::string> read_types(const std::string& path) {
  auto bytes = path.ends_with(kPackedSuffix) ? read_packed(path) : bpf::read_btf(path);
  if (!bytes.ok()) return bytes;
  auto checked = bpf::check_btf(base::as_bytes(*bytes));
  if (!checked.ok()) return std::move(checked).error().context(path);
  return bytes;
}

base::Result<std::vector<KernelFile>> list_kernels(const std::string& dir) {
  std::vector<KernelFile> out;
  std::error_code error;
  fs::recursive_directory_iterator walk(dir, error);
  for (; !error && walk != fs::recursive_directory_iterator(); walk.increment(error)) {
    std::error_code ignored;
    if (!walk->is_regular_file(ignored)) continue;
    const std::string relative = walk->path().lexically_relative(dir).string();
    KernelFile file = kernel_file(dir, relative);
    if (file.packed_as.empty()) {
      base::log_debug("--btfgen: not the types of a kernel: " + base::printable(relative));
    } else {
      out.push_back(std::move(file));
    }
    if (out.size() > limits::kBtfArchives) return base::Error("--btfgen " + dir + ": too many kernels");
  }
  if (error) return base::Error::system("--btfgen " + dir, error.value());
  // The order of a folder is the file system's; that of the archive is not. Of two files for a kernel the
  // first wins.
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return out;
}

}  // namespace

KernelFile kernel_file(const std::string& folder, const std::string& relative) {
  KernelFile out;
  const auto parts = base::split(relative, '/');
  if (parts.size() != 4) return out;
  std::string_view name = parts[3];
  if (name.ends_with(kPackedSuffix)) {
    name.remove_suffix(kPackedSuffix.size());
  } else if (name.ends_with(kRawSuffix)) {
    name.remove_suffix(kRawSuffix.size());
  } else if (!name.starts_with(kElfPrefix)) {
    return out;
  }
  if (name.starts_with(kElfPrefix)) name.remove_prefix(kElfPrefix.size());
  if (name.empty()) return out;
  std::string_view arch = parts[2];
  if (arch == "x86_64" || arch == "amd64") {
    out.arch = "amd64";
    arch = "x86_64";
  } else if (arch == "arm64" || arch == "aarch64") {
    out.arch = "arm64";
    arch = "arm64";
  } else {
    return out;
  }
  out.path = folder + "/" + relative;
  out.packed_as = std::string(parts[0]) + "/" + std::string(parts[1]) + "/" + std::string(arch) + "/" +
                  std::string(name) + ".btf";
  return out;
}

base::Result<size_t> add_btf_archives(const std::string& dir, BuiltGadget& gadget) {
  GADGETRY_ASSIGN(const std::vector<KernelFile> kernels, list_kernels(dir));
  if (kernels.empty()) {
    return base::Error("--btfgen " + dir + ": it holds no types of kernels")
        .with_hint(
            "files are to be called ID/VERSION_ID/ARCH/RELEASE.btf, such as "
            "ubuntu/20.04/x86_64/5.4.0-42-generic.btf");
  }
  size_t count = 0;
  for (ArchObject& object : gadget.objects) {
    const auto elf = base::as_bytes(object.ebpf);
    if (object.ebpf.empty()) continue;
    if (bpf::core_relocations(elf).empty()) {
      base::log_warning("--btfgen: the program for " + object.arch +
                        " does not depend on types of the kernel");
      continue;
    }
    std::map<std::string, std::string> files;
    for (const KernelFile& kernel : kernels) {
      if (kernel.arch != object.arch || files.contains(kernel.packed_as)) continue;
      GADGETRY_ASSIGN(const std::string types, read_types(kernel.path));
      files[kernel.packed_as] = bpf::cut_for_archive(elf, base::as_bytes(types));
    }
    if (files.empty()) {
      base::log_warning("--btfgen " + dir + ": it holds no kernels for " + object.arch);
      continue;
    }
    GADGETRY_ASSIGN(object.btfgen, oci::write_btf_archive(files));
    count += files.size();
  }
  return count;
}

}  // namespace gadgetry::build
