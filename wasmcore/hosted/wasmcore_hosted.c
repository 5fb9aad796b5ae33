// SPDX-License-Identifier: Apache-2.0
// The allocator for user space: small requests from the heap, large ones as mappings that are filled on first touch.
#define _GNU_SOURCE
#include "wasmcore_hosted.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ALIGNMENT ((size_t)16)

static void *system_alloc(void *user, size_t size)
{
	void *ptr;

	(void)user;
	if (size >= WASMCORE_SYSTEM_MAP_BYTES) {
		ptr = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		return ptr == MAP_FAILED ? NULL : ptr;
	}
	size = (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
	if (!size)
		size = ALIGNMENT;
	ptr = aligned_alloc(ALIGNMENT, size);
	if (ptr)
		memset(ptr, 0, size);
	return ptr;
}

static void system_free(void *user, void *ptr, size_t size)
{
	(void)user;
	if (!ptr)
		return;
	if (size >= WASMCORE_SYSTEM_MAP_BYTES)
		(void)munmap(ptr, size);
	else
		free(ptr);
}

struct wasmcore_allocator wasmcore_system_allocator(void)
{
	struct wasmcore_allocator allocator = { system_alloc, system_free, NULL };

	return allocator;
}
