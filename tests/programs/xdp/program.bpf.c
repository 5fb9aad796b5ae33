// SPDX-License-Identifier: GPL-2.0
/* XDP in the driver, generic, in the mode that gadgetctl chooses, with frags; and the programs of cpumaps and devmaps. */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>

#include "../row.h"

#define REDIRECTS(map_name, map_type, value_type)         \
	struct {                                          \
		__uint(type, map_type);                   \
		__uint(max_entries, 4);                   \
		__type(key, __u32);                       \
		__type(value, struct value_type);         \
	} map_name SEC(".maps")

REDIRECTS(cpus, BPF_MAP_TYPE_CPUMAP, bpf_cpumap_val);
REDIRECTS(devices, BPF_MAP_TYPE_DEVMAP, bpf_devmap_val);
/* A map takes programs of one kind only. */
REDIRECTS(cpus_of_frags, BPF_MAP_TYPE_CPUMAP, bpf_cpumap_val);
REDIRECTS(devices_of_frags, BPF_MAP_TYPE_DEVMAP, bpf_devmap_val);

SEC("xdp")
int on_native(struct xdp_md *ctx)
{
	SEND_ROW(ctx, "xdp (native)");
	return XDP_PASS;
}

SEC("xdp")
int on_generic(struct xdp_md *ctx)
{
	SEND_ROW(ctx, "xdp (generic)");
	return XDP_PASS;
}

SEC("xdp")
int on_chosen(struct xdp_md *ctx)
{
	SEND_ROW(ctx, "xdp");
	return XDP_PASS;
}

SEC("xdp.frags")
int on_frags(struct xdp_md *ctx)
{
	SEND_ROW(ctx, "xdp.frags");
	return XDP_PASS;
}

SEC("xdp")
int to_cpu(struct xdp_md *ctx)
{
	return bpf_redirect_map(&cpus, 0, XDP_PASS);
}

SEC("xdp/cpumap")
int on_cpumap(struct xdp_md *ctx)
{
	SEND_ROW(ctx, "xdp/cpumap");
	return XDP_PASS;
}

SEC("xdp")
int to_device(struct xdp_md *ctx)
{
	return bpf_redirect_map(&devices, 0, XDP_PASS);
}

SEC("xdp/devmap")
int on_devmap(struct xdp_md *ctx)
{
	SEND_ROW(ctx, "xdp/devmap");
	return XDP_PASS;
}

SEC("xdp.frags")
int to_frags_cpu(struct xdp_md *ctx)
{
	return bpf_redirect_map(&cpus_of_frags, 0, XDP_PASS);
}

SEC("xdp.frags/cpumap")
int on_frags_cpumap(struct xdp_md *ctx)
{
	SEND_ROW(ctx, "xdp.frags/cpumap");
	return XDP_PASS;
}

SEC("xdp.frags")
int to_frags_device(struct xdp_md *ctx)
{
	return bpf_redirect_map(&devices_of_frags, 0, XDP_PASS);
}

SEC("xdp.frags/devmap")
int on_frags_devmap(struct xdp_md *ctx)
{
	SEND_ROW(ctx, "xdp.frags/devmap");
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
