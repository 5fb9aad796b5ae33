// SPDX-License-Identifier: GPL-2.0
/*
 * profile_cache_misses: where the CPU caches miss, by sampling the stacks of what missed. It is the program of profile_cpu:
 * only the event that samples is another (gadget.yaml).
 */
#include "../profile_cpu/program.bpf.c"
