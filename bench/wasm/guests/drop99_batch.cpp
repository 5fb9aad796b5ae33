// Drops 99 events of a hundred, by a number of the event and a count of its own (the events of the storm all
// have the same numbers); one call for many events.
#include <gadget/gadget.hpp>

GADGET_MODULE();

using Opens = gadget::Batch<uint32_t>;
enum { kPid };
static Opens opens;
static gadget::BatchBuffer<16384> buffer;
static uint32_t seen;

GADGET_INIT {
  gadget::Source open = gadget::get_source("open");
  gadget::Status status = opens.subscribe(open, {"proc.pid"}, buffer, [](Opens::Rows rows) {
    uint32_t number = seen;
    for (Opens::Row row : rows) {
      if ((row.get<kPid>() + number++) % 100 != 0) row.drop();
    }
    seen = number;
  });
  return status ? 0 : gadget::fail("open: ", gadget::Status::message());
}
