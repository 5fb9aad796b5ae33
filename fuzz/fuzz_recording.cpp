// Recordings from anywhere: the binary form, its checksums made right so that what is behind them is reached,
// and the text form. Every byte of what comes out is read.
//
// The first byte chooses the form.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "base/log.hpp"
#include "data/data_source.hpp"
#include "pipeline/recording_file.hpp"
#include "pipeline/recording_text.hpp"

volatile unsigned fuzz_recording_sum;  // so that reading is not optimised away

namespace {

using namespace gadgetry;
using data::DataSource;
using data::Field;
using data::Kind;

Field* add(DataSource& source, const char* name, Kind kind, uint32_t offset, uint32_t size,
           int32_t parent = -1) {
  Field field;
  field.name = name;
  field.kind = kind;
  field.offset = offset;
  field.size = size;
  field.parent = parent;
  auto added = source.add_field(std::move(field));
  if (!added) std::abort();
  return *added;
}

void make_array(Field& field, uint32_t count, uint32_t stride) {
  field.is_array = true;
  field.count = count;
  field.stride = stride;
  field.size = count * stride;
}

void fill(DataSource& source) {
  add(source, "flag", Kind::kBool, 0, 1);
  Field* state = add(source, "state", Kind::kInt16, 2, 2);
  auto table = std::make_shared<data::EnumTable>();
  table->is_set = true;
  table->entries = {{1, "A"}, {2, "B"}};
  state->enumeration = table;
  Field* low = add(source, "low", Kind::kInt32, 4, 4);
  low->bit_offset = 3;
  low->bit_size = 9;
  add(source, "number", Kind::kUint64, 8, 8);
  add(source, "half", Kind::kFloat32, 16, 4);
  add(source, "comm", Kind::kCString, 20, 16);
  add(source, "blob", Kind::kBytes, 36, 12);
  make_array(*add(source, "bytes", Kind::kUint8, 48, 8), 8, 1);
  Field* args = add(source, "args", Kind::kBytes, 56, 0);
  make_array(*args, 3, 16);
  auto parent = static_cast<int32_t>(args->index);
  add(source, "len", Kind::kUint16, 0, 2, parent);
  make_array(*add(source, "names", Kind::kCString, 4, 0, parent), 2, 6);
  source.set_sample_size(104);
  source.annotations()["ebpf.rest.name"] = "rest";
  source.annotations()["ebpf.rest.len"] = "args.len";
}

// A fuzzer does not guess checksums.
void repair(std::string& bytes) {
  size_t at = pipeline::kRecordingMagic.size();
  while (at + pipeline::kChunkHeadBytes <= bytes.size()) {
    uint32_t length = 0;
    std::memcpy(&length, bytes.data() + at + 4, sizeof length);
    size_t payload = at + pipeline::kChunkHeadBytes;
    if (length > bytes.size() - payload) return;
    uint32_t crc = pipeline::crc32c(std::string_view(bytes).substr(at, 8));
    crc = pipeline::crc32c(std::string_view(bytes).substr(payload, length), crc);
    std::memcpy(bytes.data() + at + 8, &crc, sizeof crc);
    at = payload + length;
  }
}

void read_all(pipeline::RecordingReader& reader) {
  DataSource single("open", data::SourceType::kSingle);
  DataSource array("proc", data::SourceType::kArray);
  fill(single);
  fill(array);
  if (!reader.bind(single).ok() || !reader.bind(array).ok()) return;
  (void)reader.check_bound();
  pipeline::RecordedItem item;
  unsigned sum = 0;
  for (;;) {
    auto call = reader.next_call("ig.getMap");
    if (call.ok()) sum += static_cast<unsigned>(call->outputs.size());
    auto more = reader.next(item);
    if (!more.ok() || !*more) break;
    if (item.source > 1) std::abort();
    for (const data::Record& record : item.records) {
      for (uint32_t i = 0; i < record.sample_size; i++) sum += record.sample[i];
    }
  }
  fuzz_recording_sum = sum;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  base::set_log_level(base::LogLevel::kError);
  if (size == 0) return 0;
  std::string bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  if ((data[0] & 1) != 0) {
    auto text = pipeline::TextRecording::from_text(std::move(bytes), "text");
    if (text.ok()) read_all(**text);
    return 0;
  }
  repair(bytes);
  auto file = pipeline::RecordingFile::from_bytes(std::move(bytes), "file", 1 << 20);
  if (file.ok()) read_all(**file);
  return 0;
}
