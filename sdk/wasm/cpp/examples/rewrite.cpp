// Rewrites one text: paths below /home/NAME become ~NAME. Many events in one call where the host can do that,
// else one by one.
#include <gadget/gadget.hpp>

GADGET_MODULE();

static constexpr gadget::Text kHome = "/home/";

// "/home/ann/x" → "~ann/x", put together in `out`. Other paths: false.
template <uint32_t N>
static bool shorten(gadget::Text path, gadget::FixedString<N>& out) {
  if (!path.starts_with(kHome)) return false;
  out.clear();
  gadget::append(out, "~", path.part(kHome.size()));
  return true;
}

using Opens = gadget::Batch<gadget::Writable<gadget::Text>>;
enum { kName };  // the column
static Opens opens;
static gadget::BatchBuffer<65536> buffer;

static void on_batch(Opens::Rows rows) {
  for (Opens::Row row : rows) {
    gadget::Text path = row.get<kName>();
    if (!path.starts_with(kHome)) continue;
    // The new text is shorter than the old one, so it can be made in its place.
    char* start = const_cast<char*>(path.data()) + kHome.size() - 1;
    *start = '~';
    row.set<kName>(gadget::Text(start, path.size() - kHome.size() + 1));
  }
}

static gadget::Field<gadget::Text> name;

static void on_event(gadget::Source, gadget::Event event) {
  static gadget::FixedString<4096> path;
  static gadget::FixedString<4096> shorter;
  if (shorten(name.get(event, path), shorter)) name.set(event, shorter);
}

GADGET_INIT {
  gadget::Source open = gadget::get_source("open");
  name = open.field<gadget::Text>("fname");
  if (!name) return gadget::fail("open has no field fname");
  gadget::Status status = opens.subscribe(open, {"fname"}, buffer, on_batch);
  if (status.code() == gadget::Code::kUnsupported) status = open.subscribe(on_event);
  return status ? 0 : gadget::fail("open: ", gadget::Status::message());
}
