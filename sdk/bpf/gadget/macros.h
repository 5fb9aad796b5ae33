/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How an eBPF object tells the runtime what it is.
 *
 * Each macro defines a global `const void *` variable whose *name* carries the declaration; the runtime finds these
 * variables by walking the BTF of the object. Their values are never used. The separator inside a name is "___", so no
 * name given to a macro may contain three underscores in a row.
 */
#ifndef GADGET_MACROS_H
#define GADGET_MACROS_H

/* The macros end in a semicolon, so that one more behind them is allowed and none is needed. */
#define GADGET_DECLARE_(variable) const void *variable __attribute__((unused));
/* Keeps `struct type` in the object's BTF even when no program has a variable of that type. */
#define GADGET_KEEP_TYPE_(type, variable) const struct type *variable __attribute__((unused));

#define GADGET_PICK_4_(a, b, c, d, picked, ...) picked

/*
 * GADGET_TRACER(name, map, type): the ring buffer or perf event array `map` carries events of type `struct type`; they
 * become the data source `name`. An object may have several tracers.
 */
#define GADGET_TRACER(name, map, type)                     \
	GADGET_DECLARE_(gadget_tracer_##name##___##map##___##type) \
	GADGET_KEEP_TYPE_(type, __gadget_tracer_type_##name)

/* GADGET_PARAM(variable): the `const volatile` global `variable` can be set by whoever runs the gadget. */
#define GADGET_PARAM(variable) GADGET_DECLARE_(gadget_param_##variable)

/*
 * GADGET_ITER(name, type, program [, program [, program]]): the iterator programs write records of type `struct type`
 * with bpf_seq_write(); together they become the array data source `name`.
 */
#define GADGET_ITER(name, type, ...)                             \
	GADGET_KEEP_TYPE_(type, unusedevent_##name##___##type)    \
	GADGET_PICK_4_(__VA_ARGS__, _, GADGET_ITER_3_, GADGET_ITER_2_, GADGET_ITER_1_) \
	(gadget_iter_, name, type, __VA_ARGS__)

/* The former name of GADGET_ITER. Objects that use it still run, with a warning. */
#define GADGET_SNAPSHOTTER(name, type, ...)                      \
	GADGET_KEEP_TYPE_(type, unusedevent_##name##___##type)    \
	GADGET_PICK_4_(__VA_ARGS__, _, GADGET_ITER_3_, GADGET_ITER_2_, GADGET_ITER_1_) \
	(gadget_snapshotter_, name, type, __VA_ARGS__)

#define GADGET_ITER_1_(kind, name, type, p1) GADGET_DECLARE_(kind##name##___##type##___##p1)
#define GADGET_ITER_2_(kind, name, type, p1, p2) GADGET_DECLARE_(kind##name##___##type##___##p1##___##p2)
#define GADGET_ITER_3_(kind, name, type, p1, p2, p3) GADGET_DECLARE_(kind##name##___##type##___##p1##___##p2##___##p3)

/*
 * GADGET_MAPITER(name, map): the entries of the hash map `map` (struct key, struct value) are read at an interval and
 * become the array data source `name`; fields of the key are tagged `role:key`.
 */
#define GADGET_MAPITER(name, map) GADGET_DECLARE_(gadget_mapiter_##name##___##map)

/* GADGET_ITER_TARGET_MAP(program, map): the iter/bpf_map_elem program `program` walks over `map`. */
#define GADGET_ITER_TARGET_MAP(program, map) GADGET_DECLARE_(gadget_mapelem_iter_target_##program##___##map)

/* GADGET_SK_TARGET_MAP(program, map): the sk_skb or sk_msg program `program` is attached to the sockmap `map`. */
#define GADGET_SK_TARGET_MAP(program, map) GADGET_DECLARE_(gadget_sk_prog_target_##program##___##map)

#endif /* GADGET_MACROS_H */
