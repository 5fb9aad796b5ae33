/* SPDX-License-Identifier: Apache-2.0 */
/* What a program in user space needs to embed wasmcore and the engine itself must not know: where memory comes from. */
#ifndef WASMCORE_HOSTED_H
#define WASMCORE_HOSTED_H

#include "wasmcore.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * An allocator over the heap and, from WASMCORE_SYSTEM_MAP_BYTES on, over private mappings of their own. A mapping
 * costs memory only where it was touched, so that the engine can ask for the largest size of whatever may grow.
 * Needs no release; any number of modules may use it, in any thread.
 */
#define WASMCORE_SYSTEM_MAP_BYTES (128u << 10)
struct wasmcore_allocator wasmcore_system_allocator(void);

#ifdef __cplusplus
}
#endif
#endif
