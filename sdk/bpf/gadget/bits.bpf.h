/* SPDX-License-Identifier: GPL-2.0 */
/* Logarithms for histograms with power-of-two slots. */
#ifndef GADGET_BITS_BPF_H
#define GADGET_BITS_BPF_H

/* Position of the highest set bit; 0 for 0. */
static __always_inline __u64 log2(__u32 v)
{
	__u64 bit, result;

	bit = (v > 0xffff) << 4;
	v >>= bit;
	result = bit;
	bit = (v > 0xff) << 3;
	v >>= bit;
	result |= bit;
	bit = (v > 0xf) << 2;
	v >>= bit;
	result |= bit;
	bit = (v > 0x3) << 1;
	v >>= bit;
	result |= bit;
	return result | (v >> 1);
}

static __always_inline __u64 log2l(__u64 v)
{
	__u32 high = v >> 32;

	return high ? log2(high) + 32 : log2(v);
}

/* The slot of a value: 0 for 0, else floor(log2(v)) + 1, so slot i holds the values in [2^(i-1), 2^i). At most 64. */
static __always_inline __u64 get_slot_idx(__u64 v)
{
	return v == 0 ? 0 : log2l(v) + 1;
}

#endif /* GADGET_BITS_BPF_H */
