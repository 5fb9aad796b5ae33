// SPDX-License-Identifier: GPL-2.0
/* Decoders of infrared signals. */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>

#include "../row.h"

SEC("lirc_mode2")
int on_signal(unsigned int *sample)
{
	SEND_ROW_VALUE(sample, "lirc_mode2", *sample);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
