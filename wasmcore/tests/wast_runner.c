// SPDX-License-Identifier: Apache-2.0
// Runs a script that wast2json made and arm64.sh turned into lines, for machines for which there is only a C compiler:
//
//	module NAME FILE                          register NAME AS
//	return LINE NAME FIELD N (TYPE VALUE)... M (TYPE VALUE)...      the results that are expected
//	trap LINE NAME FIELD N (TYPE VALUE)... TEXT
//	get LINE NAME FIELD 0 M (TYPE VALUE)...
//	refused LINE STATUS FILE                  status of enum wasmcore_status
//
// NAME is - for the last module; FIELD, AS and TEXT are in the notation of URLs. Numbers are unsigned bits. A v128 is
// written as lane type and lanes: i8,1,2,... Prints failures, then the sums.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wasmcore.h"
#include "wasmcore_hosted.h"

enum { NAMES = 200, VALUES = 700 };

static struct {
	char name[100];
	struct wasmcore_instance *instance;
} names[NAMES], registered[NAMES];
static unsigned int nnames, nregistered, passed, failed;
static struct wasmcore_instance *current;
static char *rest;			/* of the line */

static const char *word(void)
{
	const char *w = strtok_r(NULL, " \n", &rest);

	return w ? w : "";
}

static void decode(const char *from, char *to, size_t size)
{
	unsigned int c;

	while (*from && size-- > 1) {
		if (*from == '%' && sscanf(from + 1, "%2x", &c) == 1) {
			*to++ = (char)c;
			from += 3;
		} else {
			*to++ = *from++;
		}
	}
	*to = 0;
}

static enum wasmcore_trap print(struct wasmcore_instance *caller, uint64_t *slots, void *user)
{
	(void)caller, (void)slots, (void)user;
	return WASMCORE_TRAP_NONE;
}

static bool resolve(void *user, const struct wasmcore_extern *import, struct wasmcore_provider *out)
{
	char name[300];
	unsigned int i;

	(void)user;
	if (import->name_size >= sizeof(name))
		return false;
	memcpy(name, import->name, import->name_size);
	name[import->name_size] = 0;
	for (i = 0; i < nregistered; i++)
		if (strlen(registered[i].name) == import->module_size &&
		    !memcmp(registered[i].name, import->module, import->module_size))
			out->instance = registered[i].instance;
	return out->instance && wasmcore_find_export(wasmcore_instance_module(out->instance), name, import->kind,
						     &out->index);
}

/* Modules and instances stay until the end: others may use what they left in tables. */
static enum wasmcore_status make(const char *path, struct wasmcore_instance **out)
{
	static const struct wasmcore_host_function hosts[] = { { "spectest", "print_i32", "i:", print, NULL } };
	struct wasmcore_options options = { .hosts = hosts, .nhosts = 1, .resolve = resolve };
	struct wasmcore_config config = { .allocator = wasmcore_system_allocator() };
	struct wasmcore_module *module;
	enum wasmcore_status status;
	FILE *file = fopen(path, "rb");
	char *bytes;
	long size;

	*out = NULL;
	if (!file || fseek(file, 0, SEEK_END) || (size = ftell(file)) < 0) {
		fprintf(stderr, "cannot read %s\n", path);
		exit(2);
	}
	rewind(file);
	bytes = malloc((size_t)size + 1);
	if (!bytes || fread(bytes, 1, (size_t)size, file) != (size_t)size)
		exit(2);
	fclose(file);
	status = wasmcore_load(bytes, (size_t)size, &config, &module, NULL);
	return status ? status : wasmcore_instantiate(module, &options, out, NULL);
}

static struct wasmcore_instance *find(const char *encoded)
{
	char name[100];
	unsigned int i;

	decode(encoded, name, sizeof(name));
	for (i = nnames; i-- > 0;)
		if (!strcmp(names[i].name, name))
			return names[i].instance;
	return strcmp(name, "-") ? NULL : current;
}

/* One value: its slots, and which of their bits must be as given (NaN need not have all). Returns the slots it has. */
static unsigned int read_lane(unsigned int bits, const char *text, uint64_t *value, uint64_t *mask)
{
	uint64_t quiet = bits == 32 ? 0x7fc00000u : 0x7ff8000000000000u;
	uint64_t sign = (uint64_t)1 << (bits - 1);

	*mask = bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
	if (!strcmp(text, "nan:canonical")) {
		*value = quiet;
		*mask &= ~sign;
	} else if (!strcmp(text, "nan:arithmetic")) {
		*value = *mask = quiet;
	} else {
		*value = strtoull(text, NULL, 10);
	}
	return 1;
}

static unsigned int read_value(uint64_t *value, uint64_t *mask)
{
	const char *type = word();
	char text[400], *lane, *save;
	unsigned int bits, at = 0;

	snprintf(text, sizeof(text), "%s", word());
	if (!strcmp(type, "i32") || !strcmp(type, "f32"))
		return read_lane(32, text, value, mask);
	if (!strcmp(type, "i64") || !strcmp(type, "f64"))
		return read_lane(64, text, value, mask);
	if (strcmp(type, "v128")) {		/* a reference; 0 is null, so the numbers are moved by one */
		*value = strcmp(text, "null") ? strtoull(text, NULL, 10) + 1 : 0;
		*mask = UINT64_MAX;
		return 1;
	}
	lane = strtok_r(text, ",", &save);
	bits = (unsigned int)atoi(lane + 1);
	value[0] = value[1] = mask[0] = mask[1] = 0;
	while ((lane = strtok_r(NULL, ",", &save)) && at < 128) {
		uint64_t v, m;

		read_lane(bits, lane, &v, &m);
		value[at / 64] |= (v & (bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1)) << at % 64;
		mask[at / 64] |= m << at % 64;
		at += bits;
	}
	return 2;
}

static void report(const char *line, const char *what, bool ok)
{
	passed += ok;
	failed += !ok;
	if (!ok)
		printf("  line %s: %s\n", line, what);
}

static void act(const char *kind)
{
	static uint64_t slots[VALUES], expected[VALUES], mask[VALUES];
	const char *line = word();
	struct wasmcore_instance *instance = find(word());
	struct wasmcore_function *f = NULL;
	enum wasmcore_trap trap = WASMCORE_TRAP_NONE;
	char field[300], text[100];
	uint32_t nargs = 0, nresults = 0, index, i, n;

	decode(word(), field, sizeof(field));
	for (n = (uint32_t)atoi(word()); n && nargs < VALUES - 2; n--)
		nargs += read_value(slots + nargs, mask);
	if (!instance) {
		report(line, "there is no such instance", false);
		return;
	}
	if (strcmp(kind, "trap"))
		for (n = (uint32_t)atoi(word()); n && nresults < VALUES - 2; n--)
			nresults += read_value(expected + nresults, mask + nresults);
	if (!strcmp(kind, "get")) {
		if (!wasmcore_find_export(wasmcore_instance_module(instance), field, WASMCORE_GLOBAL, &index) ||
		    !wasmcore_global_get(instance, index, slots)) {
			report(line, "no such global", false);
			return;
		}
	} else {
		struct wasmcore_signature s;

		f = wasmcore_find_function(instance, field);
		if (!f) {
			report(line, "no such function", false);
			return;
		}
		if (strcmp(kind, "return")) {	/* the results are not in the script */
			wasmcore_signature_of(f, &s);
			for (i = 0; i < s.nresults; i++)
				nresults += s.types[s.nparams + i] == WASMCORE_V128 ? 2 : 1;
		}
		trap = wasmcore_call(f, slots, nargs, nresults);
	}
	if (!strcmp(kind, "trap")) {
		const char *got = wasmcore_trap_text(trap);

		decode(word(), text, sizeof(text));
		report(line, got, trap && !strncmp(got, text, strlen(got) < strlen(text) ? strlen(got) : strlen(text)));
		return;
	}
	if (trap) {
		report(line, wasmcore_trap_text(trap), false);
		return;
	}
	for (i = 0; strcmp(kind, "action") && i < nresults; i++)
		if ((slots[i] ^ expected[i]) & mask[i]) {
			report(line, "another result", false);
			return;
		}
	report(line, "", true);
}

int main(int argc, char **argv)
{
	static char line[1 << 20];
	FILE *script = argc == 2 ? fopen(argv[1], "r") : NULL;

	if (!script) {
		fprintf(stderr, "usage: wast_runner SCRIPT\n");
		return 2;
	}
	while (fgets(line, sizeof(line), script)) {
		const char *kind = strtok_r(line, " \n", &rest);

		if (!kind)
			continue;
		if (!strcmp(kind, "module")) {
			const char *name = word(), *path = word();
			enum wasmcore_status status = make(path, &current);

			if (nnames < NAMES && strcmp(name, "-")) {
				decode(name, names[nnames].name, sizeof(names[0].name));
				names[nnames++].instance = current;
			}
			report(path, wasmcore_status_text(status), !status);
			if (status)
				current = NULL;
		} else if (!strcmp(kind, "register") && nregistered < NAMES) {
			registered[nregistered].instance = find(word());
			decode(word(), registered[nregistered++].name, sizeof(registered[0].name));
		} else if (!strcmp(kind, "refused")) {
			const char *at = word();
			enum wasmcore_status wanted = (enum wasmcore_status)atoi(word());
			struct wasmcore_instance *instance;
			enum wasmcore_status status = make(word(), &instance);

			report(at, wasmcore_status_text(status), status == wanted);
		} else {
			act(kind);
		}
	}
	fclose(script);
	printf("%u passed, %u failed\n", passed, failed);
	return failed ? 1 : 0;
}
