#include "sys/interfaces.hpp"

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>

#include "base/limits.hpp"
#include "base/strings.hpp"
#include "sys/clock.hpp"
#include "sys/namespaces.hpp"

namespace gadgetry::sys {
namespace {

constexpr int64_t kForgetSeconds = 5;
constexpr size_t kMaxKnown = 65536;

base::Fd open_socket() {
  return base::Fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

// A socket belongs to the namespace in which it was made, wherever its owner is later. Only this thread
// moves, and back again.
base::Fd open_host_socket() {
  if (is_host_netns()) return open_socket();
  auto own = base::open_file("/proc/self/ns/net", 0);
  auto host = open_host_netns();
  if (!own.ok() || !host.ok() || setns(host->get(), CLONE_NEWNET) != 0) return open_socket();
  base::Fd fd = open_socket();
  if (setns(own->get(), CLONE_NEWNET) != 0) fd.reset();
  return fd;
}

}  // namespace

std::string_view InterfaceNames::name(uint32_t index) {
  auto known = names_.find(index);
  if (known != names_.end()) return known->second;
  if (!tried_) {
    tried_ = true;
    socket_ = open_host_socket();
  }
  ifreq request{};
  request.ifr_ifindex = static_cast<int>(index);
  std::string_view found;
  if (socket_ && ioctl(socket_.get(), SIOCGIFNAME, &request) == 0) {
    found = intern({request.ifr_name, strnlen(request.ifr_name, sizeof request.ifr_name)});
  }
  if (names_.size() >= kMaxKnown) names_.clear();
  names_.emplace(index, found);
  return found;
}

std::string_view InterfaceNames::intern(std::string_view name) {
  return *pool_.insert(base::printable(name)).first;
}

void InterfaceNames::refresh() {
  int64_t now = coarse_seconds();
  if (now - checked_ < kForgetSeconds) return;
  checked_ = now;
  names_.clear();
}

}  // namespace gadgetry::sys
