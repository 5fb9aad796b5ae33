/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Instructions on whole ranges of memories and tables (4.4.6, 4.4.7). Ranges are checked here, before anything is
 * written; instantiation copies its segments through the same functions.
 */
#include "wc_internal.h"

static bool in_range(u64 start, u64 n, u64 size)
{
	return start + n <= size;	/* 32-bit numbers: no overflow */
}

u32 wc_memory_grow(struct wc_memory *m, u32 pages)
{
	u32 before = m->pages;

	if (pages > m->max_pages - m->pages)
		return UINT32_MAX;
	m->pages += pages;		/* reserved, and zero, since instantiation */
	m->size = (u64)m->pages * WASMCORE_PAGE_SIZE;
	if (m->pages > m->peak_pages)
		m->peak_pages = m->pages;
	return before;
}

u32 wc_table_grow(struct wc_table *t, u32 n, u64 ref)
{
	u32 before = t->size, i;

	if (n > t->max - t->size)
		return UINT32_MAX;
	for (i = 0; i < n; i++)
		t->items[before + i] = ref;
	t->size += n;
	return before;
}

bool wc_memory_init(struct wasmcore_instance *i, u32 data, u32 to, u32 from, u32 n)
{
	const struct wc_data *d = &i->module->datas[data];
	u32 size = i->dropped_datas[data] ? 0 : d->size;

	if (!in_range(from, n, size) || !in_range(to, n, i->memory->size))
		return false;
	if (n)
		memcpy(i->memory->base + to, i->module->bytes + d->start + from, n);
	return true;
}

bool wc_memory_copy(const struct wc_memory *m, u32 to, u32 from, u32 n)
{
	if (!in_range(from, n, m->size) || !in_range(to, n, m->size))
		return false;
	if (n)
		memmove(m->base + to, m->base + from, n);
	return true;
}

bool wc_memory_fill(const struct wc_memory *m, u32 to, u8 byte, u32 n)
{
	if (!in_range(to, n, m->size))
		return false;
	if (n)
		memset(m->base + to, byte, n);
	return true;
}

static u64 element_item(const struct wasmcore_instance *i, u32 item)
{
	if (item == WC_NONE)
		return 0;
	if (item & WC_ITEM_GLOBAL)
		return *i->globals[item & ~WC_ITEM_GLOBAL];
	return (u64)(uintptr_t)i->functions[item];
}

bool wc_table_init(struct wasmcore_instance *i, u32 table, u32 element, u32 to, u32 from, u32 n)
{
	const struct wc_element *e = &i->module->elements[element];
	struct wc_table *t = i->tables[table];
	u32 size = i->dropped_elements[element] ? 0 : e->count, k;

	if (!in_range(from, n, size) || !in_range(to, n, t->size))
		return false;
	for (k = 0; k < n; k++)
		t->items[to + k] = element_item(i, e->items[from + k]);
	return true;
}

bool wc_table_copy(struct wc_table *to_table, const struct wc_table *from_table, u32 to, u32 from, u32 n)
{
	if (!in_range(from, n, from_table->size) || !in_range(to, n, to_table->size))
		return false;
	if (n)
		memmove(to_table->items + to, from_table->items + from, n * sizeof(u64));
	return true;
}

bool wc_table_fill(struct wc_table *t, u32 to, u64 ref, u32 n)
{
	u32 i;

	if (!in_range(to, n, t->size))
		return false;
	for (i = 0; i < n; i++)
		t->items[to + i] = ref;
	return true;
}
