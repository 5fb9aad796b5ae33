#include "pipeline/input.hpp"

#include <algorithm>

namespace gadgetry::pipeline {
namespace {

template <typename Reader>
size_t drain_reader(Reader& reader, Stream& stream, size_t max) {
  size_t total = 0;
  while (total < max) {
    size_t n = reader.fill(stream.records(), std::min(Stream::kBatchRecords, max - total));
    // A fill that gave nothing may still have skipped discarded records: give their memory back, too.
    if (n > 0) stream.process();
    reader.release();
    if (n == 0) break;
    total += n;
  }
  return total;
}

}  // namespace

std::vector<int> EventInput::fds() const {
  if (const auto* ring = std::get_if<bpf::RingReader>(&reader_)) return {ring->fd()};
  return std::get<bpf::PerfReader>(reader_).fds();
}

size_t EventInput::drain(size_t max) {
  return std::visit([&](auto& reader) { return drain_reader(reader, *stream_, max); }, reader_);
}

void EventInput::count_losses() {
  data::Counters& counters = stream_->source().counters();
  uint64_t ring_full = 0;
  if (const auto* perf = std::get_if<bpf::PerfReader>(&reader_)) ring_full = perf->lost();
  if (lost_) {
    if (auto total = lost_->read(); total.ok()) ring_full += *total;
  }
  counters.lost_ring_full = std::max(counters.lost_ring_full, ring_full);
  counters.lost_reader = std::visit([](const auto& reader) { return reader.malformed(); }, reader_);
}

FetchInput::FetchInput(Stream& stream, Reader reader, Schedule schedule,
                       std::optional<bpf::LostSamples> lost)
    : stream_(&stream), reader_(std::move(reader)), schedule_(schedule), lost_(std::move(lost)) {
  row_size_ = stream.source().sample_size();
  if (const auto* map = std::get_if<bpf::MapReader>(&reader_)) row_size_ = map->row_size();
}

void FetchInput::count_losses() {
  if (!lost_) return;
  data::Counters& counters = stream_->source().counters();
  if (auto total = lost_->read(); total.ok()) counters.lost_map_full = std::max(counters.lost_map_full, *total);
}

base::Status FetchInput::fetch(bool skip_empty) {
  fetches_++;
  rows_.clear();
  auto fetched = std::visit([&](auto& reader) { return reader.fetch(rows_); }, reader_);
  if (!fetched.ok()) {
    return std::move(fetched).error().context("reading data source " + stream_->source().name());
  }
  if (!rows_.empty() || !skip_empty) stream_->process_rows(rows_, row_size_);
  return {};
}

}  // namespace gadgetry::pipeline
