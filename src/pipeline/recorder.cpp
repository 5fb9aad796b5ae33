#include "pipeline/recorder.hpp"

#include <time.h>

namespace gadgetry::pipeline {

base::Result<std::unique_ptr<Recorder>> Recorder::create(const std::string& path, RecordingHeader header,
                                                         stages::FormatterContext& context) {
  GADGETRY_ASSIGN(auto writer, RecordingWriter::create(path));
  fill_host_facts(header);
  return std::unique_ptr<Recorder>(new Recorder(std::move(writer), std::move(header), context));
}

void Recorder::add_source(const data::DataSource& source) {
  header_.sources.push_back({.name = source.name(),
                             .type = source.type(),
                             .sample_size = source.sample_size(),
                             .fields = layout_of(source)});
  sources_.push_back({.source = &source});
}

void Recorder::attach(Stream& stream) {
  for (size_t i = 0; i < sources_.size(); i++) {
    if (sources_[i].source != &stream.source()) continue;
    auto index = static_cast<uint32_t>(i);
    stream.set_tap([this, index](const data::Batch& batch) { add_batch(index, batch); });
  }
}

void Recorder::begin() {
  writer_->set_header(header_);
  flushed_at_ = sys::coarse_seconds();
}

void Recorder::add_batch(uint32_t source, const data::Batch& batch) {
  timespec now{};
  (void)clock_gettime(CLOCK_REALTIME, &now);
  int64_t wall_ns = int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
  clock_.refresh();
  context_->clock = sys::BootClock(clock_.offset(), wall_ns);
  writer_->add_batch(source, wall_ns, clock_.offset(), batch.records);
}

void Recorder::note_losses() {
  for (size_t i = 0; i < sources_.size(); i++) {
    const data::Counters& counters = sources_[i].source->counters();
    uint64_t lost = counters.lost_ring_full + counters.lost_map_full + counters.lost_reader;
    if (lost == sources_[i].lost) continue;
    sources_[i].lost = lost;
    writer_->add_losses(static_cast<uint32_t>(i), counters);
  }
}

base::Status Recorder::tick() {
  int64_t now = sys::coarse_seconds();
  if (now == flushed_at_) return writer_->status();
  flushed_at_ = now;
  note_losses();
  return writer_->flush();
}

base::Status Recorder::finish() {
  note_losses();
  return writer_->finish();
}

}  // namespace gadgetry::pipeline
