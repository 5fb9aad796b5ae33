// The section `wasm`: limits of the module, and what it asks to reach.
#include <algorithm>
#include <array>

#include "base/limits.hpp"
#include "base/strings.hpp"
#include "data/ip_prefix.hpp"
#include "metadata/reader.hpp"

namespace gadgetry::metadata {
namespace {

constexpr uint64_t kPageBytes = 65536;

struct Unit {
  std::string_view suffix;
  unsigned shift;
};
constexpr std::array<Unit, 9> kUnits = {{{"KiB", 10},
                                         {"MiB", 20},
                                         {"GiB", 30},
                                         {"Ki", 10},
                                         {"Mi", 20},
                                         {"Gi", 30},
                                         {"K", 10},
                                         {"M", 20},
                                         {"G", 30}}};

std::optional<uint64_t> parse_size(std::string_view text) {
  unsigned shift = 0;
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.suffix)) continue;
    text.remove_suffix(unit.suffix.size());
    shift = unit.shift;
    break;
  }
  auto number = base::parse_int<uint64_t>(base::trim(text));
  if (!number || *number > (UINT64_MAX >> shift)) return std::nullopt;
  return *number << shift;
}

void read_memory(Reader& reader, const YamlNode& node, WasmInfo& out) {
  auto value = reader.text(node, "memory");
  if (!value) return;
  auto bytes = parse_size(*value);
  if (!bytes) {
    reader.error(node.at, "memory is \"" + *value + "\"", "write a size such as 32MiB");
  } else if (*bytes < kPageBytes || *bytes > limits::kWasmMemoryBytes) {
    reader.error(node.at,
                 "memory is \"" + *value + "\", which is too " + (*bytes < kPageBytes ? "little" : "much"),
                 "ask for 64KiB to " + std::to_string(limits::kWasmMemoryBytes >> 20) + "MiB");
  } else {
    out.memory_bytes = *bytes;
  }
}

// What is wrong with ADDRESS:PORT; empty: nothing.
std::string net_problem(std::string_view text) {
  size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return "names no port";
  std::string_view address = text.substr(0, colon);
  std::string_view port = text.substr(colon + 1);
  auto number = base::parse_int<uint16_t>(port);
  if (port != "*" && (!number || *number == 0)) return "has no port from 1 to 65535, nor *";
  bool is_bracketed = address.size() >= 2 && address.front() == '[' && address.back() == ']';
  if (is_bracketed) address = address.substr(1, address.size() - 2);
  bool has_colon = address.find(':') != std::string_view::npos;
  if (has_colon != is_bracketed || !data::parse_ip_prefix(address).ok()) return "names no address";
  return {};
}

std::string path_problem(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return "holds a NUL";
  for (std::string_view part : base::split(text, '/')) {
    if (part == "..") return "goes up with ..";
  }
  return {};
}

void read_wishes(Reader& reader, const YamlNode& node, const std::string& kind,
                 std::vector<std::string>& out) {
  bool is_net = kind == "net";
  auto add = [&](const YamlNode& item) {
    auto text = reader.text(item, "an item of permissions." + kind);
    if (!text) return;
    std::string problem = text->empty()                                 ? "is empty"
                          : text->size() > limits::kWasmPermissionBytes ? "is too long"
                          : is_net                                      ? net_problem(*text)
                                                                        : path_problem(*text);
    if (problem.empty() && out.size() >= limits::kWasmPermissions) {
      reader.error(item.at, "permissions." + kind + " has too many items",
                   "at most " + std::to_string(limits::kWasmPermissions) + "; name folders or networks");
    } else if (problem.empty()) {
      out.push_back(std::move(*text));
    } else {
      std::string shown = text->size() > limits::kWasmPermissionBytes ? std::string() : " \"" + *text + "\"";
      reader.error(item.at, "permissions." + kind + shown + " " + problem,
                   is_net ? "write an address and a port: 10.0.0.1:53, [::1]:53, 10.0.0.0/8:53 or 10.0.0.1:*"
                          : "write the path of a file or folder, such as /var/log or ./out");
    }
  };
  if (node.is_scalar()) {
    add(node);
  } else if (reader.is_sequence(node, "permissions." + kind)) {
    for (const auto& item : node.items) add(item);
  }
}

void read_permissions(Reader& reader, const YamlNode& node, WasmInfo& out) {
  if (!reader.is_mapping(node, "permissions")) return;
  for (const auto& entry : node.entries) {
    std::string key = base::to_lower(entry.key);
    auto* wishes = key == "read"    ? &out.read
                   : key == "write" ? &out.write
                   : key == "net"   ? &out.net
                                    : nullptr;
    if (wishes == nullptr) {
      reader.unknown_key(entry, "permissions", {"read", "write", "net"});
    } else {
      read_wishes(reader, entry.value, key, *wishes);
    }
  }
}

}  // namespace

void read_wasm(Reader& reader, const YamlNode::Entry& entry, WasmInfo& out) {
  out.at = entry.key_at;
  if (!reader.is_mapping(entry.value, "wasm")) return;
  for (const auto& part : entry.value.entries) {
    std::string key = base::to_lower(part.key);
    if (key == "memory") {
      read_memory(reader, part.value, out);
    } else if (key == "on-trap") {
      auto value = reader.text(part.value, "on-trap");
      if (value && *value != "fail" && *value != "pass") {
        reader.error(part.value.at, "on-trap is \"" + *value + "\"",
                     "write fail (the run ends) or pass (events go on without the module)");
      } else if (value) {
        out.on_trap = *value;
      }
    } else if (key == "permissions") {
      read_permissions(reader, part.value, out);
    } else {
      reader.unknown_key(part, "wasm", {"memory", "on-trap", "permissions"});
    }
  }
}

}  // namespace gadgetry::metadata
