#include "bpf/link.hpp"

#include <bpf/bpf.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <thread>
#include <utility>

#include "base/log.hpp"

namespace gadgetry::bpf {
namespace {

// Perf events that are kept from being given back: an event array holds them, and when it goes, the kernel
// lets go of its events in the background.
base::Fd keep_events(const std::vector<Link>& links) {
  auto count = static_cast<uint32_t>(links.size());
  base::Fd map(bpf_map_create(BPF_MAP_TYPE_PERF_EVENT_ARRAY, "detached", sizeof(uint32_t), sizeof(int), count,
                              nullptr));
  for (uint32_t i = 0; map && i < count; ++i) {
    int event = links[i].event_fd();
    if (bpf_map_update_elem(map.get(), &i, &event, BPF_ANY) != 0) {
      base::log_debug("a perf event is given back the slow way");
    }
  }
  return map;
}

// Waits until every program that was running has ended: the kernel does it for "global" memory barriers.
void wait_for_programs() {
  if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) == 0) return;
  usleep(20000);  // no such call here (nohz_full): far longer than programs run
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

Link& Link::operator=(Link&& other) noexcept {
  if (this == &other) return *this;
  close();
  program_ = std::move(other.program_);
  target_ = std::move(other.target_);
  link_ = std::move(other.link_);
  event_ = std::move(other.event_);
  key_ = std::move(other.key_);
  undo_ = std::exchange(other.undo_, nullptr);
  return *this;
}

void Link::close() {
  if (auto undo = std::exchange(undo_, nullptr)) undo();
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
  base::Fd kept;
  if (!slow.empty()) {
    kept = keep_events(slow);
    close_in_parallel(std::move(slow));
  }
  wait_for_programs();
}

}  // namespace gadgetry::bpf
