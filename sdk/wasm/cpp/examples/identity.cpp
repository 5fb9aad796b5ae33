// Looks at every event of the data source "open" and changes nothing: what a module costs at least.
#include <gadget/gadget.hpp>

GADGET_MODULE();

static gadget::Field<uint32_t> pid;
static uint64_t sum;

GADGET_INIT {
  gadget::Source open = gadget::get_source("open");
  pid = open.field<uint32_t>("proc.pid");
  if (!pid) return gadget::fail("open has no field proc.pid");
  gadget::Status status = open.subscribe([](gadget::Source, gadget::Event event) { sum += pid.get(event); });
  return status ? 0 : gadget::fail("open: cannot subscribe");
}

GADGET_STOP {
  gadget::log_debug("sum of the pids: ", sum);
  return 0;
}
