// Makes a data source of its own: once a second, how many events of "open" there were and who opened most.
#include <gadget/gadget.hpp>

GADGET_MODULE();

static gadget::Source rates;
static gadget::Field<uint64_t> opens;
static gadget::Field<gadget::Text> busiest;
static gadget::Field<gadget::Text> comm;

static uint64_t count;
static gadget::FixedString<16> candidate;
static uint32_t votes;

// The most frequent name, if one has more than half of the events: a majority vote needs no table.
static void on_open(gadget::Source, gadget::Event event) {
  static gadget::FixedString<16> name;
  comm.get(event, name);
  count++;
  if (votes == 0) candidate = name;
  votes = candidate.text() == name.text() ? votes + 1 : votes - 1;
}

static void on_second() {
  gadget::Event event = rates.new_event();
  if (!event) return;
  opens.set(event, count);
  busiest.set(event, candidate);
  rates.emit(event);
  count = 0;
  votes = 0;
}

GADGET_INIT {
  gadget::Source open = gadget::get_source("open");
  comm = open.field<gadget::Text>("proc.comm");
  if (!comm) return gadget::fail("open has no field proc.comm");
  rates = gadget::new_source("rates", gadget::SourceType::kSingle);
  opens = rates.add_field<uint64_t>("opens");
  busiest = rates.add_field<gadget::Text>("busiest");
  open.unreference();  // only the sums are shown
  if (!open.subscribe(on_open)) return gadget::fail("open: cannot subscribe");
  gadget::Result<gadget::Timer> timer = gadget::Timer::every(1'000'000'000, on_second);
  return timer ? 0 : gadget::fail("timer: ", gadget::Status::message());
}
