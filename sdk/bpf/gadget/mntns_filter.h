/* SPDX-License-Identifier: GPL-2.0 */
/* Events of chosen containers only. The runtime fills the map and sets the constant. Include <vmlinux.h> first. */
#ifndef GADGET_MNTNS_FILTER_H
#define GADGET_MNTNS_FILTER_H

#include <bpf/bpf_helpers.h>
#include <gadget/mntns.h>
#include <gadget/types.h>

#define GADGET_MAX_MNTNS_FILTER 1024

/* The mount namespaces whose events are wanted; the values mean nothing. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, GADGET_MAX_MNTNS_FILTER);
	__type(key, gadget_mntns_id);
	__type(value, __u32);
} gadget_mntns_filter_map SEC(".maps");

const volatile bool gadget_filter_by_mntns = false;

/* Whether the events of this mount namespace are not wanted. Costs nothing when no filter is set. */
static __always_inline bool gadget_should_discard_mntns_id(gadget_mntns_id mntns_id)
{
	return gadget_filter_by_mntns && !bpf_map_lookup_elem(&gadget_mntns_filter_map, &mntns_id);
}

#endif /* GADGET_MNTNS_FILTER_H */
