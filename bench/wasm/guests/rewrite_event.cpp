// Puts a folder in front of every file name; one call for each event.
#include <gadget/gadget.hpp>

GADGET_MODULE();

static constexpr gadget::Text kRoot = "/host";
static gadget::Field<gadget::Text> fname;

static void on_open(gadget::Source, gadget::Event event) {
  static gadget::FixedString<512> name;
  static gadget::FixedString<512> longer;
  fname.get(event, name);
  longer.clear();
  longer.append(kRoot);
  longer.append(name);
  fname.set(event, longer);
}

GADGET_INIT {
  gadget::Source open = gadget::get_source("open");
  fname = open.field<gadget::Text>("fname");
  if (!fname) return gadget::fail("open has no field fname");
  return open.subscribe(on_open) ? 0 : gadget::fail("open: cannot subscribe");
}
