// Which kernel of which distribution this machine runs.
#pragma once

#include <string>
#include <string_view>

namespace gadgetry::sys {

struct KernelName {
  std::string id;          // "ubuntu", of os-release
  std::string version_id;  // "20.04"; may be empty (rolling distributions)
  std::string arch;        // "x86_64", "arm64"
  std::string release;     // "5.4.0-42-generic", of uname

  // "ubuntu/20.04/x86_64/5.4.0-42-generic.btf": its file in a BTF archive.
  std::string btf_path() const;
};

KernelName kernel_name();

// The value of KEY=value or KEY="value" in the text of an os-release file; empty when it is not there.
std::string os_release_value(std::string_view text, std::string_view key);

}  // namespace gadgetry::sys
