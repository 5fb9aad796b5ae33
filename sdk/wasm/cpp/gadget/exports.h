// What a module offers to its host, in C and in C++.
#ifndef GADGET_EXPORTS_H
#define GADGET_EXPORTS_H

#include <stdint.h>

#ifdef __cplusplus
#define GADGET_EXTERN_C extern "C"
#define GADGET_STATIC_ASSERT static_assert
#else
#define GADGET_EXTERN_C
#define GADGET_STATIC_ASSERT _Static_assert
#endif

// A function of this name that the host calls.
#define GADGET_EXPORT(name) GADGET_EXTERN_C __attribute__((export_name(#name)))

// Once in a module, in one of its files: that it speaks version 1 of the interface, and its constructors of global variables.
#define GADGET_MODULE()                                                                        \
  GADGET_EXTERN_C void __wasm_call_ctors(void);                                                \
  GADGET_EXPORT(_initialize) __attribute__((weak)) void _initialize(void) { __wasm_call_ctors(); } \
  GADGET_EXPORT(gadgetAPIVersion) uint64_t gadgetAPIVersion(void) { return 1; }                \
  GADGET_STATIC_ASSERT(sizeof(void *) == 4, "modules of gadgets are built for wasm32")

// The functions of the lifecycle. What stands behind is their body and returns 0, or anything else to say that the gadget
// cannot run:
//
//   GADGET_INIT {
//     return 0;
//   }
//
// INIT: the data sources of the eBPF object are there; make your own, add fields, subscribe. PRE_START: the eBPF object is
// about to be loaded. START: it is loaded and attached, there are maps. STOP: nothing more comes. POST_STOP: the end.
#define GADGET_LIFECYCLE(name)                 \
  GADGET_EXPORT(name) int32_t name(void);      \
  GADGET_EXPORT(name) int32_t name(void)
#define GADGET_INIT GADGET_LIFECYCLE(gadgetInit)
#define GADGET_PRE_START GADGET_LIFECYCLE(gadgetPreStart)
#define GADGET_START GADGET_LIFECYCLE(gadgetStart)
#define GADGET_STOP GADGET_LIFECYCLE(gadgetStop)
#define GADGET_POST_STOP GADGET_LIFECYCLE(gadgetPostStop)

#endif  // GADGET_EXPORTS_H
