// Filter texts from the command line: compiling them, and running what compiled over whole and short samples.
//
// The first byte chooses the syntax; then comes the text and, behind the first NUL, the bytes of a sample.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "data/data_source.hpp"
#include "data/expr_filter.hpp"
#include "data/simple_filter.hpp"

namespace {

using namespace gadgetry::data;

Field* add(DataSource& source, Field field) {
  auto added = source.add_field(std::move(field));
  if (!added) std::abort();
  return *added;
}

Field scalar(const char* name, Kind kind, uint32_t offset, int32_t parent = -1) {
  Field field;
  field.name = name;
  field.kind = kind;
  field.offset = offset;
  field.size = kind_size(kind);
  field.parent = parent;
  return field;
}

Field array(const char* name, Kind kind, uint32_t offset, uint32_t count, uint32_t stride,
            int32_t parent = -1) {
  Field field = scalar(name, kind, offset, parent);
  field.is_array = true;
  field.count = count;
  field.stride = stride;
  field.size = count * stride;
  return field;
}

constexpr uint32_t kSampleBytes = 128;

void fill(DataSource& source) {
  add(source, scalar("b", Kind::kBool, 0));
  add(source, scalar("i", Kind::kInt32, 4));
  add(source, scalar("u", Kind::kUint64, 8));
  add(source, scalar("f", Kind::kFloat64, 16));
  Field comm = scalar("comm", Kind::kCString, 24);
  comm.size = 16;
  add(source, comm);
  Field bits = scalar("bits", Kind::kInt16, 40);
  bits.bit_offset = 3;
  bits.bit_size = 9;
  add(source, bits);
  add(source, array("a", Kind::kUint16, 44, 4, 2));
  add(source, array("n", Kind::kCString, 52, 3, 4));
  Field* args = add(source, array("args", Kind::kBytes, 64, 2, 24));
  auto parent = static_cast<int32_t>(args->index);
  add(source, scalar("len", Kind::kInt8, 0, parent));
  add(source, array("data", Kind::kUint8, 1, 3, 1, parent));
  auto text = source.add_added_field("k.t", Kind::kString);
  auto numbers = source.add_added_list("l", Kind::kUint32);
  auto words = source.add_added_list("w", Kind::kString);
  if (!text || !numbers || !words) std::abort();
}

template <typename T>
void put(uint8_t* added, const DataSource& source, std::string_view name, const T& value) {
  std::copy_n(reinterpret_cast<const uint8_t*>(&value), sizeof(value), added + source.find(name)->offset);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  DataSource source("s", SourceType::kSingle);
  fill(source);
  std::string_view all(reinterpret_cast<const char*>(data + 1), size - 1);
  std::string_view text = all.substr(0, all.find('\0'));
  std::string_view sample = all.substr(std::min(text.size() + 1, all.size()));
  auto program = (data[0] & 1) != 0 ? compile_expr_filter(source, text) : compile_simple_filter(source, text);
  if (!program) return 0;
  program->mark_needed();
  alignas(8) uint8_t added[64] = {};
  const Text value = Text::of(sample);
  const Text words[] = {value, {}};
  put(added, source, "k.t", value);
  put(added, source, "l", Text{sample.data(), sample.size() / sizeof(uint32_t)});
  put(added, source, "w", Text{reinterpret_cast<const char*>(words), sample.size() % 3});
  Record record;
  record.sample = reinterpret_cast<const uint8_t*>(sample.data());
  record.sample_size = static_cast<uint32_t>(std::min<size_t>(sample.size(), kSampleBytes));
  record.added = added;
  bool once = program->matches(record);
  if (program->matches(record) != once) std::abort();
  return 0;
}
