#include "sys/kernel_config.hpp"

#include <sys/utsname.h>
#include <zlib.h>

#include <memory>
#include <vector>

#include "base/fd.hpp"
#include "base/limits.hpp"
#include "base/strings.hpp"

namespace gadgetry::sys {
namespace {

struct CloseGz {
  void operator()(gzFile file) const { gzclose(file); }
};

// zlib reads files that are not packed as they are.
std::string read_packed(const std::string& path) {
  std::unique_ptr<gzFile_s, CloseGz> file(gzopen(path.c_str(), "rbe"));
  if (file == nullptr) return {};
  std::string out;
  std::vector<char> chunk(65536);
  for (;;) {
    const int n = gzread(file.get(), chunk.data(), static_cast<unsigned>(chunk.size()));
    if (n <= 0) return n == 0 ? out : std::string();
    if (out.size() + static_cast<size_t>(n) > limits::kKernelConfigBytes) return {};
    out.append(chunk.data(), static_cast<size_t>(n));
  }
}

}  // namespace

KernelConfig KernelConfig::parse(std::string_view text, std::string source) {
  KernelConfig out;
  out.source_ = std::move(source);
  for (std::string_view line : base::split(text, '\n')) {
    if (!line.starts_with("CONFIG_")) continue;
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    std::string_view value = base::trim(line.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    out.options_.emplace(line.substr(0, equals), value);
  }
  return out;
}

KernelConfig KernelConfig::read() {
  utsname name{};
  const std::string release = uname(&name) == 0 ? name.release : "";
  for (const std::string& path :
       {std::string("/proc/config.gz"), "/boot/config-" + release, "/lib/modules/" + release + "/config",
        "/usr/lib/modules/" + release + "/config"}) {
    KernelConfig out = parse(read_packed(path), path);
    if (out.is_known()) return out;
  }
  return {};
}

std::optional<std::string> KernelConfig::value(std::string_view option) const {
  if (!is_known()) return std::nullopt;
  auto it = options_.find(option);
  return it == options_.end() ? "n" : it->second;
}

std::optional<bool> KernelConfig::is_on(std::string_view option) const {
  auto text = value(option);
  if (!text) return std::nullopt;
  return *text != "n";
}

}  // namespace gadgetry::sys
