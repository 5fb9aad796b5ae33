/* In C: logs the command of each event of the data source "open", and puts "(init)" in place of that of process 1. */
#include <gadget/gadget.h>

GADGET_MODULE();

static uint32_t comm, pid;

GADGET_INIT {
  uint32_t open = gadget_get_data_source(GADGET_STRING("open"));
  comm = gadget_data_source_get_field(open, GADGET_STRING("proc.comm"));
  pid = gadget_data_source_get_field(open, GADGET_STRING("proc.pid"));
  if (!comm || !pid) {
    gadget_print(GADGET_LOG_ERROR, GADGET_STRING("open has no field proc.comm or proc.pid"));
    return 1;
  }
  return (int32_t)gadget_data_source_subscribe(open, GADGET_EACH_EVENT, 0, 0);
}

GADGET_EXPORT(dataSourceCallback) void on_event(uint64_t callback, uint32_t source, uint32_t event) {
  char buffer[16];
  gadget_string name = gadget_get_text(comm, event, buffer, sizeof(buffer));
  (void)callback;
  (void)source;
  gadget_print(GADGET_LOG_DEBUG, name);
  if (gadget_get_number(pid, event, GADGET_KIND_UINT32) == 1) gadget_set_text(comm, event, GADGET_STRING("(init)"));
}
