// One attachment of one program. Owned: it ends when the Link goes.
#pragma once

#include <functional>
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
  // Something that ends by a call instead of a closed descriptor: a filter of tc, an option of a socket.
  Link(std::string program, std::string target, std::function<void()> undo)
      : program_(std::move(program)), target_(std::move(target)), undo_(std::move(undo)) {}
  Link(Link&& other) noexcept
      : program_(std::move(other.program_)),
        target_(std::move(other.target_)),
        link_(std::move(other.link_)),
        event_(std::move(other.event_)),
        key_(std::move(other.key_)),
        undo_(std::exchange(other.undo_, nullptr)) {}
  Link& operator=(Link&& other) noexcept;
  ~Link() { close(); }

  const std::string& program() const { return program_; }
  const std::string& target() const { return target_; }  // "tracepoint syscalls/sys_enter_openat"
  int link_fd() const { return link_.get(); }
  int event_fd() const { return event_.get(); }

  // What this is attached to, the same for the same thing, where several places may share it: "file
  // 8:1:4711+0x1200".
  const std::string& key() const { return key_; }
  void set_key(std::string key) { key_ = std::move(key); }

  // Has it a perf event below it, which the kernel is slow to give back?
  bool has_event() const { return static_cast<bool>(event_); }
  // Closes both, the slow way when there is an event, and undoes what is to be undone, once.
  void close();

 private:
  std::string program_;
  std::string target_;
  base::Fd link_;
  base::Fd event_;
  std::string key_;
  std::function<void()> undo_;
};

// Detaches everything. When it returns no program runs any more and none will: what they sent is in the
// rings.
//
// Giving back the perf event of a tracepoint makes the kernel wait for all CPUs (30 to 90 ms each, one after
// the other, also when a process just exits). So the events are handed to the kernel to take apart in the
// background, and only the programs are waited for, all at once.
void detach_all(std::vector<Link> links);

}  // namespace gadgetry::bpf
