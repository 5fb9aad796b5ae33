/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* wasmcore_load(), and what can be asked of a module. */
#include "wc_reader.h"

static u32 limit(u32 value, u32 standard, u32 maximum)
{
	if (!value)
		value = standard;
	return value < maximum ? value : maximum;
}

static void fill_limits(struct wasmcore_limits *to, const struct wasmcore_limits *from)
{
	to->module_bytes = limit(from->module_bytes, WASMCORE_DEFAULT_MODULE_BYTES, WASMCORE_MAX_MODULE_BYTES);
	to->types = limit(from->types, WASMCORE_DEFAULT_TYPES, 1u << 24);
	to->functions = limit(from->functions, WASMCORE_DEFAULT_FUNCTIONS, 1u << 24);
	to->imports = limit(from->imports, WASMCORE_DEFAULT_IMPORTS, 1u << 24);
	to->exports = limit(from->exports, WASMCORE_DEFAULT_EXPORTS, 1u << 24);
	to->globals = limit(from->globals, WASMCORE_DEFAULT_GLOBALS, 1u << 24);
	to->tables = limit(from->tables, WASMCORE_DEFAULT_TABLES, 65535);
	to->segments = limit(from->segments, WASMCORE_DEFAULT_SEGMENTS, 1u << 24);
	to->params = limit(from->params, WASMCORE_DEFAULT_PARAMS, 30000);
	to->locals = limit(from->locals, WASMCORE_DEFAULT_LOCALS, WASMCORE_MAX_FRAME_SLOTS);
	to->function_bytes = limit(from->function_bytes, WASMCORE_DEFAULT_FUNCTION_BYTES, 1u << 27);
	to->nesting = limit(from->nesting, WASMCORE_DEFAULT_NESTING, 1u << 20);
	to->work_per_byte = limit(from->work_per_byte, WASMCORE_DEFAULT_WORK_PER_BYTE, UINT32_MAX);
	to->code_bytes = limit(from->code_bytes, WASMCORE_DEFAULT_CODE_BYTES, 1u << 31);
	to->memory_pages = limit(from->memory_pages, WASMCORE_DEFAULT_MEMORY_PAGES, WASMCORE_MAX_MEMORY_PAGES);
	to->table_size = limit(from->table_size, WASMCORE_DEFAULT_TABLE_SIZE, WASMCORE_MAX_TABLE_SIZE);
	to->stack_slots = limit(from->stack_slots, WASMCORE_DEFAULT_STACK_SLOTS, 1u << 27);
	to->call_depth = limit(from->call_depth, WASMCORE_DEFAULT_CALL_DEPTH, 1u << 24);
	to->host_nesting = limit(from->host_nesting, WASMCORE_DEFAULT_HOST_NESTING, WASMCORE_MAX_HOST_NESTING);
}

enum wasmcore_status wasmcore_load(const void *bytes, size_t size, const struct wasmcore_config *config,
				   struct wasmcore_module **out, struct wasmcore_error *err)
{
	struct wasmcore_allocator a = config->allocator;
	struct wasmcore_error ignored;
	struct wc_load l = { 0 };
	struct wasmcore_module *m;
	bool ok;

	l.err = err ? err : &ignored;
	memset(l.err, 0, sizeof(*l.err));
	m = a.alloc(a.user, sizeof(*m));
	if (!m) {
		struct wc_text t;

		l.err->status = WASMCORE_E_NOMEM;
		l.err->offset = l.err->function = WC_NONE;
		wc_text_init(&t, l.err->message, sizeof(l.err->message));
		wc_text_add(&t, "no memory for the module");
		return WASMCORE_E_NOMEM;
	}
	m->allocator = m->pool.allocator = a;
	m->deny = config->deny;
	m->bytes = size ? bytes : (const void *)"";	/* there may be none: NULL */
	m->size = (u32)size;
	m->start = WC_NONE;
	fill_limits(&m->limits, &config->limits);
	l.m = m;
	l.pos = m->bytes;
	l.function = WC_NONE;
	l.ncode = WC_NONE;
	l.data_count = WC_NONE;
	if (size > m->limits.module_bytes) {
		ok = wc_fail_limit(&l, "bytes in a module", size, m->limits.module_bytes);
	} else {
		l.end = l.pos + size;
		ok = wc_read_sections(&l);
	}
	wc_translator_free(&l);
	if (l.declared)
		a.free(a.user, l.declared, m->nfunctions / 8 + 1);
	if (!ok) {
		wasmcore_unload(m);
		return l.err->status;
	}
	l.err->offset = l.err->function = WC_NONE;
	*out = m;
	return WASMCORE_OK;
}

void wasmcore_unload(struct wasmcore_module *m)
{
	if (!m)
		return;
	wc_pool_free(&m->pool);
	m->allocator.free(m->allocator.user, m, sizeof(*m));
}

void wasmcore_describe(const struct wasmcore_module *m, struct wasmcore_module_info *info)
{
	memset(info, 0, sizeof(*info));
	info->types = m->ntypes;
	info->functions = m->nfunctions;
	info->imported_functions = m->nimported_functions;
	info->tables = m->ntables;
	info->memories = m->nmemories;
	info->globals = m->nglobals;
	info->imports = m->nimports;
	info->exports = m->nexports;
	info->element_segments = m->nelements;
	info->data_segments = m->ndatas;
	info->start_function = m->start;
	info->memory_min = m->memory_min;
	info->memory_max = m->nmemories ? m->memory_max : WC_NONE;
	info->uses_floats = m->uses_floats;
	info->uses_simd = m->uses_simd;
	info->module_bytes = m->size;
	info->code_bytes = m->code_bytes;
	info->memory_bytes = m->pool.total + sizeof(*m);
}

static void describe(const struct wasmcore_module *m, u8 kind, u32 index, struct wasmcore_extern *out)
{
	out->kind = kind;
	out->index = index;
	switch (kind) {
	case WASMCORE_FUNCTION:
		wasmcore_function_signature(m, index, &out->signature);
		break;
	case WASMCORE_TABLE:
		out->type = m->tables[index].type;
		out->min = m->tables[index].min;
		out->max = m->tables[index].max;
		break;
	case WASMCORE_MEMORY:
		out->min = m->memory_min;
		out->max = m->memory_max;
		break;
	default:
		out->type = m->globals[index].type;
		out->is_mutable = m->globals[index].is_mutable;
		break;
	}
}

bool wasmcore_import(const struct wasmcore_module *m, u32 n, struct wasmcore_extern *out)
{
	const struct wc_import *import;

	if (n >= m->nimports)
		return false;
	import = &m->imports[n];
	memset(out, 0, sizeof(*out));
	out->module = (const char *)m->bytes + import->module;
	out->module_size = import->module_size;
	out->name = (const char *)m->bytes + import->name;
	out->name_size = import->name_size;
	describe(m, import->kind, import->index, out);
	return true;
}

bool wasmcore_export(const struct wasmcore_module *m, u32 n, struct wasmcore_extern *out)
{
	const struct wc_export *e;

	if (n >= m->nexports)
		return false;
	e = &m->exports[n];
	memset(out, 0, sizeof(*out));
	out->name = (const char *)m->bytes + e->name;
	out->name_size = e->name_size;
	describe(m, e->kind, e->index, out);
	return true;
}

bool wasmcore_function_signature(const struct wasmcore_module *m, u32 index, struct wasmcore_signature *out)
{
	const struct wc_type *type;

	if (index >= m->nfunctions)
		return false;
	type = wc_function_type(m, index);
	out->nparams = type->nparams;
	out->nresults = type->nresults;
	out->types = type->types;
	return true;
}

bool wasmcore_find_export(const struct wasmcore_module *m, const char *name, enum wasmcore_kind kind, u32 *index)
{
	u32 low = 0, high = m->nexports, size = 0;

	while (name[size])
		size++;
	while (low < high) {
		u32 middle = low + (high - low) / 2;
		const struct wc_export *e = &m->exports[m->export_order[middle]];
		int order = size != e->name_size ? (size < e->name_size ? -1 : 1) :
						   memcmp(name, m->bytes + e->name, size);

		if (!order) {
			*index = e->index;
			return e->kind == kind;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

/* ---- custom sections: their content is not validated, so a broken one means "no name" ---- */

/* Sets up reading the section that follows l->pos; false at the end of the module. */
static bool next_section(struct wc_load *l, u8 *id, const u8 **end)
{
	u32 size;

	if (l->pos == l->end || !wc_read_u8(l, id) || !wc_read_u32(l, &size) || size > wc_left(l))
		return false;
	*end = l->pos + size;
	return true;
}

static void start_reading(struct wc_load *l, const struct wasmcore_module *m, struct wasmcore_error *err)
{
	memset(l, 0, sizeof(*l));
	l->m = (struct wasmcore_module *)(uintptr_t)m;	/* reading does not write to it */
	l->err = err;
	l->pos = m->bytes + 8;
	l->end = m->bytes + m->size;
}

const u8 *wasmcore_custom_section(const struct wasmcore_module *m, const char *name, size_t *size)
{
	struct wasmcore_error err;
	const u8 *end, *module_end;
	u32 at, n, wanted = 0;
	struct wc_load l;
	u8 id;

	while (name[wanted])
		wanted++;
	start_reading(&l, m, &err);
	module_end = l.end;
	while (next_section(&l, &id, &end)) {
		l.end = end;
		if (id == 0 && wc_read_name(&l, &at, &n) && n == wanted && !memcmp(m->bytes + at, name, n)) {
			*size = wc_left(&l);
			return l.pos;
		}
		l.pos = end;
		l.end = module_end;
	}
	return NULL;
}

const char *wasmcore_function_name(const struct wasmcore_module *m, u32 index, u32 *size)
{
	struct wasmcore_error err;
	const u8 *section, *end;
	struct wc_load l;
	size_t section_size;
	u32 n, i, at;
	u8 id;

	section = wasmcore_custom_section(m, "name", &section_size);
	if (!section)
		return NULL;
	start_reading(&l, m, &err);
	l.pos = section;
	l.end = section + section_size;
	while (next_section(&l, &id, &end)) {
		if (id != 1) {			/* function names */
			l.pos = end;
			continue;
		}
		l.end = end;
		if (!wc_read_u32(&l, &n))
			return NULL;
		while (n--) {
			if (!wc_read_u32(&l, &i) || !wc_read_name(&l, &at, size))
				return NULL;
			if (i == index)
				return (const char *)m->bytes + at;
		}
		return NULL;
	}
	return NULL;
}
