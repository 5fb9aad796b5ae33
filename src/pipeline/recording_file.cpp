#include "pipeline/recording_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/log.hpp"
#include "base/strings.hpp"

namespace gadgetry::pipeline {
namespace {

constexpr size_t kReadAhead = 256 << 10;

// Takes numbers and texts off a payload. What is not there reads as zero and is remembered.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : bytes_(bytes) {}

  template <typename T>
  T take() {
    T value{};
    std::string_view raw = take_bytes(sizeof(T));
    if (raw.size() == sizeof(T)) std::memcpy(&value, raw.data(), sizeof(T));
    return value;
  }
  std::string_view take_bytes(size_t size) {
    if (size > bytes_.size()) {
      short_ = true;
      bytes_ = {};
      return {};
    }
    std::string_view out = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return out;
  }
  std::string_view take_text() { return take_bytes(take<uint32_t>()); }
  size_t left() const { return bytes_.size(); }
  bool is_short() const { return short_; }

 private:
  std::string_view bytes_;
  bool short_ = false;
};

// The first line that differs, for people.
std::string first_difference(const std::vector<std::string>& recorded, const std::vector<std::string>& now) {
  for (size_t i = 0; i < std::max(recorded.size(), now.size()); i++) {
    std::string was = i < recorded.size() ? base::printable(recorded[i]) : "no more fields";
    std::string is = i < now.size() ? now[i] : "no more fields";
    if (was != is) return "recorded: " + was + ", now: " + is;
  }
  return {};
}

}  // namespace

base::Result<std::unique_ptr<RecordingFile>> RecordingFile::open(const std::string& path) {
  GADGETRY_ASSIGN(base::Fd fd, base::open_file(path, O_RDONLY));
  std::unique_ptr<RecordingFile> file(new RecordingFile());
  file->name_ = path;
  file->fd_ = std::move(fd);
  GADGETRY_TRY(file->read_header());
  return file;
}

base::Result<std::unique_ptr<RecordingFile>> RecordingFile::from_bytes(std::string bytes, std::string name,
                                                                       size_t batch_bytes) {
  std::unique_ptr<RecordingFile> file(new RecordingFile());
  file->name_ = std::move(name);
  file->bytes_ = std::move(bytes);
  file->batch_bytes_ = batch_bytes;
  GADGETRY_TRY(file->read_header());
  return file;
}

base::Error RecordingFile::damaged(std::string_view what) const {
  return base::Error(name_ + ": damaged at byte " + std::to_string(chunk_.at) + ": " + std::string(what));
}

void RecordingFile::warn_early(std::string_view why) {
  ended_early_ = true;
  base::log_warning(name_ + ": the recording ends early (" + std::string(why) +
                    "): what comes out is what was written");
}

// As much as there is, up to size.
base::Result<size_t> RecordingFile::read(char* out, size_t size) {
  size_t total = 0;
  while (total < size) {
    if (at_ == bytes_.size()) {
      if (!fd_) break;
      bytes_.resize(kReadAhead);
      ssize_t n = ::read(fd_.get(), bytes_.data(), bytes_.size());
      int error = errno;
      bytes_.resize(n > 0 ? static_cast<size_t>(n) : 0);
      at_ = 0;
      if (n < 0 && error == EINTR) continue;
      if (n < 0) return base::Error::system(name_, error);
      if (n == 0) break;
    }
    size_t part = std::min(size - total, bytes_.size() - at_);
    std::memcpy(out + total, bytes_.data() + at_, part);
    at_ += part;
    total += part;
  }
  place_ += total;
  return total;
}

base::Status RecordingFile::read_header() {
  char magic[kRecordingMagic.size()] = {};
  GADGETRY_ASSIGN(size_t size, read(magic, sizeof magic));
  std::string_view found(magic, size);
  size_t name_bytes = kRecordingMagic.size() - sizeof(uint32_t);
  if (!found.starts_with(kRecordingMagic.substr(0, name_bytes))) {
    return base::Error(name_ + ": not a recording")
        .with_hint("`gadgetctl run SOURCE --record FILE` makes one; one written by hand ends in .jsonl");
  }
  if (found != kRecordingMagic) {
    return base::Error(name_ + ": a recording of another version of the format")
        .with_hint("record it again with this gadgetctl");
  }
  GADGETRY_ASSIGN(bool more, read_chunk());
  if (!more || chunk_.type != ChunkType::kHeader)
    return base::Error(name_ + ": a recording without a header");
  auto header = header_from_json(chunk_.payload);
  if (!header.ok()) return std::move(header).error().context(name_);
  header_ = std::move(*header);
  bound_.resize(header_.sources.size());
  return {};
}

base::Result<bool> RecordingFile::read_chunk() {
  chunk_.at = place_;
  uint32_t head[3] = {};
  static_assert(sizeof head == kChunkHeadBytes);
  GADGETRY_ASSIGN(size_t size, read(reinterpret_cast<char*>(head), sizeof head));
  if (size < sizeof head) {
    warn_early(size == 0 ? "no end mark" : "cut within a chunk");
    return false;
  }
  size_t limit = head[0] == static_cast<uint32_t>(ChunkType::kHeader) ? limits::kRecordingHeaderBytes
                                                                      : limits::kRecordingChunkBytes;
  if (head[1] > limit) return damaged("a chunk of " + std::to_string(head[1]) + " bytes");
  // Memory grows with what the file really holds, not with what it claims.
  chunk_.payload.clear();
  for (size_t want = head[1]; chunk_.payload.size() < want;) {
    size_t begin = chunk_.payload.size();
    chunk_.payload.resize(std::min(want, begin + (size_t{1} << 20)));
    GADGETRY_ASSIGN(size_t n, read(chunk_.payload.data() + begin, chunk_.payload.size() - begin));
    if (begin + n < chunk_.payload.size()) {
      warn_early("cut within a chunk");
      return false;
    }
  }
  uint32_t crc = crc32c({reinterpret_cast<const char*>(head), 2 * sizeof(uint32_t)});
  if (crc32c(chunk_.payload, crc) != head[2]) return damaged("the checksum is wrong");
  chunk_.type = static_cast<ChunkType>(head[0]);
  return true;
}

base::Result<bool> RecordingFile::peek() {
  if (at_end_) return false;
  if (has_chunk_) return true;
  GADGETRY_ASSIGN(has_chunk_, read_chunk());
  if (has_chunk_ && chunk_.type == ChunkType::kEnd) has_chunk_ = false;
  at_end_ = !has_chunk_;
  return has_chunk_;
}

base::Status RecordingFile::bind(const data::DataSource& source) {
  size_t index = sources_++;
  auto it = std::find_if(header_.sources.begin(), header_.sources.end(),
                         [&](const RecordedSource& s) { return s.name == source.name(); });
  if (it == header_.sources.end()) return {};  // a gadget that has learned something since
  std::vector<std::string> layout = layout_of(source);
  std::string what = first_difference(it->fields, layout);
  if (what.empty() && it->sample_size != source.sample_size()) {
    what = "recorded: samples of " + std::to_string(it->sample_size) +
           " bytes, now: " + std::to_string(source.sample_size());
  }
  if (what.empty() && it->type != source.type()) what = "single events on one side, arrays on the other";
  if (!what.empty()) {
    return base::Error(name_ + ": data source " + source.name() + " had another layout when gadget " +
                       base::printable(header_.gadget) + " was recorded: " + what)
        .with_hint("replay it with the build of the gadget that it was recorded with, or record it again");
  }
  bound_[static_cast<size_t>(it - header_.sources.begin())] = index;
  return {};
}

base::Status RecordingFile::check_bound() {
  for (size_t i = 0; i < bound_.size(); i++) {
    if (bound_[i]) continue;
    return base::Error(name_ + ": it was recorded from gadget " + base::printable(header_.gadget) +
                       ", whose data source " + base::printable(header_.sources[i].name) +
                       " this gadget does not have")
        .with_hint("give the gadget that was recorded" +
                   (header_.image.empty() ? std::string() : ": " + base::printable(header_.image)));
  }
  return {};
}

base::Status RecordingFile::find_source(uint32_t recorded, size_t& source) const {
  if (recorded >= bound_.size() || !bound_[recorded])
    return damaged("a data source that the header does not name");
  source = *bound_[recorded];
  return {};
}

// One chunk of a batch, appended to the item.
base::Status RecordingFile::add_piece(RecordedItem& item, bool& continues) {
  Cursor cursor(chunk_.payload);
  auto source = cursor.take<uint32_t>();
  continues = (cursor.take<uint32_t>() & kBatchContinues) != 0;
  item.wall_ns = cursor.take<int64_t>();
  item.boot_offset_ns = cursor.take<int64_t>();
  auto count = cursor.take<uint32_t>();
  size_t index = 0;
  GADGETRY_TRY(find_source(source, index));
  if (!item.records.empty() && index != item.source) return damaged("a batch of two data sources");
  item.source = index;
  if (count > limits::kRecordedBatchRecords - item.records.size())
    return damaged("too many records in a batch");
  for (uint32_t i = 0; i < count; i++) {
    data::Record record;
    record.sample_size = cursor.take<uint32_t>();
    auto stored = cursor.take<uint32_t>();
    record.cpu = cursor.take<uint32_t>();
    std::string_view bytes = cursor.take_bytes(stored);
    if (cursor.is_short() || stored > record.sample_size) return damaged("a record that is cut");
    if (record.sample_size > limits::kSampleBytes ||
        record.sample_size > batch_bytes_ - item.samples.size()) {
      return damaged("records that are too large");
    }
    item.samples.insert(item.samples.end(), bytes.begin(), bytes.end());
    item.samples.resize(item.samples.size() + record.sample_size - stored);
    item.records.push_back(record);
  }
  if (cursor.is_short() || cursor.left() != 0) return damaged("a batch of another length");
  return {};
}

base::Status RecordingFile::read_batch(RecordedItem& item) {
  for (bool continues = true; continues;) {
    GADGETRY_ASSIGN(bool more, peek());
    if (!more) break;  // cut within a batch
    if (chunk_.type != ChunkType::kBatch) return damaged("a batch that does not end");
    has_chunk_ = false;
    GADGETRY_TRY(add_piece(item, continues));
  }
  item.place_records();
  return {};
}

base::Status RecordingFile::read_losses(RecordedItem& item) {
  Cursor cursor(chunk_.payload);
  GADGETRY_TRY(find_source(cursor.take<uint32_t>(), item.source));
  item.losses = {};
  item.losses.lost_ring_full = cursor.take<uint64_t>();
  item.losses.lost_map_full = cursor.take<uint64_t>();
  item.losses.lost_reader = cursor.take<uint64_t>();
  if (cursor.is_short()) return damaged("losses of another length");
  return {};
}

base::Result<bool> RecordingFile::next(RecordedItem& item) {
  item.records.clear();
  item.samples.clear();
  for (;;) {
    GADGETRY_ASSIGN(bool more, peek());
    if (!more) return false;
    switch (chunk_.type) {
      case ChunkType::kBatch:
        drop_calls();
        item.type = RecordedItem::Type::kBatch;
        GADGETRY_TRY(read_batch(item));
        return true;
      case ChunkType::kLosses:
        item.type = RecordedItem::Type::kLosses;
        GADGETRY_TRY(read_losses(item));
        has_chunk_ = false;
        return true;
      case ChunkType::kTimer: {
        drop_calls();
        Cursor cursor(chunk_.payload);
        item.type = RecordedItem::Type::kTimer;
        item.timer = cursor.take<uint64_t>();
        if (cursor.is_short()) return damaged("a timer of another length");
        has_chunk_ = false;
        return true;
      }
      case ChunkType::kCall:
        GADGETRY_TRY(keep_call());
        break;
      case ChunkType::kHeader:
      case ChunkType::kEnd:
        return damaged("a second header");
    }
    has_chunk_ = false;  // an answer, or a kind of chunk that is younger than this program
  }
}

base::Result<RecordedCall> RecordingFile::read_call() {
  Cursor cursor(chunk_.payload);
  RecordedCall call;
  call.function = cursor.take_text();
  call.result = cursor.take<uint64_t>();
  for (auto count = cursor.take<uint32_t>(); count > 0 && !cursor.is_short(); count--) {
    call.outputs.emplace_back(cursor.take_text());
  }
  if (cursor.is_short()) return damaged("an answer that is cut");
  return call;
}

base::Status RecordingFile::keep_call() {
  call_bytes_ += chunk_.payload.size() + sizeof(RecordedCall);
  if (call_bytes_ > limits::kRecordedCallBytes) return damaged("too many answers in a row");
  GADGETRY_ASSIGN(RecordedCall call, read_call());
  calls_.push_back(std::move(call));
  return {};
}

// The module has had its turn and did not ask for them.
void RecordingFile::drop_calls() {
  if (!calls_.empty() && !warned_unused_) {
    warned_unused_ = true;
    base::log_warning(name_ + ": when it was recorded, the module asked the machine something (" +
                      base::printable(calls_.front().function) + ") that it does not ask now");
  }
  calls_.clear();
  call_bytes_ = 0;
}

base::Result<RecordedCall> RecordingFile::next_call(std::string_view function) {
  if (calls_.empty()) {
    GADGETRY_ASSIGN(bool more, peek());
    if (!more || chunk_.type != ChunkType::kCall) {
      return base::Error(name_ + ": the module calls " + std::string(function) +
                         ", which it did not do at this point when it was recorded")
          .with_hint("record it again with this module and the same flags");
    }
    GADGETRY_TRY(keep_call());
    has_chunk_ = false;
  }
  if (calls_.front().function != function) {
    return base::Error(name_ + ": the module calls " + std::string(function) +
                       ", but when it was recorded it called " + base::printable(calls_.front().function) +
                       " here")
        .with_hint("record it again with this module and the same flags");
  }
  RecordedCall call = std::move(calls_.front());
  calls_.pop_front();
  if (calls_.empty()) call_bytes_ = 0;
  return call;
}

}  // namespace gadgetry::pipeline
