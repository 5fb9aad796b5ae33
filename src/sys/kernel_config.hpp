// How the running kernel was configured: /proc/config.gz, /boot/config-RELEASE or
// /lib/modules/RELEASE/config.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace gadgetry::sys {

class KernelConfig {
 public:
  // Of this kernel; without any option when its configuration is not to be found.
  static KernelConfig read();
  // From the text of a configuration.
  static KernelConfig parse(std::string_view text, std::string source);

  bool is_known() const { return !options_.empty(); }
  // The file it was read from.
  const std::string& source() const { return source_; }
  // "y", "m", a number or text; "n" for what is not set; none when the configuration is not known.
  std::optional<std::string> value(std::string_view option) const;
  // Built in or a module; none when the configuration is not known.
  std::optional<bool> is_on(std::string_view option) const;

 private:
  std::string source_;
  std::map<std::string, std::string, std::less<>> options_;
};

}  // namespace gadgetry::sys
