#include "pipeline/kernel_types.hpp"

#include <optional>

#include "base/log.hpp"
#include "bpf/kernel_btf.hpp"
#include "oci/btf_archive.hpp"
#include "sys/os_release.hpp"

namespace gadgetry::pipeline {

base::Result<std::string> archive_types(std::string_view archive) {
  if (archive.empty()) return std::string();
  const bool has_own = bpf::KernelBtf::instance().available();
  bpf::KernelBtf::instance().release();
  if (has_own) return std::string();
  const std::string wanted = sys::kernel_name().btf_path();
  GADGETRY_ASSIGN(std::optional<std::string> found, oci::find_in_btf_archive(archive, wanted));
  if (!found) return std::string();
  base::log_debug("types of the kernel: " + wanted + " of the image's archive");
  return std::move(*found);
}

base::Error no_kernel_types(const std::string& gadget, bool has_archive) {
  std::string why =
      "gadget " + gadget + ": its program depends on types of the kernel, and this kernel has none (BTF)";
  why += has_archive ? "; the image's archive has no " + sys::kernel_name().btf_path()
                     : "; nor has the image an archive with those of " + sys::kernel_name().btf_path();
  return base::Error(std::move(why))
      .with_hint(
          "boot a kernel with CONFIG_DEBUG_INFO_BTF=y, name a file with its BTF in GADGETRY_BTF, or add it "
          "to the image "
          "with gadgetctl build --btfgen");
}

}  // namespace gadgetry::pipeline
