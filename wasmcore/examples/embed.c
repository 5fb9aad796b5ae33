/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that runs a guest: it offers one host function, calls an exported one under a budget, and shows a trap.
 * The guest stands here as bytes, so that nothing else is needed; in the text format it is
 *
 *	(module (import "env" "log" (func $log (param i32)))
 *	        (memory (export "memory") 1)
 *	        (func (export "sum") (param $n i32) (result i32) (local $s i32)
 *	          (loop $l (local.set $s (i32.add (local.get $s) (local.get $n)))
 *	                   (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
 *	          (call $log (local.get $s)) (local.get $s)))
 */
#include <inttypes.h>
#include <stdio.h>

#include "wasmcore.h"
#include "wasmcore_hosted.h"

static const uint8_t guest[] = {
	0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x0a, 0x02, 0x60, 0x01, 0x7f, 0x00, 0x60, 0x01, 0x7f,
	0x01, 0x7f, 0x02, 0x0b, 0x01, 0x03, 0x65, 0x6e, 0x76, 0x03, 0x6c, 0x6f, 0x67, 0x00, 0x00, 0x03, 0x02, 0x01,
	0x01, 0x05, 0x03, 0x01, 0x00, 0x01, 0x07, 0x10, 0x02, 0x06, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 0x02, 0x00,
	0x03, 0x73, 0x75, 0x6d, 0x00, 0x01, 0x0a, 0x1f, 0x01, 0x1d, 0x01, 0x01, 0x7f, 0x03, 0x40, 0x20, 0x01, 0x20,
	0x00, 0x6a, 0x21, 0x01, 0x20, 0x00, 0x41, 0x01, 0x6b, 0x22, 0x00, 0x0d, 0x00, 0x0b, 0x20, 0x01, 0x10, 0x00,
	0x20, 0x01, 0x0b,
};

static enum wasmcore_trap log_number(struct wasmcore_instance *caller, uint64_t *slots, void *user)
{
	(void)caller;
	fprintf(user, "guest says %" PRId32 "\n", (int32_t)slots[0]);
	return WASMCORE_TRAP_NONE;
}

int main(void)
{
	struct wasmcore_config config = { .allocator = wasmcore_system_allocator() };
	struct wasmcore_host_function hosts[] = { { "env", "log", "i:", log_number, stdout } };
	struct wasmcore_options options = { .hosts = hosts, .nhosts = 1, .fuel = 10000 };
	struct wasmcore_module *module;
	struct wasmcore_instance *instance = NULL;
	struct wasmcore_function *sum;
	struct wasmcore_error error;
	uint64_t slots[1] = { 100 };
	int status = 1;

	if (wasmcore_load(guest, sizeof(guest), &config, &module, &error)) {
		fprintf(stderr, "load: %s (byte %" PRIu32 ")\n", error.message, error.offset);
		return 1;
	}
	if (wasmcore_instantiate(module, &options, &instance, &error)) {
		fprintf(stderr, "instantiate: %s\n", error.message);
		goto out;
	}
	sum = wasmcore_find_function(instance, "sum");
	if (!sum || wasmcore_call(sum, slots, 1, 1))
		goto out;
	printf("1 + ... + 100 = %" PRId32 ", fuel left %" PRIu64 "\n", (int32_t)slots[0], wasmcore_fuel(instance));

	slots[0] = 1000000;		/* more than the budget allows */
	if (wasmcore_call(sum, slots, 1, 1)) {
		wasmcore_last_trap(instance, &error);
		printf("trap: %s\n", error.message);
		status = 0;
	}
out:
	wasmcore_free_instance(instance);
	wasmcore_unload(module);
	return status;
}
