// A filter: shows one event in a hundred of each process. The parameter "every" of params.wasm says another
// number.
#include <gadget/gadget.hpp>

GADGET_MODULE();

using Opens = gadget::Batch<uint32_t>;
enum { kPid };  // the column
static Opens opens;
static gadget::BatchBuffer<32768> buffer;
static uint32_t every;
static uint32_t seen[4096];  // by pid; processes whose pids share a place share a count

GADGET_INIT {
  every = static_cast<uint32_t>(gadget::param_number("every", 100));
  if (every == 0) return gadget::fail("every: 0 makes no sense; give 1 or more");
  gadget::Source open = gadget::get_source("open");
  gadget::Status status = opens.subscribe(
      open, {"proc.pid"}, buffer,
      [](Opens::Rows rows) {
        for (Opens::Row row : rows) {
          uint32_t& count = seen[row.get<kPid>() % 4096];
          if (count++ % every != 0) row.drop();
        }
      },
      gadget::kBeforeFilter);
  return status ? 0 : gadget::fail("open: ", gadget::Status::message());
}
