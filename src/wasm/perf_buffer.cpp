#include "wasm/perf_buffer.hpp"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "base/limits.hpp"
#include "bpf/cpu_list.hpp"
#include "wasm/maps.hpp"

namespace gadgetry::wasm {
namespace {

constexpr size_t kReadAhead = 64;  // samples

// PERF_RECORD_SAMPLE with only PERF_SAMPLE_RAW: the size, then the bytes.
struct SampleHeader {
  perf_event_header header;
  uint32_t size;
};

}  // namespace

PerfBuffer::Ring::Ring(Ring&& other) noexcept
    : event(std::move(other.event)),
      mapping(std::exchange(other.mapping, nullptr)),
      mapping_size(other.mapping_size),
      data(other.data),
      size(other.size),
      head(other.head),
      position(other.position),
      end(other.end) {}

PerfBuffer::Ring::~Ring() {
  if (mapping != nullptr) munmap(mapping, mapping_size);
}

void PerfBuffer::Ring::begin_pass() {
  auto* control = static_cast<perf_event_mmap_page*>(mapping);
  uint64_t before = head;
  head = __atomic_load_n(&control->data_head, __ATOMIC_ACQUIRE);
  position = head;
  // The difference is right even though the positions pass below zero.
  end = head + std::min(before - head, size);
}

void PerfBuffer::Ring::copy_out(uint64_t at, void* out, size_t length) const {
  uint64_t offset = at & (size - 1);
  size_t first = std::min(length, static_cast<size_t>(size - offset));
  std::memcpy(out, data + offset, first);
  std::memcpy(static_cast<uint8_t*>(out) + first, data, length - first);
}

bool PerfBuffer::Ring::next(std::span<const uint8_t>& sample, std::vector<uint8_t>& scratch) {
  while (end - position >= sizeof(perf_event_header)) {
    perf_event_header header;
    copy_out(position, &header, sizeof(header));
    // The end of the oldest record is where the newest one begins.
    if (header.size < sizeof(header) || header.size > end - position) break;
    uint64_t at = position;
    position += header.size;
    if (header.type != PERF_RECORD_SAMPLE || header.size < sizeof(SampleHeader)) continue;
    SampleHeader record;
    copy_out(at, &record, sizeof(record));
    if (record.size > header.size - sizeof(record)) continue;
    scratch.resize(record.size);
    copy_out(at + sizeof(record), scratch.data(), record.size);
    sample = scratch;
    return true;
  }
  position = end;
  return false;
}

base::Result<PerfBuffer::Ring> PerfBuffer::open_ring(uint32_t cpu, uint64_t pages) const {
  auto page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  Ring ring;
  ring.size = pages * page;
  ring.mapping_size = static_cast<size_t>(ring.size + page);
  perf_event_attr attributes{};
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.size = sizeof(attributes);
  attributes.config = PERF_COUNT_SW_BPF_OUTPUT;
  attributes.sample_type = PERF_SAMPLE_RAW;
  attributes.sample_period = 1;
  attributes.watermark = 1;  // nobody waits: never wake
  attributes.wakeup_watermark = UINT32_MAX;
  attributes.write_backward = 1;
  ring.event.reset(static_cast<int>(
      syscall(SYS_perf_event_open, &attributes, -1, static_cast<int>(cpu), -1, PERF_FLAG_FD_CLOEXEC)));
  if (!ring.event) return base::Error::system("perf_event_open", errno);
  GADGETRY_TRY(check_descriptor(ring.event.get()));
  // Not writable: that is what makes the kernel overwrite.
  void* mapping = mmap(nullptr, ring.mapping_size, PROT_READ, MAP_SHARED, ring.event.get(), 0);
  if (mapping == MAP_FAILED) {
    return base::Error::system("cannot map a perf buffer of " + std::to_string(pages) + " pages", errno)
        .with_hint(errno == EPERM ? "kernel.perf_event_mlock_kb is too low, or CAP_IPC_LOCK is missing" : "");
  }
  ring.mapping = mapping;
  ring.data = static_cast<const uint8_t*>(mapping) + page;
  int event = ring.event.get();
  if (bpf_map_update_elem(map_.get(), &cpu, &event, BPF_ANY) != 0) {
    return base::Error::system("perf event array", errno);
  }
  if (ioctl(event, PERF_EVENT_IOC_ENABLE, 0) != 0) return base::Error::system("perf event", errno);
  return ring;
}

base::Status PerfBuffer::open_rings(uint64_t pages, const std::vector<uint32_t>& cpus) {
  for (uint32_t cpu : cpus) {
    auto ring = open_ring(cpu, pages);
    if (!ring.ok() && ring.error().errno_value == ENODEV) continue;  // the CPU went away
    if (!ring.ok()) return std::move(ring).error().context("CPU " + std::to_string(cpu));
    rings_.push_back(std::move(ring).value());
  }
  if (rings_.empty()) return base::Error("perf buffer: there is no CPU");
  return {};
}

base::Result<std::unique_ptr<PerfBuffer>> PerfBuffer::open(int map_fd, uint64_t bytes, bool overwritable,
                                                           uint64_t most) {
  most = std::min(most, limits::kWasmPerfBytes);
  bpf_map_info info{};
  uint32_t info_size = sizeof(info);
  if (bpf_obj_get_info_by_fd(map_fd, &info, &info_size) != 0) return base::Error::system("map", errno);
  if (info.type != BPF_MAP_TYPE_PERF_EVENT_ARRAY) return base::Error("the map is no perf event array");
  GADGETRY_ASSIGN(std::vector<uint32_t> cpus, bpf::online_cpus());
  auto page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  bool possible = bytes != 0 && bytes <= most;
  uint64_t pages = possible ? std::bit_ceil((bytes + page - 1) / page) : 0;
  if (!possible || pages * page * cpus.size() > most) {
    return base::Error("a buffer of " + std::to_string(bytes) + " bytes for each CPU is not possible")
        .with_hint("for all CPUs it is at most " + std::to_string(most >> 20) + " MiB");
  }
  std::unique_ptr<PerfBuffer> buffer(new PerfBuffer);
  buffer->kernel_bytes_ = pages * page * cpus.size();
  buffer->map_.reset(fcntl(map_fd, F_DUPFD_CLOEXEC, 0));
  if (!buffer->map_) return base::Error::system("map", errno);
  GADGETRY_TRY(check_descriptor(buffer->map_.get()));
  if (overwritable) {
    GADGETRY_TRY(buffer->open_rings(pages, cpus));
  } else {
    GADGETRY_ASSIGN(bpf::PerfReader reader, bpf::PerfReader::open(map_fd, static_cast<uint32_t>(pages)));
    for (int event : reader.fds()) GADGETRY_TRY(check_descriptor(event));
    buffer->reader_.emplace(std::move(reader));
  }
  return buffer;
}

base::Status PerfBuffer::set_paused(bool paused) {
  auto toggle = [&](int event) { return ioctl(event, PERF_EVENT_IOC_PAUSE_OUTPUT, paused ? 1 : 0) == 0; };
  bool done = true;
  for (const Ring& ring : rings_) done = toggle(ring.event.get()) && done;
  if (reader_) {
    for (int event : reader_->fds()) done = toggle(event) && done;
  }
  if (!done) return base::Error::system("perf event", errno);
  paused_ = paused;
  return {};
}

base::Status PerfBuffer::pause() {
  return set_paused(true);
}

base::Status PerfBuffer::resume() {
  in_pass_ = false;
  return set_paused(false);
}

base::Result<PerfBuffer::Outcome> PerfBuffer::read(std::span<const uint8_t>& sample,
                                                   const std::function<bool()>& is_interrupted) {
  return reader_ ? read_waiting(sample, is_interrupted) : read_paused(sample);
}

base::Result<PerfBuffer::Outcome> PerfBuffer::read_paused(std::span<const uint8_t>& sample) {
  if (!paused_) return base::Error("an overwritable buffer must be paused before it is read");
  if (!in_pass_) {
    for (Ring& ring : rings_) ring.begin_pass();
    ring_ = 0;
    in_pass_ = true;
  }
  for (; ring_ < rings_.size(); ring_++) {
    if (rings_[ring_].next(sample, scratch_)) return Outcome::kSample;
  }
  in_pass_ = false;
  return Outcome::kNone;
}

base::Result<PerfBuffer::Outcome> PerfBuffer::read_waiting(std::span<const uint8_t>& sample,
                                                           const std::function<bool()>& is_interrupted) {
  std::vector<pollfd> waiting;
  while (next_record_ == records_.size()) {
    // All were handed out: the kernel may have their memory.
    reader_->release();
    records_.clear();
    next_record_ = 0;
    if (reader_->fill(records_, kReadAhead) != 0) break;
    if (is_interrupted()) return Outcome::kInterrupted;
    if (waiting.empty()) {
      for (int event : reader_->fds()) waiting.push_back({.fd = event, .events = POLLIN, .revents = 0});
    }
    // Late wake-ups of the kernel (a quarter of a buffer) cost the traced processes little: look by the clock
    // as well.
    if (poll(waiting.data(), waiting.size(), kWaitMs) < 0 && errno != EINTR) {
      return base::Error::system("perf buffer", errno);
    }
    // The CPU went away: the event would end each wait at once.
    for (pollfd& event : waiting) {
      if ((event.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) event.fd = -1;
    }
  }
  const data::Record& record = records_[next_record_++];
  sample = {record.sample, record.sample_size};
  return Outcome::kSample;
}

}  // namespace gadgetry::wasm
