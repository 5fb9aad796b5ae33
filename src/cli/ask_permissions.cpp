#include "cli/ask_permissions.hpp"

#include <unistd.h>

#include <iostream>
#include <string>

#include "base/log.hpp"
#include "base/strings.hpp"

namespace gadgetry::cli {
namespace {

// Only "y" and "yes" grant. The end of the input, a signal and everything else do not.
bool ask(const std::string& question) {
  std::cerr << question << " [y/N] " << std::flush;
  std::string answer;
  if (!std::getline(std::cin, answer)) {
    std::cerr << '\n';
    return false;
  }
  std::string text = base::to_lower(base::trim(answer));
  return text == "y" || text == "yes";
}

std::string list(const std::vector<std::string>& entries) {
  std::vector<std::string> safe;
  for (const std::string& entry : entries) safe.push_back(base::printable(entry));
  return base::join(safe, ", ");
}

}  // namespace

base::Status ask_permissions(const pipeline::Gadget& gadget, wasm::Grants& grants) {
  const metadata::WasmInfo& info = gadget.metadata().wasm;
  if (gadget.wasm().empty()) return {};
  auto declared = wasm::parse_permissions({.read = info.read, .write = info.write, .net = info.net});
  if (!declared.ok()) return std::move(declared).error().context("gadget " + gadget.name() + ": metadata: permissions");
  wasm::Permissions open = wasm::missing(*declared, wasm::grant(*declared, grants));
  if (open.empty()) return {};
  struct Kind {
    const std::vector<std::string>& entries;
    std::vector<std::string>& listed;
    const char* verb;
    const char* flag;
  };
  const Kind kinds[] = {{open.read, grants.listed.read, "read", "--allow-read"},
                        {open.write, grants.listed.write, "write", "--allow-write"},
                        {open.net, grants.listed.net, "connect to", "--allow-net"}};
  bool can_ask = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1;
  for (const Kind& kind : kinds) {
    if (kind.entries.empty()) continue;
    std::string what = std::string(kind.verb) + " " + list(kind.entries);
    // Who grants a part by a flag has decided about the rest.
    if (!can_ask || !kind.listed.empty()) {
      base::log_info("the module of gadget " + gadget.name() + " may not " + what + ": " + kind.flag + " grants it");
    } else if (ask("The module of gadget " + gadget.name() + " wants to " + what + ". Allow?")) {
      kind.listed.insert(kind.listed.end(), kind.entries.begin(), kind.entries.end());
    }
  }
  return {};
}

}  // namespace gadgetry::cli
