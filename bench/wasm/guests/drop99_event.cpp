// Drops 99 events of a hundred, by a number of the event and a count of its own (the events of the storm all
// have the same numbers); one call for each event.
#include <gadget/gadget.hpp>

GADGET_MODULE();

static gadget::Field<uint32_t> pid;
static uint32_t seen;

GADGET_INIT {
  gadget::Source open = gadget::get_source("open");
  pid = open.field<uint32_t>("proc.pid");
  if (!pid) return gadget::fail("open has no field proc.pid");
  gadget::Status status = open.subscribe([](gadget::Source, gadget::Event event) {
    if ((pid.get(event) + seen++) % 100 != 0) event.drop();
  });
  return status ? 0 : gadget::fail("open: cannot subscribe");
}
