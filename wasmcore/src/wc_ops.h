/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What each instruction of the internal code does. wc_interp.c includes this file: at file level, where OP() makes a
 * function of each, or inside a switch. The state: ip, fp, mem (address of the linear memory), acc, x, fuel.
 */
#include "wc_ops_values.h"
#include "wc_ops_control.h"
#include "wc_ops_memory.h"
