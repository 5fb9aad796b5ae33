// Reads three numbers and a text of every event and changes nothing; one call for many events.
#include <gadget/gadget.hpp>

GADGET_MODULE();

using Opens = gadget::Batch<uint32_t, uint32_t, uint32_t, gadget::Text>;
enum { kPid, kFd, kError, kName };
static Opens opens;
static gadget::BatchBuffer<65536> buffer;
static uint64_t sum;

GADGET_INIT {
  gadget::Source open = gadget::get_source("open");
  gadget::Status status =
      opens.subscribe(open, {"proc.pid", "fd", "error_raw", "fname"}, buffer, [](Opens::Rows rows) {
        uint64_t total = 0;
        for (Opens::Row row : rows) {
          total += row.get<kPid>() + row.get<kFd>() + row.get<kError>() + row.get<kName>().size();
        }
        sum += total;
      });
  return status ? 0 : gadget::fail("open: ", gadget::Status::message());
}

GADGET_STOP {
  gadget::log_debug("sum: ", sum);
  return 0;
}
