#include "bpf/ring_reader.hpp"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <bit>
#include <utility>

#include "base/limits.hpp"

namespace gadgetry::bpf {
namespace {

constexpr uint32_t kLengthMask = BPF_RINGBUF_BUSY_BIT - 1 - BPF_RINGBUF_DISCARD_BIT;
constexpr uint64_t kHeader = BPF_RINGBUF_HDR_SZ;

template <typename T>
T load_acquire(const T* place) {
  return __atomic_load_n(place, __ATOMIC_ACQUIRE);
}

// Bytes a record takes in the ring, header included.
uint64_t record_bytes(uint32_t length) {
  return (uint64_t{length} + kHeader + 7) & ~uint64_t{7};
}

base::Error map_error(const char* what) {
  return base::Error::system(std::string("cannot map the ring buffer's ") + what, errno)
      .with_hint(errno == ENOMEM ? "not enough memory: ask for a smaller ring" : "");
}

}  // namespace

base::Result<RingReader> RingReader::open(int map_fd, uint32_t bytes) {
  if (!std::has_single_bit(bytes) || bytes > limits::kRingBytesMax) {
    return base::Error("ring buffer: " + std::to_string(bytes) + " bytes is not a possible size");
  }
  RingReader reader;
  reader.fd_.reset(fcntl(map_fd, F_DUPFD_CLOEXEC, 0));
  if (!reader.fd_) return base::Error::system("ring buffer", errno);
  reader.page_ = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  reader.mask_ = bytes - 1;

  void* consumer = mmap(nullptr, reader.page_, PROT_READ | PROT_WRITE, MAP_SHARED, reader.fd_.get(), 0);
  if (consumer == MAP_FAILED) return map_error("consumer page");
  reader.consumer_pos_ = static_cast<uint64_t*>(consumer);

  size_t length = reader.page_ + 2 * static_cast<size_t>(bytes);
  void* producer =
      mmap(nullptr, length, PROT_READ, MAP_SHARED, reader.fd_.get(), static_cast<off_t>(reader.page_));
  if (producer == MAP_FAILED) return map_error("data");
  reader.producer_pos_ = static_cast<const uint64_t*>(producer);
  reader.data_ = static_cast<const uint8_t*>(producer) + reader.page_;
  reader.position_ = load_acquire(reader.consumer_pos_);
  return reader;
}

RingReader::RingReader(RingReader&& other) noexcept {
  *this = std::move(other);
}

RingReader& RingReader::operator=(RingReader&& other) noexcept {
  if (this == &other) return *this;
  unmap();
  fd_ = std::move(other.fd_);
  consumer_pos_ = std::exchange(other.consumer_pos_, nullptr);
  producer_pos_ = std::exchange(other.producer_pos_, nullptr);
  data_ = std::exchange(other.data_, nullptr);
  mask_ = other.mask_;
  position_ = other.position_;
  malformed_ = other.malformed_;
  page_ = other.page_;
  return *this;
}

RingReader::~RingReader() {
  unmap();
}

void RingReader::unmap() {
  if (consumer_pos_ != nullptr) munmap(consumer_pos_, page_);
  if (producer_pos_ != nullptr) munmap(const_cast<uint64_t*>(producer_pos_), page_ + 2 * size());
  consumer_pos_ = nullptr;
  producer_pos_ = nullptr;
}

size_t RingReader::fill(std::vector<data::Record>& out, size_t max) {
  // Pairs with the kernel's release of the producer position: records before it have their header. The length
  // of a header is released again when the record is committed, which makes its bytes visible.
  uint64_t producer = load_acquire(producer_pos_);
  uint64_t position = position_;
  size_t filled = 0;
  while (position < producer && filled < max) {
    const uint8_t* header = data_ + (position & mask_);
    uint32_t length = load_acquire(reinterpret_cast<const uint32_t*>(header));
    if ((length & BPF_RINGBUF_BUSY_BIT) != 0)
      break;  // being written; what is behind it waits, to keep the order
    uint32_t size = length & kLengthMask;
    uint64_t taken = record_bytes(size);
    if (taken > producer - position) [[unlikely]] {
      ++malformed_;
      position = producer;
      break;
    }
    position += taken;
    if ((length & BPF_RINGBUF_DISCARD_BIT) != 0) continue;
    out.push_back({.sample = header + kHeader, .sample_size = size});
    ++filled;
  }
  position_ = position;
  return filled;
}

void RingReader::release() {
  __atomic_store_n(consumer_pos_, position_, __ATOMIC_RELEASE);
}

size_t RingReader::pending_bytes() const {
  return static_cast<size_t>(load_acquire(producer_pos_) - position_);
}

}  // namespace gadgetry::bpf
