#include "wasm/permissions.hpp"

#include <arpa/inet.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include "base/limits.hpp"
#include "base/strings.hpp"

namespace gadgetry::wasm {
namespace {

void add_once(std::vector<std::string>& list, std::string entry) {
  if (std::find(list.begin(), list.end(), entry) == list.end()) list.push_back(std::move(entry));
}

base::Error bad_entry(std::string_view entry, std::string_view why) {
  return base::Error::usage("permission \"" + base::printable(entry) + "\": " + std::string(why));
}

base::Result<std::string> parse_path(std::string_view cwd, std::string_view path) {
  if (path.empty()) return bad_entry(path, "an empty path");
  if (path.find('\0') != std::string_view::npos) return bad_entry(path, "a path with a NUL");
  std::string out;
  for (std::string_view part : path_components(cwd, path)) {
    if (part == "..") {
      return bad_entry(path, "\"..\" behind the name of a folder").with_hint("write the path without it");
    }
    out += "/";
    out += part;
  }
  if (out.size() >= PATH_MAX) return bad_entry(path, "a path that is too long");
  return out.empty() ? std::string("/") : out;
}

base::Result<std::vector<std::string>> parse_paths(std::string_view cwd,
                                                   const std::vector<std::string>& paths) {
  if (paths.size() > limits::kWasmPermissions) return base::Error::usage("permissions: too many paths");
  std::vector<std::string> out;
  for (const std::string& path : paths) {
    GADGETRY_ASSIGN(std::string absolute, parse_path(cwd, path));
    add_once(out, std::move(absolute));
  }
  return out;
}

base::Result<std::string> working_directory() {
  char buffer[PATH_MAX];
  if (::getcwd(buffer, sizeof buffer) == nullptr) return base::Error::system("the working directory", errno);
  // The kernel's answer for a folder outside of the root is no path.
  if (buffer[0] != '/') return base::Error("the working directory: it has no path");
  return std::string(buffer);
}

// `wanted`, which lies below `given`, with the mark between them.
std::string marked(std::string_view given, const std::string& wanted) {
  if (given == wanted) return wanted;
  std::string_view rest =
      given == "/" ? std::string_view(wanted) : std::string_view(wanted).substr(given.size());
  return (given == "/" ? std::string() : std::string(given)) + "/" + std::string(rest);
}

// What is both below one of `declared` and below one of `granted`: of each pair the narrower one.
void intersect_paths(const std::vector<std::string>& declared, const std::vector<std::string>& granted,
                     std::vector<std::string>& out) {
  for (const std::string& wanted : declared) {
    for (const std::string& given : granted) {
      if (is_below(given, wanted)) {
        add_once(out, marked(given, wanted));
      } else if (is_below(wanted, given)) {
        add_once(out, given);
      }
    }
  }
}

std::optional<NetGrant> narrower(const NetGrant& a, const NetGrant& b) {
  bool a_inside = b.prefix <= a.prefix;
  NetGrant inner = a_inside ? a : b;
  NetGrant outer = a_inside ? b : a;
  if (inner.port && outer.port && *inner.port != *outer.port) return std::nullopt;
  if (!inner.port) inner.port = outer.port;
  outer.port.reset();
  if (!outer.contains(inner)) return std::nullopt;
  return inner;
}

void intersect_net(const std::vector<std::string>& declared, const std::vector<std::string>& granted,
                   std::vector<std::string>& out) {
  for (const std::string& wanted : declared) {
    auto a = parse_net_grant(wanted);
    if (!a.ok()) continue;
    for (const std::string& given : granted) {
      auto b = parse_net_grant(given);
      if (!b.ok()) continue;
      if (auto both = narrower(*a, *b)) add_once(out, to_string(*both));
    }
  }
}

std::vector<std::string> not_covered(const std::vector<std::string>& declared,
                                     const std::vector<std::string>& granted) {
  std::vector<std::string> out;
  for (const std::string& wanted : declared) {
    bool covered = std::any_of(granted.begin(), granted.end(), [&](const std::string& given) {
      return is_below(PathGrant(given).path(), wanted);
    });
    if (!covered) out.push_back(wanted);
  }
  return out;
}

std::optional<IpAddress> parse_address(std::string_view text, bool is_v6) {
  char buffer[INET6_ADDRSTRLEN];
  if (text.empty() || text.size() >= sizeof buffer || text.find('\0') != std::string_view::npos)
    return std::nullopt;
  std::memcpy(buffer, text.data(), text.size());
  buffer[text.size()] = '\0';
  IpAddress out;
  out.is_v6 = is_v6;
  if (::inet_pton(is_v6 ? AF_INET6 : AF_INET, buffer, out.bytes.data()) != 1) return std::nullopt;
  return out;
}

constexpr uint32_t kMappedPrefix = 96;  // bits of ::ffff:0:0, behind which IPv4 addresses stand

bool is_mapped(const IpAddress& address) {
  static constexpr std::array<uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return address.is_v6 && std::equal(kMapped.begin(), kMapped.end(), address.bytes.begin());
}

IpAddress unmapped(const IpAddress& address) {
  if (!is_mapped(address)) return address;
  IpAddress out;
  std::copy(address.bytes.begin() + 12, address.bytes.end(), out.bytes.begin());
  return out;
}

bool same_prefix(const IpAddress& a, const IpAddress& b, uint32_t bits) {
  if (a.is_v6 != b.is_v6 || bits > a.size() * 8) return false;
  size_t whole = bits / 8;
  if (!std::equal(a.bytes.begin(), a.bytes.begin() + static_cast<std::ptrdiff_t>(whole), b.bytes.begin()))
    return false;
  uint32_t rest = bits % 8;
  return rest == 0 || (a.bytes[whole] ^ b.bytes[whole]) >> (8 - rest) == 0;
}

bool has_bits_behind(const IpAddress& address, uint32_t prefix) {
  for (uint32_t bit = prefix; bit < address.size() * 8; bit++) {
    if ((address.bytes[bit / 8] >> (7 - bit % 8) & 1) != 0) return true;
  }
  return false;
}

// "ADDRESS:PORT" or "[ADDRESS]BEHIND:PORT" in its parts.
struct Parts {
  std::string_view address;
  std::string_view prefix;  // "/8" or empty
  std::string_view port;
  bool is_v6 = false;
};

std::optional<Parts> split_endpoint(std::string_view text) {
  Parts out;
  size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  out.port = text.substr(colon + 1);
  std::string_view host = text.substr(0, colon);
  out.is_v6 = host.starts_with('[');
  size_t end = out.is_v6 ? host.find(']') : host.find('/');
  if (out.is_v6) {
    if (end == std::string_view::npos) return std::nullopt;
    out.address = host.substr(1, end - 1);
    out.prefix = host.substr(end + 1);
  } else {
    out.address = host.substr(0, end);
    if (end != std::string_view::npos) out.prefix = host.substr(end);
  }
  return out;
}

std::optional<uint16_t> parse_port(std::string_view text) {
  auto port = base::parse_int<uint16_t>(text);
  return port && *port != 0 ? port : std::nullopt;
}

std::string address_text(const IpAddress& address) {
  char buffer[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(address.is_v6 ? AF_INET6 : AF_INET, address.bytes.data(), buffer, sizeof buffer);
  return address.is_v6 ? "[" + std::string(buffer) + "]" : std::string(buffer);
}

}  // namespace

base::Result<Permissions> parse_permissions(const Permissions& lists) {
  Permissions out;
  if (!lists.read.empty() || !lists.write.empty()) {
    GADGETRY_ASSIGN(std::string cwd, working_directory());
    GADGETRY_ASSIGN(out.read, parse_paths(cwd, lists.read));
    GADGETRY_ASSIGN(out.write, parse_paths(cwd, lists.write));
  }
  if (lists.net.size() > limits::kWasmPermissions)
    return base::Error::usage("permissions: too many addresses");
  for (const std::string& entry : lists.net) {
    GADGETRY_ASSIGN(NetGrant net, parse_net_grant(entry));
    add_once(out.net, to_string(net));
  }
  return out;
}

Permissions grant(const Permissions& declared, const Grants& grants) {
  Permissions out;
  // Who may write a file may read it: a grant to write serves a wish to read.
  intersect_paths(declared.read, grants.all_read ? declared.read : grants.listed.read, out.read);
  intersect_paths(declared.read, grants.all_write ? declared.write : grants.listed.write, out.read);
  intersect_paths(declared.write, grants.all_write ? declared.write : grants.listed.write, out.write);
  intersect_net(declared.net, grants.all_net ? declared.net : grants.listed.net, out.net);
  return out;
}

Permissions missing(const Permissions& declared, const Permissions& granted) {
  Permissions out;
  std::vector<std::string> readable = granted.read;
  readable.insert(readable.end(), granted.write.begin(), granted.write.end());
  out.read = not_covered(declared.read, readable);
  out.write = not_covered(declared.write, granted.write);
  for (const std::string& wanted : declared.net) {
    auto net = parse_net_grant(wanted);
    bool covered = std::any_of(granted.net.begin(), granted.net.end(), [&](const std::string& given) {
      auto parsed = parse_net_grant(given);
      return net.ok() && parsed.ok() && parsed->contains(*net);
    });
    if (!covered) out.net.push_back(wanted);
  }
  return out;
}

std::vector<std::string_view> path_components(std::string_view cwd, std::string_view path) {
  std::vector<std::string_view> out;
  size_t fixed = 0;  // components of the working directory
  auto add = [&](std::string_view text) {
    for (std::string_view part : base::split(text, '/')) {
      if (part.empty() || part == ".") continue;
      bool in_front = part == ".." && out.size() == fixed;
      if (!in_front) {
        out.push_back(part);
      } else if (fixed > 0) {
        out.pop_back();
        fixed--;
      }  // else: above the root is the root
    }
  };
  if (!path.starts_with('/')) {
    for (std::string_view part : base::split(cwd, '/')) {
      if (!part.empty()) out.push_back(part);
    }
    fixed = out.size();
  }
  add(path);
  return out;
}

PathGrant::PathGrant(std::string_view entry) {
  size_t mark = entry.find("//");
  root = entry.substr(0, mark);
  if (mark != std::string_view::npos) rest = entry.substr(mark + 2);
  if (root.empty()) root = "/";
}

std::string PathGrant::path() const {
  if (rest.empty()) return root;
  return (root == "/" ? std::string() : root) + "/" + rest;
}

bool is_below(std::string_view folder, std::string_view path) {
  if (folder == "/") return path.starts_with('/');
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

bool IpAddress::is_unspecified() const {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte == 0; });
}

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  auto parts = split_endpoint(text);
  if (!parts || !parts->prefix.empty()) return std::nullopt;
  auto address = parse_address(parts->address, parts->is_v6);
  auto port = parse_port(parts->port);
  if (!address || !port) return std::nullopt;
  return Endpoint{unmapped(*address), *port};
}

bool NetGrant::allows(const Endpoint& endpoint) const {
  return (!port || *port == endpoint.port) && same_prefix(address, endpoint.address, prefix);
}

bool NetGrant::contains(const NetGrant& other) const {
  if (port && port != other.port) return false;
  return prefix <= other.prefix && same_prefix(address, other.address, prefix);
}

base::Result<NetGrant> parse_net_grant(std::string_view text) {
  auto refuse = [&](std::string_view why) {
    return bad_entry(text, why).with_hint("write 10.0.0.1:53, [::1]:53, 10.0.0.0/8:53 or 10.0.0.1:*");
  };
  auto parts = split_endpoint(text);
  if (!parts) return refuse("no port");
  auto address = parse_address(parts->address, parts->is_v6);
  if (!address) return refuse("no address in numbers");
  NetGrant out;
  out.address = *address;
  out.prefix = static_cast<uint32_t>(address->size() * 8);
  if (!parts->prefix.empty()) {
    auto prefix = base::parse_int<uint32_t>(parts->prefix.substr(1));
    if (parts->prefix[0] != '/' || !prefix || *prefix > out.prefix)
      return refuse("no length of a network's prefix");
    out.prefix = *prefix;
    if (has_bits_behind(*address, *prefix))
      return refuse("the address has bits set behind the network's prefix");
  }
  if (is_mapped(*address) && out.prefix >= kMappedPrefix) {
    out.address = unmapped(*address);
    out.prefix -= kMappedPrefix;
  }
  if (parts->port != "*") {
    out.port = parse_port(parts->port);
    if (!out.port) return refuse("no port");
  }
  return out;
}

std::string to_string(const NetGrant& grant) {
  std::string out = address_text(grant.address);
  if (grant.prefix != grant.address.size() * 8) out += "/" + std::to_string(grant.prefix);
  return out + ":" + (grant.port ? std::to_string(*grant.port) : "*");
}

std::string to_string(const Endpoint& endpoint) {
  return address_text(endpoint.address) + ":" + std::to_string(endpoint.port);
}

}  // namespace gadgetry::wasm
