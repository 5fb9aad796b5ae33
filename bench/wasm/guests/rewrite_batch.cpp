// Puts a folder in front of every file name; one call for many events.
#include <gadget/gadget.hpp>

GADGET_MODULE();

static constexpr gadget::Text kRoot = "/host";
using Opens = gadget::Batch<gadget::Writable<gadget::Text>>;
enum { kName };
static Opens opens;
static gadget::BatchBuffer<65536> buffer;
// The new texts of one call: as long as the old ones, which the buffer held, and the folder. A record of the
// buffer has at least 16 bytes besides its text.
static char texts[2 * sizeof(buffer)];

GADGET_INIT {
  gadget::Source open = gadget::get_source("open");
  gadget::Status status = opens.subscribe(open, {"fname"}, buffer, [](Opens::Rows rows) {
    char* to = texts;
    for (Opens::Row row : rows) {
      gadget::Text name = row.get<kName>();
      __builtin_memcpy(to, kRoot.data(), kRoot.size());
      __builtin_memcpy(to + kRoot.size(), name.data(), name.size());
      uint32_t size = kRoot.size() + name.size();
      row.set<kName>(gadget::Text(to, size));
      to += size;
    }
  });
  return status ? 0 : gadget::fail("open: ", gadget::Status::message());
}
