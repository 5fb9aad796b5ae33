/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Memory of the host: pools, growing buffers, the arena; and sorting, which needs none. */
#include "wc_internal.h"

struct wc_chunk {
	struct wc_chunk *next;
	size_t size;			/* with this header */
};

#define WC_CHUNK_HEADER 16u

static size_t chunk_size(const struct wc_pool *pool, size_t size)
{
	size_t usual = pool->total / 2;

	if (usual < 4096)
		usual = 4096;
	if (usual > (256u << 10))
		usual = 256u << 10;
	return size + WC_CHUNK_HEADER > usual ? size + WC_CHUNK_HEADER : usual;
}

void *wc_pool_alloc(struct wc_pool *pool, size_t size)
{
	u8 *block;

	_Static_assert(sizeof(struct wc_chunk) <= WC_CHUNK_HEADER, "the header holds a chunk");
	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + 7) & ~(size_t)7;
	if (!pool->chunks || pool->size - pool->used < size) {
		size_t want = chunk_size(pool, size);
		struct wc_chunk *chunk = pool->allocator.alloc(pool->allocator.user, want);

		if (!chunk)
			return NULL;
		chunk->next = pool->chunks;
		chunk->size = want;
		pool->chunks = chunk;
		pool->used = WC_CHUNK_HEADER;
		pool->size = want;
		pool->total += want;
	}
	block = (u8 *)pool->chunks + pool->used;
	pool->used += size;
	return block;
}

void wc_pool_free(struct wc_pool *pool)
{
	while (pool->chunks) {
		struct wc_chunk *chunk = pool->chunks;

		pool->chunks = chunk->next;
		pool->allocator.free(pool->allocator.user, chunk, chunk->size);
	}
	pool->used = pool->size = pool->total = 0;
}

bool wc_buffer_reserve(const struct wasmcore_allocator *a, struct wc_buffer *b, size_t size)
{
	size_t want = b->size < 512 ? 1024 : b->size * 2;
	void *data;

	if (size <= b->size)
		return true;
	if (want < size)
		want = size;
	data = a->alloc(a->user, want);
	if (!data)
		return false;
	if (b->data) {
		memcpy(data, b->data, b->size);
		a->free(a->user, b->data, b->size);
	}
	b->data = data;
	b->size = want;
	return true;
}

void wc_buffer_free(const struct wasmcore_allocator *a, struct wc_buffer *b)
{
	if (b->data)
		a->free(a->user, b->data, b->size);
	b->data = NULL;
	b->size = 0;
}

static void sift_down(u32 *v, size_t at, size_t n, bool (*less)(u32, u32, const void *), const void *user)
{
	for (;;) {
		size_t child = 2 * at + 1;
		u32 t;

		if (child >= n)
			return;
		if (child + 1 < n && less(v[child], v[child + 1], user))
			child++;
		if (!less(v[at], v[child], user))
			return;
		t = v[at];
		v[at] = v[child];
		v[child] = t;
		at = child;
	}
}

void wc_sort(u32 *v, size_t n, bool (*less)(u32 a, u32 b, const void *user), const void *user)
{
	size_t i;

	for (i = n / 2; i-- > 0;)
		sift_down(v, i, n, less, user);
	for (i = n; i-- > 1;) {
		u32 t = v[0];

		v[0] = v[i];
		v[i] = t;
		sift_down(v, 0, i, less, user);
	}
}

static void *arena_alloc(void *user, size_t size)
{
	struct wasmcore_arena *arena = user;
	size_t start = (arena->used + 15) & ~(size_t)15;
	size_t misaligned = ((uintptr_t)arena->base + start) & 15;

	if (misaligned)
		start += 16 - misaligned;
	if (start > arena->size || size > arena->size - start)
		return NULL;
	arena->used = start + size;
	return memset(arena->base + start, 0, size);
}

static void arena_free(void *user, void *ptr, size_t size)
{
	struct wasmcore_arena *arena = user;
	size_t start = (size_t)((u8 *)ptr - arena->base);

	if (start + size == arena->used)
		arena->used = start;
}

struct wasmcore_allocator wasmcore_arena_allocator(struct wasmcore_arena *arena)
{
	struct wasmcore_allocator a = { arena_alloc, arena_free, arena };

	return a;
}
