// Any bytes as an ELF file: parsed and asked for a few addresses.
#include <cstddef>
#include <cstdint>

#include "sys/elf_symbols.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto symbols = gadgetry::sys::ElfSymbols::open_memory({data, size});
  if (!symbols.ok()) return 0;
  for (uint64_t address : {uint64_t{0}, uint64_t{0x1000}, uint64_t{0x401204}, UINT64_MAX}) {
    (*symbols)->lookup_address(address);
    (*symbols)->lookup_offset(address);
  }
  return 0;
}
