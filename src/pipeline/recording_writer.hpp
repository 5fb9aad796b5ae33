// The binary form of a recording, written while a run goes on.
//
// The file grows under the name FILE.part and gets its name when it is complete: FILE is the old one or the
// new one, and a run that was killed leaves a FILE.part that can be replayed up to its last whole chunk.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "pipeline/recording.hpp"

namespace gadgetry::pipeline {

class RecordingWriter {
 public:
  static constexpr size_t kBlock = 256 << 10;

  // Fails when path is there and is not a regular file, or when another run is recording to it.
  static base::Result<std::unique_ptr<RecordingWriter>> create(std::string path);
  ~RecordingWriter();
  RecordingWriter(const RecordingWriter&) = delete;
  RecordingWriter& operator=(const RecordingWriter&) = delete;

  // Once, when all data sources are known; the header stands in front of what was added before.
  void set_header(const RecordingHeader& header);
  // The records as they came from the reader. Nothing here allocates once the block has its size.
  void add_batch(uint32_t source, int64_t wall_ns, int64_t boot_offset_ns,
                 std::span<const data::Record> records);
  void add_losses(uint32_t source, const data::Counters& counters);
  void add_call(std::string_view module, std::string_view name, uint64_t result,
                std::span<const std::string> outputs);
  void add_timer(uint64_t number);

  // Writes out what is buffered. The first error sticks, and nothing is written after it.
  base::Status flush();
  base::Status status() const;
  // Ends the recording and gives the file its name, complete or, after an error, with what it has.
  base::Status finish();

  const std::string& path() const { return path_; }

 private:
  RecordingWriter() = default;
  base::Status open_part();
  void begin(ChunkType type);
  void end();
  template <typename T>
  void put(T value) {
    put_bytes({reinterpret_cast<const char*>(&value), sizeof(T)});
  }
  void put_bytes(std::string_view bytes) { block_.append(bytes); }
  void put_text(std::string_view text) {
    put(static_cast<uint32_t>(text.size()));
    put_bytes(text);
  }
  size_t add_piece(uint32_t source, int64_t wall_ns, int64_t boot_offset_ns,
                   std::span<const data::Record> records);
  void write_out();

  std::string path_;
  std::string part_;
  base::Fd fd_;
  std::string block_;
  size_t chunk_ = 0;  // where the chunk that is being put together starts in block_
  bool has_header_ = false;
  bool has_content_ = false;  // records
  bool finished_ = false;
  std::optional<base::Error> error_;
};

}  // namespace gadgetry::pipeline
