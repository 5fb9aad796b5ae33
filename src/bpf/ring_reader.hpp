// Reads a BPF ring buffer without copying: records are views into the ring until they are released.
//
// The layout is that of the kernel's ring buffer (include/uapi/linux/bpf.h): a page with the consumer
// position, a page with the producer position, then the data, mapped twice in a row so that a record never
// wraps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "data/record.hpp"

namespace gadgetry::bpf {

// One consumer, one thread. The descriptor becomes readable (EPOLLIN, level-triggered) when there are
// records. Programs may send without a wake-up: poll with a time-out (100 ms at most) as well.
class RingReader {
 public:
  // `bytes` is the map's max_entries after loading. The reader keeps its own descriptor of the map.
  static base::Result<RingReader> open(int map_fd, uint32_t bytes);
  RingReader(RingReader&& other) noexcept;
  RingReader& operator=(RingReader&& other) noexcept;
  ~RingReader();

  int fd() const { return fd_.get(); }  // for epoll

  // Appends at most `max` records to `out`, oldest first; stops at a record a program is still writing.
  // Discarded records are skipped. The views hold until release(). Returns how many were appended.
  size_t fill(std::vector<data::Record>& out, size_t max);
  // Gives the memory of everything filled so far back to the kernel.
  void release();

  bool empty() const { return pending_bytes() == 0; }
  size_t pending_bytes() const;  // not yet filled, headers and discarded records included
  size_t size() const { return static_cast<size_t>(mask_) + 1; }  // bytes
  // Records with an impossible length: reading went on behind them.
  uint64_t malformed() const { return malformed_; }

 private:
  RingReader() = default;
  void unmap();

  base::Fd fd_;
  uint64_t* consumer_pos_ = nullptr;        // written by us
  const uint64_t* producer_pos_ = nullptr;  // written by the kernel
  const uint8_t* data_ = nullptr;
  uint64_t mask_ = 0;      // bytes of the data - 1
  uint64_t position_ = 0;  // filled up to here; released up to *consumer_pos_
  uint64_t malformed_ = 0;
  size_t page_ = 0;
};

}  // namespace gadgetry::bpf
