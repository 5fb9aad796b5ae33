/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Constant expressions, and the segments that begin with them (specification 3.3.10, 5.5.12, 5.5.14). */
#include "wc_translate.h"

bool wc_pool_array(struct wc_load *l, size_t n, size_t size, void *out)
{
	void *p = n < SIZE_MAX / 64 / (size + 1) ? wc_pool_alloc(&l->m->pool, n * size + 1) : NULL;

	if (!p)
		return wc_fail(l, WASMCORE_E_NOMEM, "no memory for the module");
	memcpy(out, &p, sizeof(p));
	return true;
}

/* ---- constant expressions ---- */

bool wc_declare_function(struct wc_load *l, u32 index)
{
	if (index >= l->m->nfunctions)
		return wc_invalid(l, "unknown function");
	if (!l->declared) {
		size_t bytes = l->m->nfunctions / 8 + 1;

		l->declared = l->m->allocator.alloc(l->m->allocator.user, bytes);
		if (!l->declared)
			return wc_fail(l, WASMCORE_E_NOMEM, "no memory for the module");
	}
	l->declared[index / 8] |= (u8)(1u << (index % 8));
	return true;
}

static bool read_const_global(struct wc_load *l, struct wc_const *out)
{
	if (!wc_read_u32(l, &out->index))
		return false;
	if (out->index >= l->m->nimported_globals)
		return wc_invalid(l, "unknown global");	/* only imported ones come first (3.3.10) */
	if (l->m->globals[out->index].is_mutable)
		return wc_invalid(l, "constant expression required");
	out->kind = WC_CONST_GLOBAL;
	out->type = l->m->globals[out->index].type;
	return true;
}

static bool read_const_simd(struct wc_load *l, struct wc_const *out)
{
	const u8 *bytes;
	u32 op;

	if (!wc_read_u32(l, &op))
		return false;
	if (op != 12)
		return wc_invalid(l, "constant expression required");
	if (!wc_use_simd(l) || !wc_read_bytes(l, 16, &bytes))
		return false;
	memcpy(out->value, bytes, 16);
	out->type = WASMCORE_V128;
	return true;
}

static bool read_const_instruction(struct wc_load *l, u8 op, struct wc_const *out)
{
	const u8 *bytes;
	u32 v;

	switch (op) {
	case 0x41:
		out->type = WASMCORE_I32;
		if (!wc_read_s32(l, &v))
			return false;
		out->value[0] = v;
		return true;
	case 0x42:
		out->type = WASMCORE_I64;
		return wc_read_s64(l, &out->value[0]);
	case 0x43:
		out->type = WASMCORE_F32;
		if (!wc_use_floats(l) || !wc_read_bytes(l, 4, &bytes))
			return false;
		memcpy(out->value, bytes, 4);
		return true;
	case 0x44:
		out->type = WASMCORE_F64;
		if (!wc_use_floats(l) || !wc_read_bytes(l, 8, &bytes))
			return false;
		memcpy(out->value, bytes, 8);
		return true;
	case 0x23:
		return read_const_global(l, out);
	case 0xd0:
		return wc_read_ref_type(l, &out->type);
	case 0xd2:
		out->kind = WC_CONST_FUNCTION;
		out->type = WASMCORE_FUNCREF;
		return wc_read_u32(l, &out->index) && wc_declare_function(l, out->index);
	case 0xfd:
		return read_const_simd(l, out);
	default:
		if (!wc_is_opcode(op))
			return wc_fail(l, WASMCORE_E_MALFORMED, "illegal opcode");
		return wc_invalid(l, "constant expression required");
	}
}

bool wc_read_const(struct wc_load *l, u8 type, struct wc_const *out)
{
	u32 n = 0;
	u8 op;

	memset(out, 0, sizeof(*out));
	for (;;) {
		if (!wc_read_u8(l, &op))
			return false;
		if (op == 0x0b)
			break;
		if (!read_const_instruction(l, op, out))
			return false;
		n++;
	}
	if (n != 1 || out->type != type)
		return wc_invalid(l, "type mismatch");
	return true;
}

/* ---- segments ---- */

static bool read_element_items(struct wc_load *l, struct wc_element *e, bool expressions)
{
	u32 i;

	if (!wc_read_count(l, l->m->limits.table_size, "elements in a segment", &e->count) ||
	    !wc_pool_array(l, e->count, sizeof(*e->items), &e->items))
		return false;
	for (i = 0; i < e->count; i++) {
		struct wc_const item;

		if (!expressions) {
			if (!wc_read_u32(l, &e->items[i]) || !wc_declare_function(l, e->items[i]))
				return false;
			continue;
		}
		if (!wc_read_const(l, e->type, &item))
			return false;
		e->items[i] = item.kind == WC_CONST_GLOBAL ? item.index | WC_ITEM_GLOBAL :
			      item.kind == WC_CONST_FUNCTION ? item.index : WC_NONE;
	}
	return true;
}

/* The flags of an element segment (5.5.12). */
#define ELEMENT_NOT_ACTIVE 1u
#define ELEMENT_EXPLICIT 2u		/* table index, or for not active ones: declarative */
#define ELEMENT_EXPRESSIONS 4u

static bool read_element(struct wc_load *l, struct wc_element *e)
{
	u32 flags;
	u8 kind;

	if (!wc_read_u32(l, &flags))
		return false;
	if (flags > 7)
		return wc_fail(l, WASMCORE_E_MALFORMED, "malformed elements segment kind");
	e->type = WASMCORE_FUNCREF;
	if (flags & ELEMENT_NOT_ACTIVE) {
		e->mode = flags & ELEMENT_EXPLICIT ? WC_DECLARATIVE : WC_PASSIVE;
	} else {
		e->mode = WC_ACTIVE;
		if (flags & ELEMENT_EXPLICIT && !wc_read_u32(l, &e->table))
			return false;
		if (e->table >= l->m->ntables)
			return wc_invalid(l, "unknown table");
		if (!wc_read_const(l, WASMCORE_I32, &e->offset))
			return false;
	}
	if (flags & (ELEMENT_NOT_ACTIVE | ELEMENT_EXPLICIT)) {
		if (flags & ELEMENT_EXPRESSIONS) {
			if (!wc_read_ref_type(l, &e->type))
				return false;
		} else {
			if (!wc_read_u8(l, &kind))
				return false;
			if (kind)
				return wc_fail(l, WASMCORE_E_MALFORMED, "malformed element kind");
		}
	}
	if (e->mode == WC_ACTIVE && l->m->tables[e->table].type != e->type)
		return wc_invalid(l, "type mismatch");
	return read_element_items(l, e, flags & ELEMENT_EXPRESSIONS);
}

bool wc_read_element_section(struct wc_load *l)
{
	struct wasmcore_module *m = l->m;
	u32 i;

	if (!wc_read_count(l, m->limits.segments, "element segments", &m->nelements) ||
	    !wc_pool_array(l, m->nelements, sizeof(*m->elements), &m->elements))
		return false;
	for (i = 0; i < m->nelements; i++)
		if (!read_element(l, &m->elements[i]))
			return false;
	return true;
}

static bool read_data(struct wc_load *l, struct wc_data *d)
{
	const u8 *bytes;
	u32 flags, memory = 0;

	if (!wc_read_u32(l, &flags))
		return false;
	if (flags > 2)
		return wc_fail(l, WASMCORE_E_MALFORMED, "malformed data segment kind");
	d->mode = flags == 1 ? WC_PASSIVE : WC_ACTIVE;
	if (d->mode == WC_ACTIVE) {
		if (flags == 2 && !wc_read_u32(l, &memory))
			return false;
		if (memory >= l->m->nmemories)
			return wc_invalid(l, "unknown memory");
		if (!wc_read_const(l, WASMCORE_I32, &d->offset))
			return false;
	}
	if (!wc_read_u32(l, &d->size))
		return false;
	d->start = wc_offset(l);
	return wc_read_bytes(l, d->size, &bytes);
}

bool wc_read_data_section(struct wc_load *l)
{
	struct wasmcore_module *m = l->m;
	u32 i;

	if (!wc_read_count(l, m->limits.segments, "data segments", &m->ndatas) ||
	    !wc_pool_array(l, m->ndatas, sizeof(*m->datas), &m->datas))
		return false;
	if (l->data_count != WC_NONE && l->data_count != m->ndatas)
		return wc_fail(l, WASMCORE_E_MALFORMED, "data count and data section have inconsistent lengths");
	for (i = 0; i < m->ndatas; i++)
		if (!read_data(l, &m->datas[i]))
			return false;
	return true;
}
