// Reads a BPF perf event array: one buffer for each CPU, filled by bpf_perf_event_output.
//
// The layout is that of perf_event_open(2): a control page with data_head and data_tail, then 2^n pages of
// records.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "data/record.hpp"

namespace gadgetry::bpf {

inline constexpr uint32_t kPerfPages = 64;  // default size of each CPU's buffer

// One consumer, one thread. The same use as RingReader, with one descriptor for each CPU. The kernel wakes
// the reader only when a quarter of a buffer is full: poll with a time-out (100 ms at most) as well.
class PerfReader {
 public:
  // `pages` (a power of two) of memory for each online CPU.
  static base::Result<PerfReader> open(int map_fd, uint32_t pages = kPerfPages);
  PerfReader(PerfReader&&) noexcept = default;
  PerfReader& operator=(PerfReader&&) noexcept = default;

  const std::vector<int>& fds() const { return fds_; }  // for epoll

  // As RingReader::fill; Record::cpu is set. Records are in order within a CPU, not between CPUs. The sizes
  // are those the kernel reports, up to 7 bytes of padding included.
  size_t fill(std::vector<data::Record>& out, size_t max);
  void release();

  bool empty() const { return pending_bytes() == 0; }
  size_t pending_bytes() const;
  uint64_t malformed() const { return malformed_; }
  // Records the kernel could not write because a buffer was full. A running total.
  uint64_t lost() const;

 private:
  struct Buffer {
    Buffer() = default;
    Buffer(Buffer&& other) noexcept;
    Buffer& operator=(Buffer&& other) noexcept;
    ~Buffer();

    base::Fd event;
    void* mapping = nullptr;
    size_t mapping_size = 0;
    const uint8_t* data = nullptr;
    uint64_t size = 0;      // bytes of data, a power of two
    uint64_t position = 0;  // filled up to here
    uint32_t cpu = 0;
    uint64_t lost = 0;             // from PERF_RECORD_LOST
    bool counts_lost = false;      // the kernel tells the number lost by read(2)
    std::vector<uint8_t> scratch;  // the one record that wraps around the end
  };

  PerfReader() = default;
  static base::Result<Buffer> open_buffer(int map_fd, uint32_t cpu, uint32_t pages);
  size_t fill_from(Buffer& buffer, std::vector<data::Record>& out, size_t max);

  std::vector<Buffer> buffers_;
  std::vector<int> fds_;
  size_t next_ = 0;  // the buffer to begin with, so that none starves
  uint64_t malformed_ = 0;
};

}  // namespace gadgetry::bpf
