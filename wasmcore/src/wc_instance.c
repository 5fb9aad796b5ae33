/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Linking and instantiation (4.5.4), and what the host reads and writes of an instance. */
#include "wc_internal.h"

struct link {
	const struct wasmcore_module *m;
	const struct wasmcore_options *options;
	struct wasmcore_instance *i;
	struct wasmcore_error *err;
};

static bool fail(struct link *k, enum wasmcore_status status, const char *message)
{
	struct wc_text t;

	memset(k->err, 0, sizeof(*k->err));
	k->err->status = status;
	k->err->offset = k->err->function = WC_NONE;
	wc_text_init(&t, k->err->message, sizeof(k->err->message));
	wc_text_add(&t, message);
	return false;
}

/* "import module.name: why" */
static bool fail_import(struct link *k, const struct wasmcore_extern *import, const char *why)
{
	struct wc_text t;

	fail(k, WASMCORE_E_LINK, "");
	wc_text_init(&t, k->err->message, sizeof(k->err->message));
	wc_text_add(&t, "import ");
	wc_text_bytes(&t, import->module, import->module_size < 60 ? import->module_size : 60);
	wc_text_add(&t, ".");
	wc_text_bytes(&t, import->name, import->name_size < 60 ? import->name_size : 60);
	wc_text_add(&t, ": ");
	wc_text_add(&t, why);
	return false;
}

static bool no_memory(struct link *k)
{
	return fail(k, WASMCORE_E_NOMEM, "no memory for the instance");
}

static void *from_pool(struct link *k, size_t n, size_t size)
{
	void *p = wc_pool_alloc(&k->i->pool, n * size + 1);

	if (!p)
		no_memory(k);
	return p;
}

/* ---- imports ---- */

static bool same_text(const char *a, u32 size, const char *text)
{
	u32 i;

	for (i = 0; i < size; i++)
		if (!text[i] || a[i] != text[i])
			return false;
	return !text[size];
}

static u8 type_of_letter(char letter)
{
	switch (letter) {
	case 'i': return WASMCORE_I32;
	case 'I': return WASMCORE_I64;
	case 'f': return WASMCORE_F32;
	case 'F': return WASMCORE_F64;
	case 'V': return WASMCORE_V128;
	case 'r': return WASMCORE_FUNCREF;
	case 'e': return WASMCORE_EXTERNREF;
	default: return 0;
	}
}

static bool signature_fits(const struct wc_type *type, const char *signature)
{
	u32 i, total = (u32)type->nparams + type->nresults;

	for (i = 0; i < total; i++) {
		if (i == type->nparams && *signature++ != ':')
			return false;
		if (type_of_letter(*signature) != type->types[i])
			return false;
		signature++;
	}
	if (type->nresults == 0 && *signature++ != ':')
		return false;
	return !*signature;
}

static bool link_host(struct link *k, const struct wasmcore_extern *import, const struct wasmcore_host_function *host)
{
	const struct wc_type *type = wc_function_type(k->m, import->index);
	struct wasmcore_function *f;

	if (import->kind != WASMCORE_FUNCTION)
		return fail_import(k, import, "the host has a function of this name, which is not what is imported");
	if (!signature_fits(type, host->signature))
		return fail_import(k, import, "incompatible import type: the host's function has another signature");
	f = from_pool(k, 1, sizeof(*f));
	if (!f)
		return false;
	f->type = &k->m->types[type->canonical];
	f->instance = k->i;
	f->host = host->fn;
	f->user = host->user;
	f->index = import->index;
	f->host_slots = type->param_slots > type->result_slots ? type->param_slots : type->result_slots;
	k->i->functions[import->index] = f;
	return true;
}

/* Limits of a table or memory match when the actual ones are within those imported (3.2.5). */
static bool limits_match(u32 size, u32 max, u32 want_min, u32 want_max)
{
	return size >= want_min && (want_max == WC_NONE || (max != WC_NONE && max <= want_max));
}

static bool link_export(struct link *k, const struct wasmcore_extern *import, const struct wasmcore_provider *p)
{
	const char *mismatch = "incompatible import type";
	struct wasmcore_instance *from = p->instance;
	const struct wasmcore_module *fm = from->module;
	const struct wc_global_type *g;
	struct wc_table *table;

	switch (import->kind) {
	case WASMCORE_FUNCTION:
		if (p->index >= fm->nfunctions ||
		    !wc_types_equal(from->functions[p->index]->type, wc_function_type(k->m, import->index)))
			return fail_import(k, import, mismatch);
		k->i->functions[import->index] = from->functions[p->index];
		return true;
	case WASMCORE_TABLE:
		if (p->index >= fm->ntables)
			return fail_import(k, import, mismatch);
		table = from->tables[p->index];
		if (table->type != import->type ||
		    !limits_match(table->size, table->type_max, import->min, import->max))
			return fail_import(k, import, mismatch);
		k->i->tables[import->index] = table;
		return true;
	case WASMCORE_MEMORY:
		if (p->index >= fm->nmemories ||
		    !limits_match(from->memory->pages, from->memory->type_max, import->min, import->max))
			return fail_import(k, import, mismatch);
		k->i->memory = from->memory;
		return true;
	default:
		if (p->index >= fm->nglobals)
			return fail_import(k, import, mismatch);
		g = &fm->globals[p->index];
		if (g->type != import->type || g->is_mutable != import->is_mutable)
			return fail_import(k, import, mismatch);
		k->i->globals[import->index] = from->globals[p->index];
		return true;
	}
}

static bool link_import(struct link *k, u32 n)
{
	struct wasmcore_provider p = { 0 };
	struct wasmcore_extern import;
	u32 i;

	wasmcore_import(k->m, n, &import);
	for (i = 0; i < k->options->nhosts; i++) {
		const struct wasmcore_host_function *h = &k->options->hosts[i];

		if (same_text(import.name, import.name_size, h->name) &&
		    same_text(import.module, import.module_size, h->module))
			return link_host(k, &import, h);
	}
	if (!k->options->resolve || !k->options->resolve(k->options->resolve_user, &import, &p) ||
	    (!p.host && !p.instance))
		return fail_import(k, &import, "unknown import");
	return p.host ? link_host(k, &import, p.host) : link_export(k, &import, &p);
}

/* ---- own parts ---- */

static void make_functions(struct link *k, struct wasmcore_function *own)
{
	const struct wasmcore_module *m = k->m;
	u32 i;

	for (i = m->nimported_functions; i < m->nfunctions; i++) {
		struct wasmcore_function *f = &own[i - m->nimported_functions];

		f->type = &m->types[wc_function_type(m, i)->canonical];
		f->instance = k->i;
		f->code = &m->code[i - m->nimported_functions];
		f->index = i;
		k->i->functions[i] = f;
	}
}

static void *reserve(struct link *k, size_t size, size_t *reserved)
{
	struct wasmcore_allocator a = k->m->allocator;
	void *p;

	*reserved = 0;
	if (!size)
		return NULL;
	p = a.alloc(a.user, size);
	if (!p) {
		no_memory(k);
		return NULL;
	}
	*reserved = size;
	return p;
}

static bool make_tables(struct link *k)
{
	const struct wasmcore_module *m = k->m;
	u32 i;

	for (i = m->nimported_tables; i < m->ntables; i++) {
		const struct wc_table_type *type = &m->tables[i];
		struct wc_table *t = &k->i->own_tables[i - m->nimported_tables];

		t->type = type->type;
		t->size = type->min;
		t->type_max = type->max;
		t->max = type->max < m->limits.table_size ? type->max : m->limits.table_size;
		t->items = reserve(k, t->max * sizeof(u64), &t->reserved);
		if (t->max && !t->items)
			return false;
		k->i->tables[i] = t;
	}
	return true;
}

static bool make_memory(struct link *k)
{
	const struct wasmcore_module *m = k->m;
	struct wc_memory *memory = &k->i->own_memory;
	u32 cap = m->limits.memory_pages;

	k->i->memory = memory;		/* replaced when it is imported */
	if (!m->nmemories || m->nimported_memories)
		return true;
	if (k->options->memory_pages && k->options->memory_pages < cap)
		cap = k->options->memory_pages;
	if (m->memory_min > cap)
		return fail(k, WASMCORE_E_LIMIT, "the module asks for more memory than it may have");
	memory->type_max = m->memory_max;
	memory->max_pages = m->memory_max < cap ? m->memory_max : cap;
	memory->pages = memory->peak_pages = m->memory_min;
	memory->size = (u64)memory->pages * WASMCORE_PAGE_SIZE;
	if ((u64)memory->max_pages * WASMCORE_PAGE_SIZE > SIZE_MAX)
		return no_memory(k);
	memory->base = reserve(k, (size_t)memory->max_pages * WASMCORE_PAGE_SIZE, &memory->reserved);
	return memory->base || !memory->max_pages;
}

void wc_const_value(const struct wasmcore_instance *i, const struct wc_const *c, u64 *out)
{
	switch (c->kind) {
	case WC_CONST_GLOBAL:
		memcpy(out, i->globals[c->index], wc_type_slots(c->type) * sizeof(u64));
		break;
	case WC_CONST_FUNCTION:
		*out = (u64)(uintptr_t)i->functions[c->index];
		break;
	default:
		memcpy(out, c->value, wc_type_slots(c->type) * sizeof(u64));
		break;
	}
}

static void make_globals(struct link *k)
{
	const struct wasmcore_module *m = k->m;
	u32 n;

	for (n = m->nimported_globals; n < m->nglobals; n++) {
		k->i->globals[n] = k->i->cells + m->globals[n].cell;
		wc_const_value(k->i, &m->globals[n].init, k->i->globals[n]);
	}
}

static bool make_machine(struct link *k)
{
	const struct wasmcore_limits *limits = &k->m->limits;
	const struct wasmcore_options *o = k->options;
	struct wc_machine *x = &k->i->machine;
	size_t reserved;

	x->nslots = o->stack_slots && o->stack_slots < limits->stack_slots ? o->stack_slots : limits->stack_slots;
	x->nframes = o->call_depth && o->call_depth < limits->call_depth ? o->call_depth : limits->call_depth;
	x->slots = reserve(k, x->nslots * sizeof(u64), &reserved);
	if (!x->slots)
		return false;
	x->frames = reserve(k, (x->nframes + 1) * sizeof(*x->frames), &reserved);
	if (!x->frames)
		return false;
	x->slot_mark = x->top = x->slots;
	x->slot_end = x->slots + x->nslots;
	x->frame = x->frame_mark = x->frames;	/* the first is never used */
	x->frame_end = x->frames + x->nframes + 1;
	x->max_nesting = limits->host_nesting;
	x->fuel = (s64)(o->fuel && o->fuel < WASMCORE_FUEL_UNLIMITED ? o->fuel : WASMCORE_FUEL_UNLIMITED);
	k->i->fuel_given = (u64)x->fuel;
	wc_enter(x, k->i);
	return true;
}

static bool make_arrays(struct link *k)
{
	const struct wasmcore_module *m = k->m;
	struct wasmcore_instance *i = k->i;
	struct wasmcore_function *own;

	i->functions = from_pool(k, m->nfunctions, sizeof(*i->functions));
	own = from_pool(k, m->nfunctions - m->nimported_functions, sizeof(*own));
	i->tables = from_pool(k, m->ntables, sizeof(*i->tables));
	i->own_tables = from_pool(k, m->ntables - m->nimported_tables, sizeof(*i->own_tables));
	i->globals = from_pool(k, m->nglobals, sizeof(*i->globals));
	i->cells = from_pool(k, m->nglobal_cells, sizeof(*i->cells));
	i->dropped_elements = from_pool(k, m->nelements, sizeof(bool));
	i->dropped_datas = from_pool(k, m->ndatas, sizeof(bool));
	if (!i->functions || !own || !i->tables || !i->own_tables || !i->globals || !i->cells ||
	    !i->dropped_elements || !i->dropped_datas)
		return false;
	make_functions(k, own);
	return true;
}

static bool make_instance(struct link *k)
{
	u32 n;

	if (!make_arrays(k) || !make_memory(k))
		return false;
	for (n = 0; n < k->m->nimports; n++)
		if (!link_import(k, n))
			return false;
	if (!make_tables(k))
		return false;
	make_globals(k);
	return make_machine(k);
}

/* ---- starting ---- */

static enum wasmcore_trap copy_segments(struct wasmcore_instance *i)
{
	const struct wasmcore_module *m = i->module;
	u64 at[2];
	u32 n;

	for (n = 0; n < m->nelements; n++) {
		const struct wc_element *e = &m->elements[n];

		if (e->mode == WC_ACTIVE) {
			wc_const_value(i, &e->offset, at);
			if (!wc_table_init(i, e->table, n, (u32)at[0], 0, e->count))
				return WASMCORE_TRAP_TABLE;
		}
		if (e->mode != WC_PASSIVE)
			i->dropped_elements[n] = true;
	}
	for (n = 0; n < m->ndatas; n++) {
		const struct wc_data *d = &m->datas[n];

		if (d->mode != WC_ACTIVE)
			continue;
		wc_const_value(i, &d->offset, at);
		if (!wc_memory_init(i, n, (u32)at[0], 0, d->size))
			return WASMCORE_TRAP_MEMORY;
		i->dropped_datas[n] = true;
	}
	return WASMCORE_TRAP_NONE;
}

enum wasmcore_trap wasmcore_start(struct wasmcore_instance *i)
{
	if (i->module->start == WC_NONE)
		return WASMCORE_TRAP_NONE;
	return wasmcore_call(i->functions[i->module->start], NULL, 0, 0);
}

enum wasmcore_status wasmcore_instantiate(const struct wasmcore_module *m, const struct wasmcore_options *options,
					  struct wasmcore_instance **out, struct wasmcore_error *err)
{
	static const struct wasmcore_options standard;
	struct wasmcore_error ignored;
	struct wasmcore_instance *i;
	enum wasmcore_trap trap;
	struct link k = { 0 };

	*out = NULL;
	k.m = m;
	k.options = options ? options : &standard;
	k.err = err ? err : &ignored;
	memset(k.err, 0, sizeof(*k.err));
	k.err->offset = k.err->function = WC_NONE;
	i = m->allocator.alloc(m->allocator.user, sizeof(*i));
	if (!i) {
		no_memory(&k);
		return WASMCORE_E_NOMEM;
	}
	i->module = m;
	i->pool.allocator = m->allocator;
	i->user = k.options->user;
	k.i = i;
	if (!make_instance(&k)) {
		wasmcore_free_instance(i);
		return k.err->status;
	}
	*out = i;
	trap = copy_segments(i);
	if (trap) {
		fail(&k, WASMCORE_E_TRAP, wasmcore_trap_text(trap));
	} else {
		i->state = WC_STATE_READY;
		if (k.options->skip_start)
			return WASMCORE_OK;
		trap = wasmcore_start(i);
		if (!trap)
			return WASMCORE_OK;
		wasmcore_last_trap(i, k.err);
		k.err->status = WASMCORE_E_TRAP;
	}
	k.err->trap = trap;
	i->state = WC_STATE_FAILED;
	return WASMCORE_E_TRAP;
}

static void give_back(const struct wasmcore_allocator *a, void *p, size_t size)
{
	if (p)
		a->free(a->user, p, size);
}

void wasmcore_free_instance(struct wasmcore_instance *i)
{
	struct wasmcore_allocator a;
	u32 n;

	if (!i)
		return;
	a = i->module->allocator;
	give_back(&a, i->machine.slots, i->machine.nslots * sizeof(u64));
	give_back(&a, i->machine.frames, (i->machine.nframes + 1) * sizeof(struct wc_frame));
	give_back(&a, i->own_memory.base, i->own_memory.reserved);
	for (n = 0; i->own_tables && n < i->module->ntables - i->module->nimported_tables; n++)
		give_back(&a, i->own_tables[n].items, i->own_tables[n].reserved);
	wc_pool_free(&i->pool);
	a.free(a.user, i, sizeof(*i));
}

/* ---- access by the host ---- */

void *wasmcore_user(const struct wasmcore_instance *i)
{
	return i->user;
}

const struct wasmcore_module *wasmcore_instance_module(const struct wasmcore_instance *i)
{
	return i->module;
}

struct wasmcore_function *wasmcore_function_at(struct wasmcore_instance *i, u32 index)
{
	return index < i->module->nfunctions ? i->functions[index] : NULL;
}

struct wasmcore_function *wasmcore_find_function(struct wasmcore_instance *i, const char *name)
{
	u32 index;

	return wasmcore_find_export(i->module, name, WASMCORE_FUNCTION, &index) ? i->functions[index] : NULL;
}

void wasmcore_signature_of(const struct wasmcore_function *f, struct wasmcore_signature *out)
{
	out->nparams = f->type->nparams;
	out->nresults = f->type->nresults;
	out->types = f->type->types;
}

u8 *wasmcore_memory(struct wasmcore_instance *i, size_t *size)
{
	*size = (size_t)i->memory->size;
	return i->memory->base;
}

bool wasmcore_read(struct wasmcore_instance *i, u32 address, void *to, u32 size)
{
	const void *from = wasmcore_range(i, address, size);

	if (!from)
		return false;
	memcpy(to, from, size);
	return true;
}

bool wasmcore_write(struct wasmcore_instance *i, u32 address, const void *from, u32 size)
{
	void *to = wasmcore_range(i, address, size);

	if (!to)
		return false;
	memcpy(to, from, size);
	return true;
}

bool wasmcore_global_get(struct wasmcore_instance *i, u32 index, u64 *slots)
{
	if (index >= i->module->nglobals)
		return false;
	memcpy(slots, i->globals[index], wc_type_slots(i->module->globals[index].type) * sizeof(u64));
	return true;
}

bool wasmcore_global_set(struct wasmcore_instance *i, u32 index, const u64 *slots)
{
	const struct wc_global_type *g;

	if (index >= i->module->nglobals || !i->module->globals[index].is_mutable)
		return false;
	g = &i->module->globals[index];
	memcpy(i->globals[index], slots, wc_type_slots(g->type) * sizeof(u64));
	return true;
}

u32 wasmcore_table_size(struct wasmcore_instance *i, u32 table)
{
	return table < i->module->ntables ? i->tables[table]->size : 0;
}

bool wasmcore_table_get(struct wasmcore_instance *i, u32 table, u32 index, u64 *ref)
{
	if (index >= wasmcore_table_size(i, table))
		return false;
	*ref = i->tables[table]->items[index];
	return true;
}
