/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* The sections of a module (specification 5.5) and what validation says of them (3.4). Bodies: wc_body.c. */
#include "wc_translate.h"

enum {
	SECTION_CUSTOM, SECTION_TYPE, SECTION_IMPORT, SECTION_FUNCTION, SECTION_TABLE, SECTION_MEMORY, SECTION_GLOBAL,
	SECTION_EXPORT, SECTION_START, SECTION_ELEMENT, SECTION_CODE, SECTION_DATA, SECTION_DATA_COUNT, SECTION_COUNT
};

/* ---- types ---- */

static bool read_types_of(struct wc_load *l, u8 *types, u32 n, u16 *slots)
{
	u32 i;

	*slots = 0;
	for (i = 0; i < n; i++) {
		if (!wc_read_value_type(l, &types[i]))
			return false;
		*slots = (u16)(*slots + wc_type_slots(types[i]));
	}
	return true;
}

static bool read_type(struct wc_load *l, struct wc_type *t)
{
	const u8 *start;
	u8 form, *types;
	u32 nparams, nresults;

	if (!wc_read_u8(l, &form))
		return false;
	if (form != 0x60)
		return wc_fail(l, WASMCORE_E_MALFORMED, "malformed function type");
	if (!wc_read_count(l, l->m->limits.params, "parameters", &nparams))
		return false;
	start = l->pos;
	l->pos += nparams;
	if (!wc_read_count(l, l->m->limits.params, "results", &nresults))
		return false;
	if (!wc_pool_array(l, nparams + nresults, 1, &types))
		return false;
	t->types = types;
	t->nparams = (u16)nparams;
	t->nresults = (u16)nresults;
	{
		const u8 *results = l->pos;

		l->pos = start;
		if (!read_types_of(l, types, nparams, &t->param_slots))
			return false;
		l->pos = results;
	}
	return read_types_of(l, types + nparams, nresults, &t->result_slots);
}

static int compare_types(const struct wc_type *a, const struct wc_type *b)
{
	if (a->nparams != b->nparams)
		return a->nparams < b->nparams ? -1 : 1;
	if (a->nresults != b->nresults)
		return a->nresults < b->nresults ? -1 : 1;
	return memcmp(a->types, b->types, (size_t)a->nparams + a->nresults);
}

static bool type_less(u32 a, u32 b, const void *user)
{
	const struct wc_type *types = user;
	int order = compare_types(&types[a], &types[b]);

	return order < 0 || (order == 0 && a < b);
}

static bool read_type_section(struct wc_load *l)
{
	struct wasmcore_module *m = l->m;
	struct wc_buffer order = { 0 };
	u32 i, *v;

	if (!wc_read_count(l, m->limits.types, "types", &m->ntypes) ||
	    !wc_pool_array(l, m->ntypes, sizeof(*m->types), &m->types))
		return false;
	for (i = 0; i < m->ntypes; i++)
		if (!read_type(l, &m->types[i]))
			return false;

	if (!wc_buffer_reserve(&m->allocator, &order, m->ntypes * sizeof(u32) + 1))
		return wc_fail(l, WASMCORE_E_NOMEM, "no memory for the module");
	v = order.data;
	for (i = 0; i < m->ntypes; i++)
		v[i] = i;
	wc_sort(v, m->ntypes, type_less, m->types);
	for (i = 0; i < m->ntypes; i++) {
		struct wc_type *t = &m->types[v[i]];

		t->canonical = i && !compare_types(t, &m->types[v[i - 1]]) ? m->types[v[i - 1]].canonical : v[i];
	}
	wc_buffer_free(&m->allocator, &order);
	return true;
}

static bool read_type_index(struct wc_load *l, u32 *out)
{
	if (!wc_read_u32(l, out))
		return false;
	return *out < l->m->ntypes || wc_invalid(l, "unknown type");
}

/* ---- limits, tables, memories, globals ---- */

static bool read_limits(struct wc_load *l, u32 *min, u32 *max, bool *has_max)
{
	u8 flag;

	*max = WC_NONE;
	*has_max = false;
	if (!wc_read_u8(l, &flag))
		return false;
	if (flag > 1)
		return wc_fail(l, WASMCORE_E_MALFORMED, flag & 0x80 ? "integer representation too long" : "integer too large");
	*has_max = flag;
	return wc_read_u32(l, min) && (!flag || wc_read_u32(l, max));
}

static bool read_table_type(struct wc_load *l, struct wc_table_type *t)
{
	bool has_max;

	if (!wc_read_ref_type(l, &t->type) || !read_limits(l, &t->min, &t->max, &has_max))
		return false;
	if (has_max && t->max == WC_NONE)
		t->max--;			/* as good: no table can be that large */
	if (t->min > t->max)
		return wc_invalid(l, "size minimum must not be greater than maximum");
	return true;
}

static bool check_table_size(struct wc_load *l, const struct wc_table_type *t)
{
	return t->min <= l->m->limits.table_size ||
	       wc_fail_limit(l, "elements in a table", t->min, l->m->limits.table_size);
}

static bool read_memory_type(struct wc_load *l)
{
	struct wasmcore_module *m = l->m;
	bool has_max;

	if (!read_limits(l, &m->memory_min, &m->memory_max, &has_max))
		return false;
	if (m->memory_min > WASMCORE_MAX_MEMORY_PAGES || (has_max && m->memory_max > WASMCORE_MAX_MEMORY_PAGES))
		return wc_invalid(l, "memory size must be at most 65536 pages (4GiB)");
	if (m->memory_min > m->memory_max)
		return wc_invalid(l, "size minimum must not be greater than maximum");
	if (++m->nmemories > 1)
		return wc_invalid(l, "multiple memories");
	if (m->memory_min > m->limits.memory_pages)
		return wc_fail_limit(l, "pages of memory", m->memory_min, m->limits.memory_pages);
	return true;
}

static bool read_global_type(struct wc_load *l, struct wc_global_type *g)
{
	u8 flag;

	if (!wc_read_value_type(l, &g->type) || !wc_read_u8(l, &flag))
		return false;
	if (flag > 1)
		return wc_fail(l, WASMCORE_E_MALFORMED, "malformed mutability");
	g->is_mutable = flag;
	return true;
}

/* ---- imports ---- */

struct import_counts {
	u32 functions, tables, globals;
};

/* Two passes: the first counts the kinds so that the index spaces can be laid out. */
static bool read_import(struct wc_load *l, struct wc_import *import, struct import_counts *n, bool second)
{
	struct wasmcore_module *m = l->m;
	struct wc_table_type table;
	struct wc_global_type global = { 0 };
	u32 type;

	if (!wc_read_name(l, &import->module, &import->module_size) ||
	    !wc_read_name(l, &import->name, &import->name_size) || !wc_read_u8(l, &import->kind))
		return false;
	switch (import->kind) {
	case WASMCORE_FUNCTION:
		if (!read_type_index(l, &type))
			return false;
		import->index = n->functions++;
		if (second)
			m->function_types[import->index] = type;
		return true;
	case WASMCORE_TABLE:
		if (!read_table_type(l, &table))
			return false;
		import->index = n->tables++;
		if (second)
			m->tables[import->index] = table;
		return true;
	case WASMCORE_MEMORY:
		import->index = 0;
		if (second)
			m->nmemories = m->nimported_memories = 0;
		if (!read_memory_type(l))
			return false;
		m->nimported_memories = 1;
		return true;
	case WASMCORE_GLOBAL:
		if (!read_global_type(l, &global))
			return false;
		import->index = n->globals++;
		if (second)
			m->globals[import->index] = global;
		return true;
	default:
		return wc_fail(l, WASMCORE_E_MALFORMED, "malformed import kind");
	}
}

/*
 * The arrays of functions, tables and globals hold the imported ones first. Their final sizes are known when the
 * sections of own ones come, so these functions move the imported ones to a larger array.
 */
static bool grow_array(struct wc_load *l, void *array, u32 old, u32 n, size_t size)
{
	void *from, *to;

	memcpy(&from, array, sizeof(from));
	if (!wc_pool_array(l, (size_t)old + n, size, &to))
		return false;
	if (old)
		memcpy(to, from, old * size);
	memcpy(array, &to, sizeof(to));
	return true;
}

static bool read_import_section(struct wc_load *l)
{
	struct wasmcore_module *m = l->m;
	struct import_counts n = { 0 };
	const u8 *start;
	u32 i;

	if (!wc_read_count(l, m->limits.imports, "imports", &m->nimports) ||
	    !wc_pool_array(l, m->nimports, sizeof(*m->imports), &m->imports))
		return false;
	start = l->pos;
	for (i = 0; i < m->nimports; i++)
		if (!read_import(l, &m->imports[i], &n, false))
			return false;
	m->nfunctions = m->nimported_functions = n.functions;
	m->ntables = m->nimported_tables = n.tables;
	m->nglobals = m->nimported_globals = n.globals;
	if (n.functions > m->limits.functions)
		return wc_fail_limit(l, "functions", n.functions, m->limits.functions);
	if (n.tables > m->limits.tables)
		return wc_fail_limit(l, "tables", n.tables, m->limits.tables);
	if (n.globals > m->limits.globals)
		return wc_fail_limit(l, "globals", n.globals, m->limits.globals);
	if (!wc_pool_array(l, n.functions, sizeof(u32), &m->function_types) ||
	    !wc_pool_array(l, n.tables, sizeof(*m->tables), &m->tables) ||
	    !wc_pool_array(l, n.globals, sizeof(*m->globals), &m->globals))
		return false;
	memset(&n, 0, sizeof(n));
	l->pos = start;
	for (i = 0; i < m->nimports; i++)
		if (!read_import(l, &m->imports[i], &n, true))
			return false;
	return true;
}

static bool read_function_section(struct wc_load *l)
{
	struct wasmcore_module *m = l->m;
	u32 i, n;

	if (!wc_read_count(l, m->limits.functions - m->nimported_functions, "functions", &n) ||
	    !grow_array(l, &m->function_types, m->nimported_functions, n, sizeof(u32)))
		return false;
	for (i = 0; i < n; i++)
		if (!read_type_index(l, &m->function_types[m->nimported_functions + i]))
			return false;
	m->nfunctions = m->nimported_functions + n;
	return wc_pool_array(l, n, sizeof(*m->code), &m->code);
}

static bool read_table_section(struct wc_load *l)
{
	struct wasmcore_module *m = l->m;
	u32 i, n;

	if (!wc_read_count(l, m->limits.tables - m->nimported_tables, "tables", &n) ||
	    !grow_array(l, &m->tables, m->nimported_tables, n, sizeof(*m->tables)))
		return false;
	for (i = 0; i < n; i++) {
		struct wc_table_type *t = &m->tables[m->nimported_tables + i];

		if (!read_table_type(l, t) || !check_table_size(l, t))
			return false;
	}
	m->ntables = m->nimported_tables + n;
	return true;
}

static bool read_memory_section(struct wc_load *l)
{
	u32 i, n;

	if (!wc_read_count(l, UINT32_MAX, "memories", &n))
		return false;
	for (i = 0; i < n; i++)
		if (!read_memory_type(l))
			return false;
	return true;
}

static bool read_global_section(struct wc_load *l)
{
	struct wasmcore_module *m = l->m;
	u32 i, n;

	if (!wc_read_count(l, m->limits.globals - m->nimported_globals, "globals", &n) ||
	    !grow_array(l, &m->globals, m->nimported_globals, n, sizeof(*m->globals)))
		return false;
	for (i = 0; i < n; i++) {
		struct wc_global_type *g = &m->globals[m->nimported_globals + i];

		if (!read_global_type(l, g) || !wc_read_const(l, g->type, &g->init))
			return false;
		g->cell = m->nglobal_cells;
		m->nglobal_cells += wc_type_slots(g->type);
	}
	m->nglobals = m->nimported_globals + n;
	return true;
}

/* ---- exports ---- */

static int compare_exports(const struct wasmcore_module *m, u32 a, u32 b)
{
	const struct wc_export *x = &m->exports[a], *y = &m->exports[b];

	if (x->name_size != y->name_size)
		return x->name_size < y->name_size ? -1 : 1;
	return memcmp(m->bytes + x->name, m->bytes + y->name, x->name_size);
}

static bool export_less(u32 a, u32 b, const void *user)
{
	return compare_exports(user, a, b) < 0;
}

static bool check_export(struct wc_load *l, const struct wc_export *e)
{
	const struct wasmcore_module *m = l->m;

	switch (e->kind) {
	case WASMCORE_FUNCTION:
		return wc_declare_function(l, e->index);
	case WASMCORE_TABLE:
		return e->index < m->ntables || wc_invalid(l, "unknown table");
	case WASMCORE_MEMORY:
		return e->index < m->nmemories || wc_invalid(l, "unknown memory");
	case WASMCORE_GLOBAL:
		return e->index < m->nglobals || wc_invalid(l, "unknown global");
	default:
		return wc_fail(l, WASMCORE_E_MALFORMED, "malformed export kind");
	}
}

static bool read_export_section(struct wc_load *l)
{
	struct wasmcore_module *m = l->m;
	u32 i;

	if (!wc_read_count(l, m->limits.exports, "exports", &m->nexports) ||
	    !wc_pool_array(l, m->nexports, sizeof(*m->exports), &m->exports) ||
	    !wc_pool_array(l, m->nexports, sizeof(u32), &m->export_order))
		return false;
	for (i = 0; i < m->nexports; i++) {
		struct wc_export *e = &m->exports[i];

		m->export_order[i] = i;
		if (!wc_read_name(l, &e->name, &e->name_size) || !wc_read_u8(l, &e->kind) ||
		    !wc_read_u32(l, &e->index) || !check_export(l, e))
			return false;
	}
	wc_sort(m->export_order, m->nexports, export_less, m);
	for (i = 1; i < m->nexports; i++)
		if (!compare_exports(m, m->export_order[i - 1], m->export_order[i]))
			return wc_invalid(l, "duplicate export name");
	return true;
}

static bool read_start_section(struct wc_load *l)
{
	const struct wc_type *t;

	if (!wc_read_u32(l, &l->m->start))
		return false;
	if (l->m->start >= l->m->nfunctions)
		return wc_invalid(l, "unknown function");
	t = wc_function_type(l->m, l->m->start);
	return (!t->nparams && !t->nresults) || wc_invalid(l, "start function");
}

static bool read_code_section(struct wc_load *l)
{
	const u8 *section_end = l->end;
	u32 i;

	if (!wc_read_u32(l, &l->ncode))
		return false;
	if (l->ncode != l->m->nfunctions - l->m->nimported_functions)
		return wc_fail(l, WASMCORE_E_MALFORMED, "function and code section have inconsistent lengths");
	if (!wc_translator_init(l))
		return false;
	for (i = 0; i < l->ncode; i++) {
		u32 size;

		if (!wc_read_u32(l, &size))
			return false;
		if (size > wc_left(l))
			return wc_fail(l, WASMCORE_E_MALFORMED, "unexpected end");
		l->function = l->m->nimported_functions + i;
		if (size > l->m->limits.function_bytes)
			return wc_fail_limit(l, "bytes in a function", size, l->m->limits.function_bytes);
		l->end = l->pos + size;
		if (!wc_translate(l, i))
			return false;
		l->end = section_end;
		l->function = WC_NONE;
	}
	return true;
}

/* ---- the module ---- */

static bool read_data_count(struct wc_load *l)
{
	if (!wc_read_u32(l, &l->data_count))
		return false;
	return l->data_count <= l->m->limits.segments ||
	       wc_fail_limit(l, "data segments", l->data_count, l->m->limits.segments);
}

static bool read_custom(struct wc_load *l)
{
	u32 name, size;

	if (!wc_read_name(l, &name, &size))
		return false;
	l->pos = l->end;
	return true;
}

static bool read_section(struct wc_load *l, u8 id)
{
	static bool (*const readers[SECTION_COUNT])(struct wc_load *l) = {
		[SECTION_CUSTOM] = read_custom,
		[SECTION_TYPE] = read_type_section,
		[SECTION_IMPORT] = read_import_section,
		[SECTION_FUNCTION] = read_function_section,
		[SECTION_TABLE] = read_table_section,
		[SECTION_MEMORY] = read_memory_section,
		[SECTION_GLOBAL] = read_global_section,
		[SECTION_EXPORT] = read_export_section,
		[SECTION_START] = read_start_section,
		[SECTION_ELEMENT] = wc_read_element_section,
		[SECTION_CODE] = read_code_section,
		[SECTION_DATA] = wc_read_data_section,
		[SECTION_DATA_COUNT] = read_data_count,
	};

	if (!readers[id](l))
		return false;
	if (l->pos != l->end)
		return wc_fail(l, WASMCORE_E_MALFORMED, "section size mismatch");
	return true;
}

static bool read_header(struct wc_load *l)
{
	static const u8 magic[4] = { 0, 'a', 's', 'm' }, version[4] = { 1, 0, 0, 0 };
	const u8 *bytes;

	if (!wc_read_bytes(l, 4, &bytes))
		return false;
	if (memcmp(bytes, magic, 4))
		return wc_fail(l, WASMCORE_E_MALFORMED, "magic header not detected");
	if (!wc_read_bytes(l, 4, &bytes))
		return false;
	if (memcmp(bytes, version, 4))
		return wc_fail(l, WASMCORE_E_MALFORMED, "unknown binary version");
	return true;
}

bool wc_read_sections(struct wc_load *l)
{
	/* The data count section stands between the element and the code section. */
	static const u8 order[SECTION_COUNT] = {
		[SECTION_TYPE] = 1, [SECTION_IMPORT] = 2, [SECTION_FUNCTION] = 3, [SECTION_TABLE] = 4,
		[SECTION_MEMORY] = 5, [SECTION_GLOBAL] = 6, [SECTION_EXPORT] = 7, [SECTION_START] = 8,
		[SECTION_ELEMENT] = 9, [SECTION_DATA_COUNT] = 10, [SECTION_CODE] = 11, [SECTION_DATA] = 12,
	};
	const u8 *module_end = l->end;
	u8 last = 0;

	if (!read_header(l))
		return false;
	while (l->pos != module_end) {
		u32 size;
		u8 id;

		if (!wc_read_u8(l, &id))
			return false;
		if (id >= SECTION_COUNT)
			return wc_fail(l, WASMCORE_E_MALFORMED, "malformed section id");
		if (!wc_read_u32(l, &size))
			return false;
		if (size > wc_left(l))
			return wc_fail(l, WASMCORE_E_MALFORMED, "length out of bounds");
		if (id != SECTION_CUSTOM && order[id] <= last)
			return wc_fail(l, WASMCORE_E_MALFORMED, "unexpected content after last section");
		if (id != SECTION_CUSTOM)
			last = order[id];
		l->end = l->section_end = l->pos + size;
		if (!read_section(l, id))
			return false;
		l->end = module_end;
	}
	if (l->m->nfunctions != l->m->nimported_functions && l->ncode == WC_NONE)
		return wc_fail(l, WASMCORE_E_MALFORMED, "function and code section have inconsistent lengths");
	if (l->data_count != WC_NONE && l->data_count != l->m->ndatas)
		return wc_fail(l, WASMCORE_E_MALFORMED, "data count and data section have inconsistent lengths");
	return true;
}
