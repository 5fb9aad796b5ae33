// What a recorded run consists of, whatever the form of its file: see docs/recordings.md.
//
// A recording holds the records as the programs sent them, before any stage, batch by batch, and what the
// machine answered to the gadget's module. Replayed, the same gadget gives the same output without a kernel.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "data/data_source.hpp"
#include "data/record.hpp"

namespace gadgetry::pipeline {

// The file: kRecordingMagic, then chunks. A chunk is three u32 (type, bytes of payload, CRC-32C of type,
// length and payload) and the payload. All numbers are little-endian.
inline constexpr std::string_view kRecordingMagic{"GADGREC\n\1\0\0\0", 12};  // the last four: the version
inline constexpr size_t kChunkHeadBytes = 12;

enum class ChunkType : uint32_t {
  kHeader = 1,  // JSON; the first chunk
  kBatch = 2,   // u32 source, u32 flags, i64 wall, i64 boot, u32 records, then those: u32 size, u32 stored,
                // u32 cpu, bytes
  kLosses = 3,  // u32 source, u64 ring full, u64 map full, u64 reader: totals so far
  kCall = 4,    // text function, u64 result, u32 outputs, then those: texts (u32 length and bytes)
  kTimer = 5,   // u64 callback of the timer, as the module gave it
  kEnd = 6,     // empty; a file without it ends early
};
inline constexpr uint32_t kBatchContinues = 1;  // flag: the next chunk holds more records of the same batch

struct RecordedSource {
  std::string name;
  data::SourceType type = data::SourceType::kSingle;
  uint32_t sample_size = 0;
  std::vector<std::string> fields;  // layout_of(): one line each
};

struct RecordingHeader {
  std::string gadget;
  std::string image;
  std::string arch;     // "x86_64"
  std::string kernel;   // "6.1.0"
  std::string version;  // of gadgetctl
  std::map<std::string, std::string> params;
  bool per_cpu_rows = false;
  std::vector<RecordedSource> sources;
};

// Name, kind, place and size of every field of the sample. Two builds of a gadget with the same lines read
// each other's samples.
std::vector<std::string> layout_of(const data::DataSource& source);
// Facts of this machine: arch, kernel, version.
void fill_host_facts(RecordingHeader& header);

std::string header_to_json(const RecordingHeader& header);
base::Result<RecordingHeader> header_from_json(std::string_view text);

// CRC-32C; `crc` continues an earlier one.
uint32_t crc32c(std::string_view bytes, uint32_t crc = 0);

struct RecordedCall {
  std::string function;  // "gadget_v2.kernelVersion"
  uint64_t result = 0;
  std::vector<std::string> outputs;
};

// One thing that happened. Reused from one to the next, so that its memory is.
struct RecordedItem {
  enum class Type : uint8_t { kBatch, kLosses, kTimer };
  Type type = Type::kBatch;
  size_t source = 0;  // kBatch, kLosses: index in the order of RecordingReader::bind
  // kBatch: when it was read (since 1970), and the distance from the boot clock to the time of day then.
  int64_t wall_ns = 0;
  int64_t boot_offset_ns = 0;
  std::vector<data::Record> records;  // views of `samples`
  std::vector<uint8_t> samples;
  data::Counters losses;  // kLosses: the lost_ members
  uint64_t timer = 0;

  // Makes the records' samples point into `samples`, one behind the other.
  void place_records();
};

// Reads a recording from begin to end.
class RecordingReader {
 public:
  // By the name: text when it ends in .jsonl or .json, else binary.
  static base::Result<std::unique_ptr<RecordingReader>> open(const std::string& path);

  virtual ~RecordingReader() = default;
  // What is known of the recorded run; null for text files.
  virtual const RecordingHeader* header() const { return nullptr; }
  // A data source of the gadget, before stages have changed its fields. In the order of their indices.
  virtual base::Status bind(const data::DataSource& source) = 0;
  // After the last bind, before the first next.
  virtual base::Status check_bound() { return {}; }
  // The next thing; false at the end.
  virtual base::Result<bool> next(RecordedItem& item) = 0;
  // What the machine answered to the module's call, which comes now.
  virtual base::Result<RecordedCall> next_call(std::string_view function) = 0;
  // The file was cut: what came is all there is.
  virtual bool ended_early() const { return false; }
};

}  // namespace gadgetry::pipeline
