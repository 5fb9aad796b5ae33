#include "pipeline/replay_input.hpp"

#include <algorithm>

namespace gadgetry::pipeline {

base::Result<std::unique_ptr<ReplayInput>> ReplayInput::open(const std::string& path,
                                                             stages::FormatterContext& context) {
  GADGETRY_ASSIGN(auto reader, RecordingReader::open(path));
  return std::make_unique<ReplayInput>(std::move(reader), context);
}

base::Status ReplayInput::add_source(const data::DataSource& source) {
  GADGETRY_TRY(reader_->bind(source));
  targets_.push_back({.source = &source});
  return {};
}

void ReplayInput::attach(Stream& stream) {
  for (Target& target : targets_) {
    if (target.source == &stream.source()) target.stream = &stream;
  }
}

// Events or fetches that are still wanted.
uint64_t ReplayInput::left(const Target& target) const {
  if (count_ == 0) return UINT64_MAX;
  uint64_t had = is_array(target) ? target.fetches : target.source->counters().delivered;
  return had >= count_ ? 0 : count_ - had;
}

// Tracers decide, when there are any: as in a run on the kernel.
bool ReplayInput::done() const {
  if (count_ == 0) return false;
  bool only_arrays = std::all_of(targets_.begin(), targets_.end(), is_array);
  return std::all_of(targets_.begin(), targets_.end(),
                     [&](const Target& t) { return (is_array(t) && !only_arrays) || left(t) == 0; });
}

// With --count a batch may come in parts: what a filter drops does not count.
void ReplayInput::give_batch(Target& target) {
  context_->clock = sys::BootClock(item_.boot_offset_ns, item_.wall_ns);
  if (target.stream == nullptr || left(target) == 0) return;
  target.fetches++;
  size_t at = 0;
  do {
    size_t size = item_.records.size() - at;
    if (!is_array(target)) size = static_cast<size_t>(std::min<uint64_t>(size, left(target)));
    auto begin = item_.records.begin() + static_cast<ptrdiff_t>(at);
    target.stream->records().assign(begin, begin + static_cast<ptrdiff_t>(size));
    target.stream->process();
    at += size;
  } while (at < item_.records.size() && left(target) > 0);
}

base::Result<bool> ReplayInput::step() {
  GADGETRY_ASSIGN(bool more, reader_->next(item_));
  if (!more) return false;
  switch (item_.type) {
    case RecordedItem::Type::kBatch:
      give_batch(targets_[item_.source]);
      break;
    case RecordedItem::Type::kLosses: {
      if (targets_[item_.source].stream == nullptr) break;
      data::Counters& counters = targets_[item_.source].stream->source().counters();
      counters.lost_ring_full = item_.losses.lost_ring_full;
      counters.lost_map_full = item_.losses.lost_map_full;
      counters.lost_reader = item_.losses.lost_reader;
      break;
    }
    case RecordedItem::Type::kTimer:
      if (on_timer_) on_timer_(item_.timer);
      break;
  }
  return true;
}

}  // namespace gadgetry::pipeline
