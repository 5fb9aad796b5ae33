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

uint32_t count_arguments(gadget::Text text) {
  uint32_t count = 0;
  for (uint32_t at = 0; at < text.size(); count++) at = text.find('\0', at) + 1;
  return count;
}

void set_list(gadget::Event event, gadget::Text text) {
  uint32_t count = count_arguments(text);
  if (!argv.resize(event, count).ok()) return;
  uint32_t begin = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t end = text.find('\0', begin);
    argv.set(event, i, text.part(begin, end - begin));
    begin = end + 1;
  }
}

void on_exec(gadget::Source, gadget::Event event) {
  auto bytes = args_raw.get(event, gadget::Span<uint8_t>(buffer, kArgsMax));
  uint32_t size = args_size.get(event);
  if (!bytes.ok() || size == 0) return;
  if (size > bytes->size()) size = bytes->size();
  auto* text = reinterpret_cast<char*>(buffer);
  set_list(event, gadget::Text(text, size));
  // The same with spaces between; the NUL at the end goes away.
  for (uint32_t at = 0; at < size; at++) {
    if (text[at] == '\0') text[at] = ' ';
  }
  args.set(event, gadget::Text(text, size - 1));
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
