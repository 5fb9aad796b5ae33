// What modules of gadgets are written with in C.
//
//   #include <gadget/gadget.h>
//
//   GADGET_MODULE();
//
//   GADGET_INIT {
//     gadget_print(GADGET_LOG_INFO, GADGET_STRING("hello"));
//     return 0;
//   }
//
// clang --target=wasm32-unknown-unknown -mbulk-memory -Os -nostdlib -Wl,--no-entry -Wl,--strip-all -I sdk/wasm/cpp
//   program.c -o program.wasm
//
// calls.h has all functions of the host, exports.h the functions of the lifecycle. Modules that subscribe define, besides:
//
//   GADGET_EXPORT(dataSourceCallback) void callback(uint64_t callback, uint32_t source, uint32_t data) { ... }
//   GADGET_EXPORT(gadgetBatch) void batch(uint64_t callback, uint32_t source, uint32_t records, uint32_t count) { ... }
//   GADGET_EXPORT(gadgetOutput) void output(uint64_t callback, uint32_t source, uint32_t data, uint32_t end) { ... }
//   GADGET_EXPORT(gadgetTimer) void timer(uint64_t callback) { ... }
#ifndef GADGET_GADGET_H
#define GADGET_GADGET_H

#include <stddef.h>
#include <stdint.h>

#include "calls.h"
#include "exports.h"
#include "memory.h"

enum gadget_level {
  GADGET_LOG_ERROR = 0,
  GADGET_LOG_WARNING = 1,
  GADGET_LOG_INFO = 2,
  GADGET_LOG_DEBUG = 3,
  GADGET_LOG_TRACE = 4,
};

enum gadget_source_type {
  GADGET_SOURCE_SINGLE = 1,
  GADGET_SOURCE_ARRAY = 2,
};

enum gadget_subscription {
  GADGET_EACH_EVENT = 1,  // or row
  GADGET_EACH_ARRAY = 2,
  GADGET_EACH_PACKET = 3,
};

// What a field holds.
enum gadget_kind {
  GADGET_KIND_BOOL = 1,
  GADGET_KIND_INT8 = 2,
  GADGET_KIND_INT16 = 3,
  GADGET_KIND_INT32 = 4,
  GADGET_KIND_INT64 = 5,
  GADGET_KIND_UINT8 = 6,
  GADGET_KIND_UINT16 = 7,
  GADGET_KIND_UINT32 = 8,
  GADGET_KIND_UINT64 = 9,
  GADGET_KIND_FLOAT32 = 10,
  GADGET_KIND_FLOAT64 = 11,
  GADGET_KIND_STRING = 12,
  GADGET_KIND_CSTRING = 13,
  GADGET_KIND_BYTES = 14,
};

// A literal.
#define GADGET_STRING(literal) (gadget_text((literal), sizeof(literal) - 1))

static inline gadget_string gadget_text(const char *data, size_t size) {
  gadget_string text;
  text.data = data;
  text.size = (uint32_t)size;
  return text;
}

// Logs a message, if messages of its level are shown.
static inline void gadget_print(uint32_t level, gadget_string message) {
  if (gadget_should_log(level)) gadget_log(level, message);
}

// The value of a number of up to 64 bits; signed kinds are sign-extended, floats their bits. 0 on an error.
static inline uint64_t gadget_get_number(uint32_t field, uint32_t data, uint32_t kind) {
  uint32_t error = 0;
  uint64_t value = gadget_field_get_scalar(field, data, kind, (uint32_t)(uintptr_t)&error);
  return error ? 0 : value;
}

// Copies the text of a field to `buffer`, which must have room for all of the field, and gives it up to its first NUL.
static inline gadget_string gadget_get_text(uint32_t field, uint32_t data, char *buffer, uint32_t size) {
  int32_t got = gadget_field_get_buffer(field, data, GADGET_KIND_BYTES, buffer, size);
  uint32_t length = 0;
  while (got > 0 && length < (uint32_t)got && buffer[length] != 0) length++;
  return gadget_text(buffer, length);
}

// Sets the text of a field; the host copies it. 0 done, 1 failed.
static inline uint32_t gadget_set_text(uint32_t field, uint32_t data, gadget_string text) {
  return gadget_field_set(field, data, GADGET_KIND_STRING, gadget_ref(text.data, text.size));
}

#endif  // GADGET_GADGET_H
