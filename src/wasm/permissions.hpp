// What a module may reach outside of its memory. Nothing, unless its metadata asks for it and a person grants
// it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gadgetry::wasm {

struct Permissions {
  std::vector<std::string> read;   // files and folders: "/var/log"
  std::vector<std::string> write;  // "./out"; may be read as well
  std::vector<std::string> net;    // "10.0.0.1:53", "[::1]:53", "10.0.0.0/8:53", "10.0.0.1:*"

  bool empty() const { return read.empty() && write.empty() && net.empty(); }
};

// What a person grants: flags with a value list things, flags without stand for everything that is declared.
struct Grants {
  bool all_read = false;
  bool all_write = false;
  bool all_net = false;
  Permissions listed = {};
};

// Checks the entries and brings them into their one form: absolute paths without "." and "..", canonical
// addresses. The error names the entry and says what is wrong with it.
base::Result<Permissions> parse_permissions(const Permissions& lists);

// declared ∩ granted, both from parse_permissions. Of a folder and one inside of it, and of a network and one
// inside of it, the narrower one is granted (of paths see PathGrant). Never more than is declared, and never
// more than is granted.
Permissions grant(const Permissions& declared, const Grants& grants);

// What is declared and not, or only in part, granted: what there is to ask a person about.
Permissions missing(const Permissions& declared, const Permissions& granted);

// ---- paths ----

// A path as absolute components. Relative paths start at the working directory `cwd`, with ".." in front
// resolved against it (it has no symbolic links); any later ".." stays, because what it means depends on the
// file system.
std::vector<std::string_view> path_components(std::string_view cwd, std::string_view path);

// A granted path. What is declared below what a person granted is written with "//" between the two:
// "/data//logs". The first part is what the person meant, wherever it leads; the second one comes from the
// gadget, and may not lead out of the first by a symbolic link.
struct PathGrant {
  explicit PathGrant(std::string_view entry);
  std::string root;
  std::string rest;          // empty: nothing
  std::string path() const;  // "/data/logs"
};

// Whether `path` is `folder` or lies below it, by components. Both absolute; says nothing about symbolic
// links.
bool is_below(std::string_view folder, std::string_view path);

// ---- addresses ----

// IPv4-mapped IPv6 addresses become IPv4 when they are read, so that there is one form of each address.
struct IpAddress {
  bool is_v6 = false;
  std::array<uint8_t, 16> bytes = {};  // of IPv4 the first 4
  bool operator==(const IpAddress&) const = default;

  size_t size() const { return is_v6 ? 16 : 4; }
  bool is_unspecified() const;  // 0.0.0.0 or ::
};

struct Endpoint {
  IpAddress address;
  uint16_t port = 0;
};

// "10.0.0.1:53", "[::1]:53". No names, no scopes, no port 0.
std::optional<Endpoint> parse_endpoint(std::string_view text);

struct NetGrant {
  IpAddress address;
  uint32_t prefix = 0;           // bits
  std::optional<uint16_t> port;  // empty: every port

  bool allows(const Endpoint& endpoint) const;
  bool contains(const NetGrant& other) const;
};

base::Result<NetGrant> parse_net_grant(std::string_view text);
std::string to_string(const NetGrant& grant);
std::string to_string(const Endpoint& endpoint);

}  // namespace gadgetry::wasm
