#include "bpf/link.hpp"

#include <bpf/bpf.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <thread>

#include "base/log.hpp"

namespace gadgetry::bpf {
namespace {

// A bpf file system that is mounted nowhere; it goes with the descriptor.
base::Fd make_private_bpffs() {
#if defined(SYS_fsopen) && defined(SYS_fsconfig) && defined(SYS_fsmount)
  constexpr unsigned kCloexec = 1;
  constexpr unsigned kCreate = 6;
  base::Fd context(static_cast<int>(syscall(SYS_fsopen, "bpf", kCloexec)));
  if (!context || syscall(SYS_fsconfig, context.get(), kCreate, nullptr, nullptr, 0) != 0) return {};
  return base::Fd(static_cast<int>(syscall(SYS_fsmount, context.get(), kCloexec, 0)));
#else
  return {};
#endif
}

uint32_t link_id(int fd) {
  bpf_link_info info{};
  uint32_t size = sizeof(info);
  return bpf_obj_get_info_by_fd(fd, &info, &size) == 0 ? info.id : 0;
}

bool is_alive(uint32_t id) {
  return base::Fd(bpf_link_get_fd_by_id(id)).get() >= 0;
}

// Waits until every program that was running has ended: the kernel does it for "global" memory barriers.
void wait_for_programs() {
  if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) == 0) return;
  usleep(20000);  // no such call here (nohz_full): far longer than programs run
}

// Hands the links to the kernel: it takes them apart in a worker once nothing holds them. Returns those it
// did not take.
std::vector<Link> hand_over(std::vector<Link> links, std::vector<uint32_t>& ids) {
  base::Fd folder = make_private_bpffs();
  if (!folder) return links;
  std::string prefix = "/proc/self/fd/" + std::to_string(folder.get()) + "/";
  std::vector<Link> left;
  for (size_t i = 0; i < links.size(); ++i) {
    uint32_t id = link_id(links[i].link_fd());
    if (id == 0 || bpf_obj_pin(links[i].link_fd(), (prefix + std::to_string(i)).c_str()) != 0) {
      left.push_back(std::move(links[i]));
      continue;
    }
    ids.push_back(id);
    links[i].close();
  }
  return left;
}

void wait_until_gone(const std::vector<uint32_t>& ids) {
  constexpr int kRounds = 2000;  // two seconds at most; usually not even one round
  int round = 0;
  for (uint32_t id : ids) {
    while (is_alive(id) && ++round < kRounds) usleep(1000);
  }
  if (round >= kRounds) base::log_debug("some links are still being taken apart");
}

void close_in_parallel(std::vector<Link> links) {
  constexpr size_t kThreads = 16;
  std::vector<std::thread> threads;
  try {
    for (size_t first = 0; first < std::min(kThreads, links.size()); ++first) {
      threads.emplace_back([&links, first] {
        for (size_t i = first; i < links.size(); i += kThreads) links[i].close();
      });
    }
  } catch (const std::system_error&) {
    base::log_debug("no threads to detach with");  // what is left is closed below, one by one
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

void Link::close() {
  link_.reset();
  event_.reset();
}

void detach_all(std::vector<Link> links) {
  if (links.empty()) return;
  std::vector<Link> slow;
  for (Link& link : links) {
    if (link.has_event()) {
      slow.push_back(std::move(link));
    } else {
      link.close();
    }
  }
  std::vector<uint32_t> ids;
  if (slow.size() > 0) slow = hand_over(std::move(slow), ids);
  if (slow.size() > 0) close_in_parallel(std::move(slow));
  wait_until_gone(ids);
  wait_for_programs();
}

}  // namespace gadgetry::bpf
