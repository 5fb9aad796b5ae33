/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packet filters in the syntax of pcap ("tcp port 80 and not host 10.0.0.1"), chosen by whoever runs the gadget.
 *
 *   GADGET_PF(main)                       the parameter --pf-main; GADGET_PF() is --pf
 *
 *   SEC("classifier/ingress/main")
 *   int ingress(struct __sk_buff *skb)
 *   {
 *           gadget_pf_pull(skb);
 *           if (!gadget_pf_matches(main, skb, gadget_pf_data(skb), gadget_pf_data_end(skb)))
 *                   return TC_ACT_UNSPEC;
 *           ...
 *
 * The runtime compiles the expression and puts the code in front of the function gadget_pf_NAME before it loads the
 * program; without an expression all packets with data match. Headers that are not in the linear part of the packet
 * cannot be compared: gadget_pf_pull() gets them there. For programs of type SCHED_CLS (classifier, tc, tcx, netkit), with
 * their context as skb. Include <vmlinux.h> first.
 */
#ifndef GADGET_PACKETFILTER_H
#define GADGET_PACKETFILTER_H

#include <bpf/bpf_helpers.h>

/* Bytes of a packet that gadget_pf_pull() makes linear: room for all headers a filter usually looks at. */
#ifndef GADGET_PF_PULL
#define GADGET_PF_PULL 256
#endif

/*
 * The filter code sets R1, R2, R3 and R5 to 0 and R4 to the verdict, so that what stands here yields it. The arguments'
 * places and the comparisons are what runtimes rely on. The asm hides from the compiler that the three are one: it would
 * leave the comparisons out, or make a function with fewer arguments.
 */
#define GADGET_PF(name)                                                                            \
	static __noinline bool gadget_pf_##name(void *skb1, void *skb2, void *skb3, void *data,    \
						void *data_end)                                    \
	{                                                                                          \
		asm volatile("" : "+r"(skb1), "+r"(skb2), "+r"(skb3), "+r"(data), "+r"(data_end)); \
		return data != data_end && skb1 == skb2 && skb2 == skb3;                           \
	}

/* gadget_pf_matches([name,] skb, data, data_end): whether the packet passes the filter. */
#define gadget_pf_matches(...) \
	GADGET_PF_PICK_(__VA_ARGS__, gadget_pf_matches_named_, gadget_pf_matches_plain_)(__VA_ARGS__)
#define GADGET_PF_PICK_(a, b, c, d, picked, ...) picked
#define gadget_pf_matches_plain_(skb, data, data_end) gadget_pf_((void *)(skb), (void *)(skb), (void *)(skb), data, data_end)
#define gadget_pf_matches_named_(name, skb, data, data_end) \
	gadget_pf_##name((void *)(skb), (void *)(skb), (void *)(skb), data, data_end)

/*
 * The first byte of a packet's linear part, and its end. As with skb->data and skb->data_end, but never by an offset that
 * the compiler keeps in a register, which the verifier refuses for a context.
 */
#define gadget_pf_pointer_(skb, member)                                   \
	({                                                                \
		void *pointer_;                                           \
		asm volatile("%[p] = *(u32 *)(%[s] + %[o])"               \
			     : [p] "=r"(pointer_)                         \
			     : [s] "r"(skb), [o] "i"(__builtin_offsetof(struct __sk_buff, member))); \
		pointer_;                                                 \
	})
#define gadget_pf_data(skb) gadget_pf_pointer_(skb, data)
#define gadget_pf_data_end(skb) gadget_pf_pointer_(skb, data_end)

/* Makes the headers of a packet linear. Pointers into the packet have to be read again. */
static __always_inline void gadget_pf_pull(struct __sk_buff *skb)
{
	__u32 wanted = skb->len < GADGET_PF_PULL ? skb->len : GADGET_PF_PULL;

	if (gadget_pf_data_end(skb) - gadget_pf_data(skb) < wanted)
		bpf_skb_pull_data(skb, wanted);
}

#endif /* GADGET_PACKETFILTER_H */
