// One attachment of one program. Owned: it ends when the Link goes.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/fd.hpp"

namespace gadgetry::bpf {

class Link {
 public:
  // `link` is a bpf link (may be empty on kernels without links for perf events), `event` the perf event
  // below it.
  Link(std::string program, std::string target, base::Fd link, base::Fd event = {})
      : program_(std::move(program)),
        target_(std::move(target)),
        link_(std::move(link)),
        event_(std::move(event)) {}

  const std::string& program() const { return program_; }
  const std::string& target() const { return target_; }  // "tracepoint syscalls/sys_enter_openat"
  int link_fd() const { return link_.get(); }
  int event_fd() const { return event_.get(); }

  // The program does not run from here on. Quick; the slow part is giving back the perf event.
  void stop();
  base::Fd release_event() { return std::move(event_); }

 private:
  std::string program_;
  std::string target_;
  base::Fd link_;
  base::Fd event_;
};

// Stops all programs first, then gives back the perf events, which takes the kernel up to a tenth of a second
// each for tracepoints: when `wait` is false a thread of its own does that part, and the call returns at
// once.
void detach_all(std::vector<Link> links, bool wait = false);

}  // namespace gadgetry::bpf
