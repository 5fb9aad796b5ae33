#include "pipeline/recording_writer.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace gadgetry::pipeline {
namespace {

// Samples are structs with char arrays that are mostly empty: their trailing zeros are not stored.
uint32_t used_size(const data::Record& record) {
  uint32_t size = record.sample_size;
  while (size >= 8) {
    uint64_t word = 0;
    std::memcpy(&word, record.sample + size - 8, 8);
    if (word != 0) break;
    size -= 8;
  }
  while (size > 0 && record.sample[size - 1] == 0) size--;
  return size;
}

constexpr size_t kRecordHead = 3 * sizeof(uint32_t);

}  // namespace

base::Result<std::unique_ptr<RecordingWriter>> RecordingWriter::create(std::string path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    return base::Error::usage(path + ": not a regular file").with_hint("--record needs the name of a file");
  }
  std::unique_ptr<RecordingWriter> writer(new RecordingWriter());
  writer->path_ = std::move(path);
  writer->part_ = writer->path_ + ".part";
  auto opened = writer->open_part();
  if (!opened.ok()) return std::move(opened).error();
  writer->block_.reserve(2 * kBlock);
  return writer;
}

// Never writes through a link that somebody else put there, and never into the file of a run that goes on.
base::Status RecordingWriter::open_part() {
  for (int attempt = 0; attempt < 3; attempt++) {
    fd_.reset(::open(part_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (fd_) {
      if (::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) continue;
      return {};
    }
    if (errno != EEXIST) return base::Error::system(part_, errno);
    // What a killed run left behind, unless that run still holds it.
    base::Fd old(::open(part_.c_str(), O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat info{};
    bool regular = old && ::fstat(old.get(), &info) == 0 && S_ISREG(info.st_mode);
    if (!regular && errno != ENOENT) return base::Error(part_ + ": it is in the way").with_hint("remove it");
    if (regular && ::flock(old.get(), LOCK_EX | LOCK_NB) != 0) {
      return base::Error(path_ + ": another run is recording to this file");
    }
    if (regular) (void)::unlink(part_.c_str());
  }
  return base::Error(part_ + ": it cannot be made");
}

RecordingWriter::~RecordingWriter() {
  if (finished_ || !fd_) return;
  // A run that failed before it had anything does not replace an older recording.
  if (has_header_ && has_content_) {
    (void)finish();
  } else {
    (void)::unlink(part_.c_str());
  }
}

void RecordingWriter::begin(ChunkType type) {
  has_content_ = has_content_ || type == ChunkType::kBatch;
  chunk_ = block_.size();
  put(static_cast<uint32_t>(type));
  put(uint32_t{0});
  put(uint32_t{0});
}

void RecordingWriter::end() {
  char* head = block_.data() + chunk_;
  auto length = static_cast<uint32_t>(block_.size() - chunk_ - kChunkHeadBytes);
  std::memcpy(head + 4, &length, sizeof length);
  uint32_t crc = crc32c({head, 8});
  crc = crc32c({head + kChunkHeadBytes, length}, crc);
  std::memcpy(head + 8, &crc, sizeof crc);
  if (block_.size() >= kBlock) write_out();
}

// Whole chunks only: called between them.
void RecordingWriter::write_out() {
  if (!has_header_) return;  // what a module asked before: it follows the header
  if (!error_ && !block_.empty()) {
    if (auto written = base::write_all(fd_.get(), block_, part_); !written.ok()) {
      base::Error error = std::move(written).error();
      // What fitted stays: who reads it takes the whole chunks and says that it ends early.
      error_ = std::move(error).context("recording").with_hint("the file holds what was recorded until then");
    }
  }
  block_.clear();
}

void RecordingWriter::set_header(const RecordingHeader& header) {
  std::string early;
  early.swap(block_);
  block_.reserve(2 * kBlock);
  has_header_ = true;
  put_bytes(kRecordingMagic);
  begin(ChunkType::kHeader);
  put_bytes(header_to_json(header));
  end();
  block_ += early;
  write_out();
}

// As many records as fit into a block; returns how many.
size_t RecordingWriter::add_piece(uint32_t source, int64_t wall_ns, int64_t boot_offset_ns,
                                  std::span<const data::Record> records) {
  begin(ChunkType::kBatch);
  put(source);
  size_t flags_at = block_.size();
  put(uint32_t{0});
  put(wall_ns);
  put(boot_offset_ns);
  size_t count_at = block_.size();
  put(uint32_t{0});
  uint32_t count = 0;
  for (const data::Record& record : records) {
    uint32_t used = used_size(record);
    if (count > 0 && block_.size() - chunk_ + kRecordHead + used > kBlock) break;
    put(record.sample_size);
    put(used);
    put(record.cpu);
    put_bytes({reinterpret_cast<const char*>(record.sample), used});
    count++;
  }
  uint32_t flags = count < records.size() ? kBatchContinues : 0;
  std::memcpy(block_.data() + flags_at, &flags, sizeof flags);
  std::memcpy(block_.data() + count_at, &count, sizeof count);
  end();
  return count;
}

void RecordingWriter::add_batch(uint32_t source, int64_t wall_ns, int64_t boot_offset_ns,
                                std::span<const data::Record> records) {
  if (error_) return;
  do {
    records = records.subspan(add_piece(source, wall_ns, boot_offset_ns, records));
  } while (!records.empty());
}

void RecordingWriter::add_losses(uint32_t source, const data::Counters& counters) {
  if (error_) return;
  begin(ChunkType::kLosses);
  put(source);
  put(counters.lost_ring_full);
  put(counters.lost_map_full);
  put(counters.lost_reader);
  end();
}

void RecordingWriter::add_call(std::string_view module, std::string_view name, uint64_t result,
                               std::span<const std::string> outputs) {
  if (error_) return;
  begin(ChunkType::kCall);
  put(static_cast<uint32_t>(module.size() + 1 + name.size()));
  put_bytes(module);
  put_bytes(".");
  put_bytes(name);
  put(result);
  put(static_cast<uint32_t>(outputs.size()));
  for (const std::string& output : outputs) put_text(output);
  end();
}

void RecordingWriter::add_timer(uint64_t number) {
  if (error_) return;
  begin(ChunkType::kTimer);
  put(number);
  end();
}

base::Status RecordingWriter::status() const {
  if (error_) return *error_;
  return {};
}

base::Status RecordingWriter::flush() {
  if (!block_.empty()) write_out();
  return status();
}

base::Status RecordingWriter::finish() {
  if (finished_ || !has_header_) return status();
  finished_ = true;
  if (!error_) {
    begin(ChunkType::kEnd);
    end();
    write_out();
  }
  if (!error_ && ::fsync(fd_.get()) != 0) error_ = base::Error::system(part_, errno).context("recording");
  if (::rename(part_.c_str(), path_.c_str()) != 0 && !error_) {
    error_ = base::Error::system(path_, errno).context("recording");
  }
  return status();
}

}  // namespace gadgetry::pipeline
