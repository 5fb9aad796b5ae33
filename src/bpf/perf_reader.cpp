#include "bpf/perf_reader.hpp"

#include <bpf/bpf.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/limits.hpp"
#include "base/log.hpp"
#include "bpf/cpu_list.hpp"

namespace gadgetry::bpf {
namespace {

constexpr uint32_t kWakeUpShare = 4;  // wake the reader when a quarter of a buffer is full

// PERF_RECORD_SAMPLE with only PERF_SAMPLE_RAW: the size, then the bytes.
struct SampleHeader {
  perf_event_header header;
  uint32_t size;
};
// PERF_RECORD_LOST.
struct LostRecord {
  perf_event_header header;
  uint64_t id;
  uint64_t lost;
};

perf_event_mmap_page* control(void* mapping) {
  return static_cast<perf_event_mmap_page*>(mapping);
}

uint64_t head_of(void* mapping) {
  return __atomic_load_n(&control(mapping)->data_head, __ATOMIC_ACQUIRE);
}

int open_output(perf_event_attr& attributes, uint32_t cpu) {
  return static_cast<int>(
      syscall(SYS_perf_event_open, &attributes, -1, static_cast<int>(cpu), -1, PERF_FLAG_FD_CLOEXEC));
}

// Copies bytes that may wrap around the end of the data.
void copy_out(const uint8_t* data, uint64_t size, uint64_t position, void* out, size_t length) {
  uint64_t at = position & (size - 1);
  size_t first = std::min<size_t>(length, static_cast<size_t>(size - at));
  std::memcpy(out, data + at, first);
  std::memcpy(static_cast<uint8_t*>(out) + first, data, length - first);
}

}  // namespace

PerfReader::Buffer::Buffer(Buffer&& other) noexcept {
  *this = std::move(other);
}

PerfReader::Buffer& PerfReader::Buffer::operator=(Buffer&& other) noexcept {
  if (this == &other) return *this;
  if (mapping != nullptr) munmap(mapping, mapping_size);
  event = std::move(other.event);
  mapping = std::exchange(other.mapping, nullptr);
  mapping_size = other.mapping_size;
  data = other.data;
  size = other.size;
  position = other.position;
  cpu = other.cpu;
  lost = other.lost;
  counts_lost = other.counts_lost;
  scratch = std::move(other.scratch);
  return *this;
}

PerfReader::Buffer::~Buffer() {
  if (mapping != nullptr) munmap(mapping, mapping_size);
}

base::Result<PerfReader::Buffer> PerfReader::open_buffer(int map_fd, uint32_t cpu, uint32_t pages) {
  size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  Buffer out;
  out.cpu = cpu;
  out.size = uint64_t{pages} * page;
  out.mapping_size = (size_t{pages} + 1) * page;

  perf_event_attr attributes{};
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.size = sizeof(attributes);
  attributes.config = PERF_COUNT_SW_BPF_OUTPUT;
  attributes.sample_type = PERF_SAMPLE_RAW;
  attributes.sample_period = 1;
  attributes.watermark = 1;
  attributes.wakeup_watermark = static_cast<uint32_t>(out.size / kWakeUpShare);
  attributes.read_format = PERF_FORMAT_LOST;  // Linux 6.0: an exact count, also of what was lost last
  out.event.reset(open_output(attributes, cpu));
  out.counts_lost = static_cast<bool>(out.event);
  if (!out.event && errno == EINVAL) {
    attributes.read_format = 0;
    out.event.reset(open_output(attributes, cpu));
  }
  if (!out.event) return base::Error::system("perf_event_open", errno);

  void* mapping = mmap(nullptr, out.mapping_size, PROT_READ | PROT_WRITE, MAP_SHARED, out.event.get(), 0);
  if (mapping == MAP_FAILED) {
    return base::Error::system("cannot map a perf buffer of " + std::to_string(pages) + " pages", errno)
        .with_hint(errno == EPERM ? "kernel.perf_event_mlock_kb is too low, or CAP_IPC_LOCK is missing" : "");
  }
  out.mapping = mapping;
  out.data = static_cast<const uint8_t*>(mapping) + page;
  int event = out.event.get();
  if (bpf_map_update_elem(map_fd, &cpu, &event, BPF_ANY) != 0)
    return base::Error::system("perf event array", errno);
  if (ioctl(out.event.get(), PERF_EVENT_IOC_ENABLE, 0) != 0) return base::Error::system("perf event", errno);
  return out;
}

base::Result<PerfReader> PerfReader::open(int map_fd, uint32_t pages) {
  uint64_t bytes = uint64_t{pages} * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  if (!std::has_single_bit(pages) || bytes > limits::kRingBytesMax) {
    return base::Error("perf buffer: " + std::to_string(pages) + " pages is not a possible size")
        .with_hint("a power of two");
  }
  GADGETRY_ASSIGN(std::vector<uint32_t> cpus, online_cpus());
  PerfReader reader;
  for (uint32_t cpu : cpus) {
    auto buffer = open_buffer(map_fd, cpu, pages);
    if (!buffer.ok() && buffer.error().errno_value == ENODEV) {
      base::log_debug("CPU " + std::to_string(cpu) + " went away");
      continue;
    }
    if (!buffer.ok()) return std::move(buffer).error().context("CPU " + std::to_string(cpu));
    reader.fds_.push_back(buffer->event.get());
    reader.buffers_.push_back(std::move(buffer).value());
  }
  if (reader.buffers_.empty()) return base::Error("perf buffer: there is no CPU");
  return reader;
}

size_t PerfReader::fill_from(Buffer& buffer, std::vector<data::Record>& out, size_t max) {
  uint64_t head = head_of(buffer.mapping);
  size_t filled = 0;
  while (buffer.position < head && filled < max) {
    perf_event_header header;
    copy_out(buffer.data, buffer.size, buffer.position, &header, sizeof(header));
    if (header.size < sizeof(header) || header.size > head - buffer.position) [[unlikely]] {
      ++malformed_;
      buffer.position = head;
      break;
    }
    uint64_t at = buffer.position & (buffer.size - 1);
    const uint8_t* record = buffer.data + at;
    if (at + header.size > buffer.size) {
      // Only one record between two releases can wrap: this memory is not in use.
      if (buffer.scratch.size() < header.size) buffer.scratch.resize(UINT16_MAX + 1);
      copy_out(buffer.data, buffer.size, buffer.position, buffer.scratch.data(), header.size);
      record = buffer.scratch.data();
    }
    buffer.position += header.size;
    if (header.type == PERF_RECORD_LOST && header.size >= sizeof(LostRecord)) {
      LostRecord lost;
      std::memcpy(&lost, record, sizeof(lost));
      buffer.lost += lost.lost;
    } else if (header.type == PERF_RECORD_SAMPLE && header.size >= sizeof(SampleHeader)) {
      uint32_t size = 0;
      std::memcpy(&size, record + offsetof(SampleHeader, size), sizeof(size));
      if (size > header.size - sizeof(SampleHeader)) {
        ++malformed_;
        continue;
      }
      out.push_back({.sample = record + sizeof(SampleHeader), .sample_size = size, .cpu = buffer.cpu});
      ++filled;
    }
  }
  return filled;
}

size_t PerfReader::fill(std::vector<data::Record>& out, size_t max) {
  size_t filled = 0;
  for (size_t i = 0; i < buffers_.size() && filled < max; ++i) {
    filled += fill_from(buffers_[next_], out, max - filled);
    if (filled < max) next_ = (next_ + 1) % buffers_.size();
  }
  // The buffer that used up the limit comes last the next time.
  if (filled >= max) next_ = (next_ + 1) % buffers_.size();
  return filled;
}

void PerfReader::release() {
  for (Buffer& buffer : buffers_) {
    __atomic_store_n(&control(buffer.mapping)->data_tail, buffer.position, __ATOMIC_RELEASE);
  }
}

size_t PerfReader::pending_bytes() const {
  size_t bytes = 0;
  for (const Buffer& buffer : buffers_)
    bytes += static_cast<size_t>(head_of(buffer.mapping) - buffer.position);
  return bytes;
}

uint64_t PerfReader::lost() const {
  uint64_t total = 0;
  for (const Buffer& buffer : buffers_) {
    struct {
      uint64_t value;
      uint64_t lost;
    } counted{};
    bool exact = buffer.counts_lost && read(buffer.event.get(), &counted, sizeof(counted)) == sizeof(counted);
    total += std::max(buffer.lost, exact ? counted.lost : 0);
  }
  return total;
}

}  // namespace gadgetry::bpf
