// Any bytes as the table of functions of a Go program: all of it is read, and asked for.
#include <cstddef>
#include <cstdint>

#include "sys/go_symbols.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  gadgetry::sys::GoSymbols::text_field({data, size});
  auto symbols = gadgetry::sys::GoSymbols::open({data, size}, 0x401000);
  if (!symbols.ok()) return 0;
  symbols->find("main.main");
  for (uint64_t address : {uint64_t{0}, uint64_t{0x401000}, UINT64_MAX}) symbols->has(address);
  return 0;
}
