/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Programs at the probes that other programs declare (USDT), with the probes' arguments.
 *
 *   #include <vmlinux.h>
 *   #include <gadget/usdt.h>
 *
 *   SEC("usdt//usr/bin/python3:python:gc__start")     or usdt/libpython3:python:gc__start
 *   int on_gc(struct pt_regs *ctx)
 *   {
 *           long generation = gadget_usdt_arg(ctx, 0);
 *           ...
 *   }
 *
 * `readelf -n FILE` lists the probes of a program or library with what it says about their arguments. Where they are (in
 * registers, on the stack, constants) and how wide they are is found out when the gadget is attached, anew for each file:
 * the program asks for them by their number only. A probe that is compiled into several places of a file is attached in
 * all of them. A probe with a semaphore does its work only while somebody listens: attaching counts the semaphore up.
 *
 * The work is libbpf's (bpf/usdt.bpf.h, included here): 12 arguments at most. Of the ways in which compilers describe
 * arguments, one is not understood by its older versions: memory with an index register, "8@16(%rbp,%rcx,8)" on amd64; a
 * probe with such an argument is refused, with libbpf's message, when the gadget is attached.
 *
 * The object keeps the descriptions of at most BPF_USDT_MAX_SPEC_CNT (256) different probe places: define it before this
 * include when more files are to be probed.
 */
#ifndef GADGET_USDT_H
#define GADGET_USDT_H

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/usdt.bpf.h>

/* Argument number `index`, counted from 0, as a long with its sign; 0 when the probe has none such. */
static __always_inline long gadget_usdt_arg(struct pt_regs *ctx, __u64 index)
{
	long value = 0;

	if (bpf_usdt_arg(ctx, index, &value) != 0)
		return 0;
	return value;
}

/* How many arguments the probe has. */
static __always_inline int gadget_usdt_arg_count(struct pt_regs *ctx)
{
	return bpf_usdt_arg_cnt(ctx);
}

/* Copies the text that an argument points to; its length with the NUL, or a negative error. */
static __always_inline long gadget_usdt_arg_str(struct pt_regs *ctx, __u64 index, char *text, __u32 size)
{
	return bpf_probe_read_user_str(text, size, (const void *)gadget_usdt_arg(ctx, index));
}

#endif /* GADGET_USDT_H */
