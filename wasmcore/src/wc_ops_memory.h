/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Part of wc_ops.h: memory, tables, references, vectors. */

/* ---- memory ---- */

#define LOAD_FORM(form, type, wide, address, at, result) \
	OP(form) { \
		u64 at_ = (u64)(u32)(address) + wc_get32(ip + (at)); \
		type v; \
		BOUNDS(at_, sizeof(type)); \
		memcpy(&v, mem + at_, sizeof(v)); \
		result((at) + 2, (wide)v); \
	}

#define LOAD(name, type, wide) \
	LOAD_FORM(name##_S, type, wide, fp[ip[1]], 2, RESULT) \
	LOAD_FORM(name##_S_A, type, wide, fp[ip[1]], 2, RESULT_ACC) \
	LOAD_FORM(name##_A, type, wide, acc, 1, RESULT) \
	LOAD_FORM(name##_A_A, type, wide, acc, 1, RESULT_ACC) \
	LOAD_FORM(name##_SS, type, wide, fp[ip[1]] + fp[ip[2]], 3, RESULT) \
	LOAD_FORM(name##_SS_A, type, wide, fp[ip[1]] + fp[ip[2]], 3, RESULT_ACC) \
	LOAD_FORM(name##_AS, type, wide, acc + fp[ip[1]], 2, RESULT) \
	LOAD_FORM(name##_AS_A, type, wide, acc + fp[ip[1]], 2, RESULT_ACC) \
	LOAD_FORM(name##_SI, type, wide, fp[ip[1]] + wc_get32(ip + 2), 4, RESULT) \
	LOAD_FORM(name##_SI_A, type, wide, fp[ip[1]] + wc_get32(ip + 2), 4, RESULT_ACC)

WC_LOAD_OPS(LOAD)

#define STORE_FORM(form, type, address, value, at) \
	OP(form) { \
		u64 at_ = (u64)(u32)(address) + wc_get32(ip + (at)); \
		type v = (type)(value); \
		BOUNDS(at_, sizeof(type)); \
		memcpy(mem + at_, &v, sizeof(v)); \
		NEXT((at) + 2); \
	}

#define STORE(name, type) \
	STORE_FORM(name##_SS, type, fp[ip[1]], fp[ip[2]], 3) \
	STORE_FORM(name##_SI, type, fp[ip[1]], wc_get32(ip + 2), 4) \
	STORE_FORM(name##_SA, type, fp[ip[1]], acc, 2) \
	STORE_FORM(name##_AS, type, acc, fp[ip[1]], 2) \
	STORE_FORM(name##_AI, type, acc, wc_get32(ip + 1), 3) \
	STORE_FORM(name##_SUM_SS, type, fp[ip[1]] + wc_get32(ip + 2), fp[ip[4]], 5) \
	STORE_FORM(name##_SUM_SI, type, fp[ip[1]] + wc_get32(ip + 2), wc_get32(ip + 4), 6) \
	STORE_FORM(name##_SUM_SA, type, fp[ip[1]] + wc_get32(ip + 2), acc, 4)

WC_STORE_OPS(STORE)

OP(MEMORY_SIZE) {
	RESULT(1, x->instance->memory->pages);
}

OP(MEMORY_GROW) {
	u32 before = wc_memory_grow(x->instance->memory, (u32)fp[ip[1]]);

	x->memory_size = x->instance->memory->size;
	RESULT(2, before);
}

/* More than there is traps before it is paid for. */
#define AT_MOST(n, size, trap) if (WC_UNLIKELY((n) > (size))) TRAP(trap)

OP(MEMORY_FILL) {
	const u64 *v = fp + ip[1];

	AT_MOST((u32)v[2], x->memory_size, WASMCORE_TRAP_MEMORY);
	PAY((u32)v[2] >> 6);
	if (!wc_memory_fill(x->instance->memory, (u32)v[0], (u8)v[1], (u32)v[2]))
		TRAP(WASMCORE_TRAP_MEMORY);
	NEXT(2);
}

OP(MEMORY_COPY) {
	const u64 *v = fp + ip[1];

	AT_MOST((u32)v[2], x->memory_size, WASMCORE_TRAP_MEMORY);
	PAY((u32)v[2] >> 6);
	if (!wc_memory_copy(x->instance->memory, (u32)v[0], (u32)v[1], (u32)v[2]))
		TRAP(WASMCORE_TRAP_MEMORY);
	NEXT(2);
}

OP(MEMORY_INIT) {
	const u64 *v = fp + ip[3];

	AT_MOST((u32)v[2], x->memory_size, WASMCORE_TRAP_MEMORY);
	PAY((u32)v[2] >> 6);
	if (!wc_memory_init(x->instance, wc_get32(ip + 1), (u32)v[0], (u32)v[1], (u32)v[2]))
		TRAP(WASMCORE_TRAP_MEMORY);
	NEXT(4);
}

OP(DATA_DROP) {
	x->instance->dropped_datas[wc_get32(ip + 1)] = true;
	NEXT(3);
}

/* ---- tables and references ---- */

OP(TABLE_GET) {
	const struct wc_table *table = x->instance->tables[ip[1]];
	u32 index = (u32)fp[ip[2]];

	if (WC_UNLIKELY(index >= table->size))
		TRAP(WASMCORE_TRAP_TABLE);
	RESULT(3, table->items[WC_MASKED(index, table->size)]);
}

OP(TABLE_SET) {
	const struct wc_table *table = x->instance->tables[ip[1]];
	u32 index = (u32)fp[ip[2]];

	if (WC_UNLIKELY(index >= table->size))
		TRAP(WASMCORE_TRAP_TABLE);
	table->items[WC_MASKED(index, table->size)] = fp[ip[3]];
	NEXT(4);
}

OP(TABLE_SIZE) {
	RESULT(2, x->instance->tables[ip[1]]->size);
}

OP(TABLE_GROW) {
	const u64 *v = fp + ip[2];

	if ((u32)v[1] > x->instance->tables[ip[1]]->max)
		RESULT(3, UINT32_MAX);
	PAY((u32)v[1] >> 3);
	RESULT(3, wc_table_grow(x->instance->tables[ip[1]], (u32)v[1], v[0]));
}

OP(TABLE_FILL) {
	const u64 *v = fp + ip[2];

	AT_MOST((u32)v[2], x->instance->tables[ip[1]]->size, WASMCORE_TRAP_TABLE);
	PAY((u32)v[2] >> 3);
	if (!wc_table_fill(x->instance->tables[ip[1]], (u32)v[0], v[1], (u32)v[2]))
		TRAP(WASMCORE_TRAP_TABLE);
	NEXT(3);
}

OP(TABLE_COPY) {
	const u64 *v = fp + ip[3];

	AT_MOST((u32)v[2], x->instance->tables[ip[1]]->size, WASMCORE_TRAP_TABLE);
	PAY((u32)v[2] >> 3);
	if (!wc_table_copy(x->instance->tables[ip[1]], x->instance->tables[ip[2]], (u32)v[0], (u32)v[1], (u32)v[2]))
		TRAP(WASMCORE_TRAP_TABLE);
	NEXT(4);
}

OP(TABLE_INIT) {
	const u64 *v = fp + ip[4];

	AT_MOST((u32)v[2], x->instance->tables[ip[1]]->size, WASMCORE_TRAP_TABLE);
	PAY((u32)v[2] >> 3);
	if (!wc_table_init(x->instance, ip[1], wc_get32(ip + 2), (u32)v[0], (u32)v[1], (u32)v[2]))
		TRAP(WASMCORE_TRAP_TABLE);
	NEXT(5);
}

OP(ELEM_DROP) {
	x->instance->dropped_elements[wc_get32(ip + 1)] = true;
	NEXT(3);
}

OP(REF_FUNC) {
	RESULT(3, (u64)(uintptr_t)x->instance->functions[wc_get32(ip + 1)]);
}

/* ---- vectors ---- */

OP(V128_CONST) {
	memcpy(fp + ip[9], ip + 1, 16);
	NEXT(10);
}

OP(V128_LOAD) {
	u64 at = (u64)((u32)fp[ip[1]] + wc_get32(ip + 2)) + wc_get32(ip + 4);

	BOUNDS(at, 16);
	memcpy(fp + ip[6], mem + at, 16);
	NEXT(7);
}

OP(V128_STORE) {
	u64 at = (u64)((u32)fp[ip[1]] + wc_get32(ip + 2)) + wc_get32(ip + 5);

	BOUNDS(at, 16);
	memcpy(mem + at, fp + ip[4], 16);
	NEXT(7);
}

OP(V128_LOAD_PART) {
	const struct wc_simd_op *vector = &wc_simd_ops[ip[1]];
	u64 at = (u64)(u32)fp[ip[2]] + wc_get32(ip + 3);

	BOUNDS(at, vector->bytes);
	vector->fn(fp + ip[5], (const u64 *)(const void *)(mem + at), NULL, NULL, 0);
	NEXT(6);
}

OP(V128_LOAD_LANE) {
	const struct wc_simd_op *vector = &wc_simd_ops[ip[1]];
	u64 at = (u64)(u32)fp[ip[2]] + wc_get32(ip + 5);

	BOUNDS(at, vector->bytes);
	vector->fn(fp + ip[7], (const u64 *)(const void *)(mem + at), fp + ip[3], NULL, ip[4]);
	NEXT(8);
}

OP(V128_STORE_LANE) {
	const struct wc_simd_op *vector = &wc_simd_ops[ip[1]];
	u64 at = (u64)(u32)fp[ip[2]] + wc_get32(ip + 5);

	BOUNDS(at, vector->bytes);
	vector->fn((u64 *)(void *)(mem + at), fp + ip[3], NULL, NULL, ip[4]);
	NEXT(7);
}

OP(V128_SHUFFLE) {
	wc_simd_ops[WC_SIMD_SHUFFLE_OP].fn(fp + ip[11], fp + ip[1], fp + ip[2],
					   (const u64 *)(const void *)(ip + 3), 0);
	NEXT(12);
}

OP(V128_BINARY) {
	wc_simd_ops[ip[1]].fn(fp + ip[4], fp + ip[2], fp + ip[3], NULL, 0);
	NEXT(5);
}

OP(V128_OP) {
	u64 *to = fp + ip[6];

	wc_simd_ops[ip[1]].fn(to, fp + ip[2], fp + ip[3], fp + ip[4], ip[5]);
	acc = to[0];
	NEXT(7);
}
