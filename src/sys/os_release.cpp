#include "sys/os_release.hpp"

#include <sys/utsname.h>

#include "base/fd.hpp"
#include "base/strings.hpp"

namespace gadgetry::sys {

std::string os_release_value(std::string_view text, std::string_view key) {
  for (std::string_view line : base::split(text, '\n')) {
    line = base::trim(line);
    if (!line.starts_with(key) || line.size() <= key.size() || line[key.size()] != '=') continue;
    std::string_view value = line.substr(key.size() + 1);
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front())
      value = value.substr(1, value.size() - 2);
    return std::string(value);
  }
  return {};
}

std::string KernelName::btf_path() const {
  return id + "/" + version_id + "/" + arch + "/" + release + ".btf";
}

KernelName kernel_name() {
  KernelName out;
  for (const char* path : {"/etc/os-release", "/usr/lib/os-release"}) {
    auto text = base::read_file(path, 64u << 10);
    if (!text.ok()) continue;
    out.id = os_release_value(*text, "ID");
    out.version_id = os_release_value(*text, "VERSION_ID");
    break;
  }
  utsname name{};
  if (uname(&name) == 0) {
    out.release = name.release;
    out.arch = name.machine == std::string_view("aarch64") ? "arm64" : name.machine;
  }
  return out;
}

}  // namespace gadgetry::sys
