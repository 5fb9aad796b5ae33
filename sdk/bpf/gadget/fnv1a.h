/* SPDX-License-Identifier: GPL-2.0 */
/* FNV-1a hashes (http://www.isthe.com/chongo/tech/comp/fnv/). Integers are hashed as their little-endian bytes. */
#ifndef GADGET_FNV1A_H
#define GADGET_FNV1A_H

#define FNV_32A_INIT 0x811c9dc5u
#define FNV_32A_PRIME 0x01000193u
#define FNV_64A_INIT 0xcbf29ce484222325ull
#define FNV_64A_PRIME 0x100000001b3ull

static __always_inline __u32 fnv_32a_init(void)
{
	return FNV_32A_INIT;
}

static __always_inline __u64 fnv_64a_init(void)
{
	return FNV_64A_INIT;
}

#define GADGET_FNV_DEFINE_(bits, type_bits)                                                        \
	static __always_inline void fnv_##bits##a_update_u##type_bits(__u##bits *hash, __u##type_bits v) \
	{                                                                                          \
		_Pragma("unroll") for (unsigned int i = 0; i < type_bits / 8; i++)                 \
			*hash = (*hash ^ ((__u64)v >> (8 * i) & 0xff)) * FNV_##bits##A_PRIME;      \
	}

GADGET_FNV_DEFINE_(32, 64)
GADGET_FNV_DEFINE_(32, 32)
GADGET_FNV_DEFINE_(32, 16)
GADGET_FNV_DEFINE_(32, 8)
GADGET_FNV_DEFINE_(64, 64)
GADGET_FNV_DEFINE_(64, 32)
GADGET_FNV_DEFINE_(64, 16)
GADGET_FNV_DEFINE_(64, 8)

#undef GADGET_FNV_DEFINE_

#endif /* GADGET_FNV1A_H */
