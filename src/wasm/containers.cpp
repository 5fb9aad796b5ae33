#include "wasm/containers.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "base/limits.hpp"
#include "base/strings.hpp"

namespace gadgetry::wasm {
namespace {

constexpr size_t kIdDigits = 64;  // of docker, podman, containerd and cri-o

bool is_hex_id(std::string_view text) {
  return text.size() == kIdDigits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= limits::kContainerIdBytes && text[0] != '.' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                  c == '_' || c == '.';
         });
}

struct Prefix {
  std::string_view text;
  std::string_view runtime;
};

// "docker-ID.scope" of systemd, "libpod-ID" without it, "…slice:cri-containerd:ID" where the two are mixed
// up.
constexpr std::array<Prefix, 6> kPrefixes = {{{"docker", "docker"},
                                              {"libpod", "podman"},
                                              {"cri-containerd", "containerd"},
                                              {"nerdctl", "containerd"},
                                              {"crio", "cri-o"},
                                              {"cri-o", "cri-o"}}};

std::optional<ContainerName> by_prefix(std::string_view part) {
  if (part.ends_with(".scope")) part.remove_suffix(6);
  size_t colon = part.rfind(':');
  char separator = colon == std::string_view::npos ? '-' : ':';
  size_t at = part.rfind(separator);
  if (at == std::string_view::npos || !is_hex_id(part.substr(at + 1))) return std::nullopt;
  std::string_view id = part.substr(at + 1);
  std::string_view front = part.substr(0, at);
  if (size_t before = front.rfind(':'); before != std::string_view::npos) front.remove_prefix(before + 1);
  for (const Prefix& prefix : kPrefixes) {
    if (front == prefix.text) return ContainerName{std::string(prefix.runtime), std::string(id)};
  }
  return std::nullopt;
}

// Components that are only an ID: the one before says whose.
std::optional<ContainerName> by_parent(const std::vector<std::string_view>& parts, size_t at) {
  std::string_view part = parts[at];
  std::string_view parent = at > 0 ? parts[at - 1] : std::string_view();
  auto found = [&](std::string_view runtime) {
    return ContainerName{std::string(runtime), std::string(part)};
  };
  if (is_hex_id(part)) {
    if (parent == "docker") return found("docker");
    if (parent == "k8s.io") return found("containerd");
    if (std::any_of(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(at),
                    [](std::string_view one) { return one.starts_with("kubepods"); })) {
      return found("kubernetes");  // by which runtime the path does not tell
    }
  }
  if (at == 1 && parent == "default" && is_name(part)) return found("containerd");  // its own namespace
  if (at >= 1 && (parent == "lxc" || parent == "lxc.payload") && is_name(part)) return found("lxc");
  return std::nullopt;
}

std::optional<ContainerName> by_name(std::string_view part) {
  if (part.starts_with("lxc.payload.") && is_name(part.substr(12))) {
    return ContainerName{"lxc", std::string(part.substr(12))};
  }
  constexpr std::string_view kNspawn = "systemd-nspawn@";
  constexpr std::string_view kService = ".service";
  if (part.starts_with(kNspawn) && part.ends_with(kService)) {
    std::string_view name = part.substr(kNspawn.size(), part.size() - kNspawn.size() - kService.size());
    if (is_name(name)) return ContainerName{"nspawn", std::string(name)};
  }
  return std::nullopt;
}

// Calls visit(path, is_unified) for each line "NUMBER:CONTROLLERS:PATH" until it returns true.
template <typename Visit>
void each_line(std::string_view text, Visit&& visit) {
  while (!text.empty()) {
    size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    size_t first = line.find(':');
    size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    if (visit(line.substr(second + 1), line.starts_with("0::"))) return;
  }
}

}  // namespace

std::optional<ContainerName> container_of_path(std::string_view path) {
  std::vector<std::string_view> parts;
  for (std::string_view part : base::split(path, '/')) {
    if (!part.empty()) parts.push_back(part);
  }
  for (size_t at = parts.size(); at-- > 0;) {
    if (auto found = by_prefix(parts[at])) return found;
    if (auto found = by_parent(parts, at)) return found;
    if (auto found = by_name(parts[at])) return found;
  }
  return std::nullopt;
}

std::optional<ContainerName> container_of_cgroup(std::string_view proc_cgroup) {
  std::optional<ContainerName> found;
  each_line(proc_cgroup, [&](std::string_view path, bool is_unified) {
    auto here = container_of_path(path);
    if (here && (is_unified || !found)) found = std::move(here);
    return false;
  });
  return found;
}

std::string_view cgroup_path(std::string_view proc_cgroup) {
  std::string_view found;
  bool any = false;
  each_line(proc_cgroup, [&](std::string_view path, bool is_unified) {
    if (is_unified || !any) found = path;
    any = true;
    return is_unified;
  });
  return found;
}

}  // namespace gadgetry::wasm
