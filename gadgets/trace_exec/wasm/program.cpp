// SPDX-License-Identifier: Apache-2.0
// The arguments of a program as one text and as a list. The kernel side sends them as they stand in memory: one after the
// other, a NUL behind each.
#include <gadget/gadget.hpp>

GADGET_MODULE();

namespace {

constexpr uint32_t kArgsMax = 4096;  // as ARGS_MAX of the kernel side

gadget::Field<gadget::Bytes> args_raw;
gadget::Field<uint32_t> args_size;
gadget::Field<gadget::Text> args;
gadget::ListField<gadget::Text> argv;
uint8_t buffer[kArgsMax];

const char* text_at(uint32_t at) {
  return reinterpret_cast<const char*>(buffer) + at;
}

// Where the NUL behind the text at `begin` is; `size` when there is none.
uint32_t end_of(uint32_t begin, uint32_t size) {
  return begin + gadget::Text(text_at(begin), size - begin).until_nul().size();
}

uint32_t count_arguments(uint32_t size) {
  uint32_t count = 0;
  for (uint32_t at = 0; at < size; count++) at = end_of(at, size) + 1;
  return count;
}

void on_exec(gadget::Source, gadget::Event event) {
  auto bytes = args_raw.get(event, gadget::Span<uint8_t>(buffer, kArgsMax));
  uint32_t size = args_size.get(event);
  if (!bytes.ok() || size == 0) return;
  if (size > bytes->size()) size = bytes->size();
  uint32_t length = buffer[size - 1] == '\0' ? size - 1 : size;  // no NUL at the end: they were cut off there
  uint32_t count = count_arguments(size);
  bool has_list = argv.resize(event, count).ok();
  uint32_t begin = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t end = end_of(begin, size);
    if (has_list) argv.set(event, i, gadget::Text(text_at(begin), end - begin));
    if (end < size) buffer[end] = ' ';  // the same text with spaces between
    begin = end + 1;
  }
  args.set(event, gadget::Text(text_at(0), length));
}

}  // namespace

GADGET_INIT {
  gadget::Source exec = gadget::get_source("exec");
  args_raw = exec.field<gadget::Bytes>("args_raw");
  args_size = exec.field<uint32_t>("args_size");
  auto list = exec.add_list<gadget::Text>("argv", args_raw);
  auto text = exec.add_field<gadget::Text>("args", args_raw);
  if (!args_raw || !args_size || !list.ok() || !text.ok()) return gadget::fail("the event has other fields");
  argv = *list;
  args = *text;
  args_raw.remove();
  return exec.subscribe(on_exec).ok() ? 0 : 1;
}
