/* SPDX-License-Identifier: Apache-2.0 */
/*
 * qsort, bsearch, functions on strings, numbers to text and back, floats through printf. The exit status is computed.
 * guest-args: 17 0x1F -9 1e3 "two words" ünïcode
 * guest-exit: 40
 */
#include <ctype.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct word {
	char text[16];
	int count;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct word *)a)->text, ((const struct word *)b)->text);
}

static int by_count(const void *a, const void *b)
{
	const struct word *x = a, *y = b;

	return x->count != y->count ? y->count - x->count : strcmp(x->text, y->text);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void words(void)
{
	char text[] = "the cat and the dog and the bird saw a cat, a dog; a bird: the end. And The END";
	struct word list[32];
	size_t n = 0;

	for (char *at = strtok(text, " ,;:."); at; at = strtok(NULL, " ,;:.")) {
		struct word key = { "", 0 }, *known = NULL;

		for (char *c = at; *c; c++)
			*c = (char)tolower((unsigned char)*c);
		snprintf(key.text, sizeof(key.text), "%s", at);
		known = bsearch(&key, list, n, sizeof(*list), by_text);
		if (known) {
			known->count++;
			continue;
		}
		key.count = 1;
		list[n++] = key;
		qsort(list, n, sizeof(*list), by_text);
	}
	qsort(list, n, sizeof(*list), by_count);
	for (size_t i = 0; i < n; i++)
		printf("%-6s|%3d|%#x\n", list[i].text, list[i].count, (unsigned)list[i].count * 1000);
}

static void floats(void)
{
	static const double values[] = { 0.0, -0.0, 1.0, 0.1, 1.0 / 3, -2.5, 1e21, 123456789.125, DBL_MAX, DBL_MIN, 4.9e-324,
					 INFINITY, -INFINITY, 6.02214076e23, 9007199254740993.0 };
	double sorted[64];
	double x = 0.5;

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
		printf("%g %.17g %e %.3f %a %10.2g|\n", values[i], values[i], values[i], fabs(values[i]) < 1e22 ? values[i] : 0.0,
		       fabs(values[i]) < DBL_MIN ? 0.0 : values[i], values[i]);
	printf("%d %d %d\n", isnan(strtod("nan", NULL)) != 0, strtod("0x1.8p1", NULL) == 3.0, strtod("1e400", NULL) == INFINITY);
	for (int i = 0; i < 64; i++) {
		x = 3.9 * x * (1 - x);
		sorted[i] = x;
	}
	qsort(sorted, 64, sizeof(*sorted), by_value);
	for (int i = 0; i < 64; i += 9)
		printf("%.15f ", sorted[i]);
	printf("\n%.10f %.10f %.10f %.10f\n", sin(1.25), exp(2.5), log(10.0), pow(2.0, 0.3));
	printf("%.1f %.1f %.1f %.1f %.1f %.1f\n", floor(-2.5), ceil(-2.5), trunc(-2.5), nearbyint(-2.5), round(-2.5), fmod(-7.5, 2));
	printf("%.9g %.9g %ld %lld\n", (double)(float)0.1, (double)((float)1e10 * 3), lrint(2.5), llround(-2.5));
}

static void at_exit(void)
{
	puts("at exit");
}

int main(int argc, char **argv)
{
	char buffer[128];
	long sum = 0;

	for (int i = 1; i < argc; i++) {
		char *end;
		long value = strtol(argv[i], &end, 0);

		printf("%d: \"%s\" %ld rest \"%s\" double %g length %d\n", i, argv[i], value, end, strtod(argv[i], NULL),
		       (int)strlen(argv[i]));
		sum += value;
	}
	words();
	floats();
	snprintf(buffer, sizeof(buffer), "%5d|%-5d|%05d|%+d|%x|%X|%o|%c|%%|%s|%.3s|%*d|%lld|%llu|%hhd", 42, 42, 42, 42, 255u, 255u, 8u,
		 'z', "string", "string", 6, -7, LLONG_MIN, ULLONG_MAX, (signed char)300);
	puts(buffer);
	printf("%s %s %d %d %d\n", strstr(buffer, "str"), strrchr(buffer, '|'), (int)strspn(buffer, " 0123456789"),
	       (int)strcspn(buffer, "z"), memcmp("abc", "abd", 3) < 0);
	memmove(buffer + 3, buffer, 20);
	buffer[23] = 0;
	puts(buffer);
	if (sscanf("12 ab 3.5", "%ld %2s", &(long){ 0 }, buffer) == 2)
		puts(buffer);
	atexit(at_exit);
	exit((int)sum);
}
