// Names of network interfaces of the host by index.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/fd.hpp"

namespace gadgetry::sys {

class InterfaceNames {
 public:
  // "eth0", or an empty view for an index without interface. The view lives as long as this object.
  std::string_view name(uint32_t index);
  // Forgets what it knows every five seconds: interfaces come, go and are renamed. Call once a batch.
  void refresh();

 private:
  std::string_view intern(std::string_view name);

  base::Fd socket_;  // in the network namespace of the host, or in our own if that cannot be entered
  bool tried_ = false;
  int64_t checked_ = 0;  // coarse monotonic seconds
  std::set<std::string, std::less<>> pool_;
  std::unordered_map<uint32_t, std::string_view> names_;
};

}  // namespace gadgetry::sys
