/* SPDX-License-Identifier: GPL-2.0 */
#ifndef GADGET_MAPS_BPF_H
#define GADGET_MAPS_BPF_H

#include <bpf/bpf_helpers.h>

/*
 * The value of `key` in a map, after putting `*init` there if there was none. NULL when the map is full. When two CPUs
 * come at once, both get the value that the first one put there.
 */
static __always_inline void *bpf_map_lookup_or_try_init(void *map, const void *key, const void *init)
{
	void *value = bpf_map_lookup_elem(map, key);

	if (value)
		return value;
	bpf_map_update_elem(map, key, init, 1 /* BPF_NOEXIST */);
	return bpf_map_lookup_elem(map, key);
}

#endif /* GADGET_MAPS_BPF_H */
