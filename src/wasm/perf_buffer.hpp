// Reads the samples of a perf event array one by one: all in the order they come, or, from an overwritable
// buffer that was paused, the newest that are still there.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "bpf/perf_reader.hpp"
#include "data/record.hpp"
#include "wasm/handles.hpp"

namespace gadgetry::wasm {

class PerfBuffer : public Resource {
 public:
  // With at least `bytes` for each CPU, rounded up to 2^n pages; for all CPUs within `most` and
  // limits::kWasmPerfBytes.
  static base::Result<std::unique_ptr<PerfBuffer>> open(int map_fd, uint64_t bytes, bool overwritable,
                                                        uint64_t most = UINT64_MAX);

  // Stops and starts the kernel's writing. Both may be repeated.
  base::Status pause();
  base::Status resume();

  enum class Outcome : uint8_t { kSample, kNone, kInterrupted };
  // The next sample, with its padding. It stays until the next call.
  //
  // Overwritable: of each CPU from the newest to the oldest, those since the pause before this one; then
  // kNone. An error unless paused. Others: waits, and looks at `is_interrupted` at least every kWaitMs.
  base::Result<Outcome> read(std::span<const uint8_t>& sample, const std::function<bool()>& is_interrupted);

  bool is_overwritable() const { return !reader_.has_value(); }
  uint64_t kernel_bytes() const { return kernel_bytes_; }
  static constexpr int kWaitMs = 10;

 private:
  // One CPU's overwritable buffer. The kernel writes from the end to the beginning: positions count down.
  struct Ring {
    Ring() = default;
    Ring(Ring&& other) noexcept;
    Ring& operator=(Ring&&) = delete;
    ~Ring();
    // Takes what was written since the last pass.
    void begin_pass();
    bool next(std::span<const uint8_t>& sample, std::vector<uint8_t>& scratch);
    void copy_out(uint64_t at, void* out, size_t length) const;

    base::Fd event;
    void* mapping = nullptr;
    size_t mapping_size = 0;
    const uint8_t* data = nullptr;
    uint64_t size = 0;  // of the data, a power of two
    uint64_t head = 0;  // the newest record of this pass
    uint64_t position = 0;
    uint64_t end = 0;  // of the oldest one
  };

  PerfBuffer() = default;
  base::Status open_rings(uint64_t pages, const std::vector<uint32_t>& cpus);
  base::Result<Ring> open_ring(uint32_t cpu, uint64_t pages) const;
  base::Status set_paused(bool paused);
  base::Result<Outcome> read_paused(std::span<const uint8_t>& sample);
  base::Result<Outcome> read_waiting(std::span<const uint8_t>& sample,
                                     const std::function<bool()>& is_interrupted);

  // The kernel takes the buffers out of the map when the file they were put in with is closed.
  base::Fd map_;
  uint64_t kernel_bytes_ = 0;
  bool paused_ = false;

  std::optional<bpf::PerfReader> reader_;
  std::vector<data::Record> records_;  // read from reader_, not handed out before next_record_
  size_t next_record_ = 0;

  std::vector<Ring> rings_;
  size_t ring_ = 0;  // of the pass
  bool in_pass_ = false;
  std::vector<uint8_t> scratch_;
};

}  // namespace gadgetry::wasm
