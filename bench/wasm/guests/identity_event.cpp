// Reads three numbers and a text of every event and changes nothing; one call for each event.
#include <gadget/gadget.hpp>

GADGET_MODULE();

static gadget::Field<uint32_t> pid;
static gadget::Field<uint32_t> fd;
static gadget::Field<uint32_t> error;
static gadget::Field<gadget::Text> fname;
static uint64_t sum;

static void on_open(gadget::Source, gadget::Event event) {
  static gadget::FixedString<512> name;
  fname.get(event, name);
  sum += pid.get(event) + fd.get(event) + error.get(event) + name.size();
}

GADGET_INIT {
  gadget::Source open = gadget::get_source("open");
  pid = open.field<uint32_t>("proc.pid");
  fd = open.field<uint32_t>("fd");
  error = open.field<uint32_t>("error_raw");
  fname = open.field<gadget::Text>("fname");
  if (!pid || !fd || !error || !fname) return gadget::fail("open lacks a field");
  return open.subscribe(on_open) ? 0 : gadget::fail("open: cannot subscribe");
}

GADGET_STOP {
  gadget::log_debug("sum: ", sum);
  return 0;
}
