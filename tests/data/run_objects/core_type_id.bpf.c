// SPDX-License-Identifier: GPL-2.0
// Asks for the number of a type: needs all types of the kernel.
#define TYPE_ID
#include "core.bpf.c"
