// What compilers call on their own: copies, fills and comparisons of memory. Weak, so that a C library's come first, and gone
// when nothing calls them. With -mbulk-memory the first three are one instruction each.
#ifndef GADGET_MEMORY_H
#define GADGET_MEMORY_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GADGET_WEAK(name) __attribute__((weak, no_builtin(name)))

#ifdef __wasm_bulk_memory__

GADGET_WEAK("memcpy") void *memcpy(void *__restrict to, const void *__restrict from, size_t size) {
  return __builtin_memcpy(to, from, size);
}

GADGET_WEAK("memmove") void *memmove(void *to, const void *from, size_t size) {
  return __builtin_memmove(to, from, size);
}

GADGET_WEAK("memset") void *memset(void *to, int value, size_t size) { return __builtin_memset(to, value, size); }

#else

GADGET_WEAK("memcpy") void *memcpy(void *__restrict to, const void *__restrict from, size_t size) {
  char *target = (char *)to;
  const char *source = (const char *)from;
  for (size_t i = 0; i < size; i++) target[i] = source[i];
  return to;
}

GADGET_WEAK("memmove") void *memmove(void *to, const void *from, size_t size) {
  char *target = (char *)to;
  const char *source = (const char *)from;
  if (target <= source) {
    for (size_t i = 0; i < size; i++) target[i] = source[i];
  } else {
    for (size_t i = size; i > 0; i--) target[i - 1] = source[i - 1];
  }
  return to;
}

GADGET_WEAK("memset") void *memset(void *to, int value, size_t size) {
  char *target = (char *)to;
  for (size_t i = 0; i < size; i++) target[i] = (char)value;
  return to;
}

#endif

GADGET_WEAK("memcmp") int memcmp(const void *a, const void *b, size_t size) {
  const unsigned char *left = (const unsigned char *)a;
  const unsigned char *right = (const unsigned char *)b;
  for (size_t i = 0; i < size; i++) {
    if (left[i] != right[i]) return left[i] < right[i] ? -1 : 1;
  }
  return 0;
}

GADGET_WEAK("strlen") size_t strlen(const char *text) {
  size_t size = 0;
  while (text[size] != 0) size++;
  return size;
}

#undef GADGET_WEAK

#ifdef __cplusplus
}
#endif

#endif  // GADGET_MEMORY_H
