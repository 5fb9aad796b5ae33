// The binary form of a recording, read.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.hpp"
#include "base/limits.hpp"
#include "pipeline/recording.hpp"

namespace gadgetry::pipeline {

class RecordingFile final : public RecordingReader {
 public:
  static base::Result<std::unique_ptr<RecordingFile>> open(const std::string& path);
  // The same from memory; `name` is for messages. A batch may take `batch_bytes` of memory.
  static base::Result<std::unique_ptr<RecordingFile>> from_bytes(std::string bytes, std::string name,
                                                                 size_t batch_bytes = limits::kIteratorBytes);

  const RecordingHeader* header() const override { return &header_; }
  base::Status bind(const data::DataSource& source) override;
  base::Status check_bound() override;
  base::Result<bool> next(RecordedItem& item) override;
  base::Result<RecordedCall> next_call(std::string_view function) override;
  bool ended_early() const override { return ended_early_; }

 private:
  struct Chunk {
    ChunkType type = ChunkType::kEnd;
    uint64_t at = 0;  // place in the file, for messages
    std::string payload;
  };

  RecordingFile() = default;
  base::Status read_header();
  base::Result<size_t> read(char* out, size_t size);
  base::Result<bool> read_chunk();  // into chunk_; false at the end
  base::Result<bool> peek();        // the same, unless it is there already
  base::Status read_batch(RecordedItem& item);
  base::Status add_piece(RecordedItem& item, bool& continues);
  base::Status read_losses(RecordedItem& item);
  base::Result<RecordedCall> read_call();
  base::Status keep_call();
  void drop_calls();
  base::Status find_source(uint32_t recorded, size_t& source) const;
  base::Error damaged(std::string_view what) const;
  void warn_early(std::string_view why);

  std::string name_;
  base::Fd fd_;
  std::string bytes_;   // without fd_: the whole file; with it: what was read ahead
  size_t at_ = 0;       // in bytes_
  uint64_t place_ = 0;  // in the file
  size_t batch_bytes_ = limits::kIteratorBytes;
  RecordingHeader header_;
  std::vector<std::optional<size_t>> bound_;  // by recorded source
  size_t sources_ = 0;
  Chunk chunk_;
  bool has_chunk_ = false;
  // Answers that were passed on the way to the next item: those for gadgetStop are the last thing in a file.
  std::deque<RecordedCall> calls_;
  size_t call_bytes_ = 0;
  bool at_end_ = false;
  bool ended_early_ = false;
  bool warned_unused_ = false;
};

}  // namespace gadgetry::pipeline
